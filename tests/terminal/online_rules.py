"""The rule section of the tests on online checks, and a line that answers as it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import yaml

from sync.asking import Told
from sync.errors import SyncError
from sync.questions import Question
from terminal.rules.online import OnlineRules

SECTION = """
clause: "G01, G04, G08, G09, A08"
wait_seconds: 20
fresh_each_time: false
follow_up_working_days: 3
police_answer_working_days: 2
supplementary:
  [chip_read, household_book, passport, driving_licence, admission_letter, student_card, police_reply]
findings:
  name_differs:       {way: supplementary, follow_up: true,  clause: "A08, G07, G08, G09"}
  no_such_number:     {way: supplementary, follow_up: true,  clause: "A08, G07, G08, G09"}
  format_error:       {way: supplementary, follow_up: true,  clause: "A08, G09"}
  card_lost_or_void:  {way: refuse,        follow_up: true,  clause: "C11, G09"}
  photo_not_same:     {way: supplementary, follow_up: true,  clause: "G02, G08, G09"}
  photo_unclear:      {way: second_person, follow_up: true,  clause: "G02, G09"}
  photo_not_compared: {way: second_person, follow_up: true,  clause: "G02"}
  unavailable:        {way: second_person, follow_up: true,  clause: "G06, G09, A08"}
  timed_out:          {way: second_person, follow_up: true,  clause: "G06, G09, A08"}
"""
NOW = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)


def section() -> dict[str, Any]:
    """The section as read from YAML, to be changed."""
    read: dict[str, Any] = yaml.safe_load(SECTION)
    return read


def rules(**changes: Any) -> OnlineRules:
    """The section as a model."""
    return OnlineRules.model_validate({**section(), **changes})


class Line:
    """A line to a centre that says what `answer` returns, or fails as it raises."""

    def __init__(self, answer: Callable[[Question[Any]], Any]) -> None:
        self.answer = answer
        self.asked: list[Question[Any]] = []
        self.waits: list[float | None] = []

    def ask(self, question: Question[Any], now: datetime, seconds: float | None = None) -> Told[Any]:
        """See `terminal.checks.centre.Asking`."""
        self.asked.append(question)
        self.waits.append(seconds)
        said = self.answer(question)
        if isinstance(said, SyncError):
            raise said
        return Told(said, question.id, f"request-{len(self.asked)}", now, now)
