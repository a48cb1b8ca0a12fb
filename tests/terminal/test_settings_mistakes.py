"""What the settings or the machine get wrong is told in words, before anything is opened."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from drivers.api import Kind
from drivers.errors import Unsupported
from terminal.app import Options, open_terminal
from terminal.choice import Choice, open_choice
from terminal.not_ready import NotReady

READER = '[[devices]]\nkind = "card_reader"\ndriver = "sdt"\naddress = "/dev/null"\n'


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RENZHENG_HOME", str(tmp_path))
    (tmp_path / "settings").mkdir()
    return tmp_path


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "terminal", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ, check=False)


def test_a_misspelt_setting_is_wrong_usage_also_for_the_program_itself(home):
    (home / "settings" / "machine.toml").write_text('[[devices]]\nkind = "camera"\ndrivr = "opencv"\n')
    told = program("devices", "test")
    assert told.returncode == 64, told.stderr
    assert "did you mean driver?" in told.stderr and "Traceback" not in told.stderr


def test_without_a_place_for_its_log_a_command_works_all_the_same(home):
    (home / "logs").write_text("in the way")
    assert program("devices", "list", "--kind", "printer").returncode == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (READER, "device.same_address"),
        ('[[devices]]\nkind = "camera"\ndriver = "opencw"\n', "driver.unknown"),
        ('[[devices]]\nkind = "camera"\ndriver = "sdt"\n', "device.other_kind"),
        ('[[devices]]\nkind = "camera"\ndriver = "opencv"\noptions = { widht = 640 }\n', "driver.bad_option"),
    ],
)
def test_a_device_that_cannot_be_is_told_before_anything_is_opened(home, more, code):
    (home / "settings" / "machine.toml").write_text(READER + more)
    with pytest.raises(NotReady) as caught:
        open_terminal(Options())
    assert caught.value.code == code


def test_a_driver_is_never_opened_as_what_it_is_not():
    with pytest.raises(Unsupported) as caught:
        open_choice(Choice(Kind.CAMERA, "sdt", "/dev/null"))
    assert caught.value.code == "device.other_kind"


def test_a_folder_that_cannot_be_written_is_named(home):
    (home / "logs").write_text("in the way")
    (home / "settings" / "machine.toml").write_text(
        READER + '[[devices]]\nkind = "camera"\ndriver = "opencv"\n'
    )
    with pytest.raises(NotReady) as caught:
        open_terminal(Options())
    assert (caught.value.code, caught.value.facts["folder"]) == ("terminal.no_folder", str(home / "logs"))


def test_a_document_reader_without_an_address_is_the_first_one_found(home):
    text = '[[devices]]\nkind = "document_reader"\ndriver = "emrtd"\n'
    (home / "settings" / "machine.toml").write_text(text)
    zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<</L898902C36UTO7408122F3204153ZE184226B<<<<<16"
    told = program("document", "read", "--mrz", zone, "--seconds", "0", "--json")
    assert "document_reader.address" not in told.stdout, told.stdout
