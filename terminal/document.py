"""The zone of a document as the camera saw it: read, put right by the rules of its layout, and judged.

Only a zone of which every check digit holds, and whose key was read surely, becomes a key; anything else is
"cannot tell". A check digit alone is not enough: it does not see G for 6 or L for 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from drivers.document import mrz
from drivers.document.mrz import Mrz, NotAZone
from drivers.document.mrz_layout import FILLER, Layout, Span
from drivers.document.mrz_repair import Change, repair, serials_of_china
from models.paper.outline import Format, find_outlines
from models.paper.straight import straighten

if TYPE_CHECKING:
    from drivers.api import Image
    from models.text.lines import ReadLine
    from models.text.mrz_zone import ZoneText

LEAST_SURE = 0.6
"""Probability below which a sign of the key is not believed, whatever the check digits say."""
FIRM = 0.9
"""Probability from which a sign is not overruled by a check digit."""
_LETTER_FIELDS = ("code", "issuer", "nationality", "names", "native")
_DIGIT_FIELDS = ("birth", "expiry")
_KEY_FIELDS = ("number", "birth", "expiry")


class ReadsZones(Protocol):
    """What looks for zones in a picture: `models.text.mrz_zone.ZoneReader`."""

    def read(self, image: Image) -> Sequence[ZoneText]:
        """What may be zones, the likeliest first."""


@dataclass(frozen=True, slots=True)
class SeenZone:
    """The best reading of a picture."""

    zone: Mrz
    confidence: float
    """Mean probability of the signs of the worst line, 0-1."""
    key_sure: float
    """Probability of the least sure sign of the key, 0-1."""
    changes: tuple[Change, ...] = ()
    """What was put right."""
    turned: bool = False
    """The document lay upside down."""

    @property
    def certain(self) -> bool:
        """True when the zone may serve as a key."""
        return self.zone.checks_hold and self.key_sure >= LEAST_SURE

    @property
    def rank(self) -> tuple[bool, int, float]:
        """Orders readings of one picture, the best last."""
        wrong = sum(doubt.startswith("document.doubt.check_digit") for doubt in self.zone.doubts)
        return self.certain, -wrong, self.key_sure


def see_zone(image: Image, reader: ReadsZones) -> SeenZone | None:
    """The zone in a picture, upright or upside down; None when there is nothing like one.

    Where the picture as it is does not give a certain one, the document in it is straightened and read again.
    """
    best: SeenZone | None = None
    for picture, turned in _pictures(image):
        for candidate in reader.read(picture):
            seen = _seen(candidate, turned)
            if seen is not None and (best is None or seen.rank > best.rank):
                best = seen
        if best is not None and best.certain:
            break
    return best


def _pictures(image: Image) -> Iterator[tuple[Image, bool]]:
    """The picture and the documents in it, each upright and upside down."""
    yield image, False
    yield image[::-1, ::-1].copy(), True
    for outline in find_outlines(image, (Format.ID3, Format.ID1)):
        straight = straighten(image, outline)
        for document in (straight, straight.upside_down()):
            yield document.picture, document.turned


def _seen(candidate: ZoneText, turned: bool) -> SeenZone | None:
    texts = [line.text for line in candidate.lines]
    try:
        layout = mrz.layout_of(repair(texts).lines)
        fixed = repair(_by_place(layout, candidate.lines), _unsure(candidate.lines))
        zone = mrz.parse(fixed.lines)
    except NotAZone:
        return None
    changes = (*_chosen(texts, _by_place(layout, candidate.lines)), *fixed.changes)
    return SeenZone(zone, candidate.confidence, _key_sure(layout, zone, candidate.lines), changes, turned)


def _unsure(read: Sequence[ReadLine]) -> set[tuple[int, int]]:
    """Places of the signs that a check digit may overrule."""
    return {
        (number, place)
        for number, line in enumerate(read)
        for place, sure in enumerate(line.sure)
        if sure < FIRM
    }


def _by_place(layout: Layout, read: Sequence[ReadLine]) -> list[str]:
    """The lines with the best letter where only letters stand, the best digit where only digits do."""
    chosen = [list(line.text) for line in read]
    for span, letters in _decided(layout, [line.text for line in read]):
        seen = read[span.line]
        if len(seen.text) != layout.length:
            continue
        for place in range(span.start, span.end):
            sign = seen.text[place]
            if sign != FILLER and sign.isdigit() == letters:
                chosen[span.line][place] = (seen.letters if letters else seen.digits)[place]
    return ["".join(line) for line in chosen]


def _decided(layout: Layout, texts: Sequence[str]) -> Iterator[tuple[Span, bool]]:
    """Places that hold only letters (True) or only digits (False)."""
    for names, letters in ((_LETTER_FIELDS, True), (_DIGIT_FIELDS, False)):
        for name in names:
            yield from ((span, letters) for span in layout.fields.get(name, ()))
    for span in serials_of_china(layout, texts):
        yield span, False
        yield Span(span.line, span.start - 2, span.start - 1), True


def _chosen(texts: Sequence[str], lines: Sequence[str]) -> Iterator[Change]:
    """What the places in the zone decided."""
    for number, (was, now) in enumerate(zip(texts, lines, strict=True)):
        for place, (before, after) in enumerate(zip(was, now, strict=True)):
            if before != after:
                yield Change(number, place, before, after, "place")


def _key_sure(layout: Layout, zone: Mrz, read: Sequence[ReadLine]) -> float:
    """How sure the least sure sign of the key is; 0 where the line was stretched and places are not known."""
    sure = 1.0
    for span in (span for name in _KEY_FIELDS for span in layout.fields[name]):
        line, seen = zone.lines[span.line], read[span.line]
        if len(seen.text) != len(line) and seen.text[: span.end] != line[: span.end]:
            return 0.0
        sure = min(sure, *(seen.sure[place] for place in range(span.start, span.end)))
    return sure
