"""Names: which signs they may hold, and when two spellings are one name.

A name is kept exactly as it was read: rare characters of the further planes, characters of the private-use
areas, the middle dot. What is made equal here is made so for comparing alone.
"""

from __future__ import annotations

import re
import unicodedata

from terminal.dataset.codes import Bounds, Codes, FieldCode, when

MIDDLE_DOT = "\u00b7"
"""Between the parts of a name; the sign that the population register uses."""
LONGEST_NAME = 100
_DOTS = "\u2022\u2027\u2219\u22c5\u30fb\uff65\uff0e\u2e31\u0387"
"""Signs that are typed in place of the middle dot."""
_HAN = "\u3007\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_UNREADABLE = "\ufffd?*□"
_HAN_SIGN = re.compile(f"[{_HAN}{_PRIVATE}]")
_RUNS = re.compile(f"[{_HAN}{_PRIVATE}]+|[^{_HAN}{_PRIVATE}]+")
_LATIN_EXTRA = frozenset(" -'’.,")


def is_private(sign: str) -> bool:
    """True for a character whose meaning lies outside Unicode (rare names of older registers)."""
    return bool(re.fullmatch(f"[{_PRIVATE}]", sign))


def is_han(sign: str) -> bool:
    """True for a Chinese character, those of every plane and of private use among them."""
    return bool(_HAN_SIGN.fullmatch(sign))


def name_codes(name: str, bounds: Bounds) -> Codes:
    """What stands against a person's name; nothing is ever put right in it."""
    if not name.strip():
        return (FieldCode.EMPTY,)
    han = [sign for sign in name if is_han(sign)]
    letters = [sign for sign in name if _is_letter(sign) and not is_han(sign)]
    return when(
        (len(name) > LONGEST_NAME, FieldCode.LONG),
        (name.strip().lower() in bounds.placeholders, FieldCode.PLACEHOLDER),
        (not all(_may_stand(sign) for sign in name) or not (han or letters), FieldCode.SIGNS),
        (any(sign in _UNREADABLE for sign in name), FieldCode.UNREADABLE),
        (any(is_private(sign) for sign in name), FieldCode.PRIVATE_USE),
        (any(sign in _DOTS for sign in name) or name.strip(MIDDLE_DOT) != name, FieldCode.DOT),
        (len(han) == 1 and not letters, FieldCode.SINGLE),
        (bool(han and letters), FieldCode.MIXED),
    )


def latin_codes(name: str, bounds: Bounds) -> Codes:
    """What stands against a name in Latin letters."""
    if not name.strip():
        return (FieldCode.EMPTY,)
    fits = all(sign in _LATIN_EXTRA or (_is_letter(sign) and not is_han(sign)) for sign in name)
    return when(
        (len(name) > LONGEST_NAME, FieldCode.LONG),
        (not fits or not any(map(_is_letter, name)), FieldCode.SIGNS),
        (name.strip().lower() in bounds.placeholders, FieldCode.PLACEHOLDER),
    )


def canonical_name(name: str) -> str:
    """A spelling in which equal names are equal: one middle dot, no spaces, width and case of letters."""
    dotted = re.sub(f"[{_DOTS}]", MIDDLE_DOT, re.sub(f"[{_SELECTORS}]", "", name))
    return "".join(run if is_han(run[0]) else _folded(run) for run in _RUNS.findall(dotted))


def same_name(one: str, other: str) -> bool | None:
    """Whether two spellings are one name; None when only a sign that cannot be compared differs.

    Such signs are those of private use, which another system may have written with their later number, and
    those that could not be read.
    """
    first, second = canonical_name(one), canonical_name(other)
    if first == second:
        return True
    if len(first) != len(second):
        return False
    differing = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    return None if all(any(map(_cannot_compare, pair)) for pair in differing) else False


def _folded(run: str) -> str:
    """Letters of one width and case, without spaces and commas; composed again, since taking spaces out may
    bring a mark to its letter."""
    plain = re.sub(r"[\s,]+", "", unicodedata.normalize("NFKC", run).casefold())
    return unicodedata.normalize("NFKC", plain)


def _cannot_compare(sign: str) -> bool:
    return is_private(sign) or sign in _UNREADABLE


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM"


def _may_stand(sign: str) -> bool:
    """True for letters of any script, marks, selectors, dots and the signs between names."""
    return (
        is_han(sign)
        or _is_letter(sign)
        or sign == MIDDLE_DOT
        or sign in _DOTS
        or sign in _UNREADABLE
        or sign in _LATIN_EXTRA
        or bool(re.fullmatch(f"[{_SELECTORS}]", sign))
    )
