"""From the files of a chip to an `EDocument`: zone, portrait, details, and whether all of it is genuine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from drivers.capture import DocumentKey, EDocument
from drivers.document import bac, lds, mrz, pace, passive, tlv
from drivers.document.signers import SignerStore

Content = TypeVar("Content")
COM, SOD = 0x011E, 0x011D
ZONE, PORTRAIT, PERSON, DETAILS, SECURITY = 1, 2, 11, 12, 14
"""Data groups."""
_FIRST_GROUP = 0x0100
_SECURITY_TAG = 0x6E


@dataclass(frozen=True, slots=True)
class Files:
    """What was read of a chip."""

    groups: Mapping[int, bytes] = field(repr=False)
    """Data groups by number; 1 is among them."""
    sod: bytes = field(repr=False)
    """EF.SOD; empty when there is none."""
    access: str
    card_access: bytes = b""
    doubts: tuple[str, ...] = ()
    key: DocumentKey | None = None
    """What the printed zone gave."""
    announced: frozenset[int] | None = None
    """The groups that EF.COM, which is not signed, says are there; None when there is no EF.COM."""


def file_of(group: int) -> int:
    """The identifier of a data group's file."""
    return _FIRST_GROUP + group


def assemble(files: Files, signers: SignerStore, now: datetime) -> EDocument:
    """The document. `now` needs a time zone. `lds.BadData` or `mrz.NotAZone` when there is no zone in it."""
    zone = mrz.parse(lds.parse_dg1(files.groups[ZONE]))
    doubts = [*zone.doubts, *files.doubts]
    nothing: dict[str, str] = {}
    portrait = _tried(lds.parse_dg2, files.groups.get(PORTRAIT), b"", doubts, "document.doubt.portrait")
    person = _tried(lds.parse_dg11, files.groups.get(PERSON), nothing, doubts, "document.doubt.details")
    details = _tried(lds.parse_dg12, files.groups.get(DETAILS), nothing, doubts, "document.doubt.details")
    doubts += _access_doubts(files)
    if files.key is not None and not _opens_alike(files.key, zone.key):
        # A chip that was copied can be given the key of whatever is printed around it.
        doubts.append("document.doubt.other_zone")
    if files.announced is not None and passive.listed(files.sod) - files.announced:
        doubts.append("document.doubt.kept_back")
    authentic, reasons = passive.authenticate(files.sod, files.groups, signers, now)
    return EDocument(
        kind=zone.code,
        issuer=zone.issuer,
        number=zone.number,
        surname=zone.surname,
        given_names=zone.given_names,
        nationality=zone.nationality,
        sex=zone.sex,
        birth=zone.birth_date(now.date()),
        expiry=zone.expiry_date(now.date()),
        native_name=person.get("native_name") or zone.native_name,
        optional=zone.optional,
        mrz=zone.lines,
        portrait=portrait,
        details=tuple((name, text) for name, text in {**person, **details}.items() if name != "native_name"),
        authentic=authentic,
        authentic_reasons=reasons,
        access=files.access,
        groups=tuple(sorted(files.groups)),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _opens_alike(one: DocumentKey, other: DocumentKey) -> bool:
    try:
        return bac.zone_information(one) == bac.zone_information(other)
    except ValueError:  # characters that no zone has
        return False


def _tried(
    parse: Callable[[bytes], Content], file: bytes | None, otherwise: Content, doubts: list[str], doubt: str
) -> Content:
    """What is in `file`; `otherwise` when there is none, with a doubt when it is damaged."""
    if file is None:
        return otherwise
    try:
        return parse(file)
    except lds.BadData:
        doubts.append(doubt)
        return otherwise


def _access_doubts(files: Files) -> Iterator[str]:
    """EF.CardAccess is not signed: of PACE it must say what DG14, which is, says too (9303-11 §4.4.2)."""
    if SECURITY not in files.groups:
        return
    try:
        signed = set(pace.offers(tlv.only(files.groups[SECURITY], _SECURITY_TAG)))
    except ValueError:
        yield "document.doubt.details"
        return
    if signed != set(pace.offers(files.card_access)):
        yield "document.doubt.card_access"
