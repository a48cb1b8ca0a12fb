"""The zone of a document as the camera saw it: read, put right by the rules of its layout, and judged.

Only a zone of which every check digit holds becomes a key; anything else is "cannot tell".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from drivers.document import mrz, mrz_layout
from drivers.document.mrz import Mrz, NotAZone
from drivers.document.mrz_repair import Change, repair

if TYPE_CHECKING:
    from drivers.api import Image
    from models.text.lines import ReadLine
    from models.text.mrz_zone import ZoneText

LEAST_CONFIDENCE = 0.5
"""Mean probability below which a line is not believed, whatever its digits say."""
_LETTER_FIELDS = ("code", "issuer", "nationality", "names", "native")
_DIGIT_FIELDS = ("birth", "expiry")


class ReadsZones(Protocol):
    """What looks for zones in a picture: `models.text.mrz_zone.ZoneReader`."""

    def read(self, image: Image) -> Sequence[ZoneText]:
        """What may be zones, the likeliest first."""


@dataclass(frozen=True, slots=True)
class SeenZone:
    """The best reading of a picture."""

    zone: Mrz
    confidence: float
    changes: tuple[Change, ...] = ()
    """What was put right."""
    turned: bool = False
    """The document lay upside down."""

    @property
    def certain(self) -> bool:
        """True when every check digit holds, so that the zone may serve as a key."""
        return self.zone.checks_hold and self.confidence >= LEAST_CONFIDENCE


@dataclass(frozen=True, slots=True)
class _Scored:
    seen: SeenZone = field(repr=False)
    score: tuple[bool, int, float]


def see_zone(image: Image, reader: ReadsZones) -> SeenZone | None:
    """The zone in a picture, upright or upside down; None when there is nothing like one."""
    best: _Scored | None = None
    for turned in (False, True):
        picture = image[::-1, ::-1].copy() if turned else image
        for candidate in reader.read(picture):
            scored = _judge(candidate, turned)
            if scored is not None and (best is None or scored.score > best.score):
                best = scored
        if best is not None and best.seen.certain:
            break
    return best.seen if best is not None else None


def _judge(candidate: ZoneText, turned: bool) -> _Scored | None:
    fixed = repair([line.text for line in candidate.lines])
    try:
        fixed = repair(_by_place(fixed.lines, candidate.lines))
        zone = mrz.parse(fixed.lines)
    except NotAZone:
        return None
    changes = tuple(each for each in _differences(candidate.lines, zone.lines)) or fixed.changes
    seen = SeenZone(zone, candidate.confidence, changes, turned)
    wrong = sum(doubt.startswith("document.doubt.check_digit") for doubt in zone.doubts)
    return _Scored(seen, (seen.certain, -wrong, candidate.confidence))


def _by_place(lines: Sequence[str], read: Sequence[ReadLine]) -> list[str]:
    """Lines with the reader's best letter where only letters stand, its best digit where only digits do."""
    layout = mrz.layout_of(lines)
    chosen = [list(line) for line in lines]
    for names, table in ((_LETTER_FIELDS, "letters"), (_DIGIT_FIELDS, "digits")):
        for span in (span for name in names for span in layout.fields.get(name, ())):
            line, seen = lines[span.line], read[span.line]
            if len(seen.text) != layout.length:
                continue
            for place in range(span.start, span.end):
                sign = line[place]
                if sign != mrz_layout.FILLER and sign.isdigit() == (table == "letters"):
                    chosen[span.line][place] = getattr(seen, table)[place]
    return ["".join(line) for line in chosen]


def _differences(read: Sequence[ReadLine], lines: Sequence[str]) -> list[Change]:
    """What became of the reading, sign by sign; a line of another length counts as one change."""
    found = []
    for number, (seen, line) in enumerate(zip(read, lines, strict=True)):
        if len(seen.text) != len(line):
            found.append(Change(number, 0, str(len(seen.text)), str(len(line)), "length"))
            continue
        for place, (was, now) in enumerate(zip(seen.text, line, strict=True)):
            if was != now:
                found.append(Change(number, place, was, now, "place"))
    return found
