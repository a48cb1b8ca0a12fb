"""Where things are kept."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from config.paths import main, paths, ready


def test_one_variable_moves_everything(tmp_path):
    found = paths({"RENZHENG_HOME": str(tmp_path)})
    for folder in (found.data, found.models, found.keys, found.logs, found.cache, found.settings, found.site):
        assert folder.is_relative_to(tmp_path)
    assert not any(tmp_path.iterdir()), "looking must not make folders"


def test_networks_can_be_shared_between_homes(tmp_path):
    found = paths({"RENZHENG_HOME": str(tmp_path / "a"), "RENZHENG_MODELS": str(tmp_path / "m")})
    assert found.models == tmp_path / "m"
    assert found.keys == tmp_path / "a" / "keys"


def test_a_folder_is_made_for_its_owner_only(tmp_path):
    folder = ready(tmp_path / "a" / "b")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_open_to_others_is_closed(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    assert stat.S_IMODE(ready(folder).stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        ready(tmp_path / "file" / "below")


def test_scripts_can_ask(tmp_path):
    asked = subprocess.run(
        [sys.executable, "-m", "config.paths", "models"],
        env={"RENZHENG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert asked.stdout == f"{tmp_path / 'models'}\n"
    assert main(["nowhere"]) == 64
