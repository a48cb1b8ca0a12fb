"""The terminal's keys: made once, kept safely, never asked for, never silently replaced."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync import oskeyring
from sync.errors import KeyFault
from sync.keys import ENTRY_NAME, FILE_NAME, key_id_of, open_keys, verifies


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def ring(tmp_path, monkeypatch):
    """Chooses one of our back ends for the process that asks the keyring."""

    def use(name):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"ring_backends.{name}")
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
        monkeypatch.setenv("RING_FILE", str(tmp_path / "ring.json"))
        return tmp_path / "ring.json"

    return use


def test_keys_are_made_once_and_found_again(folder):
    made, found = open_keys(folder), open_keys(folder)
    assert made.key_id == found.key_id == key_id_of(made.public_der())
    assert made.database_key() == found.database_key()
    assert len(made.database_key()) == 32
    assert verifies(made.public_der(), found.sign(b"message"), b"message")
    assert not verifies(made.public_der(), found.sign(b"message"), b"another")


def test_without_a_keyring_they_are_in_a_file_for_the_owner_only(folder):
    keys = open_keys(folder)
    assert keys.where == "file, mode 0600"
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_keys_are_not_made_for_who_only_reads(folder):
    with pytest.raises(KeyFault) as caught:
        open_keys(folder, make=False)
    assert caught.value.code == "keys.missing"
    assert list(folder.iterdir()) == []
    made = open_keys(folder)
    assert open_keys(folder, make=False).key_id == made.key_id


def test_two_terminals_have_different_keys(tmp_path):
    one, other = open_keys(tmp_path / "a", "file"), open_keys(tmp_path / "b", "file")
    assert one.key_id != other.key_id
    assert one.database_key() != other.database_key()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o610])
def test_a_file_that_others_can_use_is_refused(folder, mode):
    open_keys(folder, "file")
    (folder / FILE_NAME).chmod(mode)
    with pytest.raises(KeyFault) as caught:
        open_keys(folder)
    assert caught.value.code == "keys.permissions"
    assert caught.value.facts == {"what": "file", "mode": f"{mode:04o}"}


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_can_look_into_is_refused(folder, mode):
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(KeyFault) as caught:
        open_keys(folder, "file")
    assert caught.value.facts["what"] == "folder"
    assert list(folder.iterdir()) == []


def test_a_link_in_place_of_the_file_is_refused(folder, tmp_path):
    open_keys(folder, "file")
    (folder / FILE_NAME).rename(tmp_path / "moved")
    (folder / FILE_NAME).symlink_to(tmp_path / "moved")
    with pytest.raises(KeyFault) as caught:
        open_keys(folder)
    assert caught.value.code == "keys.unreadable"


@pytest.mark.parametrize("change", ["cut", "empty", "text", "other_key", "short", "schema", "not_object"])
def test_a_damaged_file_is_told_and_left_as_it_is(folder, change):
    open_keys(folder, "file")
    path = folder / FILE_NAME
    stored = json.loads(path.read_text())
    text = {
        "cut": path.read_text()[:60],
        "empty": "",
        "text": "not keys",
        "other_key": json.dumps({**stored, "database": stored["signing"]}),
        "short": json.dumps({**stored, "database": "AAAA"}),
        "schema": json.dumps({**stored, "schema": "renzheng.keys/9"}),
        "not_object": "[1, 2]",
    }[change]
    path.write_text(text)
    with pytest.raises(KeyFault) as caught:
        open_keys(folder)
    assert caught.value.code == "keys.damaged"
    assert path.read_text() == text


def test_key_material_is_never_shown(folder):
    keys = open_keys(folder, "file")
    assert keys.database_key().hex() not in repr(keys)
    assert "PrivateKey" not in repr(keys)
    (folder / FILE_NAME).write_text((folder / FILE_NAME).read_text()[:100])
    with pytest.raises(KeyFault) as caught:
        open_keys(folder)
    assert "signing" not in f"{caught.value} {caught.value.facts}"


def test_starting_twice_at_once_makes_one_pair_of_keys(folder):
    code = (
        "import sys, pathlib; from sync.keys import open_keys\n"
        "print(open_keys(pathlib.Path(sys.argv[1]), 'file').key_id)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = {process.communicate(timeout=60)[0].strip() for process in running}
    assert found == {open_keys(folder).key_id}
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_a_keyring_is_used_where_there_is_one(folder, ring):
    stored = ring("FolderRing")
    made = open_keys(folder)
    assert made.where == "keyring"
    assert [path.name for path in folder.iterdir()] == [ENTRY_NAME]
    assert "signing" not in (folder / ENTRY_NAME).read_text()
    assert open_keys(folder).key_id == made.key_id
    assert open_keys(folder, "keyring").database_key() == made.database_key()
    assert len(json.loads(stored.read_text())) == 1


def test_a_keyring_that_is_gone_is_told_not_replaced_by_new_keys(folder, ring, monkeypatch):
    stored = ring("FolderRing")
    open_keys(folder)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with pytest.raises(KeyFault) as caught:
        open_keys(folder)
    assert caught.value.code == "keys.no_keyring"
    ring("FolderRing")
    stored.write_text("{}")
    with pytest.raises(KeyFault) as caught:
        open_keys(folder)
    assert caught.value.code == "keys.gone"
    assert not (folder / FILE_NAME).exists()


def test_keys_elsewhere_than_chosen_are_told(folder, tmp_path, ring):
    open_keys(folder, "file")
    ring("FolderRing")
    with pytest.raises(KeyFault) as caught:
        open_keys(folder, "keyring")
    assert caught.value.code == "keys.elsewhere"
    assert open_keys(folder, "auto").where.startswith("file"), "what is there already is used"
    open_keys(tmp_path / "other", "keyring")
    with pytest.raises(KeyFault) as caught:
        open_keys(tmp_path / "other", "file")
    assert caught.value.facts == {"chosen": "file", "found": "keyring"}


def test_a_keyring_that_never_answers_does_not_hold_up_the_start(folder, ring, monkeypatch):
    ring("StuckRing")
    monkeypatch.setattr(oskeyring, "TIME_LIMIT_S", 1.5)
    began = time.monotonic()
    with pytest.raises(KeyFault) as caught:
        open_keys(folder, "keyring")
    assert caught.value.code == "keys.no_keyring"
    assert time.monotonic() - began < 8
    assert not (folder / ENTRY_NAME).exists()


@pytest.mark.parametrize("name", ["ForgetfulRing", "BrokenRing", "NoSuchRing"])
def test_a_keyring_that_does_not_keep_is_not_trusted(folder, ring, name):
    ring(name)
    with pytest.raises(KeyFault) as caught:
        open_keys(folder, "keyring")
    assert caught.value.code == "keys.no_keyring"
    assert not (folder / ENTRY_NAME).exists()


def test_a_keyring_that_keeps_nothing_is_left_for_a_file_while_there_are_no_keys_yet(folder, ring):
    ring("ForgetfulRing")
    made = open_keys(folder)
    assert made.where == "file, mode 0600"
    assert open_keys(folder).key_id == made.key_id


def test_on_a_machine_without_a_session_there_is_no_keyring(monkeypatch):
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert not oskeyring.usable()


def test_an_unknown_choice_is_refused(folder):
    with pytest.raises(ValueError, match="choice"):
        open_keys(folder, "tpm")


@pytest.mark.parametrize("der", [b"", b"not a key", bytes(44)])
def test_anything_else_is_no_signature(der):
    assert not verifies(der, bytes(64), b"message")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFault) as caught:
        open_keys(tmp_path / "file" / "keys", "file")
    assert caught.value.code == "keys.unwritable"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
