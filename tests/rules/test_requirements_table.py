"""Every requirement is in the table; what it names exists; the page is fresh."""

from __future__ import annotations

import pytest
from golden_situations import DAYS, rules
from requirements_table import PAGE, Requirement, missing, page, place_exists, requirements

RULES = rules()[DAYS[1]]
ROWS = requirements()
LAST = {
    "A": 13, "B": 15, "C": 22, "D": 13, "E": 14, "F": 16, "G": 12, "H": 11, "I": 12, "J": 9,
    "K": 8, "L": 16, "M": 12, "N": 12, "P": 10, "Q": 9, "T": 6,
}  # fmt: skip
"""Last number of each section of the catalogue."""
ELSEWHERE = {"B14", "E05", "E06", "E10", "H10", "I10", "M09", "M11", "N04"}
"""Of the centre alone, or no software."""


def test_no_requirement_is_missing_and_none_is_made_up() -> None:
    wanted = {f"{letter}{n:02}" for letter, last in LAST.items() for n in range(1, last + 1)} - ELSEWHERE
    assert {row.id for row in ROWS} == wanted


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_what_a_row_names_exists_and_what_is_not_carried_says_why(row: Requirement) -> None:
    assert list(missing(row, RULES)) == []
    assert row.why or (row.by and row.test), "neither carried and shown, nor a reason"
    assert row.says and "|" not in row.says + row.why


def test_every_clause_of_the_packs_is_in_the_catalogue() -> None:
    known = {row.id for row in ROWS} | ELSEWHERE
    for name, business in RULES.businesses.items():
        cited = [
            business.clause,
            *(each.clause for each in (*business.demands.values(), *business.stops.values())),
        ]
        for clause in ", ".join(cited).split(", "):
            assert clause in known or clause[0] in "ORS", f"{name}: {clause}"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.rules.renew"


def test_a_place_that_is_not_there_is_seen() -> None:
    assert place_exists(RULES, "businesses.open_class_1.stops.agent")
    assert not place_exists(RULES, "businesses.open_class_1.stops.nobody")
    assert not place_exists(RULES, "outcomes.never.heard.of")
