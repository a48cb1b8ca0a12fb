"""Whole cases at the counter: every business to every end, with what a teller and colleagues reply.

The check before devices is left out here (it has tests of its own); book, centre and rules are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from counters import Counter, open_counter

from sync.store import Store
from terminal.case.values import State
from terminal.checks.centre import Centre
from terminal.ledger import Book
from terminal.rules.reading import rules_of
from terminal.rules.situation import Channel
from terminal.rules.today import shipped
from terminal.virtual.ways import CONDUCT, Way, ends

RULES = rules_of(shipped(), date.today())
AT_COUNTER = sorted(name for name, each in RULES.businesses.items() if Channel.COUNTER in each.channels)

EVERY_DAY = ("activate_dormant",)
"""The others are slow tests."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, Store, Centre]]:
    with open_counter(tmp_path_factory.mktemp("counter")) as found:
        yield found


@pytest.mark.parametrize(
    "business",
    [pytest.param(each, marks=() if each in EVERY_DAY else pytest.mark.slow) for each in AT_COUNTER],
)
def test_a_business_comes_to_every_end_from_the_counter(
    opened: tuple[Book, Store, Centre], business: str
) -> None:
    for way in Way:
        counter = Counter(*opened, RULES, CONDUCT[way])
        counter.run(business)
        case = counter.last()
        if case.state is State.PARKED:
            assert [each.case_id for each in counter.desk.waiting()] == [case.case_id]
            counter.resume(case.case_id)
            case = counter.last()
        assert case.state is State.ENDED, f"{way}: {case.state} {case.failed}"
        demanded = {each.step for each in case.plan.required} if case.plan else set()
        found = [each.code for each in case.findings]
        assert case.ending in ends(way, demanded), f"{way}: {case.ending} {case.ground} {found}"
        view = counter.desk.view
        assert view is not None and view.end is not None
        assert (view.end.record_id, view.end.synced) == (case.case_id, True)
