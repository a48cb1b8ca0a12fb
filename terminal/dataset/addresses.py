"""Addresses and names of firms: plausible or not, and when two spellings mean one.

No register of places is asked: a terminal has none. What looks wrong is a doubt, and a person looks.
"""

from __future__ import annotations

import re
import unicodedata

from terminal.dataset.codes import Bounds, Codes, FieldCode, when
from terminal.dataset.naming import is_han

LONGEST_ADDRESS = 200
LONGEST_FIRM = 120
_DIVISIONS = "省市区县旗州盟镇乡村路街道巷弄里胡同大道号栋幢楼室组社屯队场苑园"
_PLACE = re.compile(r"[0-9０-９一二三四五六七八九十百]+|组|村|屯|队|社区|广场|大厦|小区|学校|医院|公寓|场")
_SAME_SIGN = re.compile(r"(.)\1{4,}")
_UNCOUNTED = re.compile(r"[\s,，.。、;；:：\-—–#()（）]+")


def address_codes(address: str, bounds: Bounds) -> Codes:
    """What stands against an address."""
    text = address.strip()
    if not text:
        return (FieldCode.EMPTY,)
    han = [sign for sign in text if is_han(sign)]
    words = han or re.findall(r"[^\W\d_]", text)
    return when(
        (len(text) > LONGEST_ADDRESS, FieldCode.LONG),
        (not text.isprintable() or not words, FieldCode.SIGNS),
        (text.lower() in bounds.placeholders, FieldCode.PLACEHOLDER),
        ("\ufffd" in text, FieldCode.UNREADABLE),
        (len(text) < bounds.rules.least_address_signs, FieldCode.SHORT),
        (bool(_SAME_SIGN.search(text)), FieldCode.REPEATS),
        (bool(han) and not any(sign in _DIVISIONS for sign in han), FieldCode.NO_PLACE),
        (bool(han) and not _PLACE.search(text), FieldCode.NO_PLACE),
    )


def same_address(one: str, other: str) -> bool | None:
    """Whether two spellings are one address: one may leave out the province or city before it.

    None when one leaves out what comes last, such as the flat: they may be one house.
    """
    first, second = sorted((_canonical(one), _canonical(other)), key=len)
    if first == second or (first and second.endswith(first)):
        return True
    return None if first and second.startswith(first) else False


def firm_codes(name: str, bounds: Bounds) -> Codes:
    """What stands against the name of a firm or body."""
    text = name.strip()
    if not text:
        return (FieldCode.EMPTY,)
    return when(
        (len(text) > LONGEST_FIRM, FieldCode.LONG),
        (not text.isprintable() or not re.search(r"[^\W\d_]", text), FieldCode.SIGNS),
        (text.lower() in bounds.placeholders, FieldCode.PLACEHOLDER),
        ("\ufffd" in text, FieldCode.UNREADABLE),
        (len(text) < 2, FieldCode.SHORT),
    )


def same_firm(one: str, other: str) -> bool | None:
    """Whether two spellings are one firm; None when one holds the other, as a branch its firm's name."""
    first, second = sorted((_canonical(one), _canonical(other)), key=len)
    if first == second:
        return True
    return None if first and first in second else False


def _canonical(text: str) -> str:
    return _UNCOUNTED.sub("", unicodedata.normalize("NFKC", text).casefold())
