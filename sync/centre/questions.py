"""Answering terminals: who may ask, what was asked before, and the signed answer for the asker alone.

The register of questions holds kinds, ids, times and outcomes, never whom they were about.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, func, insert, select
from uuid_utils import uuid7

from sync.answers import Answer, CodeSent, HandoverKept, HandoverTold, OnlineAnswer, Proof, Proven
from sync.asking import Answered, Asked, open_question, seal_answer
from sync.centre import handovers, tables, terminals
from sync.centre.book import CentreBook
from sync.centre.checks import check_id, check_signature
from sync.centre.errors import Code, Refusal
from sync.centre.keys import CentreKeys
from sync.centre.population import CODE_SECONDS, Answers
from sync.centre.terminals import stamp
from sync.errors import SealBroken
from sync.questions import CodeCheck, HandOver, Question, TakeOver

log = structlog.get_logger()

CODE_TRIES = 3
"""How often a code that was sent may be tried."""


def receive(book: CentreBook, keys: CentreKeys, answers: Answers, asked: Asked, now: datetime) -> Answered:
    """The signed answer to a question; the same question asked again keeps its request id.

    Refusal ``centre.unknown_terminal``, ``centre.bad_id``, ``centre.unknown_key``, ``centre.bad_signature``,
    ``centre.malformed`` naming what cannot be read, ``centre.id_conflict`` when the id was used for another
    question, ``centre.unavailable`` when there is no answer to be had now.
    """
    terminal = book.read(lambda connection: terminals.known(connection, asked.terminal_id))
    check_id(asked.id)
    check_signature(terminal.public_key, asked.key_id, asked.signature, asked.signed_bytes())
    question = _opened(asked, keys)
    book.read(lambda connection: _known(connection, asked))
    # What terminals pass on to one another is the centre's own business, not that of its sources.
    passed_on = isinstance(question, HandOver | TakeOver)
    answer = HandoverKept(kept=False) if passed_on else answers.answer(question, now.date())
    request, answer = book.write(lambda connection: _register(connection, asked, question, answer, now))
    log.info("centre.asked", terminal_id=asked.terminal_id, kind=asked.kind, request=request)
    return _signed(keys, asked, request, answer, now)


def _opened(asked: Asked, keys: CentreKeys) -> Question[Any]:
    try:
        return open_question(asked, keys.sealing)
    except SealBroken as broken:
        raise Refusal(Code.MALFORMED, {"where": "sealed", "code": broken.code}) from None
    except ValueError:
        raise Refusal(Code.MALFORMED, {"where": "question"}) from None


def _known(connection: Connection, asked: Asked) -> Any:
    """The row of a question asked before; Refusal when it was another one."""
    table = tables.question
    row = connection.execute(select(table).where(table.c.id == asked.id)).one_or_none()
    if row is not None and (row.terminal_id, row.digest) != (asked.terminal_id, asked.digest()):
        raise Refusal(Code.ID_CONFLICT)
    return row


def _register(
    connection: Connection, asked: Asked, question: Question[Any], answer: Answer, now: datetime
) -> tuple[str, Answer]:
    row = _known(connection, asked)
    if isinstance(question, HandOver | TakeOver):
        answer = handovers.answer(connection, asked.terminal_id, question, now)
    if row is not None:
        # A code is settled once, however often the same question arrives.
        settled = Proven(proof=Proof(row.outcome)) if isinstance(question, CodeCheck) else answer
        return row.request, settled
    if isinstance(question, CodeCheck) and isinstance(answer, Proven):
        answer = Proven(proof=_code(connection, asked, question, answer.proof, now))
    request = str(uuid7())
    about = question.about if isinstance(question, CodeCheck) else None
    connection.execute(
        insert(tables.question).values(
            id=asked.id,
            terminal_id=asked.terminal_id,
            digest=asked.digest(),
            kind=asked.kind,
            about=about,
            outcome=_outcome(answer),
            request=request,
            at=stamp(now),
        )
    )
    return request, answer


def _code(connection: Connection, asked: Asked, question: CodeCheck, proof: Proof, now: datetime) -> Proof:
    """`proof` if the code was sent for this terminal, lately, was not used yet and not tried too often."""
    table = tables.question
    sent = connection.execute(
        select(table.c.at, table.c.outcome).where(
            table.c.id == question.about,
            table.c.terminal_id == asked.terminal_id,
            table.c.kind == "send_code",
        )
    ).one_or_none()
    if sent is None or sent.outcome != "sent":
        return Proof.UNKNOWN
    tried = select(func.count()).select_from(table).where(table.c.about == question.about)
    used = tried.where(table.c.outcome == Proof.PROVEN.value)
    too_often = connection.execute(tried).scalar_one() >= CODE_TRIES
    age = (now - datetime.fromisoformat(sent.at)).total_seconds()
    if too_often or connection.execute(used).scalar_one() or not 0 <= age <= CODE_SECONDS:
        return Proof.EXPIRED
    return proof


def _outcome(answer: Answer) -> str:
    match answer:
        case OnlineAnswer():
            return answer.category.value
        case Proven():
            return answer.proof.value
        case CodeSent():
            return "sent" if answer.sent else "not_sent"
        case HandoverKept():
            return "kept" if answer.kept else "not_kept"
        case HandoverTold():
            return answer.passing.value
    return "told"


def _signed(keys: CentreKeys, asked: Asked, request: str, answer: Answer, now: datetime) -> Answered:
    try:
        sealed = seal_answer(asked, request, answer)
    except ValueError:
        raise Refusal(Code.MALFORMED, {"where": "reply_key"}) from None
    unsigned = Answered(
        question_id=asked.id,
        question_sha256=asked.digest(),
        request=request,
        at=stamp(now.astimezone(UTC)),
        sealed=sealed,
        centre_id=keys.identity.centre_id,
        signature=b"",
    )
    return unsigned.model_copy(update={"signature": keys.sign(unsigned.signed_bytes())})
