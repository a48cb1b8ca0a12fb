"""A case again, from what the audit log says of it: every step, and the same decision (R02)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from terminal.case.events import Event, Opened
from terminal.case.session import step
from terminal.case.values import Case
from terminal.rules.pack import RulePack


@dataclass(frozen=True, slots=True)
class Moment:
    """One event and the case after it."""

    event: Event
    case: Case


class NotBegun(Exception):
    """The events do not begin with the opening of a case."""


def moments(events: Iterable[Event], rules_of: Callable[[str], RulePack]) -> Iterator[Moment]:
    """The case after each of `events`; `rules_of` finds the rules by the SHA-256 the opening names.

    NotBegun; `terminal.case.session.NotNow` when an event does not fit: the log is of another program, or of
    other rules.
    """
    case, rules = Case(), None
    for event in events:
        if isinstance(event, Opened):
            rules = rules_of(event.packs_sha256)
        if rules is None:
            raise NotBegun
        case = step(case, event, rules)
        yield Moment(event, case)


def replay(events: Iterable[Event], rules_of: Callable[[str], RulePack]) -> Case:
    """The case as it stands after `events`."""
    case = Case()
    for moment in moments(events, rules_of):
        case = moment.case
    return case
