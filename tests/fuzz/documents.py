"""Hostile bytes from the chips and zones of e-documents, and from those who would forge them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

from drivers.capture import Authentic
from drivers.document import issue, lds, mrz, tlv
from drivers.document.documentfile import DocumentFile, zone
from drivers.document.mrz_layout import Format
from drivers.document.passive import authenticate
from drivers.document.signers import SignerStore
from drivers.iso19794 import face
from tests.fuzz.target import Target

NOW = datetime(2026, 11, 1, tzinfo=UTC)
UTOPIAN = DocumentFile(
    number="L898902C3",
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    birth=date(1974, 8, 12),
    expiry=date(2032, 4, 15),
    details={"birth_place": "ZENITH", "issuing_authority": "UTOPIA"},
)


@cache
def issued() -> dict[int, bytes]:
    """The files of an invented passport, with a portrait that is no picture but has its shape."""
    return issue.issue(UTOPIAN, _authority())


@cache
def _authority() -> issue.TestAuthority:
    return issue.TestAuthority(("UTO",), now=NOW)


@cache
def _groups() -> dict[int, bytes]:
    numbers = {fid: number for number, fid in issue.FILES.items()}
    return {numbers[fid]: file for fid, file in issued().items() if fid in numbers}


@cache
def _store() -> SignerStore:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        _authority().save(Path(folder))
        return SignerStore.load(Path(folder))


def ber_tlv(data: bytes) -> None:
    """What was parsed can be written, and reads the same."""
    try:
        found = tlv.parse(data)
    except ValueError:
        return
    assert tlv.parse(b"".join(tlv.encode(each.tag, each.value) for each in found)) == found


def lds_files(data: bytes) -> None:
    """Each parser gives a value or `BadData`."""
    for parse in (lds.parse_com, lds.parse_dg1, lds.parse_dg2, lds.parse_dg11, lds.parse_dg12):
        try:
            parse(data)
        except lds.BadData:
            continue


def zones(data: bytes) -> None:
    """A zone without doubts has check digits that hold when computed by other means."""
    text = data.decode("latin-1").replace("\r", "")
    try:
        read = mrz.parse(text.split("\n"))
    except mrz.NotAZone:
        return
    if read.format is Format.TD3 and not read.doubts:
        second = read.lines[1]
        assert _digit(second[:9]) == second[9]
        assert _digit(second[13:19]) == second[19]
        assert _digit(second[21:27]) == second[27]


def security_objects(data: bytes) -> None:
    """No bytes but those that were signed are ever verified."""
    said, _ = authenticate(data, _groups(), _store(), NOW)
    if said is Authentic.VERIFIED:
        assert data.startswith(issued()[issue.SOD]) or _same_signature(data)


def altered_groups(data: bytes) -> None:
    """No other zone than the signed one is ever verified."""
    if data and data != _groups()[1]:
        said, _ = authenticate(issued()[issue.SOD], {**_groups(), 1: data}, _store(), NOW)
        assert said is Authentic.FAILED


def face_records(data: bytes) -> None:
    """A picture that comes out was in the record."""
    try:
        images = face.decode(data)
    except face.BadRecord:
        return
    assert all(each.data in data for each in images)


def _same_signature(data: bytes) -> bool:
    """The signed parts are as they were; only what nobody signs (an outer length, padding) may differ."""
    original = issued()[issue.SOD]
    listed = issue.security_object(_groups())
    return listed in data and original[-64:] in data


def _digit(text: str) -> str:
    values = {"<": 0} | {sign: int(sign, 36) for sign in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    return str(sum(values[sign] * (7, 3, 1)[at % 3] for at, sign in enumerate(text)) % 10)


_PORTRAIT = face.FaceImage(b"\xff\xd8\xff\xe0 jpeg", face.Coding.JPEG, 102, 126)
TARGETS = (
    Target("ber_tlv", ber_tlv, (issued()[issue.COM], issued()[issue.FILES[1]]), share=2),
    Target("lds_files", lds_files, tuple(issued().values()), share=2),
    Target("zones", zones, ("\n".join(zone(UTOPIAN)).encode(),), share=2),
    Target("security_objects", security_objects, (issued()[issue.SOD],), share=0.3),
    Target("altered_groups", altered_groups, (issued()[issue.FILES[1]],), share=0.1),
    Target(
        "face_records",
        face_records,
        tuple(face.encode(_PORTRAIT, version) for version in face.Version),
    ),
)
