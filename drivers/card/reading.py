"""From the 256 bytes of card text to an `IdCard`, with every cross-check that failed as a doubt.

Doubts are message keys ``card.doubt.…``. They are facts for the rules; none of them refuses a card.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from drivers.api import CardKind, IdCard, Sex
from drivers.card import layout, numbers
from drivers.card.nations import nation
from drivers.card.numbers import NumberKind

LONG_TERM = "长期"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NUMBER_KINDS = {
    CardKind.RESIDENT: NumberKind.CITIZEN,
    CardKind.RESIDENCE_PERMIT: NumberKind.RESIDENCE_PERMIT,
    CardKind.FOREIGNER_2017: NumberKind.FOREIGNER_OLD,
    CardKind.FOREIGNER_2023: NumberKind.FOREIGNER,
}


def parse(text: bytes, today: date) -> IdCard:
    """The card that 256 bytes of text describe, without photo; `today` is for the doubts about validity.

    Raises `layout.UnknownFlag` when the card is none of the four known kinds.
    """
    kind = layout.kind_of(text)
    fields = layout.split(text, kind)
    latin_name = _latin_name(text, kind)
    card = IdCard(
        kind=kind,
        name=fields["name"] or latin_name,
        number=fields["number"],
        sex=_sex(fields["sex"]) or Sex.UNKNOWN,
        birth=_day(fields["birth"]),
        valid_from=_day(fields["valid_from"]),
        valid_to=_day(fields["valid_to"]),
        long_term=fields["valid_to"] == LONG_TERM,
        latin_name=latin_name,
        nation=fields.get("nation", "") if kind is CardKind.RESIDENT else "",
        nationality=fields.get("nationality", ""),
        address=fields.get("address", ""),
        issuer=fields.get("issuer", ""),
        pass_number=fields.get("pass_number", ""),
        former_number=_former_number(fields, kind),
        issue_count=fields.get("issue_count", ""),
        text_sha256=hashlib.sha256(text).hexdigest(),
    )
    doubts = (*_text_doubts(fields, card), *_number_doubts(card), *_validity_doubts(card, today))
    return replace(card, doubts=tuple(f"card.doubt.{doubt}" for doubt in doubts))


def _text_doubts(fields: Mapping[str, str], card: IdCard) -> Iterator[str]:
    if any(_REPLACEMENT in value for value in fields.values()):
        yield "text"
    if not card.name:
        yield "name"
    if _sex(fields["sex"]) is None:
        yield "sex_field"
    if card.birth is None:
        yield "birth_field"
    if card.kind is CardKind.RESIDENT and nation(card.nation) is None:
        yield "nation"


def _number_doubts(card: IdCard) -> Iterator[str]:
    seen = numbers.examine(card.number)
    if seen.kind is not _NUMBER_KINDS[card.kind]:
        yield "number"
    if seen.kind is NumberKind.UNKNOWN:
        return
    if not seen.check_holds:
        # Genuine old foreigners' cards with a wrong check digit exist (spec §5): a doubt of its own.
        yield "old_check_digit" if seen.kind is NumberKind.FOREIGNER_OLD else "check_digit"
    if card.birth is not None and not seen.born_on(card.birth):
        yield "birth"
    if seen.sex is not None and card.sex in {Sex.MALE, Sex.FEMALE} and seen.sex is not card.sex:
        yield "sex"


def _validity_doubts(card: IdCard, today: date) -> Iterator[str]:
    if card.valid_from is None or (card.valid_to is None and not card.long_term):
        yield "validity"
    if card.valid_to is not None and card.valid_to < today:
        yield "expired"
    if card.valid_from is not None and card.valid_from > today:
        yield "not_yet_valid"


def _former_number(fields: Mapping[str, str], kind: CardKind) -> str:
    if kind is not CardKind.FOREIGNER_2023:
        return ""
    return numbers.old_from_new(fields["number"], fields["nationality"], fields["old_number_link"])


def _latin_name(text: bytes, kind: CardKind) -> str:
    """The English name. A 2023 card cuts it after 35 characters, and a space may end the first part."""
    parts = (slot for slot in layout.LAYOUTS[kind] if slot.name in {"latin_name", "latin_name_rest"})
    return layout.decode(b"".join(text[slot.offset : slot.offset + slot.size] for slot in parts))


def _sex(text: str) -> Sex | None:
    return Sex(text) if text in {each.value for each in Sex} else None


def _day(text: str) -> date | None:
    """The date of exactly eight ASCII digits, else None."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
