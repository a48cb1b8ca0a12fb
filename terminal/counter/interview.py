"""Question sets that a rule pack demands by name: asked, judged, and kept for the seal (D05, J02, M08)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import Field, TypeAdapter, model_validator

from config.section import Section
from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Rank
from terminal.case.docket import Docket
from terminal.case.events import Did, Failed
from terminal.case.values import Case
from terminal.casework import StepEvents
from terminal.counter.asker import Asker
from terminal.counter.questions import option
from terminal.counter.register import Says
from terminal.dataset.fields import Source, Value
from terminal.rules.plan import CASE, Required

ANSWER = "answer:"
"""Before the step and the question, in the name of the field an answer is kept as."""
DOUBT = "questions"
"""Family of the findings of doubtful answers: ``questions.fraud_awareness``."""


class Asked(Section):
    """One question."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    answers: tuple[Literal["yes", "no"], ...] = ()
    """Empty: answered in words."""
    doubt: tuple[Literal["yes", "no"], ...] = ()
    """Answers that somebody else must look at."""

    @model_validator(mode="after")
    def _closed(self) -> Asked:
        if not set(self.doubt) <= set(self.answers):
            raise ValueError("a doubtful answer is none of the answers")
        return self


class QuestionSet(Section):
    """The questions of one name."""

    clause: str
    questions: dict[str, Asked] = Field(min_length=1)


@cache
def question_sets() -> Mapping[str, QuestionSet]:
    """The sets shipped with the program. pydantic.ValidationError when they contradict themselves."""
    text = (files("config") / "dataset" / "questions.yaml").read_text("utf-8")
    return TypeAdapter(dict[str, QuestionSet]).validate_python(yaml.load(text, Loader=yaml.BaseLoader))


class Interview:
    """The question sets of one case. Answers live in memory alone."""

    def __init__(self, docket: Docket, asker: Asker, says: Says) -> None:
        self._docket = docket
        self._asker = asker
        self._says = says
        self._answers: dict[str, dict[str, str]] = {}

    def ask(self, case: Case, required: Required) -> StepEvents:
        """Put the set to the customer; a doubtful answer is a finding of the case."""
        name = required.demand.form or ""
        questions = question_sets()[name].questions
        reply = self._asker.ask(self._form(name, required, questions))
        at, by = self._docket.at(), self._asker.staff.number
        if reply.option == "not_done":
            return (Failed(at=at, by=by, key=required.key, code="questions.not_answered"),)
        given = {key: reply.values[key].strip() for key in questions}
        self._answers[required.key] = given
        doubted = any(given[key] in each.doubt for key, each in questions.items())
        return (Did(at=at, by=by, key=required.key, findings=(f"{DOUBT}.{name}",) if doubted else ()),)

    def _form(self, name: str, required: Required, questions: Mapping[str, Asked]) -> Ask:
        party = "" if required.party == CASE else required.party
        entries = (_entry(key, each, self._says(party, f"question:{key}")) for key, each in questions.items())
        return Ask(
            0,
            Label(f"question_set.{name}"),
            party,
            lines=(Label("ask.questions.line"),),
            entries=tuple(entries),
            options=(option("entered", rank=Rank.PRIMARY), option("not_done", takes_entries=False)),
            clause=required.demand.clause,
        )

    def as_json(self) -> dict[str, dict[str, str]]:
        """By step and question: the answer. Personal data: for a seal, never for a log."""
        return {key: dict(given) for key, given in self._answers.items()}

    def entered(self) -> tuple[Value, ...]:
        """Every answer as a value of a field of its own, as it is kept and travels."""
        at, by = datetime.now(UTC), self._asker.staff.number
        return tuple(
            Value(f"{ANSWER}{key}:{question}", text, Source.STATED, at, by)
            for key, given in self._answers.items()
            for question, text in given.items()
        )

    def restore(self, entered: Iterable[Value]) -> None:
        """What `entered` gave, of a case that is gone on with."""
        for each in entered:
            if each.field.startswith(ANSWER):
                key, _, question = each.field.removeprefix(ANSWER).rpartition(":")
                self._answers.setdefault(key, {})[question] = each.text

    def forget(self) -> None:
        """Drop all answers."""
        self._answers.clear()


def _entry(name: str, asked: Asked, says: str) -> Entry:
    label = Label(zh=asked.zh, en=asked.en)
    if not asked.answers:
        return Entry(name, EntryKind.LONG_TEXT, label, value=says)
    choices = tuple(Choice(each, Label(f"answer.{each}")) for each in asked.answers)
    good = next((each for each in asked.answers if each not in asked.doubt), "") if says else ""
    return Entry(name, EntryKind.CHOICE, label, value=good, choices=choices)
