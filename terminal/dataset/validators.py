"""The validators that the catalogue of fields names: each says what stands against a text.

Nothing is changed or put right here. Dates are ISO (``1988-03-12``); a validity may be ``long_term``; sex and
ethnic group are the codes of GB/T 2261.1 and GB/T 3304, countries those of ISO 3166 alpha-3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from drivers.api import Sex
from drivers.bank_card.numbers import luhn
from drivers.card.nations import nation
from drivers.document.states import countries
from terminal.card_ranges import issuer_of
from terminal.dataset.addresses import address_codes, firm_codes, same_address, same_firm
from terminal.dataset.codes import Bounds, Codes, FieldCode, when
from terminal.dataset.naming import latin_codes, name_codes, same_name
from terminal.dataset.numbers import birth_codes, credit_code_codes, free_number

Validator = Callable[[str, Bounds], Codes]
LONG_TERM = "long_term"
_LONGEST_WORDS = 400
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOBILES = (
    re.compile(r"\+861[3-9][0-9]{9}"),
    re.compile(r"\+852[4-9][0-9]{7}"),
    re.compile(r"\+8536[0-9]{7}"),
    re.compile(r"\+8869[0-9]{8}"),
)
_ABROAD = re.compile(r"\+[1-9][0-9]{6,14}")
_LANDLINE = re.compile(r"(0[0-9]{2,3})?[2-9][0-9]{6,7}([x转][0-9]{1,6})?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_AMOUNT = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,2})?|[0-9]+(\.[0-9]{1,2})?")


def date_of(text: str) -> date | None:
    """The date in a text; None when it is none."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def phone_of(text: str) -> str:
    """A number as the network knows it, ``+86…``: without spaces and hyphens; a mainland mobile gets +86."""
    bare = re.sub(r"[\s\-()（）]", "", text)
    bare = "+" + bare[2:] if bare.startswith("00") else bare
    bare = "+" + bare if re.fullmatch(r"861[3-9][0-9]{9}", bare) else bare
    return "+86" + bare if re.fullmatch(r"1[3-9][0-9]{9}", bare) else bare


def amount_of(text: str) -> Decimal | None:
    """The amount in a text with at most two decimals and commas between thousands; None when it is none."""
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def same(check: str, one: str, other: str) -> bool | None:
    """Whether two texts of fields with this check mean the same; None when that cannot be told."""
    judge = _SAME.get(check)
    return judge(one, other) if judge is not None else one.strip() == other.strip()


def _words(text: str, bounds: Bounds) -> Codes:
    stripped = text.strip()
    return when(
        (not stripped, FieldCode.EMPTY),
        (len(stripped) > _LONGEST_WORDS, FieldCode.LONG),
        (any(not sign.isprintable() and sign != "\n" for sign in stripped), FieldCode.SIGNS),
        (stripped.lower() in bounds.placeholders, FieldCode.PLACEHOLDER),
    )


def _sex(text: str, _bounds: Bounds) -> Codes:
    known = text in (Sex.MALE.value, Sex.FEMALE.value)
    said = text not in (Sex.UNKNOWN.value, Sex.NOT_STATED.value)
    return () if known else (FieldCode.SHAPE if said else FieldCode.NOT_SAID,)


def _birth(text: str, bounds: Bounds) -> Codes:
    found = date_of(text)
    return (FieldCode.DATE,) if found is None else birth_codes(found, bounds)


def _past(text: str, bounds: Bounds) -> Codes:
    found = date_of(text)
    return (FieldCode.DATE,) if found is None else when((found > bounds.on, FieldCode.FUTURE))


def _validity(text: str, _bounds: Bounds) -> Codes:
    return when((text != LONG_TERM and date_of(text) is None, FieldCode.DATE))


def _country(text: str, _bounds: Bounds) -> Codes:
    return when((not countries(text), FieldCode.COUNTRY))


def _nation(text: str, _bounds: Bounds) -> Codes:
    return when((nation(text) is None, FieldCode.SHAPE))


def _slug(text: str, _bounds: Bounds) -> Codes:
    return when((not re.fullmatch(r"[a-z][a-z0-9_]*", text), FieldCode.SHAPE))


def _document_number(text: str, bounds: Bounds) -> Codes:
    """Its shape is judged by the kind of document (`terminal.dataset.documents`)."""
    return free_number(text, bounds) if text.strip() else (FieldCode.EMPTY,)


def _postcode(text: str, _bounds: Bounds) -> Codes:
    if not re.fullmatch(r"[0-9]{6}", text):
        return (FieldCode.SHAPE,)
    return when((len(set(text)) == 1, FieldCode.REPEATS))


def _mobile(text: str, _bounds: Bounds) -> Codes:
    number = phone_of(text)
    if any(shape.fullmatch(number) for shape in _MOBILES):
        return when((len(set(number[-8:])) == 1, FieldCode.REPEATS))
    # A number under one of the four prefixes that is none of their mobiles is wrong, not foreign.
    foreign = _ABROAD.fullmatch(number) and not number.startswith(("+86", "+852", "+853"))
    return (FieldCode.ABROAD,) if foreign else (FieldCode.SHAPE,)


def _telephone(text: str, _bounds: Bounds) -> Codes:
    number = phone_of(text).removeprefix("+86")
    if _LANDLINE.fullmatch(number):
        return ()
    return (FieldCode.ABROAD,) if _ABROAD.fullmatch(number) else (FieldCode.SHAPE,)


def _phone(text: str, bounds: Bounds) -> Codes:
    """Either of the two; the milder judgement counts."""
    return min(_mobile(text, bounds), _telephone(text, bounds), key=len)


def _email(text: str, _bounds: Bounds) -> Codes:
    return when((not _EMAIL.fullmatch(text), FieldCode.SHAPE))


def _letters_digits(text: str, bounds: Bounds) -> Codes:
    if not re.fullmatch(r"[A-Za-z0-9/-]{1,40}", text):
        return (FieldCode.SHAPE,)
    return when((text.lower() in bounds.placeholders, FieldCode.PLACEHOLDER))


def _account(text: str, _bounds: Bounds) -> Codes:
    number = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch(r"[A-Z0-9]{8,34}", number):
        return (FieldCode.SHAPE,)
    issuer = issuer_of(number) if number.isdigit() else None
    return when((issuer is not None and issuer.length_fits and not luhn(number), FieldCode.CHECK_DOUBT))


def _amount(text: str, bounds: Bounds) -> Codes:
    amount = amount_of(text)
    if amount is None:
        return (FieldCode.SHAPE,)
    return when((not 0 < amount <= Decimal(bounds.rules.most_amount), FieldCode.AMOUNT))


def _percent(text: str, _bounds: Bounds) -> Codes:
    amount = amount_of(text)
    return (FieldCode.SHAPE,) if amount is None else when((not 0 < amount <= 100, FieldCode.AMOUNT))


def _party(text: str, bounds: Bounds) -> Codes:
    """A person or a firm; the milder judgement counts."""
    return min(name_codes(text, bounds), firm_codes(text, bounds), key=len)


VALIDATORS: Mapping[str, Validator] = {
    "account_number": _account,
    "address": address_codes,
    "amount": _amount,
    "birth": _birth,
    "country": _country,
    "credit_code": credit_code_codes,
    "document_kind": _slug,
    "document_number": _document_number,
    "email": _email,
    "firm_name": firm_codes,
    "latin_name": latin_codes,
    "letters_digits": _letters_digits,
    "mobile": _mobile,
    "name": name_codes,
    "nation": _nation,
    "party_name": _party,
    "past_date": _past,
    "percent": _percent,
    "phone": _phone,
    "postcode": _postcode,
    "sex": _sex,
    "telephone": _telephone,
    "validity": _validity,
    "words": _words,
}


def _same_phone(one: str, other: str) -> bool:
    return phone_of(one) == phone_of(other)


def _same_number(one: str, other: str) -> bool:
    first, second = (re.sub(r"[\s-]", "", text).upper() for text in (one, other))
    return first == second


def _same_amount(one: str, other: str) -> bool:
    return amount_of(one) == amount_of(other)


def _same_sex(one: str, other: str) -> bool | None:
    unsaid = {Sex.UNKNOWN.value, Sex.NOT_STATED.value}
    return None if unsaid & {one, other} and one != other else one == other


_SAME: Mapping[str, Callable[[str, str], bool | None]] = {
    "account_number": _same_number,
    "address": same_address,
    "amount": _same_amount,
    "credit_code": _same_number,
    "document_number": _same_number,
    "firm_name": same_firm,
    "latin_name": same_name,
    "letters_digits": _same_number,
    "mobile": _same_phone,
    "name": same_name,
    "party_name": same_name,
    "percent": _same_amount,
    "phone": _same_phone,
    "sex": _same_sex,
    "telephone": _same_phone,
}
