"""``renzheng people``: found, add, reset, sign-in, unlock, change, revoke; two persons for each change."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from config.paths import HOME
from terminal.cli import run
from terminal.commands import people_ask

FIRST, SECOND = "blue kettle rains 7", "quiet pepper moon 3"
NEW = "seven foxes swim"


@pytest.fixture
def asked(monkeypatch, tmp_path, capsys, rules):
    """Runs one command line; `word=…` options take passwords from files that only the owner can read."""
    monkeypatch.setenv(HOME, str(tmp_path))
    monkeypatch.setattr(people_ask, "people_rules", lambda: rules)

    def ask(*arguments, **words):
        for option, word in words.items():
            for each in [word] if isinstance(word, str) else word:
                file = tmp_path / f"word-{abs(hash(each))}"
                file.write_text(f"{each}\n", encoding="utf-8")
                file.chmod(0o600)
                arguments = (*arguments, f"--{option.replace('_', '-')}", str(file))
        with capture_logs():
            code = run(["people", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def begun(asked):
    """The roll with its first two administrators; `ask.two` adds them as maker and checker."""
    code, _ = asked("found", "S-1", "李一", "S-2", "王二", password_file=(FIRST, SECOND))
    assert code == 0

    def two(*arguments, **words):
        named = ("--maker", "S-1", "--checker", "S-2")
        return asked(*arguments, *named, maker_password_file=FIRST, checker_password_file=SECOND, **words)

    asked.two = two
    return asked


def refused_with(answer):
    code, said = answer
    return code, said["error"]["code"]


def test_an_empty_roll_is_begun_by_two(asked):
    assert asked("list") == (0, {"people": []})
    answer = asked("found", "S-1", "李一", "S-1", "李一", password_file=(FIRST, FIRST))
    assert refused_with(answer) == (1, "people.same_person")
    code, said = asked("found", "S-1", "李一", "S-2", "王二", password_file=(FIRST, SECOND))
    assert (code, said) == (0, {"founded": "S-1, S-2"})
    answer = asked("found", "S-3", "丙", "S-4", "丁", password_file=(FIRST, SECOND))
    assert refused_with(answer) == (64, "people.begun")


def test_a_teller_comes_works_and_goes(begun):
    code, said = begun.two("add", "S-7", "赵小兰", "--role", "teller")
    assert (code, said) == (0, {"added": "S-7"})
    assert begun.two("reset", "S-7", new_password_file=NEW) == (0, {"reset": "S-7"})
    code, said = begun("sign-in", "S-7", "--role", "teller", password_file=NEW)
    assert (code, said["signed_in"], said["way"], said["advice"]) == (0, "S-7", "password", None)
    answer = begun("sign-in", "S-7", "--role", "supervisor", password_file=NEW)
    assert refused_with(answer) == (1, "people.no_role")
    assert begun.two("change", "S-7", "--role", "supervisor") == (0, {"changed": "S-7"})
    assert begun("sign-in", "S-7", "--role", "supervisor", password_file=NEW)[0] == 0
    assert begun.two("revoke", "S-7", "--why", "left") == (0, {"revoked": "S-7"})
    answer = begun("sign-in", "S-7", "--role", "supervisor", password_file=NEW)
    assert refused_with(answer) == (1, "people.refused")
    _, said = begun("list")
    rows = [(row["number"], row["revoked"], row["has_password"]) for row in said["people"]]
    assert rows == [("S-1", False, True), ("S-2", False, True), ("S-7", True, False)]


def test_wrong_passwords_shut_out_until_two_unlock(begun, rules):
    begun.two("add", "S-7", "赵小兰", "--role", "teller")
    begun.two("reset", "S-7", new_password_file=NEW)
    codes = [
        refused_with(begun("sign-in", "S-7", "--role", "teller", password_file="wrong"))[1]
        for _ in range(rules.lock.tries)
    ]
    assert codes == ["people.refused"] * (rules.lock.tries - 1) + ["people.locked"]
    assert begun("list")[1]["people"][2]["locked"]
    assert begun.two("unlock", "S-7") == (0, {"unlocked": "S-7"})
    assert begun("sign-in", "S-7", "--role", "teller", password_file=NEW)[0] == 0


def test_an_own_password_and_the_one_for_duress(begun):
    begun.two("add", "S-7", "赵小兰", "--role", "teller")
    begun.two("reset", "S-7", new_password_file=NEW)
    words = {"password_file": NEW, "new_password_file": "nine herons fly by"}
    answer = begun("password", "S-7", "--duress", duress_password_file="old green lantern", **words)
    assert answer == (0, {"password_changed": "S-7"})
    said = [
        begun("sign-in", "S-7", "--role", "teller", password_file=word)
        for word in ("nine herons fly by", "old green lantern")
    ]
    for _, each in said:
        each.pop("session")
    assert said[0] == said[1]


def test_hours_and_places_bind(begun):
    answer = begun.two("add", "S-7", "赵小兰", "--role", "teller", "--hours", "1-5 8:00")
    assert refused_with(answer) == (64, "usage")
    assert refused_with(begun.two("change", "S-7", "--hours", "1-5 08:00-17:00")) == (64, "usage")
    begun.two("add", "S-7", "赵小兰", "--role", "teller", "--terminal", "T-9", "--hours", "1-7 00:00-23:59")
    begun.two("reset", "S-7", new_password_file=NEW)
    answer = begun("sign-in", "S-7", "--role", "teller", password_file=NEW)
    assert refused_with(answer) == (1, "people.wrong_terminal")
    held = begun("list")[1]["people"][2]["entitlements"][0]
    assert held["terminals"] == ["T-9"]
    assert held["hours"] == [{"days": [1, 2, 3, 4, 5, 6, 7], "begins": "00:00:00", "ends": "23:59:00"}]


def test_mistakes_are_said_in_a_line(begun, tmp_path):
    assert refused_with(begun.two("add", "bad number", "赵小兰", "--role", "teller")) == (
        64,
        "people.malformed",
    )
    assert refused_with(begun.two("change", "S-404", "--name", "谁")) == (64, "people.unknown")
    assert refused_with(begun.two("revoke", "S-1", "--why", "left")) == (1, "people.own_entry")
    assert refused_with(begun.two("add", "S-7", "赵小兰")) == (64, "usage")
    open_to_all = tmp_path / "open"
    open_to_all.write_text(NEW, encoding="utf-8")
    open_to_all.chmod(0o644)
    for file in (open_to_all, tmp_path / "absent"):
        answer = begun("sign-in", "S-1", "--role", "operations", "--password-file", str(file))
        assert refused_with(answer) == (64, "people.password_file")


def test_whoever_goes_leaves_no_face_behind(begun):
    begun.two("add", "S-7", "赵小兰", "--role", "teller")
    with capture_logs(), people_ask.office() as office:
        office.enrolments.keep("S-7", "face test", "", b"a veiled template")
    begun.two("revoke", "S-7", "--why", "left")
    with people_ask.office() as office:
        assert office.enrolments.of("S-7") == ()
        assert len(office.enrolments.all(revoked=True)) == 1


def test_people_are_listed_for_people(begun, capsys):
    begun.two("add", "S-7", "赵小兰", "--role", "teller")
    with capture_logs():
        assert run(["people", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["S-1", "holds", "李一", "virtual", "operations"]
    assert lines[2].split() == ["S-7", "no", "password", "赵小兰", "virtual", "teller"]


def test_passwords_are_asked_for_unseen(begun, monkeypatch, capsys):
    typed = iter([FIRST])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: next(typed))
    code, said = begun("sign-in", "S-1", "--role", "operations")
    assert (code, said["signed_in"]) == (0, "S-1")
    assert FIRST not in capsys.readouterr().err
