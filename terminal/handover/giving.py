"""Gives a half-done case to another terminal; from then on it is not gone on with here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import structlog
import uuid_utils

from sync.questions import HandOver
from sync.records import sha256
from sync.store import stamp
from terminal.case.docket import HANDED, HandedOver, told, was_handed_over
from terminal.case.events import as_json
from terminal.case.values import State
from terminal.handover.bundle import Handover, Signed, signed
from terminal.handover.entered import names, written
from terminal.handover.errors import HandoverError
from terminal.handover.parts import to_parts
from terminal.handover.station import Station
from terminal.handover.ticket import Ticket, new_ticket

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Packed:
    """A case ready to be given; nothing was written yet."""

    signed: Signed
    ticket: Ticket
    data: bytes | None = field(default=None, repr=False)
    """What was entered, sealed to the ticket."""


def pack(station: Station, case_id: str, to: str = "") -> Packed:
    """The case as the log has it, with what was entered, for terminal `to` or any.

    `terminal.case.docket.UnknownCase`, HandedOver; HandoverError ``handover.not_open`` when it has ended,
    ``handover.held_altered``.
    """
    noted = list(station.events())
    moments = list(told(case_id, noted, station.rules))
    if was_handed_over(case_id, noted, station.handed()):
        raise HandedOver(case_id)
    case = moments[-1].case
    if case.state not in (State.OPEN, State.PARKED):
        raise HandoverError("handover.not_open")
    entered, ticket, now = station.held.of(case_id), new_ticket(), station.clock()
    lasts = timedelta(minutes=station.rules(case.packs_sha256).handling.handover_minutes)
    bare = Handover(
        id=str(uuid_utils.uuid7()),
        case_id=case_id,
        terminal=station.terminal_id,
        to=to,
        at=stamp(now),
        expires=stamp(now + lasts),
        packs=case.packs,
        packs_sha256=case.packs_sha256,
        reference=ticket.reference,
        fields=names(entered),
        events=tuple(as_json(each.event) for each in moments),
    )
    data = ticket.seal(written(entered), bare.aad()) if entered else None
    whole = bare.model_copy(update={"data_sha256": sha256(data)}) if data is not None else bare
    return Packed(signed(whole, station.signer), ticket, data)


def give_by_centre(station: Station, packed: Packed, by: str) -> None:
    """Leave it at the centre; whoever comes with the ticket gets it.

    HandoverError ``handover.no_line`` when the centre cannot be asked, ``handover.not_kept``: the case stays
    here. Errors of the book.
    """
    _deposit(station, packed, by)
    _release(station, packed, by, "centre")
    station.held.forget(packed.signed.handover.case_id)


def give_by_picture(station: Station, packed: Packed, by: str) -> tuple[tuple[str, ...], bool]:
    """The texts of the QR codes, and whether what was entered waits at the centre: it does with a line.

    HandoverError ``handover.too_large``; errors of the book.
    """
    texts = to_parts(packed.signed, packed.ticket)
    try:
        _deposit(station, packed, by)
        deposited = True
    except HandoverError as error:
        log.info("handover.not_deposited", code=error.code)
        deposited = False
    _release(station, packed, by, "picture")
    if deposited:
        station.held.forget(packed.signed.handover.case_id)
    return texts, deposited


def _deposit(station: Station, packed: Packed, by: str) -> None:
    if station.centre is None:
        raise HandoverError("handover.no_line")
    handover = packed.signed.handover
    heard = station.centre.ask(
        HandOver(
            operator_id=by,
            case_id=handover.case_id,
            reference=handover.reference,
            handover_id=handover.id,
            to=handover.to,
            expires=handover.expires,
            events=len(handover.events),
            handover=packed.signed.written(),
            data=packed.data,
        )
    )
    if heard.answer is None:
        raise HandoverError("handover.no_line", because=heard.because)
    if not heard.answer.kept:
        raise HandoverError("handover.not_kept")


def _release(station: Station, packed: Packed, by: str, way: str) -> None:
    handover = packed.signed.handover
    body = {
        "case_id": handover.case_id,
        "handover": handover.id,
        "sha256": packed.signed.digest(),
        "events": len(handover.events),
        "to": handover.to,
        "way": way,
        "expires": handover.expires,
        "at": handover.at,
        "by": by,
    }
    station.book.note(HANDED, body)
    log.info("handover.given", handover=handover.id, events=len(handover.events), way=way)
