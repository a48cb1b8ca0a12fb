"""Names and numbers as keys: what must be equal, and what must only be alike, to be the same person's.

Chinese names: Unicode forms, dots of minority names, traditional and variant signs are made alike; signs that
no table knows stay the code points they are. Readings come from `pypinyin`, variants from OpenCC. Latin
names: marks, case and order of the parts do not count. Other scripts are compared for equality alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice, permutations, product
from typing import TYPE_CHECKING

from drivers.card.numbers import check_digit

if TYPE_CHECKING:
    from opencc import OpenCC

READINGS, SPOKEN, FILED = 3, 12, 2
"""Readings that are looked at of a sign, of a whole name, and of a name where likenesses are looked for."""
MOST_PARTS = 4
"""Latin names of more parts than `MOST_PARTS` are not taken in every order."""
LEAST_SAME = 2
"""Parts of near birth dates."""
MOST_SIGNS = 200
"""A longer text is no name."""
_HAN = re.compile("[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff〇]")
_LONG_U = re.compile("([ln])(?:yu|v|ü)")
_ALSO = str.maketrans("髙靑甦菓戸𠮷", "高青苏果户吉")
"""Variants in names that OpenCC leaves alone."""
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_CENTENARIANS = ("996", "997", "998", "999")
"""Sequence codes that old numbers kept for those born before 1900 (GB 11643-1989)."""


@dataclass(frozen=True, slots=True)
class NameForm:
    """A name, made comparable."""

    equal: str = field(repr=False)
    """Equal for the same name; empty when the text holds no name."""
    sounds: tuple[str, ...] = field(repr=False)
    """Latin letters without tones or gaps: each reading of a Chinese name, each order of a Latin one."""
    filed: tuple[str, ...] = field(repr=False)
    """Those under which a name is filed, to be found by a likeness."""
    asked: tuple[str, ...] = field(repr=False)
    """Those with which likenesses are looked for."""
    signs: int
    """Chinese signs; 0 for other names."""

    def without_one(self) -> Iterator[str]:
        """A Chinese name with each sign in turn left open: two that differ in one sign share such a key."""
        if self.signs == len(self.equal) and self.signs > 1:
            for place in range(self.signs):
                yield f"{self.equal[:place]}?{self.equal[place + 1 :]}"


class Birth(StrEnum):
    """What two birth dates say."""

    EQUAL = "equal"
    NEAR = "near"
    """Equal but for one part, or day and month in each other's place; or years alone, near enough."""
    UNKNOWN = "unknown"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Born:
    """A birth date as far as it is known; 0 for a part that is not."""

    year: int = field(repr=False)
    month: int = field(default=0, repr=False)
    day: int = field(default=0, repr=False)

    def birth(self, other: Born, years: int) -> Birth:
        """What the two dates say; years that stand alone are near up to `years` apart."""
        if not (self.day and self.month and other.day and other.month):
            return Birth.NEAR if abs(self.year - other.year) <= years else Birth.CONTRADICTS
        mine, theirs = (self.year, self.month, self.day), (other.year, other.month, other.day)
        if mine == theirs:
            return Birth.EQUAL
        swapped = (other.year, other.day, other.month)
        same = sum(one == two for one, two in zip(mine, theirs, strict=True))
        return Birth.NEAR if mine == swapped or same == LEAST_SAME else Birth.CONTRADICTS


def name_form(text: str) -> NameForm:
    """The comparable form of a name in any script."""
    plain = unicodedata.normalize("NFKC", text[:MOST_SIGNS]).casefold()
    if _HAN.search(plain):
        signs = "".join(_plain_sign(sign) for sign in plain if _counts(sign))
        read = _readings(signs)
        return NameForm(signs, read, read[:FILED], read[:FILED], len(_HAN.findall(signs)))
    parts = _parts(plain)
    turned = [_joined(parts[place:] + parts[:place]) for place in range(min(len(parts), MOST_PARTS))]
    asked = (_joined(parts), _joined(parts[::-1]))
    orders = (_joined(each) for each in permutations(parts)) if len(parts) <= MOST_PARTS else turned
    return NameForm(" ".join(sorted(parts)), _once(orders), _once(turned), _once(asked), 0)


def number_keys(text: str) -> frozenset[str]:
    """All forms of a document number: old and new resident numbers, passes with or without their issue.

    Empty when the text holds no letter or digit.
    """
    number = unicodedata.normalize("NFKC", text).upper()
    if not (number.isascii() and number.isalnum()):
        number = "".join(sign for sign in number if sign.isascii() and sign.isalnum())
    found = {number} - {""}
    if re.fullmatch(r"[1-9][0-9]{14}", number):
        centuries = ("18", "19") if number.endswith(_CENTENARIANS) else ("19",)
        firsts = [f"{number[:6]}{century}{number[6:]}" for century in centuries]
        found = {first + check_digit(first) for first in firsts}
    if re.fullmatch(r"[HM][0-9]{10}", number):
        found = {number[:9]}
    return frozenset(found)


def born_of_number(keys: frozenset[str]) -> Born | None:
    """The birth date in a resident number; None when there is none, or more than one."""
    found = {key[6:14] for key in keys if re.fullmatch(r"[1-9][0-9]{16}[0-9X]", key)}
    if len(found) != 1:
        return None
    return born_of_text(found.pop())


def born_of_text(text: str) -> Born | None:
    """A birth date written as 1970, 1970-05, 1970-05-17 or 19700517; None for anything else."""
    shape = re.fullmatch(r"([0-9]{4})(?:-?([0-9]{2})(?:-?([0-9]{2}))?)?", text.strip())
    if shape is None:
        return None
    year, month, day = (int(part or 0) for part in shape.groups())
    try:
        date(max(1, year), month or 1, day or 1)
    except ValueError:
        return None
    return Born(year, month, day)


def _counts(sign: str) -> bool:
    """False for gaps, dots and marks; true for signs that no table knows yet."""
    kind = unicodedata.category(sign)
    return kind[0] not in "ZPSM" and kind not in ("Cc", "Cf")


@lru_cache(maxsize=65536)
def _plain_sign(sign: str) -> str:
    return _simplified(sign).translate(_ALSO)


def _simplified(sign: str) -> str:
    return str(_converter().convert(sign))


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(maxsize=65536)
def _sign_readings(sign: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    found = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="default")[0]
    return tuple(dict.fromkeys(map(str, found)))[:READINGS]


def _readings(signs: str) -> tuple[str, ...]:
    """The name said aloud, once for each reading of its signs; a sign without one stands for itself.

    The first sign's readings come first: it is the family name, which has rare ones (单, 仇, 查).
    """
    backwards = product(*(_sign_readings(sign) for sign in reversed(signs)))
    return _once(_joined(reversed(each)) for each in islice(backwards, SPOKEN))


def _parts(plain: str) -> list[str]:
    """The parts of a Latin name, without marks."""
    bare = plain.translate(_PLAIN).replace("'", "").replace("’", "")
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", bare) if unicodedata.category(sign) != "Mn")
    spaced = "".join(sign if unicodedata.category(sign)[0] in "LN" else " " for sign in bare)
    return spaced.split()


def _joined(parts: Iterable[str]) -> str:
    """Without gaps; Lü as lv, lyu and lu is one."""
    letters = "".join(parts)
    return _LONG_U.sub(r"\1u", letters) if _LONG_U.search(letters) else letters


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(each for each in dict.fromkeys(found) if each)
