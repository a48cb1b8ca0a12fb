"""The online identity check (联网核查): asks, reuses by rule, looks a second time; each a result of its own.

What agrees here says that name and number exist together, and nothing about the card or its holder: it never
stands in for the chip read or the comparison of faces (A05, G11). What does not agree refuses nobody by
itself (A08, G08).
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import structlog

from models.api import Answer
from sync.answers import CardStatus, Category, OnlineAnswer
from sync.questions import OnlineCheck, Subject
from sync.records import canonical
from terminal.checks.centre import Centre, Heard, NoAnswer
from terminal.rules.online import OnlineFinding, OnlineRules, Supplementary, Way

log = structlog.get_logger(__name__)

AGREED = frozenset({Category.AGREE_WITH_PHOTO, Category.AGREE_WITHOUT_PHOTO})
"""The only categories that hold for a whole day (G04)."""
_BAD_CATEGORIES = {
    Category.NAME_DIFFERS: OnlineFinding.NAME_DIFFERS,
    Category.NO_SUCH_NUMBER: OnlineFinding.NO_SUCH_NUMBER,
    Category.FORMAT_ERROR: OnlineFinding.FORMAT_ERROR,
    Category.CARD_LOST_OR_VOID: OnlineFinding.CARD_LOST_OR_VOID,
}
_KEY_BYTES = 32


class Seen(enum.StrEnum):
    """What the comparison of the returned photo with holder and chip photo gave (G02)."""

    NOT_COMPARED = "not_compared"
    SAME = "same"
    NOT_SAME = "not_same"
    UNCLEAR = "unclear"


_OF_PHOTO = {
    Seen.NOT_COMPARED: OnlineFinding.PHOTO_NOT_COMPARED,
    Seen.NOT_SAME: OnlineFinding.PHOTO_NOT_SAME,
    Seen.UNCLEAR: OnlineFinding.PHOTO_UNCLEAR,
}


def seen_of(*answers: Answer) -> Seen:
    """All comparisons with the returned photo in one word; the worst of them counts."""
    if not answers:
        return Seen.NOT_COMPARED
    if Answer.NO_MATCH in answers:
        return Seen.NOT_SAME
    return Seen.SAME if set(answers) == {Answer.MATCH} else Seen.UNCLEAR


@dataclass(frozen=True, slots=True)
class OnlineResult:
    """One online check: an answer of the centre, or that there was none."""

    request_id: str
    operator: str
    """Who asked."""
    day: date
    """The business date."""
    asked_at: datetime
    category: Category | None = None
    no_answer: NoAnswer | None = None
    because: str = ""
    """Message key of the fault where there is no answer."""
    card_status: CardStatus | None = None
    centre_request: str = ""
    answered_at: datetime | None = None
    photo: bytes | None = field(default=None, repr=False)
    """The returned photo, JPEG."""
    second_look: bool = False
    reused_from: datetime | None = None
    """When the answer was given, if it was to an earlier case of the same day."""

    @property
    def agrees(self) -> bool:
        """Number and name exist together."""
        return self.category in AGREED

    def facts(self) -> dict[str, Any]:
        """Plain JSON values for the record; no personal data, and not the photo."""
        times = {"asked_at": self.asked_at, "answered_at": self.answered_at, "reused_from": self.reused_from}
        return {
            "request_id": self.request_id,
            "centre_request": self.centre_request,
            "operator": self.operator,
            "day": self.day.isoformat(),
            "category": self.category.value if self.category else None,
            "card_status": self.card_status.value if self.card_status else None,
            "no_answer": self.no_answer.value if self.no_answer else None,
            "because": self.because,
            "second_look": self.second_look,
            "photo_returned": self.photo is not None,
            **{name: at.isoformat() if at else None for name, at in times.items()},
        }


@dataclass(frozen=True, slots=True)
class Needed:
    """How a case goes on after an online check."""

    finding: OnlineFinding | None
    way: Way
    follow_up_working_days: int | None
    """Within how many the case is looked into afterwards (G09); None: not at all."""
    evidence: tuple[Supplementary, ...]
    """Any of these will do; empty: none is asked for."""
    clause: str


def finding_of(result: OnlineResult, seen: Seen = Seen.NOT_COMPARED) -> OnlineFinding | None:
    """What the check leaves open; None: nothing. As a message key: ``online.`` and its value."""
    if result.no_answer is not None:
        timed_out = result.no_answer is NoAnswer.TIMED_OUT
        return OnlineFinding.TIMED_OUT if timed_out else OnlineFinding.UNAVAILABLE
    if result.category in _BAD_CATEGORIES:
        return _BAD_CATEGORIES[result.category]
    if result.category is Category.AGREE_WITH_PHOTO:
        return _OF_PHOTO.get(seen)
    return None if result.category is Category.AGREE_WITHOUT_PHOTO else OnlineFinding.UNAVAILABLE


def code_of(finding: OnlineFinding, result: OnlineResult) -> str:
    """The message key of a finding of `result`; a card's says whether it is lost or void."""
    ending = f".{result.card_status.value}" if result.card_status is not None else ""
    return f"online.{finding.value}{ending}"


def needed(result: OnlineResult, rules: OnlineRules, seen: Seen = Seen.NOT_COMPARED) -> Needed:
    """How the case goes on by `rules`. `Way.CONTINUE` lets the case go on; it accepts nothing."""
    finding = finding_of(result, seen)
    if finding is None:
        return Needed(None, Way.CONTINUE, None, (), rules.clause)
    rule = rules.findings[finding]
    days = rules.follow_up_working_days if rule.follow_up else None
    wants = rule.way in (Way.SUPPLEMENTARY, Way.SECOND_PERSON)
    return Needed(finding, rule.way, days, rules.supplementary if wants else (), rule.clause)


@dataclass(slots=True)
class _Kept:
    result: OnlineResult
    photo: bytearray | None = field(repr=False)


class OnlineChecks:
    """Online checks of one terminal. Safe from several threads.

    Answers that agree are kept in memory for the same operator, customer and business date (G04), the
    customer only as a keyed hash; they are overwritten when the day changes or `forget` is called.
    """

    def __init__(self, centre: Centre, rules: OnlineRules) -> None:
        self._centre = centre
        self._rules = rules
        self._kept: dict[tuple[str, date, bytes], _Kept] = {}
        self._key = os.urandom(_KEY_BYTES)
        self._lock = threading.Lock()

    def check(self, subject: Subject, operator: str, day: date, case: str = "") -> OnlineResult:
        """The result for `subject`, reused when this operator has one that agrees from this business date."""
        key = (operator, day, self._who(subject))
        with self._lock:
            self._drop(lambda each: each[1] != day)
            held = self._kept.get(key)
            if held is not None and not self._rules.fresh_each_time:
                photo = bytes(held.photo) if held.photo is not None else None
                return replace(held.result, photo=photo, reused_from=held.result.answered_at)
        question = OnlineCheck(operator_id=operator, case_id=case, subject=subject)
        result = _result(self._centre.ask(question), operator, day, second_look=False)
        self._settle(key, result)
        return result

    def second_look(
        self, subject: Subject, operator: str, day: date, reason: str, case: str = ""
    ) -> OnlineResult:
        """Ask again in any case, as evidence beside the first result (G05).

        A second look that does not agree ends the reuse of the first.
        """
        question = OnlineCheck(
            operator_id=operator, case_id=case, subject=subject, second_look=True, reason=reason
        )
        result = _result(self._centre.ask(question), operator, day, second_look=True)
        if not result.agrees:
            self.withdraw(subject, operator, day)
        return result

    def withdraw(self, subject: Subject, operator: str, day: date) -> None:
        """Reuse this customer's result no more: the photo is not the holder's, or there are doubts."""
        who = (operator, day, self._who(subject))
        with self._lock:
            self._drop(lambda each: each == who)

    def forget(self, operator: str | None = None) -> None:
        """Overwrite what is kept: of an operator who signs off, or all."""
        with self._lock:
            self._drop(lambda each: operator in (None, each[0]))

    def _settle(self, key: tuple[str, date, bytes], result: OnlineResult) -> None:
        """Keep what agrees; what does not ends the reuse of what did."""
        with self._lock:
            self._drop(lambda each: each == key)
            if result.agrees:
                photo = bytearray(result.photo) if result.photo is not None else None
                self._kept[key] = _Kept(replace(result, photo=None), photo)

    def _drop(self, which: Callable[[tuple[str, date, bytes]], bool]) -> None:
        for key in [each for each in self._kept if which(each)]:
            photo = self._kept.pop(key).photo
            if photo is not None:
                photo[:] = bytes(len(photo))

    def _who(self, subject: Subject) -> bytes:
        return hmac.digest(self._key, canonical(subject.model_dump(mode="json")), hashlib.sha256)


def _result(heard: Heard[OnlineAnswer], operator: str, day: date, *, second_look: bool) -> OnlineResult:
    answer = heard.answer
    return OnlineResult(
        request_id=heard.question_id,
        operator=operator,
        day=day,
        asked_at=heard.asked_at,
        category=answer.category if answer else None,
        no_answer=heard.no_answer,
        because=heard.because,
        card_status=answer.card_status if answer else None,
        centre_request=heard.request,
        answered_at=heard.answered_at,
        photo=answer.photo if answer else None,
        second_look=second_look,
    )
