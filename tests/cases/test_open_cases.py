"""Which cases are open is known without reading the whole log each time, and is what the whole log says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sites import RULES, Site, begin, go_on, make_site

from sync.store import Store
from terminal.case.docket import EVENT, told, unfinished
from terminal.case.unended import Unended
from terminal.rules.today import rules_named


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = make_site(tmp_path, "T-1", None)
    yield made
    made.close()


class Read:
    """The log, and how much of it was read."""

    def __init__(self, store: Store) -> None:
        self.count = 0
        self._after = partial(store.bodies_after, EVENT)

    def __call__(self, after: int) -> Iterator[tuple[int, dict[str, object]]]:
        for line in self._after(after):
            self.count += 1
            yield line  # type: ignore[misc]


def test_open_cases_are_those_of_the_whole_log_at_every_step(site: Site) -> None:
    unended = Unended(partial(site.store.bodies_after, EVENT))
    assert unended.lines() == ()
    first, second = begin(site), begin(site, steps=2)
    for step in (lambda: go_on(site.resumed(first.case_id), 1), lambda: go_on(site.resumed(second.case_id))):
        by_all = unfinished(site.store.bodies(EVENT), rules_named)
        assert unfinished(unended.lines(), rules_named) == by_all
        step()
    (left,) = unfinished(unended.lines(), rules_named)
    assert left == unfinished(site.store.bodies(EVENT), rules_named)[0]
    assert left.case_id == first.case_id
    assert list(told(first.case_id, unended.lines(), lambda _: RULES))[-1].case == left


def test_a_line_is_read_once_and_what_is_over_is_forgotten(site: Site) -> None:
    read = Read(site.store)
    unended = Unended(read)
    for _ in range(3):
        go_on(site.resumed(begin(site).case_id))
        assert unended.lines() == ()
    assert read.count == len(site.store.bodies(EVENT)) > 50
    begin(site, steps=1)
    assert len(unended.lines()) == 2 and read.count == len(site.store.bodies(EVENT))
