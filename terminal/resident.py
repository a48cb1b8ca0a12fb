"""A resident's card as a camera saw it: its fields, each with what stands against it. Read, never verified.

A picture of a card is weaker evidence than its chip: anybody can print one. Each field says that it was read
from a picture, how surely, and where; the rules that hold among the fields are checked, nothing is put right.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from drivers.api import IdCard
from drivers.card.nations import nation
from models.paper.judge import Judged, drowned, glare, judge, unseen
from models.paper.outline import Format, find_outlines
from models.paper.straight import DOTS_PER_MM, Straight, straighten
from models.text.fields import Place, ReadField
from terminal.resident_rules import SEXES, VALIDITY, back_doubts, birth_of, front_doubts, validity_of

if TYPE_CHECKING:
    from config.settings import Documents
    from models.api import Image
    from models.text.fields import FieldReader

LEAST_SURE = 0.6
"""Probability of a field's least sure sign, below which the field is not believed."""
SOURCE = "ocr"


class Side(enum.StrEnum):
    """Which side of the card was shown."""

    FRONT = "front"
    """The person's."""
    BACK = "back"
    """The authority's."""


PLACES: Mapping[Side, Mapping[str, Place]] = {
    Side.FRONT: {
        "number": Place((27.5, 43.6, 53.0, 8.0), zone_signs=True),
        "name": Place((15.0, 4.0, 38.0, 7.6)),
        "sex": Place((15.0, 11.6, 9.0, 6.4)),
        "nation": Place((32.6, 11.6, 20.0, 6.4)),
        "year": Place((15.5, 18.6, 9.6, 6.4), digits=True),
        "month": Place((28.4, 18.6, 6.1, 6.4), digits=True),
        "day": Place((37.6, 18.6, 5.7, 6.4), digits=True),
        "address": Place((15.0, 25.4, 38.5, 17.0)),
    },
    Side.BACK: {
        "validity": Place((32.5, 42.6, 48.0, 6.6)),
        "authority": Place((32.5, 35.6, 48.0, 6.6)),
    },
}
"""Where the fields stand on cards of the second generation; the first of each side tells it."""
_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")


@dataclass(frozen=True, slots=True)
class SeenField:
    """One field as it was read. `repr` shows nothing of it."""

    text: str = field(repr=False)
    sure: float
    """Probability of its least sure sign, 0-1."""
    box: tuple[float, float, float, float]
    """On the card, millimetres."""
    doubts: tuple[str, ...] = ()
    """Message keys."""
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class SeenResident:
    """One side of a card. Never verified: at best every rule holds."""

    side: Side | None
    """None when neither side was recognised."""
    fields: Mapping[str, SeenField]
    doubts: tuple[str, ...]
    """What stands against the picture as a whole: message keys."""
    judged: Judged | None

    @property
    def holds(self) -> bool:
        """True when every field was read surely and every rule holds."""
        return (
            self.side is not None
            and not self.doubts
            and not any(each.doubts for each in self.fields.values())
        )

    @property
    def instruction(self) -> str | None:
        """The one thing to do first, a message key; None when every rule holds."""
        if self.holds:
            return None
        problem = self.judged.problem if self.judged is not None else None
        return problem or next(iter(self.doubts), "resident.doubtful")


def see_resident(image: Image, reader: FieldReader, limits: Documents, today: date) -> SeenResident:
    """The side of a resident's card in a picture, upright or upside down."""
    best = SeenResident(None, {}, (unseen(image, limits),), None)
    for outline in find_outlines(image, (Format.ID1,)):
        straight = straighten(image, outline)
        judged = judge(image, outline, straight, limits)
        if best.judged is None:
            best = SeenResident(None, {}, ("resident.none",), judged)
        for card in (straight, straight.upside_down()):
            side = _side(card, reader)
            if side is not None:
                fields = _fields(card, side, reader, limits, today)
                return SeenResident(side, fields, (), judged)
    return best


def differences(seen: SeenResident, card: IdCard) -> tuple[str, ...]:
    """Names of the fields in which what the camera read differs from what the chip holds.

    The chip is the proof; a difference means a misreading or another card.
    """
    held = {
        "name": card.name,
        "number": card.number,
        "sex": {sex: text for text, sex in SEXES.items()}.get(card.sex, ""),
        "nation": found.chinese if (found := nation(card.nation)) else "",
        "address": card.address,
        "authority": card.issuer,
    }
    differ = [
        name for name, text in held.items() if name in seen.fields and _other(seen.fields[name].text, text)
    ]
    if "birth" in seen.fields and birth_of(seen.fields["birth"].text) != card.birth:
        differ.append("birth")
    if "validity" in seen.fields and validity_of(seen.fields["validity"].text) != (
        card.valid_from,
        card.valid_to,
    ):
        differ.append("validity")
    return tuple(differ)


def _other(read: str, held: str) -> bool:
    return read.replace(" ", "") != held.replace(" ", "")


def _side(card: Straight, reader: FieldReader) -> Side | None:
    """The side whose first field reads as it must."""
    for side, shape in ((Side.FRONT, _NUMBER), (Side.BACK, VALIDITY)):
        name, place = next(iter(PLACES[side].items()))
        found = reader.read(card.picture, DOTS_PER_MM, {name: place})[name]
        if shape.fullmatch(_text(name, found)):
            return side
    return None


def _fields(
    card: Straight, side: Side, reader: FieldReader, limits: Documents, today: date
) -> dict[str, SeenField]:
    """All fields of a side with what stands against each."""
    drenched = glare(card.picture)
    read = _with_birth(reader.read(card.picture, DOTS_PER_MM, PLACES[side]))
    texts = {name: _text(name, found) for name, found in read.items()}
    rules = front_doubts(texts, today) if side is Side.FRONT else back_doubts(texts, today)
    against: dict[str, list[str]] = {name: [] for name in read}
    for name, doubt in rules:
        against[name].append(doubt)
    for name, found in read.items():
        if drowned(drenched, found.box) > limits.most_field_glare:
            against[name].append("resident.doubt.glare")
        if found.sure < LEAST_SURE:
            against[name].append("resident.doubt.unsure")
    return {
        name: SeenField(texts[name], found.sure, found.box, tuple(against[name]))
        for name, found in read.items()
    }


def _with_birth(read: dict[str, ReadField]) -> dict[str, ReadField]:
    """Year, month and day, which stand apart between their labels, as one field."""
    parts = [read.pop(name) for name in ("year", "month", "day") if name in read]
    if len(parts) == 3:
        text = "{}年{}月{}日".format(*(part.text for part in parts))
        first, last = parts[0].box, parts[2].box
        box = first[0], first[1], last[0] + last[2] - first[0], max(part.box[3] for part in parts)
        read["birth"] = ReadField(text, min(part.sure for part in parts), box, 1)
    return read


def _text(name: str, found: ReadField) -> str:
    """What a field holds, without what only looks like print; numbers' digits are digits."""
    text = found.text.strip()
    if name == "sex":
        return next((sign for sign in text if sign in SEXES), text)
    if name == "nation":
        return text.removeprefix("族")
    return text
