"""Where each field of a machine-readable zone lies, and what its check digits cover (Doc 9303-3 to -7).

Lines and places count from 0. Reading, writing and repairing a zone all go by these tables; the zones of
Chinese travel permits stand in `drivers.document.permit`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FILLER = "<"
ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
_WEIGHTS = (7, 3, 1)


class Format(enum.StrEnum):
    """The kinds of zone."""

    TD1 = "td1"
    """Card: 3 × 30."""
    TD2 = "td2"
    """2 × 36."""
    TD3 = "td3"
    """Passport: 2 × 44."""
    MRV_A = "mrv_a"
    """Visa: 2 × 44."""
    MRV_B = "mrv_b"
    """Visa: 2 × 36."""
    PERMIT_LINE = "permit_line"
    """Printed on Mainland residents' permits for Hong Kong, Macao or Taiwan: 1 × 30."""
    PERMIT_CHIP = "permit_chip"
    """The same permit's DG1: 3 × 30, of which the first is the printed line."""
    RESIDENT_PERMIT = "resident_permit"
    """Permits of Hong Kong, Macao and Taiwan residents to the Mainland: 3 × 30."""


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a line, `end` not included."""

    line: int
    start: int
    end: int

    def of(self, lines: Sequence[str]) -> str:
        """What stands there."""
        return lines[self.line][self.start : self.end]


@dataclass(frozen=True, slots=True)
class Check:
    """One check digit."""

    name: str
    over: tuple[Span, ...]
    at: Span
    blank_when_empty: bool = False
    """A filler may stand for the digit when nothing but fillers is covered."""

    def holds(self, lines: Sequence[str]) -> bool:
        """True when the digit is the right one."""
        covered = "".join(span.of(lines) for span in self.over)
        printed = self.at.of(lines)
        if printed == FILLER and self.blank_when_empty and not covered.strip(FILLER):
            return True
        return set(covered) <= ALPHABET and printed == check_digit(covered)


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of zone."""

    format: Format
    count: int
    length: int
    fields: Mapping[str, tuple[Span, ...]]
    """By name: code, issuer, number, names, nationality, sex, birth, expiry, optional, native."""
    checks: tuple[Check, ...]


def check_digit(text: str) -> str:
    """The check digit over `text` (weights 7 3 1, A = 10, filler 0). `ValueError` for other characters."""
    total = 0
    for place, sign in enumerate(text):
        if sign not in ALPHABET:
            raise ValueError("a character that no zone holds")
        total += _WEIGHTS[place % 3] * (0 if sign == FILLER else int(sign, 36))
    return str(total % 10)


def _one(line: int, start: int, end: int) -> tuple[Span, ...]:
    return (Span(line, start, end),)


_TWO_LINES = {
    "code": _one(0, 0, 2),
    "issuer": _one(0, 2, 5),
    "number": _one(1, 0, 9),
    "nationality": _one(1, 10, 13),
    "birth": _one(1, 13, 19),
    "sex": _one(1, 20, 21),
    "expiry": _one(1, 21, 27),
}
_TWO_LINE_CHECKS = (
    Check("number", _one(1, 0, 9), Span(1, 9, 10)),
    Check("birth", _one(1, 13, 19), Span(1, 19, 20)),
    Check("expiry", _one(1, 21, 27), Span(1, 27, 28)),
)
TD1 = Layout(
    Format.TD1,
    3,
    30,
    {
        "code": _one(0, 0, 2),
        "issuer": _one(0, 2, 5),
        "number": _one(0, 5, 14),
        "optional": (Span(0, 15, 30), Span(1, 18, 29)),
        "birth": _one(1, 0, 6),
        "sex": _one(1, 7, 8),
        "expiry": _one(1, 8, 14),
        "nationality": _one(1, 15, 18),
        "names": _one(2, 0, 30),
    },
    (
        Check("number", _one(0, 5, 14), Span(0, 14, 15)),
        Check("birth", _one(1, 0, 6), Span(1, 6, 7)),
        Check("expiry", _one(1, 8, 14), Span(1, 14, 15)),
        Check(
            "composite",
            (Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
            Span(1, 29, 30),
        ),
    ),
)
TD2 = Layout(
    Format.TD2,
    2,
    36,
    {**_TWO_LINES, "names": _one(0, 5, 36), "optional": _one(1, 28, 35)},
    (
        *_TWO_LINE_CHECKS,
        Check("composite", (Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 35)), Span(1, 35, 36)),
    ),
)
TD3 = Layout(
    Format.TD3,
    2,
    44,
    {**_TWO_LINES, "names": _one(0, 5, 44), "optional": _one(1, 28, 42)},
    (
        *_TWO_LINE_CHECKS,
        Check("optional", _one(1, 28, 42), Span(1, 42, 43), blank_when_empty=True),
        Check("composite", (Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 43)), Span(1, 43, 44)),
    ),
)
MRV_A = Layout(
    Format.MRV_A,
    2,
    44,
    {**_TWO_LINES, "names": _one(0, 5, 44), "optional": _one(1, 28, 44)},
    _TWO_LINE_CHECKS,
)
MRV_B = Layout(
    Format.MRV_B,
    2,
    36,
    {**_TWO_LINES, "names": _one(0, 5, 36), "optional": _one(1, 28, 36)},
    _TWO_LINE_CHECKS,
)
