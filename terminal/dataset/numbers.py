"""Numbers of documents and codes of firms: shape, check sign, birth date and region, each by its kind.

What `drivers.card.numbers` says of a number is not said twice here; this module asks it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from drivers.card.numbers import Examined, NumberKind, examine
from terminal.dataset.codes import Bounds, Codes, FieldCode, when

NO_NUMBER = "0"
"""Registered where a supporting document has no number (C12)."""
REGIONS = frozenset(
    str(10 * first + second)
    for first, seconds in enumerate(
        ("12345", "123", "1234567", "123456", "01234", "12345", "1", "123"), start=1
    )
    for second in map(int, seconds)
)
"""First two digits of GB/T 2260."""
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_LONGEST_FREE = 40


class NumberShape(enum.StrEnum):
    """How the number of a kind of document looks."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    """Residents of Hong Kong 81, Macao 82, Taiwan 83."""
    FOREIGNER = "foreigner"
    """Permanent residence: 18 digits beginning with 9 since 2023, 3 letters and 12 digits before."""
    HK_MACAO_PASS = "hk_macao_pass"
    TAIWAN_PASS = "taiwan_pass"
    CHINESE_PASSPORT = "chinese_passport"
    PASSPORT = "passport"
    BIRTH_CERTIFICATE = "birth_certificate"
    CREDIT_CODE = "credit_code"
    LETTERS_DIGITS = "letters_digits"
    FREE = "free"
    NONE = "none"
    """Documents of this kind have no number: 0 is registered."""


_SHAPES: Mapping[NumberShape, re.Pattern[str]] = {
    NumberShape.HK_MACAO_PASS: re.compile(r"[HM][0-9]{8}([0-9]{2})?"),
    NumberShape.TAIWAN_PASS: re.compile(r"[0-9]{8}([0-9]{2}[A-Z]?)?"),
    NumberShape.CHINESE_PASSPORT: re.compile(
        r"[EGDSP][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|(DE|SE|PE)[0-9]{7}|1[45][0-9]{7}"
    ),
    NumberShape.PASSPORT: re.compile(r"[A-Z0-9]{5,9}"),
    NumberShape.BIRTH_CERTIFICATE: re.compile(r"[A-Z][0-9]{9}"),
    NumberShape.LETTERS_DIGITS: re.compile(r"[A-Z0-9]{1,40}"),
}


def number_codes(shape: NumberShape, number: str, bounds: Bounds) -> Codes:
    """What stands against `number` as one of `shape`; nothing when it may be one."""
    if not number.strip():
        return (FieldCode.EMPTY,)
    judge = _JUDGES.get(shape)
    if judge is not None:
        return judge(number, bounds)
    if shape is NumberShape.NONE:
        return when((number != NO_NUMBER, FieldCode.SHAPE))
    if shape is NumberShape.FREE:
        return free_number(number, bounds)
    return when((not _SHAPES[shape].fullmatch(number), FieldCode.SHAPE))


def free_number(number: str, bounds: Bounds) -> Codes:
    """A number whose shape nobody fixed: printable signs, not too many, no word for "none"."""
    return when(
        (len(number) > _LONGEST_FREE, FieldCode.LONG),
        (not number.isprintable(), FieldCode.SIGNS),
        (number.strip().lower() in bounds.placeholders, FieldCode.PLACEHOLDER),
    )


def credit_check_sign(first_17: str) -> str:
    """The 18th sign of a unified social credit code (GB 32100). ValueError for signs it does not know."""
    total = sum(
        weight * _CREDIT_SIGNS.index(sign) for weight, sign in zip(_CREDIT_WEIGHTS, first_17, strict=True)
    )
    return _CREDIT_SIGNS[-total % 31]


def credit_code_codes(code: str, _bounds: Bounds) -> Codes:
    """What stands against a firm's 18-sign code, in which I, O, S, V and Z never occur."""
    if not re.fullmatch(f"[{_CREDIT_SIGNS}]{{2}}[0-9]{{6}}[{_CREDIT_SIGNS}]{{10}}", code):
        return (FieldCode.SHAPE,)
    return when(
        (credit_check_sign(code[:17]) != code[17], FieldCode.CHECK),
        (code[2:4] not in REGIONS and code[2:8] != "100000", FieldCode.REGION),
    )


def birth_codes(birth: date, bounds: Bounds) -> Codes:
    """What stands against a birth date by itself."""
    oldest = bounds.on.year - birth.year > bounds.rules.oldest_years
    return when((birth > bounds.on, FieldCode.FUTURE), (oldest, FieldCode.OLD))


def birth_in(number: str) -> date | None:
    """The birth date that an 18-sign number holds; None when there is none in it."""
    digits = examine(number).birth_digits
    if len(digits) != 8:
        return None
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None


def _resident(number: str, bounds: Bounds) -> Codes:
    return _eighteen(number, bounds, NumberKind.CITIZEN, number[:2])


def _residence_permit(number: str, bounds: Bounds) -> Codes:
    return _eighteen(number, bounds, NumberKind.RESIDENCE_PERMIT, number[:2])


def _foreigner(number: str, bounds: Bounds) -> Codes:
    found = examine(number)
    if found.kind is NumberKind.FOREIGNER_OLD:
        # Genuine old cards are known whose check digit is wrong.
        return when(
            (not found.check_holds, FieldCode.CHECK_DOUBT),
            (not _is_short_date(found.birth_digits), FieldCode.DATE),
            (number[3:5] not in REGIONS, FieldCode.REGION),
        )
    return _eighteen(number, bounds, NumberKind.FOREIGNER, number[1:3])


def _eighteen(number: str, bounds: Bounds, kind: NumberKind, region: str) -> Codes:
    found = examine(number)
    if found.kind is NumberKind.UNKNOWN:
        return (FieldCode.SHAPE,)
    if found.kind is not kind:
        return (FieldCode.NOT_RESIDENT,)
    return (
        *when((not found.check_holds, FieldCode.CHECK), (region not in REGIONS, FieldCode.REGION)),
        *_birth_of(number, found, bounds),
    )


def _birth_of(number: str, found: Examined, bounds: Bounds) -> Codes:
    birth = birth_in(number)
    return (FieldCode.DATE,) if birth is None or not found.birth_digits else birth_codes(birth, bounds)


def _is_short_date(digits: str) -> bool:
    """True for YYMMDD of any century."""
    for century in ("19", "20"):
        try:
            datetime.strptime(century + digits, "%Y%m%d")
        except ValueError:
            continue
        return True
    return False


_JUDGES: Mapping[NumberShape, Callable[[str, Bounds], Codes]] = {
    NumberShape.RESIDENT: _resident,
    NumberShape.RESIDENCE_PERMIT: _residence_permit,
    NumberShape.FOREIGNER: _foreigner,
    NumberShape.CREDIT_CODE: credit_code_codes,
}
