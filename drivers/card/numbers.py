"""Identity numbers: GB 11643 citizens, residence permits, foreigners of both card generations (spec §5).

A number that does not check is never a reason to refuse a card that the security module authenticated:
what is wrong is returned as doubts, and the rules decide. Regions are not looked up, for the same reason.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from datetime import date

from drivers.api import Sex

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_OLD_WEIGHTS = (7, 3, 1)
_SHAPE_18 = re.compile(r"[1-9][0-9]{16}[0-9X]")
_SHAPE_15 = re.compile(r"[A-Z]{3}[0-9]{12}")
_PERMIT_REGIONS = ("81", "82", "83")


class NumberKind(enum.StrEnum):
    """Who carries such a number."""

    CITIZEN = "citizen"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGNER = "foreigner"
    FOREIGNER_OLD = "foreigner_old"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Examined:
    """What a number says by itself."""

    kind: NumberKind
    check_holds: bool
    birth_digits: str = field(default="", repr=False)
    """YYYYMMDD, or YYMMDD in the old foreigner's number; empty when the shape is unknown."""
    sex: Sex | None = field(default=None, repr=False)
    """From the sequence's parity, where the number has one."""

    def born_on(self, birth: date) -> bool:
        """True when the number holds this birth date, as far as its digits go."""
        return bool(self.birth_digits) and f"{birth:%Y%m%d}".endswith(self.birth_digits)


def examine(number: str) -> Examined:
    """Take `number` apart. Never raises: an unknown shape is `NumberKind.UNKNOWN`."""
    if _SHAPE_18.fullmatch(number):
        sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
        holds = check_digit(number[:17]) == number[17]
        return Examined(_kind_18(number), holds, number[6:14], sex)
    if _SHAPE_15.fullmatch(number):
        holds = old_check_digit(number[:14]) == number[14]
        return Examined(NumberKind.FOREIGNER_OLD, holds, number[7:13])
    return Examined(NumberKind.UNKNOWN, check_holds=False)


def check_digit(first_17: str) -> str:
    """The 18th character after 17 digits (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def old_check_digit(first_14: str) -> str:
    """The 15th character of an old foreigner's number (ICAO 9303: weights 7 3 1, A = 10)."""
    total = sum(_OLD_WEIGHTS[place % 3] * int(sign, 36) for place, sign in enumerate(first_14))
    return str(total % 10)


def old_from_new(number: str, nationality: str, link: str) -> str:
    """The old foreigner's number that a 2023 card replaces; empty when the card does not tell.

    `nationality` is the card's ISO 3166 alpha-3 code, `link` its three characters of old-number link.
    """
    parts_fit = re.fullmatch(r"[A-Z]{3}", nationality) and re.fullmatch(r"[0-9]{3}", link)
    if not parts_fit or not _SHAPE_18.fullmatch(number) or number[0] != "9":
        return ""
    first_14 = nationality + number[1:3] + link[:2] + number[8:14] + link[2]
    return first_14 + old_check_digit(first_14)


def _kind_18(number: str) -> NumberKind:
    if number.startswith("9"):
        return NumberKind.FOREIGNER
    if number.startswith(_PERMIT_REGIONS):
        return NumberKind.RESIDENCE_PERMIT
    return NumberKind.CITIZEN
