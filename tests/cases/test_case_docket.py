"""Cases in the audit log: noted before they count, gone on with after a power cut, told and decided again."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from players import AT, Hand, opened, settled, situation

from config.paths import HOME, paths
from config.settings import Settings
from sync.errors import DiskFull
from sync.store import Store
from terminal.case.docket import EVENT, Docket, UnknownCase, ended, told, unfinished
from terminal.case.events import Ended, Ending, Parked, as_json
from terminal.case.session import NotNow
from terminal.case.values import Case, State
from terminal.case.verdict import verdict
from terminal.cli import run
from terminal.counter.owed import CONFIRMED, CONTRADICTED
from terminal.keeping import keys_of, open_book
from terminal.rules.errors import RuleError
from terminal.rules.reading import rules_of
from terminal.rules.today import rules_named, rules_today, shipped

RULES = rules_today()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    """The book of the virtual branch, encrypted, as the commands find it."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    home = paths().data / "virtual"
    home.mkdir(parents=True)
    with open_book(home, Settings(), keys_of(home, Settings())) as book:
        yield book


def at() -> str:
    return AT


def good_events(seed: int = 1) -> Hand:
    """A case in which everything goes well."""
    chance = random.Random(seed)
    asked = replace(situation(chance, RULES, "verify_identity"), flags=frozenset())
    hand = Hand(RULES, chance)
    asked = replace(asked, channel=RULES.businesses["verify_identity"].channels[0])
    assert hand.play(opened(RULES, settled(chance, replace(asked, parties=asked.parties or someone()))))
    hand.do_all()
    assert hand.case.ending is Ending.ACCEPTED
    return hand


def someone() -> tuple[Any, ...]:
    from terminal.rules.situation import PartyFacts, Role

    return (PartyFacts(id="customer", role=Role.CUSTOMER),)


def written(store: Store, seed: int = 1) -> Case:
    """The same, through a docket into the book."""
    hand = good_events(seed)
    docket = Docket(store.note, RULES, at)
    begun = hand.events[0]
    docket.open(begun.situation, begun.by)  # type: ignore[union-attr]
    for event in hand.events[1:]:
        docket.apply(event)
    return docket.case


def test_every_event_is_in_the_log_and_the_case_comes_out_of_it_again(store: Store) -> None:
    case = written(store)
    lines = store.bodies(EVENT)
    again = [moment.case for moment in told(case.case_id, lines, rules_named)][-1]
    assert again == case
    assert verdict(replace(again, state=State.OPEN), RULES).accepts is again.ending
    assert store.verify().sound


def test_what_cannot_be_written_has_not_happened(store: Store) -> None:
    full = False

    def note(kind: str, body: Mapping[str, Any]) -> object:
        if full:
            raise DiskFull(path="book.db")
        return store.note(kind, body)

    hand = good_events()
    docket = Docket(note, RULES, at)
    docket.open(hand.events[0].situation, "op-1")  # type: ignore[union-attr]
    before = docket.case
    full = True
    with pytest.raises(DiskFull):
        docket.apply(hand.events[1])
    assert docket.case is before
    assert len(store.bodies(EVENT)) == 1


def test_what_does_not_fit_leaves_no_line(store: Store) -> None:
    docket = Docket(store.note, RULES, at)
    docket.open(good_events().events[0].situation, "op-1")  # type: ignore[union-attr]
    with pytest.raises(NotNow):
        docket.apply(Ended(at=AT, by="op-1", ending=Ending.ACCEPTED))
    assert len(store.bodies(EVENT)) == 1


def test_a_case_that_a_power_cut_left_open_goes_on_where_it_was(store: Store) -> None:
    written(store, 1)
    hand = good_events(2)
    cut = Docket(store.note, RULES, at)
    cut.open(hand.events[0].situation, "op-1")  # type: ignore[union-attr]
    cut.apply(hand.events[1])
    (left,) = unfinished(store.bodies(EVENT), rules_named)
    assert left == cut.case
    again = Docket.resume(left.case_id, store.bodies(EVENT), rules_named, store.note, at)
    for event in hand.events[2:]:
        again.apply(event)
    assert again.case.ending is Ending.ACCEPTED
    assert unfinished(store.bodies(EVENT), rules_named) == ()


def test_a_parked_case_is_unfinished_too(store: Store) -> None:
    docket = Docket(store.note, RULES, at)
    docket.open(good_events().events[0].situation, "op-1")  # type: ignore[union-attr]
    docket.apply(Parked(at=AT, by="op-1", missing=("register",), until="2026-02-10"))
    assert [case.state for case in unfinished(store.bodies(EVENT), rules_named)] == [State.PARKED]


def test_an_unknown_case_and_an_unreadable_event_are_named(store: Store) -> None:
    with pytest.raises(UnknownCase, match=r"case\.unknown"):
        list(told("nobody", store.bodies(EVENT), rules_named))
    store.note(EVENT, {"case_id": "odd", "event": {"kind": "danced"}})
    with pytest.raises(UnknownCase, match=r"case\.unreadable"):
        list(told("odd", store.bodies(EVENT), rules_named))


def test_rules_are_found_by_their_hashes_of_whatever_day() -> None:
    from datetime import date

    for day in (date(2018, 5, 1), date(2025, 12, 31), date(2026, 1, 1)):
        rules = rules_of(shipped(), day)
        assert rules_named(rules.sha256) is rules
    with pytest.raises(RuleError, match=r"rules|hashes"):
        rules_named("0" * 64)


def test_the_command_tells_a_case_again_and_says_that_it_comes_out_the_same(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    case = written(store)
    store.close()
    assert run(["case", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["cases"]
    assert [(row["case_id"], row["business"], row["ending"]) for row in rows] == [
        (case.case_id, "verify_identity", "accepted")
    ]
    assert run(["case", "replay", case.case_id, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["agrees"] is True
    assert answer["events"][0]["kind"] == "opened"
    assert run(["case", "replay", case.case_id]) == 0
    words = capsys.readouterr().out
    assert "customer/holder" in words and "Decided again: the same." in words
    assert run(["case", "replay", "nobody"]) != 0


def test_the_command_tells_what_the_centre_said_afterwards(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    case = written(store)
    told_later = {"case_id": case.case_id, "key": "case/held", "question": "no_class_1", "answer": "held"}
    store.note(CONTRADICTED, told_later)
    store.note(CONFIRMED, {**told_later, "case_id": "another"})
    store.close()
    assert run(["case", "replay", case.case_id, "--json"]) == 0
    later = json.loads(capsys.readouterr().out)["later"]
    assert later == [{"question": "no_class_1", "answer": "held", "confirmed": False}]
    assert run(["case", "replay", case.case_id]) == 0
    assert "no_class_1 held: contradicted" in capsys.readouterr().out


def test_an_acceptance_that_the_rules_do_not_give_is_found_out(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody with the key writes an acceptance into the log: the rules do not follow."""
    docket = Docket(store.note, RULES, at)
    case = docket.open(good_events().events[0].situation, "op-1")  # type: ignore[union-attr]
    forged = as_json(Ended(at=AT, by="terminal", ending=Ending.ACCEPTED))
    store.note(EVENT, {"case_id": case.case_id, "event": forged})
    store.close()
    assert run(["case", "replay", case.case_id, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["agrees"] is False


def test_a_case_whose_record_a_power_cut_took_is_recorded_once_and_no_more(store: Store) -> None:
    case = written(store)
    recorded: set[str] = set()
    assert ended(store.bodies(EVENT), rules_named, recorded.__contains__) == (case,)
    recorded.add(case.case_id)
    assert ended(store.bodies(EVENT), rules_named, recorded.__contains__) == ()
    docket = Docket(store.note, RULES, at)
    docket.open(good_events().events[0].situation, "op-1")  # type: ignore[union-attr]
    assert ended(store.bodies(EVENT), rules_named, recorded.__contains__) == ()


def test_a_case_whose_rules_are_gone_keeps_no_other_back(store: Store) -> None:
    hand = good_events()
    lost = as_json(replace(hand.events[0], case_id="lost", packs_sha256="0" * 64))  # type: ignore[type-var]
    store.note(EVENT, {"case_id": "lost", "event": lost})
    over = as_json(Ended(at=AT, by="op-1", ending=Ending.WITHDRAWN))
    store.note(EVENT, {"case_id": "lost", "event": over})
    case = written(store)
    assert ended(store.bodies(EVENT), rules_named, lambda _: False) == (case,)
    assert unfinished(store.bodies(EVENT), rules_named) == ()
