"""Settings: which layer wins, where a value came from, and how a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.explain import described, explain, explain_all, page
from config.paths import Paths, paths
from config.settings import LogLevel, Profile, Settings
from config.sources import Layer, Origin, WrongSettings, key_lines, leaves, load

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def folders(tmp_path) -> Paths:
    found = paths({"RENZHENG_HOME": str(tmp_path)})
    found.settings.mkdir()
    return found


def machine(folders: Paths, text: str) -> Path:
    file = folders.settings / "machine.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_any_file_the_defaults_hold(folders):
    assert load(folders=folders, environ={}).settings == Settings()


def test_each_layer_wins_over_the_one_before(folders):
    (folders.site / "site.toml").write_text("[sync]\ngrace_days = 4\nevery_seconds = 7\n")
    file = machine(folders, "# ours\n[sync]\n\ngrace_days = 5\n")
    loaded = load(folders=folders, environ={"RENZHENG__SYNC__EVERY_SECONDS": "9"})
    assert loaded.settings.sync.grace_days == 5
    assert loaded.origins["sync.grace_days"] == Origin(Layer.MACHINE, str(file), 4)
    assert loaded.settings.sync.every_seconds == 9
    assert loaded.origins["sync.every_seconds"].layer is Layer.ENVIRONMENT


def test_the_command_line_wins_over_all(folders):
    loaded = load(
        folders=folders, environ={"RENZHENG__MODELS__PACK": "own"}, overrides={"models.pack": "insightface"}
    )
    assert loaded.settings.models.pack == "insightface"
    assert loaded.origins["models.pack"].layer is Layer.COMMAND_LINE


@pytest.mark.parametrize("profile", Profile)
def test_a_profile_brings_its_file_below_the_site(folders, profile):
    machine(folders, f'[terminal]\nprofile = "{profile.value}"\n[sync]\nevery_seconds = 11\n')
    settings = load(folders=folders, environ={}).settings
    assert settings.terminal.profile is profile
    assert settings.sync.every_seconds == 11
    assert settings.ui.larger_type is (profile is Profile.KIOSK)


def test_a_profile_can_be_asked_for(folders):
    machine(folders, '[terminal]\nprofile = "laptop"\n')
    assert load(Profile.KIOSK, folders, {}).settings.terminal.profile is Profile.KIOSK


def test_an_unknown_key_is_named_with_file_line_and_a_near_one(folders):
    file = machine(folders, "[sync]\ngrace_days = 1\ngrace_day = 2\n")
    with pytest.raises(WrongSettings) as caught:
        load(folders=folders, environ={})
    assert str(caught.value) == f"{file}:3: sync.grace_day: no such setting; did you mean grace_days?"


def test_an_unknown_section_is_named(folders):
    file = machine(folders, "\n[snyc]\ngrace_days = 1\n")
    with pytest.raises(WrongSettings, match=r"did you mean sync\?") as caught:
        load(folders=folders, environ={})
    assert str(caught.value).startswith(f"{file}:3: ")


def test_a_wrong_value_in_a_list_of_devices_is_named(folders):
    file = machine(
        folders,
        '[[devices]]\nkind = "camera"\ndriver = "x"\n\n[[devices]]\nkind = "camera"\ndirver = "opencv"\n',
    )
    with pytest.raises(WrongSettings) as caught:
        load(folders=folders, environ={})
    said = str(caught.value)
    assert f"{file}:7: devices.1.dirver: no such setting; did you mean driver?" in said
    assert f"{file}:5: devices.1.driver: Field required" in said


def test_a_wrong_variable_is_named(folders):
    with pytest.raises(WrongSettings, match=r"RENZHENG__MODELS__THREADS: models.threads: .*integer"):
        load(folders=folders, environ={"RENZHENG__MODELS__THREADS": "many"})


def test_a_wrong_profile_is_named(folders):
    with pytest.raises(WrongSettings, match=r"terminal\.profile must be one of counter, kiosk, laptop"):
        load(folders=folders, environ={"RENZHENG__TERMINAL__PROFILE": "desk"})


def test_a_file_that_is_no_toml_is_named(folders):
    file = machine(folders, "sync grace\n")
    with pytest.raises(WrongSettings, match=r"line 1") as caught:
        load(folders=folders, environ={})
    assert str(caught.value).startswith(str(file))


def test_a_number_may_be_a_terminals_name(folders):
    assert load(folders=folders, environ={"RENZHENG__TERMINAL__ID": "17"}).settings.terminal.id == "17"


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings().sync.grace_days = 9


def test_explaining_names_value_layer_file_and_line(folders):
    file = machine(folders, "[logs]\nlevel = 'debug'\n")
    loaded = load(folders=folders, environ={})
    told = explain(loaded, "logs.level")
    assert (told.value, told.origin) == (LogLevel.DEBUG, Origin(Layer.MACHINE, str(file), 2))
    with pytest.raises(WrongSettings, match=r"did you mean logs\.level\?"):
        explain(loaded, "logs.levels")
    assert {one.key for one in explain_all(loaded)} == dict(described(Settings)).keys()


def test_the_page_of_settings_is_fresh():
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m config.explain docs/settings.md"


def test_the_lines_of_strings_over_several_lines_are_no_keys():
    text = 'a = """\nb = 1\n[c]\n"""\nd.e = 2\n[f."g"]\nh = 3\n'
    assert key_lines(text) == {"a": 1, "d.e": 5, "f.g": 6, "f.g.h": 7}


names = st.text("abcdefgh_", min_size=1, max_size=4)


@given(st.dictionaries(names, st.dictionaries(names, st.integers(0, 9), min_size=1), max_size=5))
def test_every_key_of_a_written_file_has_its_line(tree):
    text = "".join(
        f"[{table}]\n" + "".join(f"{key} = {value}\n" for key, value in rows.items())
        for table, rows in tree.items()
    )
    lines, found = text.splitlines(), key_lines(text)
    for key, value in leaves(tree):
        assert lines[found[key] - 1] == f"{key.rpartition('.')[2]} = {value}"
