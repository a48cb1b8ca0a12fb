"""The number of a bank card as a camera saw it: found, read twice, and judged by the rules of such numbers.

A number is *certain* only when both looks at it agree, every digit was read surely, the digits stand as on
cards, no reflection covers one, the beginning belongs to a known scheme with this length, and the check digit
fits. A digit is never changed to make it fit. Anything else is "cannot tell", with its reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.paper.judge import Judged, drowned, glare, judge, unseen
from models.paper.outline import Format, find_outlines
from models.paper.straight import DOTS_PER_MM, Straight, straighten
from models.text.strokes import along
from terminal.card_number import CardNumber
from terminal.card_ranges import Issuer, issuer_of

if TYPE_CHECKING:
    from config.settings import Documents
    from models.api import Image
    from models.text.number_line import NumberLine, NumberReader
    from models.text.strokes import Stroke

LENGTHS = (15, 19)
"""Digits between which a line is taken for a number; 15 only to say that such cards are not taken."""
LEAST_SURE = 0.6
"""Probability of its least sure digit, below which a number is not believed."""
LEAST_GAP, MOST_GAP = 0.25, 1.45
"""Between groups, in pitches, beyond that of two digits."""
MOST_OFF = 0.28
"""Of a digit from its place, in pitches."""
GLARE_SUSPECTED = 0.004
"""Of the card: with more of it under reflections, they are the likeliest cause of a number not read."""
LAYOUTS = {
    15: ((4, 6, 5), (15,)),
    16: ((4, 4, 4, 4), (16,)),
    17: ((17,),),
    18: ((6, 12), (18,)),
    19: ((6, 13), (4, 4, 4, 4, 3), (19,)),
}
"""How digits are grouped on cards. Another grouping means that one was lost or invented."""
DOUBTS = (
    "card_number.not_taken",
    "card_number.check_digit",
    "card_number.issuer",
    "card_number.length",
    "card_number.glare",
    "card_number.unsure",
    "card_number.layout",
)
"""What may stand against a number, the nearest to certainty first."""
PRINTED = frozenset(DOUBTS[:4])
"""Doubts about what is printed, not about how it was read."""


@dataclass(frozen=True, slots=True)
class SeenNumber:
    """The best reading of one picture, or of several."""

    number: CardNumber | None
    """None when nothing like a number was found."""
    scheme: str
    """Of the number's beginning; empty when unknown."""
    sure: float
    """Probability of the least sure digit, 0-1."""
    doubts: tuple[str, ...]
    """Message keys; empty when certain."""
    judged: Judged | None
    """How the card was photographed; None when no card was found."""
    groups: tuple[int, ...] = ()
    box: tuple[float, float, float, float] | None = None
    """Of the number on the card, millimetres from its top left."""
    frames: int = 1
    expiry: str = ""
    """``MM/YY``; empty when it was not read surely."""
    place: tuple[Straight, Stroke] | None = field(default=None, repr=False)
    """The straightened card and where on it the number stands."""

    @property
    def certain(self) -> bool:
        """True when the number may be used."""
        return self.number is not None and not self.doubts

    @property
    def settled(self) -> bool:
        """True when the number was read well, whatever it says against itself.

        Looking on for a reading that fits better would be guessing.
        """
        return self.number is not None and PRINTED.issuperset(self.doubts)

    @property
    def instruction(self) -> str | None:
        """The one thing to do first, a message key; None when the number is certain."""
        if self.certain:
            return None
        if not self.settled and self.judged is not None and (problem := self.judged.problem or self._glare()):
            return problem
        return max(self.doubts, key=lambda doubt: DOUBTS.index(doubt) if doubt in DOUBTS else len(DOUBTS))

    def _glare(self) -> str | None:
        """Glare that would be no problem if the number had been read."""
        glaring = self.judged is not None and self.judged.glare_share > GLARE_SUSPECTED
        return "paper.glare" if glaring else None

    @property
    def rank(self) -> tuple[int, float]:
        """Orders readings, the best last."""
        if self.number is None:
            return -len(DOUBTS) - 1, 0.0
        return -max((DOUBTS.index(doubt) + 1 for doubt in self.doubts), default=0), self.sure


def see_number(image: Image, reader: NumberReader, limits: Documents) -> SeenNumber:
    """The number of the card in a picture, upright or upside down."""
    best = SeenNumber(None, "", 0.0, (unseen(image, limits),), None)
    for outline in find_outlines(image, (Format.ID1,)):
        straight = straighten(image, outline)
        judged = judge(image, outline, straight, limits)
        if best.judged is None:
            best = SeenNumber(None, "", 0.0, ("card_number.none",), judged)
        for seen in _readings(straight, reader, limits):
            if seen.rank > best.rank:
                best = replace(seen, judged=judged)
            if best.settled:
                return best
    return best


def with_expiry(seen: SeenNumber, reader: NumberReader) -> SeenNumber:
    """The same with the expiry that stands below the number, where it can be read."""
    if seen.place is None:
        return seen
    card, stroke = seen.place
    return replace(seen, expiry=reader.expiry(card.picture, DOTS_PER_MM, stroke))


def agreed(seen: Sequence[SeenNumber]) -> SeenNumber:
    """What several pictures of one card say together: the number that all certain ones give.

    Two certain ones that differ are "cannot tell" (``card_number.disagree``). ValueError for no picture.
    """
    best = max(seen, key=lambda each: each.rank)
    certain = [each.number for each in seen if each.certain]
    if any(one != other for one, other in itertools.pairwise(certain)):
        return replace(best, doubts=("card_number.disagree",), frames=len(seen))
    return replace(best, frames=len(seen))


def layout_of(places: npt.ArrayLike) -> tuple[int, ...]:
    """How digits are grouped, from their places along the line; empty when they stand as on no card.

    Digits have one pitch and groups one gap: both are fitted, and no digit may be far from its place.
    """
    where = np.asarray(places, float)
    for layout in LAYOUTS.get(len(where), ()):
        group = np.repeat(np.arange(len(layout)), layout)
        columns = [np.ones(len(where)), np.arange(len(where))]
        columns += [group] if len(layout) > 1 else []
        equations = np.column_stack(columns).astype(float)
        fitted, *_ = np.linalg.lstsq(equations, where, rcond=None)
        off = np.abs(equations @ fitted - where).max() / max(fitted[1], 1e-9)
        gap = fitted[2] / max(fitted[1], 1e-9) if len(layout) > 1 else LEAST_GAP
        if off < MOST_OFF and LEAST_GAP <= gap <= MOST_GAP:
            return layout
    return ()


def examine_line(line: NumberLine, card: Straight, drenched: bool) -> SeenNumber:
    """What was read of a line with all that stands against it; `drenched`: a reflection covers a digit."""
    number = CardNumber(bytearray(line.first.digits.tobytes()))
    issuer = issuer_of(number.reveal())
    sure = float(min(line.first.sure.min(), line.second.sure.min(initial=1.0)))
    groups = layout_of(line.second.places)
    agree = np.array_equal(line.first.digits, line.second.digits)
    doubts = [*_doubts_of(number, issuer)]
    if drenched:
        doubts.append("card_number.glare")
    if not agree or sure < LEAST_SURE:
        doubts.append("card_number.unsure")
    if not groups or line.beside:
        doubts.append("card_number.layout")
    scheme = issuer.scheme if issuer else ""
    return SeenNumber(
        number, scheme, sure, tuple(doubts), None, groups, _box(line), place=(card, line.stroke)
    )


def _readings(straight: Straight, reader: NumberReader, limits: Documents) -> Iterator[SeenNumber]:
    """What may be numbers, each read only when asked for."""
    for card in (straight, straight.upside_down()):
        drenched = glare(card.picture)
        for line in reader.read(card.picture, DOTS_PER_MM, LENGTHS):
            most = max(drowned(drenched, box) for box in _cells(line))
            yield examine_line(line, card, most > limits.most_field_glare)
            line.wipe()


def _doubts_of(number: CardNumber, issuer: Issuer | None) -> Iterator[str]:
    """What the number says against itself."""
    if not number.check_holds:
        yield "card_number.check_digit"
    if issuer is None:
        yield "card_number.issuer"
    elif not issuer.length_fits:
        yield "card_number.length"
    elif not issuer.taken:
        yield "card_number.not_taken"


def _cells(line: NumberLine) -> Iterator[tuple[float, float, float, float]]:
    """The place of every digit and of one before and after them, millimetres."""
    _, top, wide, high = _box(line)
    places = along(line.stroke, line.first.places) / DOTS_PER_MM
    pitch = float(np.median(np.diff(places))) if len(places) > 1 else wide
    for place in (places[0] - pitch, *places, places[-1] + pitch):
        yield float(place) - pitch / 2, top, pitch, high


def _box(line: NumberLine) -> tuple[float, float, float, float]:
    """Around the line, millimetres."""
    stroke = line.stroke
    wide, high = stroke.length / DOTS_PER_MM, stroke.height / DOTS_PER_MM
    return stroke.centre[0] / DOTS_PER_MM - wide / 2, stroke.centre[1] / DOTS_PER_MM - high / 2, wide, high
