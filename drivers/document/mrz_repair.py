"""Puts right what optical reading of a machine-readable zone is known to get wrong, and says what it changed.

A sign is changed only where its place in the zone or a check digit leaves no choice. Names are never guessed,
and a digit read as another digit is never put right: it stays a doubt.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from drivers.document import mrz, permit
from drivers.document.mrz_layout import FILLER, Check, Format, Layout, Span

_AS_DIGIT = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
_AS_LETTER = {"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"}
_EITHER = {
    "0": "O",
    "1": "I",
    "2": "Z",
    "5": "S",
    "8": "B",
    "O": "0",
    "Q": "0",
    "D": "0",
    "I": "1",
    "Z": "2",
    "S": "5",
    "B": "8",
}
"""Where letters and digits may both stand, so that only a check digit can decide. It cannot between 6 and G,
1 and L, a filler and K: their values differ by tens."""
_BRACKETS = {"«": "<<", "《": "<<", "≪": "<<", "‹": "<", "〈": "<", "＜": "<", "﹤": "<", "⟨": "<", "く": "<"}
_DIGIT_FIELDS = ("birth", "expiry")
_LETTER_FIELDS = ("code", "issuer", "nationality")
_MOST_MISSING = 6
"""A line that differs by more from the length it should have is not taken for one of a zone."""
_LEAST_RUN = 3
"""Only in a run of so many fillers may some be missing or too many."""
_FILLER_LIKE = frozenset("<KCLE")
_PERMITS = (Format.PERMIT_LINE, Format.PERMIT_CHIP, Format.RESIDENT_PERMIT)
_MOST_CHANGES = 2
"""Of signs that one check digit is asked to decide."""


@dataclass(frozen=True, slots=True)
class Change:
    """One sign, or the length of a run of fillers, put right."""

    line: int
    place: int
    was: str = field(repr=False)
    now: str = field(repr=False)
    because: str
    """``place``, ``check_digit`` or ``length``."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """The zone after repair. `lines` are those given when nothing could be done."""

    lines: tuple[str, ...] = field(repr=False)
    changes: tuple[Change, ...]


def repair(lines: Sequence[str], unsure: Set[tuple[int, int]] | None = None) -> Repaired:
    """Put right what can be. Never raises; what comes back may still be doubted or no zone at all.

    A check digit changes only signs at the places (line, place) in `unsure`, where the reader tells them.
    """
    given = tuple(_cleaned(line) for line in lines)
    layout = _layout_near(given)
    if layout is None:
        return Repaired(given, ())
    changes: list[Change] = []
    fitted = [_fitted(layout, number, line, changes) for number, line in enumerate(given)]
    if any(len(line) != layout.length for line in fitted):
        return Repaired(tuple(fitted), tuple(changes))
    _by_place(layout, fitted, changes)
    _by_check_digit(layout, fitted, changes, unsure)
    return Repaired(tuple(fitted), tuple(changes))


def _cleaned(line: str) -> str:
    """Capitals without spaces, every kind of bracket as fillers."""
    return "".join(_BRACKETS.get(sign, sign) for sign in line.upper() if not sign.isspace())


def _layout_near(lines: Sequence[str]) -> Layout | None:
    """The layout whose shape is nearest; None when none is near."""
    shapes = {1: (30,), 2: (36, 44), 3: (30,)}.get(len(lines), ())
    if not shapes:
        return None
    longest = max(len(line) for line in lines)
    length = min(shapes, key=lambda shape: abs(shape - longest))
    if abs(length - longest) > _MOST_MISSING:
        return None
    try:
        return mrz.layout_of([line[:length].ljust(length, FILLER) for line in lines])
    except mrz.NotAZone:
        return None


def _fitted(layout: Layout, number: int, line: str, changes: list[Change]) -> str:
    """The line with a run of fillers lengthened or shortened, where that can only be what was misread."""
    wanted = layout.length
    if len(line) == wanted:
        return line
    ends_in_names = any(span.line == number and span.end == wanted for span in layout.fields.get("names", ()))
    if ends_in_names and line.endswith(FILLER):
        fitted = line.rstrip(FILLER).ljust(wanted, FILLER)
        place = len(line.rstrip(FILLER))
    else:
        start, length = _longest_run(line)
        room = length + wanted - len(line)
        if length < _LEAST_RUN or room < 1 or abs(wanted - len(line)) > _MOST_MISSING:
            return line
        fitted, place = line[:start] + FILLER * room + line[start + length :], start
    if len(fitted) == wanted:
        changes.append(Change(number, place, str(len(line)), str(wanted), "length"))
        return fitted
    return line


def _longest_run(line: str) -> tuple[int, int]:
    """Start and length of the longest run of fillers."""
    best, at = (0, 0), 0
    for sign, group in itertools.groupby(line):
        length = len(list(group))
        if sign == FILLER and length > best[1]:
            best = at, length
        at += length
    return best


def _by_place(layout: Layout, lines: list[str], changes: list[Change]) -> None:
    """Letters where only digits can stand, digits where only letters can, anything behind the last name."""
    digits = [span for name in _DIGIT_FIELDS for span in layout.fields.get(name, ())]
    digits += [check.at for check in layout.checks]
    letters = [span for name in _LETTER_FIELDS for span in layout.fields.get(name, ())]
    if serials := serials_of_china(layout, lines):
        digits += serials
        letters += [Span(span.line, span.start - 2, span.start - 1) for span in serials]
    for spans, table in ((digits, _AS_DIGIT), (letters, _AS_LETTER)):
        for span in spans:
            for place in range(span.start, span.end):
                sign = lines[span.line][place]
                if sign in table:
                    _set(lines, changes, (span.line, place), table[sign], "place")
    for span in layout.fields.get("names", ()):
        for place in _behind_names(span.of(lines)):
            _set(lines, changes, (span.line, span.start + place), FILLER, "place")


def serials_of_china(layout: Layout, lines: Sequence[str]) -> list[Span]:
    """The places of a number that hold digits: Chinese passports and permits have them behind two signs.

    Their first sign is a letter. Empty for zones of other states.
    """
    issuer = "".join(span.of(lines) for span in layout.fields.get("issuer", ()))
    if issuer != permit.ISSUER and layout.format not in _PERMITS:
        return []
    if lines[0].startswith("CT"):  # Permits of Taiwan residents have digits only.
        return []
    return [Span(span.line, span.start + 2, span.end) for span in layout.fields["number"]]


def _behind_names(names: str) -> Iterator[int]:
    """Places of signs that look like fillers behind three fillers in a row, where no name goes on."""
    start = names.find(FILLER * 3)
    tail = names[start:] if start >= 0 else ""
    strangers = [run for run in tail.split(FILLER) if run]
    if all(len(run) == 1 or set(run) == {"K"} for run in strangers) and set(tail) <= _FILLER_LIKE:
        yield from (start + place for place, sign in enumerate(tail) if sign != FILLER)


def _by_check_digit(
    layout: Layout, lines: list[str], changes: list[Change], unsure: Set[tuple[int, int]] | None
) -> None:
    """Signs of numbers and optional data, where one reading alone makes the check digit hold."""
    for check in mrz.checks_of(layout, lines):
        if check.holds(lines):
            continue
        places = [place for place in _undecided(layout, check) if lines[place[0]][place[1]] in _EITHER]
        places = places if unsure is None else [place for place in places if place in unsure]
        for count in range(1, _MOST_CHANGES + 1):
            fitting = [
                chosen
                for chosen in itertools.combinations(places, count)
                if check.holds(_exchanged(lines, chosen))
            ]
            if len(fitting) == 1:
                for line, place in fitting[0]:
                    _set(lines, changes, (line, place), _EITHER[lines[line][place]], "check_digit")
            if fitting:
                break


def _undecided(layout: Layout, check: Check) -> list[tuple[int, int]]:
    """The places a check covers in which letters, digits and fillers may all stand."""
    spans = [*layout.fields["number"], *layout.fields.get("optional", ())]
    if layout.format in _PERMITS:
        spans = list(layout.fields["number"])
    decided = {
        (other.at.line, other.at.start) for other in layout.checks if other.at.end - other.at.start == 1
    }
    covered = {place for span in check.over for place in _places(span)}
    free = {place for span in spans for place in _places(span)}
    return sorted((covered & free) - decided)


def _places(span: Span) -> Iterator[tuple[int, int]]:
    return ((span.line, place) for place in range(span.start, span.end))


def _exchanged(lines: Sequence[str], places: Sequence[tuple[int, int]]) -> list[str]:
    """The lines with the sign at each place exchanged for the one it is confused with."""
    changed = list(lines)
    for line, place in places:
        text = changed[line]
        changed[line] = text[:place] + _EITHER[text[place]] + text[place + 1 :]
    return changed


def _set(lines: list[str], changes: list[Change], at: tuple[int, int], sign: str, because: str) -> None:
    line, place = at
    changes.append(Change(line, place, lines[line][place], sign, because))
    lines[line] = lines[line][:place] + sign + lines[line][place + 1 :]
