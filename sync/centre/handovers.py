"""Cases on their way from one terminal to another: kept until taken or expired, given once (J07).

The centre knows which terminal gives, for whom and until when, and can read neither the code nor what was
entered: the code's reference is made of it one way, and the data are sealed to it by the giver.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, insert, select, update

from sync.answers import HandoverKept, HandoverTold, Passing
from sync.centre import tables, terminals
from sync.centre.errors import Code, Refusal
from sync.centre.terminals import stamp
from sync.questions import HandOver, TakeOver

log = structlog.get_logger()

LONGEST = timedelta(days=1)
"""Whatever a terminal's rules say, nothing is kept longer."""


def answer(
    connection: Connection, terminal_id: str, question: HandOver | TakeOver, now: datetime
) -> HandoverKept | HandoverTold:
    """Keep, show or give a case; asked again by the same terminal the answer is the same.

    Refusal ``centre.id_conflict`` when the reference is in use for another case, ``centre.malformed`` for a
    time that is none.
    """
    _forget(connection, now)
    if isinstance(question, HandOver):
        return _keep(connection, terminal_id, question, now)
    return _told(connection, terminal_id, question, now)


def _forget(connection: Connection, now: datetime) -> None:
    """What expired holds no data any more; who took it stays known."""
    table = tables.handover
    over = (table.c.expires_at <= stamp(now)) & (table.c.data.is_not(None) | table.c.handover.is_not(None))
    connection.execute(update(table).where(over).values(data=None, handover=None))


def _keep(connection: Connection, giver: str, question: HandOver, now: datetime) -> HandoverKept:
    expires = min(_moment(question.expires), now + LONGEST)
    row = _row(connection, question.reference)
    if row is not None:
        if (row.handover_id, row.giver) != (question.handover_id, giver):
            raise Refusal(Code.ID_CONFLICT)
        return HandoverKept(kept=row.handover is not None)
    if expires <= now:
        return HandoverKept(kept=False)
    connection.execute(
        insert(tables.handover).values(
            reference=question.reference,
            handover_id=question.handover_id,
            case_id=question.case_id,
            events=question.events,
            giver=giver,
            to_terminal=question.to,
            expires_at=stamp(expires),
            handover=question.handover,
            data=question.data,
        )
    )
    log.info("centre.handover_kept", terminal_id=giver, handover=question.handover_id)
    return HandoverKept(kept=True)


def _told(connection: Connection, terminal_id: str, question: TakeOver, now: datetime) -> HandoverTold:
    row = _row(connection, question.reference) or _first_heard(connection, question, now)
    if row is None:
        return HandoverTold(passing=Passing.UNKNOWN_GIVER if question.given else Passing.UNKNOWN)
    giver = terminals.find(connection, row.giver)
    if giver is None or (question.given is not None and question.given.giver != row.giver):
        return HandoverTold(passing=Passing.UNKNOWN_GIVER)
    if row.to_terminal not in ("", terminal_id):
        return HandoverTold(passing=Passing.ELSEWHERE)
    holder = _holder(connection, row)
    if holder not in (None, terminal_id):
        log.warning("centre.handover_twice", handover=row.handover_id, first=holder, second=terminal_id)
        return HandoverTold(passing=Passing.TAKEN, giver=row.giver, taken_by=holder)
    if row.expires_at <= stamp(now) and not question.taken_already:
        return HandoverTold(passing=Passing.EXPIRED, giver=row.giver)
    if question.claim and row.taken_by is None:
        _take(connection, row.reference, terminal_id, now)
    return HandoverTold(
        passing=Passing.GIVEN,
        giver=row.giver,
        giver_key=giver.public_key,
        handover=row.handover,
        data=row.data,
    )


def _first_heard(connection: Connection, question: TakeOver, now: datetime) -> Any:
    """A case read from a picture whose giver had no line: the centre hears of it from the taker."""
    given = question.given
    if given is None or terminals.find(connection, given.giver) is None:
        return None
    values = {
        "reference": question.reference,
        "handover_id": given.handover_id,
        "case_id": question.case_id,
        "events": given.events,
        "giver": given.giver,
        "to_terminal": given.to,
        "expires_at": stamp(min(_moment(given.expires), now + LONGEST)),
    }
    connection.execute(insert(tables.handover).values(**values))
    return _row(connection, question.reference)


def _holder(connection: Connection, row: Any) -> str | None:
    """Who took this case as it was then, also where the giver handed it over twice."""
    table = tables.handover
    same = (table.c.case_id == row.case_id) & (table.c.events == row.events) & table.c.taken_by.is_not(None)
    found = connection.execute(select(table.c.taken_by).where(same).order_by(table.c.taken_at)).scalars()
    return next(iter(found), None)


def _take(connection: Connection, reference: str, terminal_id: str, now: datetime) -> None:
    table = tables.handover
    mine = (table.c.reference == reference) & table.c.taken_by.is_(None)
    taken = update(table).where(mine).values(taken_by=terminal_id, taken_at=stamp(now))
    if connection.execute(taken).rowcount != 1:
        raise Refusal(Code.UNAVAILABLE)  # another copy of the centre was quicker: asking again tells
    log.info("centre.handover_taken", terminal_id=terminal_id)


def _row(connection: Connection, reference: str) -> Any:
    table = tables.handover
    return connection.execute(select(table).where(table.c.reference == reference)).one_or_none()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(Code.MALFORMED, {"where": "expires"}) from None
    if moment.tzinfo is None:
        raise Refusal(Code.MALFORMED, {"where": "expires"})
    return moment
