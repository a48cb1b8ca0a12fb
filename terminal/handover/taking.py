"""Takes over a case that another terminal gave: checked first, claimed once, then in the log here.

Through the centre a case is claimed before a line is written, and exactly once. Without a line it is taken
on the signature of a terminal that is known here; the centre is told later and says when another was first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from sync.answers import HandoverTold, Passing
from sync.questions import Given, TakeOver
from sync.records import sha256
from sync.store import stamp
from terminal.case.docket import EVENT
from terminal.case.events import INTERRUPTED, Event, Moved, Parked, Unparked, as_json
from terminal.case.session import NotNow, step
from terminal.case.values import Case, State
from terminal.handover import bundle
from terminal.handover.admission import Admitted, Here, admit
from terminal.handover.bundle import Handover, Signed
from terminal.handover.entered import Entered, FieldName, names, read, to_give_again
from terminal.handover.errors import HandoverError
from terminal.handover.parts import from_parts
from terminal.handover.station import TAKEN, TOLD, Station
from terminal.handover.ticket import Ticket, read_ticket
from terminal.rules.situation import Channel

log = structlog.get_logger(__name__)
REFUSED = {
    Passing.TAKEN: "handover.taken_elsewhere",
    Passing.EXPIRED: "handover.expired",
    Passing.UNKNOWN: "handover.unknown_code",
    Passing.ELSEWHERE: "handover.not_for_here",
    Passing.UNKNOWN_GIVER: "handover.unknown_terminal",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A case that goes on here."""

    case: Case
    giver: str
    entered: Entered = field(default_factory=dict, repr=False)
    """What was entered before, ready to be shown."""
    again: tuple[FieldName, ...] = ()
    """What must be given again, because it could not travel."""
    told: bool = True
    """False: the centre knows nothing of it yet."""


def take_by_code(station: Station, code: str, channel: Channel, by: str) -> Taken:
    """Take over the case that waits at the centre under `code`, to go on in `channel`.

    HandoverError as `admit` and ``handover.bad_code``, ``handover.no_line``, ``handover.unknown_code``,
    ``handover.taken_elsewhere``, ``handover.altered``, ``handover.data_altered``; errors of the book.
    """
    ticket = read_ticket(code)
    looked = _ask(station, _question(ticket, by))
    if looked is None:
        raise HandoverError("handover.no_line")
    if looked.handover is None:
        raise HandoverError("handover.unknown_code")
    return _take(station, bundle.read(looked.handover), ticket, looked, channel, by)


def take_by_picture(station: Station, texts: tuple[str, ...], channel: Channel, by: str) -> Taken:
    """Take over the case of these QR codes; what was entered comes through the centre, if there is a line.

    HandoverError as `admit` and `from_parts`, ``handover.unknown_terminal``, ``handover.taken_elsewhere``,
    ``handover.altered``, ``handover.data_altered``; errors of the book.
    """
    signed, ticket = from_parts(texts)
    if ticket.reference != signed.handover.reference:
        raise HandoverError("handover.altered")
    looked = _ask(station, _question(ticket, by, signed.handover))
    return _take(station, signed, ticket, looked, channel, by)


def untold(station: Station) -> tuple[Mapping[str, Any], ...]:
    """The lines of cases taken over of which the centre knows nothing yet."""
    known = {line["handover"] for line in station.book.bodies(TOLD)}
    return tuple(line for line in station.taken() if not line["told"] and line["handover"] not in known)


def tell_centre(station: Station, by: str) -> tuple[tuple[str, str], ...]:
    """Tell the centre what was taken over without a line; (case, terminal) where another had it first.

    Those belong to a person. What the centre does not answer now is told the next time.
    """
    doubles: list[tuple[str, str]] = []
    for line in untold(station):
        answer = _late(station, line, by)
        if answer is None:
            break
        outcome = answer.passing.value
        station.book.note(
            TOLD,
            {
                "case_id": line["case_id"],
                "handover": line["handover"],
                "outcome": outcome,
                "had_by": answer.taken_by,
            },
        )
        if answer.passing is not Passing.GIVEN:
            log.warning("handover.not_ours", handover=line["handover"], outcome=outcome)
            doubles.append((str(line["case_id"]), answer.taken_by))
    return tuple(doubles)


def _take(
    station: Station, signed: Signed, ticket: Ticket, looked: HandoverTold | None, channel: Channel, by: str
) -> Taken:
    handover = signed.handover
    signed.check(_key_of(station, handover, looked))
    if handover.reference != ticket.reference or (looked is not None and looked.giver != handover.terminal):
        raise HandoverError("handover.altered")
    admitted = admit(handover, _here(station))
    moved = _moved(station, admitted.case, channel, by)
    entered = _entered(handover, ticket, looked.data if looked else None)
    if looked is not None:
        claimed = _ask(station, _question(ticket, by, handover, claim=True))
        if claimed is None:
            raise HandoverError("handover.no_line")
    again = to_give_again(handover.fields) if not entered else ()
    told = looked is not None
    if entered:
        station.held.keep(handover.case_id, entered)
    station.book.note_all([_origin(station, signed, by, told), *_lines(handover, admitted, moved)])
    log.info("handover.taken", handover=handover.id, events=len(admitted.new), told=told)
    return Taken(moved[-1][1], handover.terminal, entered, again, told)


def _key_of(station: Station, handover: Handover, looked: HandoverTold | None) -> bytes:
    key = looked.giver_key if looked is not None else _own_or_peer(station, handover.terminal)
    if key is None:
        raise HandoverError("handover.unknown_terminal", terminal=handover.terminal)
    return key


def _own_or_peer(station: Station, terminal: str) -> bytes | None:
    if terminal == station.terminal_id:
        return station.signer.public_der()
    return station.peers.get(terminal)


def _here(station: Station) -> Here:
    return Here(
        terminal_id=station.terminal_id,
        now=station.clock(),
        rules=station.rules,
        events=tuple(station.events()),
        handed=station.handed(),
        taken=station.taken(),
    )


def _moved(station: Station, case: Case, channel: Channel, by: str) -> list[tuple[Event, Case]]:
    """The events with which the case goes on here, and the case after each: people prove anew who they are.

    HandoverError with the code of `NotNow` when it cannot go on any more.
    """
    rules, at = station.rules(case.packs_sha256), stamp(station.clock())
    events: list[Event] = []
    if case.state is not State.PARKED:  # left in the middle: it stood still on the way here
        events.append(Parked(at=at, by="terminal", missing=(INTERRUPTED,), until=""))
    events.append(Unparked(at=at, by=by))
    events.append(Moved(at=at, by=by, channel=channel, terminal=station.terminal_id))
    after = []
    for event in events:
        try:
            case = step(case, event, rules)
        except NotNow as error:
            raise HandoverError(error.code, **error.facts) from None
        after.append((event, case))
    return after


def _entered(handover: Handover, ticket: Ticket, data: bytes | None) -> Entered:
    """The values, which are exactly those that were signed for; empty where they did not come along."""
    if data is None or not handover.data_sha256:
        return {}
    if sha256(data) != handover.data_sha256:
        raise HandoverError("handover.data_altered")
    entered = read(ticket.open(data, handover.aad()))
    if names(entered) != handover.fields:
        raise HandoverError("handover.data_altered")
    return entered


def _origin(station: Station, signed: Signed, by: str, told: bool) -> tuple[str, Mapping[str, Any]]:
    handover = signed.handover
    body = {
        "case_id": handover.case_id,
        "handover": handover.id,
        "reference": handover.reference,
        "from": handover.terminal,
        "to": handover.to,
        "expires": handover.expires,
        "sha256": signed.digest(),
        "key_id": signed.key_id,
        "signature": signed.signature.hex(),
        "events": len(handover.events),
        "told": told,
        "at": stamp(station.clock()),
        "by": by,
    }
    return TAKEN, body


def _lines(
    handover: Handover, admitted: Admitted, moved: list[tuple[Event, Case]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of the other terminal with its name, then those of this one."""
    for event in admitted.new:
        yield EVENT, {"case_id": handover.case_id, "event": as_json(event), "from": handover.terminal}
    for event, _ in moved:
        yield EVENT, {"case_id": handover.case_id, "event": as_json(event)}


def _question(ticket: Ticket, by: str, handover: Handover | None = None, claim: bool = False) -> TakeOver:
    given = None
    if handover is not None:
        given = Given(
            handover_id=handover.id,
            giver=handover.terminal,
            to=handover.to,
            expires=handover.expires,
            events=max(1, len(handover.events)),
        )
    case_id = handover.case_id if handover is not None else ""
    return TakeOver(operator_id=by, case_id=case_id, reference=ticket.reference, claim=claim, given=given)


def _late(station: Station, line: Mapping[str, Any], by: str) -> HandoverTold | None:
    """The centre's word on a case taken over before; None without one."""
    if station.centre is None:
        return None
    given = Given(
        handover_id=line["handover"],
        giver=line["from"],
        to=line["to"],
        expires=line["expires"],
        events=line["events"],
    )
    question = TakeOver(
        operator_id=by,
        case_id=line["case_id"],
        reference=line["reference"],
        claim=True,
        taken_already=True,
        given=given,
    )
    return station.centre.ask(question).answer


def _ask(station: Station, question: TakeOver) -> HandoverTold | None:
    """What the centre gives; None without a line. HandoverError when it gives nothing."""
    answer = station.centre.ask(question).answer if station.centre is not None else None
    if answer is not None and answer.passing is not Passing.GIVEN:
        raise HandoverError(REFUSED[answer.passing], terminal=answer.taken_by or answer.giver)
    return answer
