"""What a case accepted offline still owes the centre: asked once the line is back, its outcome noted (E02).

The question names the customer, so it is sealed on this disk until it was answered, and then removed. The log
learns the case, the step and the word that was answered, nothing of the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from pydantic import Field

from config.durable import OWNER_ONLY, write_whole
from sync.questions import Precondition, Subject
from sync.records import Wire
from sync.row_seal import RowSeal
from terminal.case.verdict import UNAVAILABLE
from terminal.checks.centre import Centre
from terminal.task_desk import TaskDesk
from terminal.tasks import Doer, TaskError

log = structlog.get_logger(__name__)
KIND = "offline_confirmation"
"""The follow-up in the rules' section on tasks."""
CONFIRMED, CONTRADICTED = "case.confirmed", "case.contradicted"
"""Kinds of the audit lines."""
FOLDER = "owed"
PURPOSE = "renzheng/owed-question/1"
ENDING = ".sealed"


class OwedQuestion(Wire):
    """One question that could not be asked when it was demanded."""

    case_id: str
    key: str
    """The step, of `terminal.rules.plan.Required`."""
    name: str
    business: str
    answers: tuple[str, ...]
    """Words with which the case would have gone on."""
    subject: Subject = Field(repr=False)
    task: str = ""
    """The follow-up that waits for the answer."""


def owed_of(
    case_id: str, key: str, question: Precondition, answers: tuple[str, ...], task: str
) -> OwedQuestion:
    """What is kept of a question that could not be asked."""
    return OwedQuestion(
        case_id=case_id,
        key=key,
        name=question.name,
        business=question.business,
        answers=answers,
        subject=question.subject,
        task=task,
    )


class Owed:
    """The owed questions of one terminal, in `folder`."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._seal = RowSeal(secret, PURPOSE)

    def keep(self, question: OwedQuestion) -> None:
        """Keep it until it was answered. OSError when the disk does not take it."""
        place = self._place(question)
        write_whole(
            place, self._seal.seal(question.model_dump_json().encode(), place.name.encode()), OWNER_ONLY
        )

    def all(self) -> tuple[OwedQuestion, ...]:
        """Every question still owed; one that cannot be opened is noted in the program's log and stays."""
        found = []
        for place in sorted(self._folder.glob(f"*{ENDING}")):
            opened = self._seal.open(place.read_bytes(), place.name.encode())
            if opened is None:
                log.error("case.owed_unreadable", file=place.name)
                continue
            found.append(OwedQuestion.model_validate_json(bytes(opened)))
        return tuple(found)

    def drop(self, question: OwedQuestion) -> None:
        """It was answered. OSError when the file cannot be removed."""
        self._place(question).unlink(missing_ok=True)

    def _place(self, question: OwedQuestion) -> Path:
        named = f"{question.case_id} {question.key}".encode()
        return self._folder / f"{sha256(named).hexdigest()[:32]}{ENDING}"


Note = Callable[[str, Mapping[str, Any]], object]


def settle(owed: Owed, centre: Centre, note: Note, desk: TaskDesk) -> int:
    """Ask what is owed; how many were answered. Stops at the first without an answer: the line is down again.

    Confirmed, the follow-up is closed. Contradicted, it stays open: people must undo what was done. Errors as
    `Store.note`; OSError.
    """
    settled = 0
    for each in owed.all():
        question = Precondition(
            operator_id="terminal",
            case_id=each.case_id,
            name=each.name,
            business=each.business,
            subject=each.subject,
        )
        heard = centre.ask(question)
        if heard.answer is None:
            break
        word = heard.answer.word
        confirmed = word in each.answers and word != UNAVAILABLE
        told = {"case_id": each.case_id, "key": each.key, "question": each.name, "answer": word}
        note(CONFIRMED if confirmed else CONTRADICTED, {**told, "request": heard.request})
        if confirmed:
            _close(desk, each.task)
        owed.drop(each)
        settled += 1
    return settled


def _close(desk: TaskDesk, task: str) -> None:
    """The program ends the follow-up it opened, in the role that owns it."""
    roles = frozenset({"teller", "supervisor"})
    try:
        held = desk.find(task, Doer("terminal", roles))
        desk.close(held, "confirmed", Doer("terminal", roles))
    except TaskError as error:
        log.warning("case.follow_up_not_closed", task=task, code=error.code)
