"""Takes a machine-readable zone apart: passports, cards, visas (Doc 9303-3 to -7) and Chinese permits.

A wrong digit is a doubt, never an exception: the rules decide what a doubt means. Only something that has
not the shape of a zone is `NotAZone`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from drivers.api import Sex
from drivers.capture import DocumentKey
from drivers.document import mrz_layout, permit
from drivers.document.mrz_layout import ALPHABET, FILLER, Check, Format, Layout, Span

_CENTURIES = (1900, 2000, 2100)
_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE, "1": Sex.MALE, "0": Sex.FEMALE, FILLER: Sex.NOT_STATED}
"""Permits write 1 and 0."""
_ISSUED_BY_CHINA = (Format.PERMIT_LINE, Format.PERMIT_CHIP, Format.RESIDENT_PERMIT)


class NotAZone(ValueError):
    """Number or length of the lines is that of no known zone."""


@dataclass(frozen=True, slots=True)
class Mrz:
    """What a zone says. `repr` shows no personal data."""

    format: Format
    code: str
    issuer: str
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    nationality: str = field(repr=False)
    sex: Sex = field(repr=False)
    birth: str = field(repr=False)
    """YYMMDD as printed; fillers where a part is unknown."""
    expiry: str = field(repr=False)
    """YYMMDD as printed."""
    optional: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    doubts: tuple[str, ...] = ()
    """Message keys ``document.doubt.…``."""
    native_name: str = field(default="", repr=False)
    """In Chinese characters, where the zone of a permit's chip has it."""
    name_cut: bool = False
    """The name fills its field to the last place and may go on."""

    @property
    def key(self) -> DocumentKey:
        """What opens the chip."""
        return DocumentKey(self.number, self.birth, self.expiry)

    @property
    def checks_hold(self) -> bool:
        """True when every check digit is right."""
        return not any(doubt.startswith("document.doubt.check_digit") for doubt in self.doubts)

    def birth_date(self, today: date | None = None) -> date | None:
        """The day of birth: the latest that is not after `today`. None when a part of it is unknown."""
        latest = today or date.today()
        return max((day for day in _days(self.birth) if day <= latest), default=None)

    def expiry_date(self, today: date | None = None) -> date | None:
        """The last day of validity: the one nearest to `today`, since no document is valid for 50 years."""
        now = today or date.today()
        return min(_days(self.expiry), key=lambda day: abs((day - now).days), default=None)

    def expired(self, today: date | None = None) -> bool:
        """True when the last day of validity is past, or is no day at all."""
        last = self.expiry_date(today)
        return last is None or last < (today or date.today())


def parse(lines: Sequence[str]) -> Mrz:
    """The zone in `lines`. `NotAZone` when their number or length is that of none."""
    trimmed = tuple(line.strip() for line in lines)
    layout = layout_of(trimmed)
    number, checks, rest = _number(layout, trimmed)
    surname, given_names = _names(_field(layout, trimmed, "names"))
    optional = " ".join(filter(None, (text.strip(FILLER).replace(FILLER, " ") for text in rest)))
    return Mrz(
        format=layout.format,
        code=_field(layout, trimmed, "code").rstrip(FILLER),
        issuer=_state(layout, trimmed, "issuer"),
        number=number,
        surname=surname,
        given_names=given_names,
        nationality=_state(layout, trimmed, "nationality"),
        sex=_SEXES.get(_field(layout, trimmed, "sex"), Sex.UNKNOWN),
        birth=_field(layout, trimmed, "birth"),
        expiry=_field(layout, trimmed, "expiry"),
        optional=optional,
        lines=trimmed,
        doubts=tuple(f"document.doubt.{doubt}" for doubt in _doubts(layout, trimmed, checks)),
        native_name=permit.native_name(_field(layout, trimmed, "native")),
        name_cut=_field(layout, trimmed, "names")[-1:] not in ("", FILLER),
    )


def layout_of(lines: Sequence[str]) -> Layout:
    """Which kind of zone `lines` are, by their number, length and first letters. `NotAZone` otherwise."""
    code = lines[0][:2] if lines else ""
    by_shape = {
        (1, 30): permit.LINE if code.startswith("C") else None,
        (2, 36): mrz_layout.MRV_B if code.startswith("V") else mrz_layout.TD2,
        (2, 44): mrz_layout.MRV_A if code.startswith("V") else mrz_layout.TD3,
        (3, 30): _three_lines(code),
    }
    lengths = {len(line) for line in lines}
    layout = by_shape.get((len(lines), lengths.pop())) if len(lengths) == 1 else None
    if layout is None:
        raise NotAZone("these lines have not the shape of a machine-readable zone")
    return layout


def checks_of(layout: Layout, lines: Sequence[str]) -> tuple[Check, ...]:
    """The check digits of a zone; that of a long document number stands behind its last character."""
    return _number(layout, lines)[1]


def _three_lines(code: str) -> Layout:
    if code in permit.LINE_CODES:
        return permit.CHIP
    return permit.RESIDENT if code in permit.RESIDENT_CODES else mrz_layout.TD1


def _field(layout: Layout, lines: Sequence[str], name: str) -> str:
    """The characters of a field as they stand; empty where the zone has no such field."""
    return "".join(span.of(lines) for span in layout.fields.get(name, ()))


def _state(layout: Layout, lines: Sequence[str], name: str) -> str:
    if layout.format in _ISSUED_BY_CHINA:
        return permit.ISSUER
    return _field(layout, lines, name).rstrip(FILLER)


def _number(layout: Layout, lines: Sequence[str]) -> tuple[str, tuple[Check, ...], list[str]]:
    """Document number, the checks in force and what remains as optional data.

    A number of more than nine characters has a filler for its check digit and goes on in the optional data,
    with the digit behind it (Doc 9303-5 and -6).
    """
    first = layout.fields["number"][0]
    optional = [span.of(lines) for span in layout.fields.get("optional", ())]
    short = first.of(lines).rstrip(FILLER), layout.checks, optional
    place = Span(first.line, first.end, first.end + 1)
    if layout.format not in (Format.TD1, Format.TD2) or place.of(lines) != FILLER:
        return short
    more = layout.fields["optional"][0]
    tail = more.of(lines).split(FILLER)[0]
    if len(tail) < 2:
        return short
    end = more.start + len(tail)
    rest = Span(more.line, more.start, end - 1)
    long_check = Check("number", (first, rest), Span(more.line, end - 1, end))
    checks = tuple(long_check if check.name == "number" else check for check in layout.checks)
    return first.of(lines) + tail[:-1], checks, [optional[0][len(tail) :], *optional[1:]]


def _names(text: str) -> tuple[str, str]:
    """Surname and given names; one filler is a space, two part the two."""
    surname, _, given = text.strip(FILLER).partition(FILLER * 2)
    return surname.replace(FILLER, " "), " ".join(given.replace(FILLER, " ").split())


def _doubts(layout: Layout, lines: Sequence[str], checks: tuple[Check, ...]) -> Iterator[str]:
    if not set("".join(lines)) <= ALPHABET:
        yield "characters"
    for check in checks:
        if not check.holds(lines):
            yield f"check_digit_{check.name}"
    birth, expiry = _field(layout, lines, "birth"), _field(layout, lines, "expiry")
    if not _days(birth):
        yield "birth_incomplete" if _partly_unknown(birth) else "birth_field"
    if not _days(expiry):
        yield "expiry_field"
    if "sex" in layout.fields and _field(layout, lines, "sex") not in _SEXES:
        yield "sex_field"
    names = _field(layout, lines, "names")
    if "names" in layout.fields and (not names.strip(FILLER) or any(sign.isdigit() for sign in names)):
        yield "name_field"
    if layout.format is Format.RESIDENT_PERMIT or _is_unknown_permit(layout, lines):
        yield "layout_unverified"


def _is_unknown_permit(layout: Layout, lines: Sequence[str]) -> bool:
    """A permit line of another code, or a card of the old kind (C followed by a filler)."""
    code = lines[0][:2]
    return (layout.format is Format.PERMIT_LINE and code not in permit.LINE_CODES) or code == "C<"


def _partly_unknown(day: str) -> bool:
    """True for a birth date of digits in which whole parts are fillers (Doc 9303-3 §4.8)."""
    parts = (day[:2], day[2:4], day[4:])
    return FILLER * 2 in parts and all(part == FILLER * 2 or _is_number(part) for part in parts)


def _days(text: str) -> list[date]:
    """The days of each century that YYMMDD may mean."""
    if len(text) != 6 or not _is_number(text):
        return []
    found = []
    for century in _CENTURIES:
        try:
            found.append(date(century + int(text[:2]), int(text[2:4]), int(text[4:])))
        except ValueError:
            continue
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
