"""The cases of a terminal: nothing counts before it is in the audit log, from which a case can go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import structlog
import uuid_utils
from pydantic import ValidationError

from terminal.case.events import Event, Opened, as_json, from_json
from terminal.case.replay import Moment, NotBegun, moments
from terminal.case.session import NotNow, step
from terminal.case.values import Case, State
from terminal.rules.errors import RuleError
from terminal.rules.pack import RulePack
from terminal.rules.situation import Situation

log = structlog.get_logger(__name__)
EVENT = "case.event"
"""Kind of the audit line of an event."""
HANDED = "case.handed_over"
"""Kind of the audit line that ends this terminal's hold on a case; it says how many events went with it."""

Note = Callable[[str, Mapping[str, Any]], object]
"""Writes an audit line; it is on disk when this returns (`sync.store.Store.note`)."""
Noted = Iterable[Mapping[str, Any]]
"""The bodies of the audit lines of kind `EVENT`, in order."""
RulesNamed = Callable[[str], RulePack]
"""Finds the rules of a SHA-256, also when newer ones are in force."""


class UnknownCase(Exception):
    """The log knows no such case, or an event of it cannot be read."""

    def __init__(self, code: str, case_id: str) -> None:
        super().__init__(f"{code}: {case_id}")
        self.code = code
        self.case_id = case_id


class HandedOver(UnknownCase):
    """The case was handed over and goes on at another terminal (J07)."""

    def __init__(self, case_id: str) -> None:
        super().__init__(HANDED, case_id)


class Docket:
    """One case in hand. What does not fit it is refused before anything is written."""

    def __init__(self, note: Note, rules: RulePack, now: Callable[[], str]) -> None:
        self._note = note
        self._now = now
        self.rules = rules
        """The rules the case was opened by; they decide it, whatever comes into force meanwhile."""
        self.case = Case()
        self._released = False

    def open(self, situation: Situation, by: str) -> Case:
        """Open a case by the rules in hand."""
        id_ = str(uuid_utils.uuid7())
        event = Opened(
            at=self._now(),
            by=by,
            case_id=id_,
            situation=situation,
            packs=self.rules.name,
            packs_sha256=self.rules.sha256,
        )
        return self.apply(event)

    def apply(self, event: Event) -> Case:
        """The case after `event`; `NotNow` when it does not fit, the store's errors when it is not kept."""
        if self._released:
            raise NotNow(HANDED, event)
        after = step(self.case, event, self.rules)
        self._note(EVENT, {"case_id": after.case_id, "event": as_json(event)})
        self.case = after
        return after

    def release(self) -> None:
        """The case was handed over: nothing more is done to it here."""
        self._released = True

    def at(self) -> str:
        """The time to put on an event that happens now."""
        return self._now()

    @classmethod
    def resume(
        cls,
        case_id: str,
        noted: Noted,
        rules: RulesNamed,
        note: Note,
        now: Callable[[], str],
        handed: Noted = (),
    ) -> Docket:
        """The case as the log left it, ready to go on. UnknownCase when there is none.

        `handed` are the bodies of kind `HANDED`; HandedOver when the case was handed over and did not return.
        """
        noted = list(noted)
        if was_handed_over(case_id, noted, handed):
            raise HandedOver(case_id)
        case = Case()
        for moment in told(case_id, noted, rules):
            case = moment.case
        made = cls(note, rules(case.packs_sha256), now)
        made.case = case
        return made


def told(case_id: str, noted: Noted, rules: RulesNamed) -> Iterator[Moment]:
    """Every event of a case and the case after it, from the log alone. UnknownCase when there is none."""
    found = False
    for moment in moments(_events(case_id, noted), rules):
        found = True
        yield moment
    if not found:
        raise UnknownCase("case.unknown", case_id)


def was_handed_over(case_id: str, noted: Noted, handed: Noted) -> bool:
    """True when nothing happened to the case here since it was handed over."""
    given = [int(line["events"]) for line in handed if line.get("case_id") == case_id]
    return bool(given) and max(given) >= sum(line.get("case_id") == case_id for line in noted)


def unfinished(noted: Noted, rules: RulesNamed, handed: Noted = ()) -> tuple[Case, ...]:
    """Cases that were opened and not ended, in the order they were opened; a power cut leaves such.

    Those that were handed over (`handed`: the bodies of kind `HANDED`) go on elsewhere and are left out.
    """
    lines, gone = list(noted), list(handed)
    over = _over(lines)
    left = [line for line in lines if line.get("case_id") not in over]
    ids = dict.fromkeys(str(line.get("case_id")) for line in left)
    cases = _last([id_ for id_ in ids if not was_handed_over(id_, left, gone)], left, rules)
    return tuple(case for case in cases if case.state in (State.OPEN, State.PARKED))


def ended(noted: Noted, rules: RulesNamed, recorded: Callable[[str], bool]) -> tuple[Case, ...]:
    """Cases that ended and have no record.

    A power cut between the last event and the record leaves such.
    """
    lines = list(noted)
    owed = [id_ for id_ in _over(lines) if not recorded(id_)]
    return tuple(_last(owed, [line for line in lines if line.get("case_id") in owed], rules))


def _over(lines: Noted) -> dict[str, None]:
    """Cases with an end, in order: of many cases a log holds, only those few without one are told again."""
    ends = (line for line in lines if line.get("event", {}).get("kind") == "ended")
    return dict.fromkeys(str(line.get("case_id")) for line in ends)


def _last(ids: Iterable[str], lines: Noted, rules: RulesNamed) -> Iterator[Case]:
    """Each case as its log leaves it. One that cannot be told again is noted, and keeps no other back."""
    for id_ in ids:
        try:
            yield list(told(id_, lines, rules))[-1].case
        except (RuleError, NotNow, NotBegun, UnknownCase) as error:
            log.warning("case.not_told_again", case_id=id_, cause=type(error).__name__)


def _events(case_id: str, noted: Noted) -> Iterator[Event]:
    for line in noted:
        if line.get("case_id") == case_id:
            try:
                yield from_json(line["event"])
            except (ValidationError, KeyError) as error:
                raise UnknownCase("case.unreadable", case_id) from error
