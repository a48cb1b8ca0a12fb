"""Whether a document number has the form that the population register takes, before it is looked for."""

from __future__ import annotations

import re

from sync.questions import DocumentKind

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CITIZEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_SHAPES = {
    DocumentKind.FOREIGNER: re.compile(r"[1-9][0-9]{16}[0-9X]|[A-Z]{3}[0-9]{12}"),
    DocumentKind.HK_MACAO_PASS: re.compile(r"[HM][0-9]{8}"),
    DocumentKind.TAIWAN_PASS: re.compile(r"[0-9]{8}"),
}


def well_formed(document: DocumentKind, number: str) -> bool:
    """True for a number of the right shape; those of 18 signs for residents must check (GB 11643)."""
    if document in _SHAPES:
        return _SHAPES[document].fullmatch(number) is not None
    if _CITIZEN.fullmatch(number) is None:
        return False
    weighed = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECKS[weighed % 11] == number[17]
