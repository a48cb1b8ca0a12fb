"""What is said of purpose and money, how credible it is, and when the case becomes an enhanced one (D05)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from terminal.dataset.fields import Value
from terminal.rules.dataset import QuestionRules


class Credibility(enum.StrEnum):
    """The operator's own mark, apart from what was said."""

    CREDIBLE = "credible"
    DOUBTFUL = "doubtful"
    NOT_SAID = "not_said"
    """The customer would not say."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with its answer and the operator's mark. `repr` hides the answer."""

    question: str
    """A field of the catalogue."""
    answer: str = field(repr=False)
    credibility: Credibility
    by: str
    """Staff number of whoever marked it."""


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A question that leads to deeper checks."""

    question: str
    code: str
    """``purpose.not_asked``, ``purpose.not_said``, ``purpose.doubtful`` or ``purpose.no_words``."""


def unexplained(
    answers: Iterable[Answered], values: Mapping[str, Value], rules: QuestionRules
) -> tuple[Unexplained, ...]:
    """Everything that is not explained; anything here makes the case an enhanced one, never a refusal."""
    given = {each.question: each for each in answers}
    found = ((question, _code(given.get(question), question, values, rules)) for question in rules.questions)
    return tuple(Unexplained(question, code) for question, code in found if code)


def _code(
    answered: Answered | None, question: str, values: Mapping[str, Value], rules: QuestionRules
) -> str | None:
    if answered is None:
        return "purpose.not_asked"
    if answered.credibility is Credibility.NOT_SAID or not answered.answer.strip():
        return "purpose.not_said"
    if answered.credibility is Credibility.DOUBTFUL:
        return "purpose.doubtful"
    words = values.get(f"{question}_detail")
    wanting = answered.answer in rules.detailed and (words is None or not words.text.strip())
    return "purpose.no_words" if wanting else None
