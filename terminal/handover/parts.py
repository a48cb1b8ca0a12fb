"""A handover and its code as texts for one or several QR codes, in any order.

Each text is ``RZHO1`` ``:`` number ``/`` how many ``:`` the set's mark ``:`` a piece of Base45 (RFC 9285),
all signs that a QR code keeps in five and a half bits. The mark is made of the whole, so that pieces of two
sets are told apart and a changed one is noticed before anything is unpacked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sync.records import sha256
from terminal.handover.bundle import Signed, read
from terminal.handover.errors import HandoverError
from terminal.handover.ticket import SIGNS, Ticket, read_ticket

SIGNS45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MOST_SIGNS = 600
"""In one QR code: every one of them was read from a picture turned by some degrees and a little blurred."""
MOST_PARTS = 40
_PART = re.compile(r"RZHO1:(\d{1,2})/(\d{1,2}):([0-9A-F]{12}):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Part:
    number: int
    of: int
    mark: str
    piece: str


def to_parts(signed: Signed, ticket: Ticket) -> tuple[str, ...]:
    """The texts; HandoverError ``handover.too_large`` for more codes than anybody would scan."""
    text = _encoded(ticket.code.encode("ascii") + signed.written())
    mark = _mark(text)
    pieces = [text[at : at + MOST_SIGNS] for at in range(0, len(text), MOST_SIGNS)]
    if len(pieces) > MOST_PARTS:
        raise HandoverError("handover.too_large", codes=len(pieces))
    return tuple(f"RZHO1:{number}/{len(pieces)}:{mark}:{piece}" for number, piece in enumerate(pieces, 1))


def is_part(text: str) -> bool:
    """Whether a QR code that was read is one of a handover's."""
    return _part(text) is not None


def from_parts(texts: Iterable[str]) -> tuple[Signed, Ticket]:
    """The handover and its code. HandoverError ``handover.no_code_in_picture``, ``handover.mixed_parts``,
    ``handover.incomplete``, ``handover.altered`` or ``handover.unreadable``.
    """
    parts = [found for found in map(_part, texts) if found is not None]
    if not parts:
        raise HandoverError("handover.no_code_in_picture")
    if len({(each.of, each.mark) for each in parts}) != 1:
        raise HandoverError("handover.mixed_parts")
    pieces = {each.number: each.piece for each in parts}
    if sorted(pieces) != list(range(1, parts[0].of + 1)):
        raise HandoverError("handover.incomplete", read=len(pieces), codes=parts[0].of)
    text = "".join(pieces[number] for number in sorted(pieces))
    if _mark(text) != parts[0].mark:
        raise HandoverError("handover.altered")
    content = _decoded(text)
    try:
        ticket = read_ticket(content[:SIGNS].decode("ascii"))
    except UnicodeDecodeError:
        raise HandoverError("handover.unreadable") from None
    return read(content[SIGNS:]), ticket


def _part(text: str) -> _Part | None:
    found = _PART.fullmatch(text)
    return None if found is None else _Part(int(found[1]), int(found[2]), found[3], found[4])


def _mark(text: str) -> str:
    return sha256(text.encode("ascii", "replace"))[:12].upper()


def _encoded(content: bytes) -> str:
    signs = []
    for at in range(0, len(content), 2):
        pair = content[at : at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, sign = divmod(number, 45)
            signs.append(SIGNS45[sign])
    return "".join(signs)


def _decoded(text: str) -> bytes:
    found = bytearray()
    try:
        for at in range(0, len(text), 3):
            signs = [SIGNS45.index(sign) for sign in text[at : at + 3]]
            number = sum(sign * 45**place for place, sign in enumerate(signs))
            found += number.to_bytes(len(signs) - 1, "big")
    except (ValueError, OverflowError):
        raise HandoverError("handover.unreadable") from None
    return bytes(found)
