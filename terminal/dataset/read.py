"""A card's fields as values of the data set: what the chip says, and what the camera read on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from drivers.api import IdCard, Sex
from drivers.card.nations import NATIONS
from terminal.dataset.fields import Source, Value
from terminal.dataset.validators import LONG_TERM
from terminal.resident_rules import SEXES, birth_of, validity_of

if TYPE_CHECKING:
    from terminal.resident import SeenResident

TERMINAL = "terminal"
"""By whom a value is that no person took down."""
_NATIONS = {each.chinese: each.code for each in NATIONS.values()}


def from_chip(card: IdCard, at: datetime) -> tuple[Value, ...]:
    """The values that a chip gives; fields it does not hold are left out."""
    return _values(_of_chip(card), Source.CHIP, at)


def from_camera(seen: SeenResident, at: datetime) -> tuple[Value, ...]:
    """The values read from one side of a resident's card; fields with a doubt are left out."""
    texts = {name: each.text for name, each in seen.fields.items() if not each.doubts}
    birth = birth_of(texts.get("birth", ""))
    validity = validity_of(texts.get("validity", ""))
    sex = SEXES.get(texts.get("sex", ""))
    found = {
        "name": texts.get("name", ""),
        "document_number": texts.get("number", ""),
        "sex": sex.value if sex is not None else "",
        "nation": _NATIONS.get(texts.get("nation", ""), ""),
        "birth": birth.isoformat() if birth is not None else "",
        "home_address": texts.get("address", ""),
        "document_issuer": texts.get("authority", ""),
        "document_kind": "resident" if seen.side is not None else "",
    }
    if validity is not None:
        found["document_valid_from"] = validity[0].isoformat()
        found["document_valid_to"] = _until(validity[1], validity[1] is None)
    return _values(found, Source.OCR, at)


def _of_chip(card: IdCard) -> Mapping[str, str]:
    said = card.sex in (Sex.MALE, Sex.FEMALE)
    return {
        "name": card.name,
        "latin_name": card.latin_name,
        "sex": card.sex.value if said else "",
        "birth": card.birth.isoformat() if card.birth is not None else "",
        "nationality": card.nationality or ("CHN" if card.nation else ""),
        "nation": card.nation,
        "document_kind": card.kind.value,
        "document_number": card.number,
        "former_number": card.former_number,
        "document_issuer": card.issuer,
        "document_valid_from": card.valid_from.isoformat() if card.valid_from is not None else "",
        "document_valid_to": _until(card.valid_to, card.long_term),
        "home_address": card.address,
    }


def _until(last: date | None, long_term: bool) -> str:
    if long_term:
        return LONG_TERM
    return last.isoformat() if last is not None else ""


def _values(texts: Mapping[str, str], source: Source, at: datetime) -> tuple[Value, ...]:
    return tuple(Value(name, text, source, at, TERMINAL) for name, text in texts.items() if text.strip())
