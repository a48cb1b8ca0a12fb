"""Works through a case: asks the rules what is next, has it done, and ends the case as the rules say.

`CaseWork` decides nothing and knows no device: what is to be done, and in which order, is the plan's; what
counts is `terminal.case.session.step`'s. Whoever does the steps is a `Hands`: a window, a kiosk, a script.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from terminal.case.docket import Docket
from terminal.case.events import (
    Did,
    Ended,
    Ending,
    Event,
    Excepted,
    Failed,
    Joined,
    Learned,
    Moved,
    Parked,
    Proved,
    Resolved,
)
from terminal.case.session import NotNow
from terminal.case.values import Case, Finding, State
from terminal.case.verdict import verdict
from terminal.rules.plan import Required, Stopped
from terminal.rules.situation import Situation

log = structlog.get_logger(__name__)

StepEvents = tuple[Did | Failed | Excepted | Learned | Joined | Proved | Moved | Parked | Ended, ...]
"""What came of a step, in order: facts learned by it, then that it was done, or what happened instead."""


class Hands(Protocol):
    """Whoever does what a case demands. Each call may wait for people and devices; none decides."""

    def do(self, case: Case, required: Required) -> StepEvents:
        """Do a step whose turn it is."""

    def give_up(self, case: Case, required: Required) -> Excepted | Parked | Ended:
        """A step failed as often as it may: something stands in for it, or the case waits or ends."""

    def bring(self, case: Case, required: Required) -> StepEvents:
        """Bring in the missing party, or the methods that are still missing."""

    def settle(self, case: Case, unknown: str) -> StepEvents:
        """Find out a fact the rules ask for: ``amount``, ``customer.age``."""

    def resolve(self, case: Case, finding: Finding) -> Resolved | Ended | Parked:
        """A doubt: somebody else looks at it, or the case ends or waits."""

    def stop(self, case: Case, stopped: tuple[Stopped, ...]) -> Ended:
        """The business is not done here: offer what the rules offer, refer or refuse."""

    def refuse(self, case: Case, findings: tuple[Finding, ...]) -> Ended:
        """What was found refuses: end the case, with a ground and a second person."""


class Stuck(Exception):
    """The hands brought nothing that moves the case; it stays open, and can be gone on with."""


class CaseWork:
    """One case from its opening to its end."""

    def __init__(
        self, docket: Docket, hands: Hands, changed: Callable[[Case], None] = lambda _: None
    ) -> None:
        self._docket = docket
        self._hands = hands
        self._changed = changed

    def open(self, situation: Situation, by: str) -> Case:
        """Open a case and work through it."""
        self._changed(self._docket.open(situation, by))
        return self.go_on()

    def go_on(self) -> Case:
        """Work through the case in hand until it has ended or waits."""
        while self._docket.case.state is State.OPEN:
            before = self._docket.case
            for event in self._next(before):
                self._apply(event)
                if self._docket.case.state is not State.OPEN:
                    break
            if self._docket.case == before:
                raise Stuck
        return self._docket.case

    def _apply(self, event: Event) -> None:
        try:
            self._changed(self._docket.apply(event))
        except NotNow as error:
            log.info("case.event_refused", event_kind=event.kind, code=error.code)

    def _next(self, case: Case) -> tuple[Event, ...]:
        """What to do now: stops first, then what refuses, doubts, and steps in their order."""
        plan = case.plan
        if plan is None:
            raise Stuck
        if plan.stops:
            return (self._hands.stop(case, plan.stops),)
        refusing = tuple(each for each in case.findings if each.refuses)
        if refusing:
            return (self._hands.refuse(case, refusing),)
        doubts = case.unresolved()
        if doubts:
            return (self._hands.resolve(case, doubts[0]),)
        return self._step(case)

    def _step(self, case: Case) -> tuple[Event, ...]:
        families = self._docket.rules.families_by_method
        open_steps = case.open_steps(families)
        if open_steps and case.tries(open_steps[0].key) >= self._docket.rules.handling.max_tries:
            return (self._hands.give_up(case, open_steps[0]),)
        if open_steps:
            return self._hands.do(case, open_steps[0])
        missing = case.missing_steps(families)
        if missing:
            return self._hands.bring(case, missing[0])
        if case.plan is not None and case.plan.unknown:
            return self._hands.settle(case, case.plan.unknown[0])
        found = verdict(case, self._docket.rules)
        ending = found.accepts or Ending.REFERRED  # a party too many: somebody must look at it
        return (Ended(at=self._docket.at(), by="terminal", ending=ending),)
