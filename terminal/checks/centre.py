"""What the centre says about customer, accounts and proofs; without an answer nothing is made up (F14).

Findings are message keys: ``accounts.…`` (classes held), ``account.…`` (state of one), ``proof.…``. A rule
pack gives each its outcome; having none is no acceptance, only nothing against it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Generic, Protocol, TypeVar

import structlog

from sync.answers import AccountClass, AccountState, Answer, HeldAccounts, Proof, Proven, Standing
from sync.asking import Told
from sync.errors import SyncError
from sync.questions import Question

log = structlog.get_logger(__name__)

A = TypeVar("A", bound=Answer)


class NoAnswer(enum.StrEnum):
    """Why there is no answer; never mistaken for one."""

    UNAVAILABLE = "unavailable"
    """Line, centre or the source behind it is down, or what came cannot be believed."""
    TIMED_OUT = "timed_out"


class Asking(Protocol):
    """A line to the centre that can be asked: any `sync.transports.Transport`."""

    def ask(self, question: Question[A], now: datetime, seconds: float | None = None) -> Told[A]:
        """A proven answer within `seconds`, or a `SyncError`."""
        ...


@dataclass(frozen=True, slots=True)
class Heard(Generic[A]):
    """A question with what came of it: an answer, or why there is none."""

    question_id: str
    asked_at: datetime
    answer: A | None = field(default=None, repr=False)
    answered_at: datetime | None = None
    """By the centre's clock."""
    request: str = ""
    """The centre's own id."""
    no_answer: NoAnswer | None = None
    because: str = ""
    """Message key of the fault: ``net.timeout``, ``centre.unavailable``, ``net.bad_answer`` …"""


class ClassOne(enum.StrEnum):
    """Whether a class I account can be opened (E02, E09)."""

    FREE = "free"
    TAKEN = "taken"
    """Offer the one there is, or class II."""
    PROVISIONAL = "provisional"
    """The centre could not be asked: to be confirmed when the case is sent."""


class Centre:
    """Asks the centre within `wait_seconds` a question."""

    def __init__(
        self, line: Asking, wait_seconds: float, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._line = line
        self._wait_seconds = wait_seconds
        self._clock = clock

    def ask(self, question: Question[A]) -> Heard[A]:
        """What came of `question`. Never raises for a line or a centre that fails."""
        now = self._clock()
        try:
            told = self._line.ask(question, now, self._wait_seconds)
        except SyncError as error:
            timed_out = error.code == "net.timeout"
            log.warning("centre.no_answer", kind=question.kind, id=question.id, code=error.code)
            no_answer = NoAnswer.TIMED_OUT if timed_out else NoAnswer.UNAVAILABLE
            return Heard(question.id, now, no_answer=no_answer, because=error.code)
        log.info("centre.answered", kind=question.kind, id=question.id, request=told.request)
        return Heard(question.id, now, told.answer, told.answered_at, told.request)


def class_one(heard: Heard[HeldAccounts]) -> ClassOne:
    """Whether the customer may have a class I account; without an answer it stays provisional (E02)."""
    if heard.answer is None:
        return ClassOne.PROVISIONAL
    return ClassOne.TAKEN if heard.answer.count(AccountClass.ONE) else ClassOne.FREE


def opening_findings(heard: Heard[HeldAccounts], wanted: AccountClass) -> tuple[str, ...]:
    """What speaks against opening an account of class `wanted` now.

    Class II does without the centre; so does class III.
    """
    if wanted is not AccountClass.ONE:
        return ()
    state = class_one(heard)
    return () if state is ClassOne.FREE else (f"accounts.class_one_{state.value}",)


def foreign_currency_findings(heard: Heard[HeldAccounts]) -> tuple[str, ...]:
    """A foreign-currency account needs a class I account first (E10)."""
    if heard.answer is None:
        return ("accounts.class_one_provisional",)
    return () if heard.answer.count(AccountClass.ONE) else ("accounts.class_one_needed",)


def standing_findings(heard: Heard[Standing]) -> tuple[str, ...]:
    """What hinders services of an account (N01): its state, or that it is not known."""
    if heard.answer is None:
        return ("account.state_unavailable",)
    state = heard.answer.state
    if state is None:
        return ("account.unknown",)
    return () if state is AccountState.NORMAL else (f"account.{state.value}",)


def loss_days_left(standing: Standing, on: date) -> int | None:
    """Days until a loss report ends, 0 when it has; None without one (N02)."""
    return None if standing.loss is None else max(0, (standing.loss.valid_until - on).days)


def proof_finding(heard: Heard[Proven]) -> str | None:
    """Why something a customer claims is not proven; None only when the centre said that it is (D04, F14)."""
    if heard.answer is None:
        return "proof.unavailable"
    return None if heard.answer.proof is Proof.PROVEN else f"proof.{heard.answer.proof.value}"
