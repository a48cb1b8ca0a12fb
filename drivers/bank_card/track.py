"""Track 2 of a magnetic stripe as a serial reader hands it on: ``;NUMBER=YYMM…?`` and a check character.

Only number and expiry are taken out of it; the rest is overwritten at once (ISO/IEC 7813, 7811-2).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.bank_card.numbers import LONGEST, SHORTEST, is_expiry, is_number

START, SEPARATOR, END = b";", b"=", b"?"
LONGEST_TRACK = 40
"""Characters of track 2, sentinels and check character included (ISO/IEC 7813)."""


@dataclass(frozen=True, slots=True)
class Swipe:
    """What a swipe gave; both empty when it could not be read."""

    number: str = field(default="", repr=False)
    expiry: str = ""


def check_character(track: bytes | bytearray) -> int:
    """The check character of a track with its sentinels: each bit makes its column even (7811-2)."""
    low = 0
    for each in track:
        low ^= each & 0x0F
    return 0x30 + low


class StripeBuffer:
    """Gathers what comes and wipes it as soon as it is known what it was."""

    def __init__(self, lrc: bool) -> None:
        self._lrc = lrc
        self._buffer = bytearray()
        self.dropped = 0
        """Bytes since the last swipe that belonged to no track."""

    @property
    def begun(self) -> bool:
        """True while a track is incomplete."""
        return bool(self._buffer)

    def wipe(self) -> None:
        """Overwrite and forget what has come."""
        self._buffer[:] = bytes(len(self._buffer))
        self._buffer.clear()

    def feed(self, data: bytes) -> Swipe | None:
        """The swipe, once it is whole; an empty one when it cannot be read."""
        self._buffer += data
        start = self._buffer.find(START)
        if start < 0:
            self.dropped += len(self._buffer)
            self.wipe()
            return None
        self._forget(start)
        end = self._buffer.find(END)
        size = end + 1 + self._lrc
        if 0 <= end < LONGEST_TRACK and len(self._buffer) >= size:
            swipe = _parse(self._buffer[:size], self._lrc)
            self.wipe()
            self.dropped = 0
            return swipe
        if len(self._buffer) > LONGEST_TRACK:
            self.wipe()
            return Swipe()
        return None

    def _forget(self, count: int) -> None:
        self._buffer[:count] = bytes(count)
        del self._buffer[:count]
        self.dropped += count


def encode(number: str, expiry: str, rest: str = "20100000") -> bytes:
    """The track of a card, as a reader hands it on."""
    track = START + f"{number}={expiry}{rest}".encode("ascii") + END
    return track + bytes([check_character(track)])


def _parse(track: bytearray, lrc: bool) -> Swipe:
    body = track[:-1] if lrc else track
    if lrc and check_character(body) != track[-1]:
        return Swipe()
    place = body.find(SEPARATOR)
    if not SHORTEST < place <= LONGEST + 1:
        return Swipe()
    number = body[1:place].decode("ascii", "replace")
    expiry = body[place + 1 : place + 5].decode("ascii", "replace")
    return Swipe(number, expiry) if is_number(number) and is_expiry(expiry) else Swipe()
