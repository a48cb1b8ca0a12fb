"""``renzheng staff`` on real networks: enrolled, found, not taken for another, destroyed."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from config.paths import HOME
from terminal.cli import run

pytestmark = [pytest.mark.data, pytest.mark.slow]
PEOPLE, PICTURES = 4, 4


@pytest.fixture(scope="module")
def people(shared_data):
    """Four people of the development data with four pictures each."""
    folders = sorted(each for each in (shared_data / "face").iterdir() if each.is_dir())
    found = [sorted(map(str, folder.glob("*.jpg"))) for folder in folders]
    return [each[:PICTURES] for each in found if len(each) >= PICTURES][:PEOPLE]


@pytest.fixture
def asked(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(HOME, str(tmp_path))

    def ask(*arguments):
        with capture_logs():
            code = run(["staff", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return ask


def test_staff_are_found_and_strangers_are_not(asked, people):
    *staff, stranger = people
    for number, pictures in enumerate(staff):
        code, said = asked("enrol", f"S-{number}", *pictures[:3])
        assert (code, said["enrolled"]) == (0, f"S-{number}")
    for number, pictures in enumerate(staff):
        code, said = asked("identify", pictures[3])
        assert (code, said["answer"], said["person"], said["searched"]) == (0, "match", f"S-{number}", 3)
    code, said = asked("identify", stranger[0])
    assert (code, said["answer"], said["person"]) == (1, "no_match", None)
    assert asked("revoke", "S-1") == (0, {"revoked": 1})
    assert asked("revoke", "S-1") == (1, {"revoked": 0})
    code, said = asked("identify", staff[1][3])
    assert (code, said["person"]) == (1, None)
    _, said = asked("list")
    assert [(row["person"], row["revoked"]) for row in said["enrolments"]] == [
        ("S-0", False),
        ("S-1", True),
        ("S-2", False),
    ]


def test_two_peoples_pictures_are_refused_in_one_line(asked, people):
    code, said = asked("enrol", "S-1", people[0][0], people[1][0])
    assert code == 64
    assert said["error"]["code"] == "staff.not_one_person"
    assert "one person" in said["error"]["message"]


def test_a_book_in_use_is_said(asked, people, tmp_path):
    from config.sources import load
    from terminal.keeping import keys_of, open_book

    assert asked("list") == (0, {"enrolments": []})
    settings = load().settings
    home = next(tmp_path.rglob("book.db")).parent
    with open_book(home, settings, keys_of(home, settings)):
        code, said = asked("list")
    assert (code, said["error"]["code"]) == (69, "store.in_use")
