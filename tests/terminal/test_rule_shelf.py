"""Installed packs are in force whole or not at all; whatever is refused leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_packs import (
    BANK,
    BRANCH,
    LOOSE,
    SHIPPED,
    STRANGER,
    TIGHT,
    TIGHTER,
    TODAY,
    TRIES,
    TRUST,
    given,
    pack_text,
    shelf_in,
)

from sync.errors import Misused
from terminal.rules.errors import RuleError
from terminal.rules.reading import read_pack, rules_of
from terminal.rules.shelf import Shelf
from terminal.rules.signing_keys import PackKey
from terminal.rules.states import Change
from terminal.rules.today import shipped
from terminal.rules.trust import Trust

CONTRARY = "match: {refer_false_match_rate: 1.0e-9}\n"
PEOPLE = ("1001", "1002")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return shelf_in(tmp_path / "rules")


@pytest.fixture
def install(tmp_path: Path, shelf: Shelf) -> Callable[..., object]:
    def installed(*texts: str, key: PackKey | None = BANK) -> object:
        files = [f"branch{number or ''}.yaml" for number in range(len(texts))]
        return shelf.install(
            [given(tmp_path, text, file, key) for text, file in zip(texts, files, strict=True)]
        )

    return installed


def refused(action: Callable[..., object], *arguments: Any, **more: Any) -> RuleError:
    with pytest.raises(RuleError) as caught:
        action(*arguments, **more)
    return caught.value


def test_what_ships_is_in_force_until_something_is_installed(shelf: Shelf) -> None:
    assert shelf.rules().name == SHIPPED.name
    assert (shelf.history(), shelf.held().problems) == ((), ())


def test_an_installed_pack_is_in_force_on_its_dates(install: Callable[..., Any], shelf: Shelf) -> None:
    state = install(pack_text(since="2026-12-01", until="2026-12-31"), key=BRANCH)
    assert (state.number, state.change, state.installed[0].key_id) == (1, Change.INSTALLED, BRANCH.id)
    assert shelf.rules().card.max_tries == TRIES
    assert shelf.rules(date(2026, 12, 1)).card.max_tries == TRIES - 1
    assert shelf.rules(date(2026, 12, 31)).name.endswith("+ branch-7 1")
    assert shelf.rules(date(2027, 1, 1)).card.max_tries == TRIES


def test_two_versions_are_in_force_on_different_business_dates(
    install: Callable[..., Any], shelf: Shelf
) -> None:
    install(pack_text(TIGHT), pack_text(TIGHTER, version="2", since="2027-03-01"))
    assert shelf.rules().card.max_tries == TRIES - 1
    assert shelf.rules(date(2027, 3, 1)).card.max_tries == max(1, TRIES - 2)


def test_a_later_version_takes_the_place_of_an_earlier_one_of_the_same_day(
    install: Callable[..., Any], shelf: Shelf
) -> None:
    install(pack_text(version="2026.9"))
    install(pack_text(TIGHTER, version="2026.10"))
    assert shelf.rules().name.endswith("+ branch-7 2026.10")
    assert len(shelf.history()) == 2


@pytest.mark.parametrize(
    ("text", "key", "code", "line", "place"),
    [
        (pack_text(), None, "rules.unsigned", 1, ""),
        (pack_text(), STRANGER, "rules.key_unknown", 1, ""),
        (pack_text(authority="bank"), BRANCH, "rules.key_not_for_this", 3, "authority"),
        (pack_text(until="2026-11-01"), BANK, "rules.expired", 5, "effective_until"),
        (pack_text(version="0.9"), BANK, "rules.older", 2, "version"),
        (pack_text(version="0.9", since="2027-01-01"), BANK, "rules.older", 2, "version"),
        (pack_text(TIGHTER), BANK, "rules.version_taken", 2, "version"),
        (pack_text(LOOSE, version="2"), BANK, "rules.loosens", 8, "card.max_tries"),
        (pack_text(LOOSE, version="2", since="2030-01-01"), BANK, "rules.loosens", 8, "card.max_tries"),
        (pack_text(CONTRARY, version="2"), BANK, "rules.contradiction", 8, "match"),
        (pack_text("card: {colour: red}\n", version="2"), BANK, "rules.invalid", 8, "card.colour"),
        (pack_text(), BANK, "rules.nothing_new", 1, ""),
    ],
)  # fmt: skip
def test_each_refusal_names_code_line_and_place_and_changes_nothing(
    install: Callable[..., Any], shelf: Shelf, text: str, key: PackKey, code: str, line: int, place: str
) -> None:
    install(pack_text())
    error = refused(install, text, key=key)
    assert (error.code, error.file, error.line, error.place) == (code, "branch.yaml", line, place)
    assert error.clause or code in ("rules.invalid", "rules.nothing_new")
    assert shelf.rules().name == f"{SHIPPED.name} + branch-7 1"
    assert len(shelf.history()) == 1


def test_two_packs_of_one_name_and_day_overlap(install: Callable[..., Any], shelf: Shelf) -> None:
    error = refused(install, pack_text(), pack_text(TIGHTER, version="2"))
    assert error.code == "rules.overlap"
    assert shelf.history() == ()


def test_a_pack_of_the_bank_that_an_installed_branch_would_loosen_is_refused_until_both_come(
    install: Callable[..., Any], shelf: Shelf
) -> None:
    """The bank's comes into force next year; from then on the branch's would be the looser one."""
    install(pack_text(TIGHT))
    stricter = pack_text(TIGHTER, name="head-office", authority="bank", since="2027-01-01")
    error = refused(install, stricter)
    assert (error.code, error.line, error.place) == ("rules.loosens", 8, "card.max_tries")
    install(stricter, pack_text(TIGHTER, version="2"))
    assert shelf.rules(date(2027, 1, 1)).card.max_tries == max(1, TRIES - 2)


def test_check_tells_every_problem_and_changes_nothing(tmp_path: Path, shelf: Shelf) -> None:
    body = f"card: {{max_tries: {TRIES + 1}}}\nhandling: {{max_tries: 99}}\n"
    text = pack_text(body, until="2026-11-01")
    found = shelf.check([given(tmp_path, text, key=None)])
    assert [(each.code, each.line) for each in found] == [("rules.expired", 5)], "never in force from today"
    found = shelf.check([given(tmp_path, pack_text(body), key=None)])
    assert {(each.code, each.line) for each in found} >= {("rules.loosens", 8), ("rules.loosens", 9)}
    assert not (tmp_path / "rules").exists()


def test_two_people_roll_back_and_both_are_noted(tmp_path: Path) -> None:
    lines: list[tuple[str, Mapping[str, Any]]] = []
    shelf = shelf_in(tmp_path / "rules", note=lambda kind, body: lines.append((kind, body)))
    first = shelf.install([given(tmp_path, pack_text())], ("1001",), "order 12")
    shelf.install([given(tmp_path, pack_text(TIGHTER, version="2"))])
    for by in ((), ("1001",), ("1001", " 1001 "), ("a1", "A1"), ("1001", "")):
        assert refused(shelf.rollback, 1, by).code == "rules.two_people"
    assert refused(shelf.rollback, 9, PEOPLE).code == "rules.no_such_state"
    back = shelf.rollback(1, PEOPLE, "wrong copy")
    assert shelf.rules().name.endswith("+ branch-7 1")
    assert (back.number, back.to, back.by, back.installed) == (3, 1, PEOPLE, first.installed)
    assert [kind for kind, _ in lines] == ["rules.installed", "rules.installed", "rules.rolled_back"]
    said = dict(lines[-1][1])
    assert (said["state"], said["to"], said["by"], said["reason"]) == (3, 1, list(PEOPLE), "wrong copy")
    assert said["state_sha256"] == back.digest
    assert said["packs"][0]["name"] == "branch-7 1"


def test_what_could_not_be_noted_is_noted_once_later(tmp_path: Path) -> None:
    def fails(kind: str, body: Mapping[str, Any]) -> None:
        raise Misused("store.misused", reason="closed")

    shelf_in(tmp_path / "rules", note=fails).install([given(tmp_path, pack_text())])
    lines: list[str] = []
    for _ in range(2):
        shelf_in(tmp_path / "rules", note=lambda kind, body: lines.append(kind)).settle()
    assert lines == ["rules.installed"]


def test_a_key_that_is_no_longer_trusted_takes_its_packs_out_of_force(tmp_path: Path) -> None:
    shelf_in(tmp_path / "rules").install([given(tmp_path, pack_text(), key=BRANCH)])
    left = shelf_in(tmp_path / "rules", Trust({BANK.id: TRUST.keys[BANK.id]}))
    assert left.rules().name == SHIPPED.name
    assert [each.code for each in left.held().problems] == ["rules.key_unknown"]


def test_another_process_sees_what_was_installed(tmp_path: Path, shelf: Shelf) -> None:
    assert shelf.rules().name == SHIPPED.name
    shelf_in(tmp_path / "rules").install([given(tmp_path, pack_text())])
    assert shelf.rules().name.endswith("branch-7 1")


def test_rules_a_case_named_are_put_together_as_they_were_years_later(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shelf = shelf_in(folder)
    shelf.install([given(tmp_path, pack_text())])
    named = shelf.rules().sha256
    shelf.install([given(tmp_path, pack_text(TIGHTER, version="2"))])
    later = shelf_in(folder, Trust(), date(2036, 1, 1))
    assert later.rules().name == SHIPPED.name, "the key has gone"
    found = later.rules_named(named)
    assert (found.sha256, found.card.max_tries) == (named, TRIES - 1)
    assert later.by_sha256(named.split("+")[-1]).header.name == "branch-7 1"
    swapped = "+".join(reversed(named.split("+")))
    for gone in (
        "0" * 64,
        f"{'0' * 64}+{named}",
        "../states/1",
        "",
        named[:-1],
        swapped,
        named.replace("+", ":"),
    ):
        assert refused(later.rules_named, gone).code == "rules.unknown", gone
    flipped = folder / "packs" / f"{named.split('+')[-1]}.yaml"
    flipped.write_bytes(flipped.read_bytes() + b"\n")
    assert refused(later.rules_named, named).code == "rules.damaged"


def test_packs_of_an_earlier_program_are_kept_with_what_they_extended(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    old = shelf_in(folder)
    old.settle()
    named = old.rules(TODAY).sha256
    changed = tuple(read_pack(pack.text + "# of the next program\n", pack.file) for pack in shipped())
    new = Shelf(folder, changed, TRUST, today=lambda: TODAY)
    new.settle()
    assert [state.change for state in new.history()] == [Change.SHIPPED, Change.SHIPPED]
    assert new.rules().sha256 != named
    then = new.rules_named(named)
    assert then == rules_of(shipped(), TODAY)
    new.settle()
    assert len(new.history()) == 2, "the same program adds nothing"


def test_packs_of_a_new_program_that_do_not_fit_with_installed_ones_win(tmp_path: Path) -> None:
    """A12: where internal rules conflict with the regulation, the regulation wins; it is said."""
    folder = tmp_path / "rules"
    shelf_in(folder).install([given(tmp_path, pack_text())])
    stricter = tuple(
        read_pack(pack.text.replace(f"max_tries: {TRIES}\n", "max_tries: 1\n"), pack.file)
        for pack in shipped()
    )
    new = Shelf(folder, stricter, TRUST, today=lambda: TODAY)
    new.settle()
    assert new.rules().card.max_tries == 1
    assert "branch-7" not in new.rules().name
    assert {each.code for each in new.held().problems} == {"rules.loosens"}
    assert new.history()[-1].installed, "nothing installed is forgotten"
