"""An invented e-document as a file: what its zone, portrait and further details say. For tests, training."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.api import Sex
from drivers.document import mrz, mrz_layout, permit
from drivers.document.mrz_layout import FILLER, Check, Format, Layout, check_digit

_LAYOUTS = {
    layout.format: layout
    for layout in (
        mrz_layout.TD1,
        mrz_layout.TD2,
        mrz_layout.TD3,
        mrz_layout.MRV_A,
        mrz_layout.MRV_B,
        permit.LINE,
        permit.CHIP,
        permit.RESIDENT,
    )
}
_LETTERS = {Sex.MALE: "M", Sex.FEMALE: "F"}
_SHORT_NUMBER = 9


class DocumentFile(BaseModel):
    """What an invented passport, card, visa or permit says. As JSON, bytes are base64."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    format: Format = Field(Format.TD3, description="Kind of zone.")
    code: str = Field("P", pattern=r"^[A-Z][A-Z]?$", description="Document code: P, I, V, CS …")
    issuer: str = Field("UTO", pattern=r"^[A-Z]{1,3}$", description="Issuing state as in the zone.")
    number: str = Field(pattern=r"^[A-Z0-9]{1,22}$", description="Document number.", repr=False)
    surname: str = Field(pattern=r"^[A-Z ]+$", description="Latin capitals.", repr=False)
    given_names: str = Field("", pattern=r"^[A-Z ]*$", description="Latin capitals.", repr=False)
    nationality: str = Field("UTO", pattern=r"^[A-Z]{1,3}$", description="As in the zone.", repr=False)
    sex: Sex = Field(Sex.NOT_STATED, description="GB/T 2261.1.", repr=False)
    birth: date = Field(description="Day of birth.", repr=False)
    expiry: date = Field(description="Last day of validity.")
    optional: str = Field("", pattern=r"^[A-Z0-9<]*$", description="Optional data of the zone.", repr=False)
    native_name: str = Field("", description="Name in the holder's own script, for DG11.", repr=False)
    portrait: bytes = Field(b"", description="JPEG or JPEG 2000, for DG2.", repr=False)
    details: dict[str, str] = Field(
        default_factory=dict, description="Further items of DG11 and DG12 by name.", repr=False
    )

    @model_validator(mode="after")
    def _fits_its_zone(self) -> Self:
        mrz.parse(zone(self))
        return self


def zone(person: DocumentFile) -> tuple[str, ...]:
    """The lines of the zone, with their check digits. `ValueError` when something does not fit."""
    layout = _LAYOUTS[person.format]
    lines = [[FILLER] * layout.length for _ in range(layout.count)]
    for name, value in _values(person, layout).items():
        _write(lines, layout, name, value)
    if layout.format is Format.RESIDENT_PERMIT:
        lines[0][12:14] = "01"
    joined = ["".join(line) for line in lines]
    for check in mrz.checks_of(layout, joined):
        joined = _with_digit(joined, check)
    return tuple(joined)


def printed_zone(person: DocumentFile) -> tuple[str, ...]:
    """The lines that are printed: those of the chip, but only the first of a permit's."""
    lines = zone(person)
    return lines[:1] if person.format is Format.PERMIT_CHIP else lines


def _values(person: DocumentFile, layout: Layout) -> Mapping[str, str]:
    number, optional = person.number, person.optional
    if len(number) > _SHORT_NUMBER:
        if layout.format not in (Format.TD1, Format.TD2):
            raise ValueError(f"a {layout.format} zone has nine places for the number")
        rest = number[_SHORT_NUMBER:]
        optional = f"{rest}{check_digit(number)}{FILLER}{optional}".rstrip(FILLER)
        number = number[:_SHORT_NUMBER]
    names = f"{person.surname}<<{person.given_names}".replace(" ", FILLER)
    room = sum(span.end - span.start for span in layout.fields.get("names", ()))
    return {
        "code": person.code,
        "issuer": person.issuer,
        "number": number,
        "names": names[:room].rstrip(FILLER),
        "nationality": person.nationality,
        "sex": _LETTERS.get(person.sex, FILLER),
        "birth": f"{person.birth:%y%m%d}",
        "expiry": f"{person.expiry:%y%m%d}",
        "optional": optional,
        "native": permit.native_letters(person.native_name),
    }


def _write(lines: list[list[str]], layout: Layout, name: str, value: str) -> None:
    """Put `value` into the field's spans, one after the other; what the zone has no field for is left out."""
    left = value
    for span in layout.fields.get(name, ()):
        room = span.end - span.start
        lines[span.line][span.start : span.end] = left[:room].ljust(room, FILLER)
        left = left[room:]
    if left and layout.fields.get(name):
        raise ValueError(f"{name} does not fit a {layout.format} zone")


def _with_digit(lines: list[str], check: Check) -> list[str]:
    """The same lines with one check digit set."""
    digit = check_digit("".join(span.of(lines) for span in check.over))
    line = lines[check.at.line]
    changed = line[: check.at.start] + digit + line[check.at.end :]
    return [*lines[: check.at.line], changed, *lines[check.at.line + 1 :]]
