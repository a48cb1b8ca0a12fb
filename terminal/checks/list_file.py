"""One watch list as a file: a header and an entry a line, JSON, signed by the bank (requirement T01).

The header holds the hash of all entries, and the signature (Ed25519, beside the file) is over the header: so
the header can be believed before the entries are read, and no entry can be added, changed or left out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from config.durable import OWNER_ONLY, write_whole
from sync.keys import key_id_of, verifies
from terminal.calibrations import SignatureNote

PURPOSE = b"renzheng.list\n"
"""Stands before what is signed, so that no other signature of the same key can be passed off as this one."""
SCHEMA: Literal["renzheng.list/1"] = "renzheng.list/1"
MOST_BYTES = 200_000_000
"""A larger file is no list."""
SIGNATURE = ".sig"
"""Stands behind the name of the list's file."""


class ListError(Exception):
    """A list that is not believed; `code` is a message key, facts name lists and never people.

    Codes: ``lists.unreadable``, ``lists.unsigned``, ``lists.untrusted``, ``lists.altered``,
    ``lists.expired``, ``lists.of_the_future``, ``lists.older``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code} {facts}")
        self.code = code
        self.facts = facts


class ListHeader(BaseModel):
    """The first line."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["renzheng.list/1"] = Field(SCHEMA, alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="Which list; editions share it")
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", description="Which rule holds for it")
    issuer: str = Field(min_length=1, max_length=200)
    dated: AwareDatetime = Field(description="When this edition was made; a later one takes its place")
    expires: date = Field(description="Last day on which it is current")
    count: int = Field(ge=0, description="Entries")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of everything behind the first line")


class ListEntry(BaseModel):
    """One person on a list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=64, description="Of the entry; a hit names nothing else")
    names: tuple[str, ...] = Field(default=(), max_length=50, repr=False)
    numbers: tuple[str, ...] = Field(default=(), max_length=50, repr=False)
    born: str = Field(default="", pattern=r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$", repr=False)


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list as it lies on disk, not believed yet."""

    header_line: bytes
    body: bytes = field(repr=False)
    note: SignatureNote | None

    @property
    def header(self) -> ListHeader:
        """ListError ``lists.unreadable`` when the first line is none."""
        try:
            return ListHeader.model_validate_json(self.header_line)
        except ValidationError:
            raise ListError("lists.unreadable", line=1) from None

    def checked(self, trusted: Mapping[str, bytes]) -> ListHeader:
        """The header, if a key of `trusted` (short name → DER) signed exactly this list.

        ListError ``lists.unsigned``, ``.untrusted``, ``.unreadable`` or ``.altered``.
        """
        if self.note is None:
            raise ListError("lists.unsigned")
        if self.note.key_id not in trusted:
            raise ListError("lists.untrusted", key=self.note.key_id)
        signed = PURPOSE + self.header_line
        if not verifies(trusted[self.note.key_id], _decoded(self.note.value), signed):
            raise ListError("lists.altered")
        header = self.header
        if hashlib.sha256(self.body).hexdigest() != header.sha256:
            raise ListError("lists.altered", list=header.id)
        if len(self.body.splitlines()) != header.count:
            raise ListError("lists.altered", list=header.id)
        return header

    def entries(self) -> tuple[ListEntry, ...]:
        """All entries; ListError ``lists.unreadable`` naming the line."""
        found = []
        for number, line in enumerate(self.body.splitlines(), start=2):
            try:
                found.append(ListEntry.model_validate_json(line))
            except ValidationError:
                # The cause would quote the entry, which is about a person.
                raise ListError("lists.unreadable", line=number) from None
        return tuple(found)


def read_list(path: Path) -> ListFile:
    """The list at `path` and the signature beside it; ListError ``lists.unreadable``."""
    beside = path.with_name(path.name + SIGNATURE)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ListError("lists.unreadable", line=0)
        content = path.read_bytes()
        note = SignatureNote.model_validate_json(beside.read_bytes()) if beside.exists() else None
    except (OSError, ValidationError):
        raise ListError("lists.unreadable", line=0) from None
    return parse_list(content, note)


def parse_list(content: bytes, note: SignatureNote | None) -> ListFile:
    """A list from its bytes."""
    header, _, body = content.partition(b"\n")
    return ListFile(header, body, note)


def made_list(header: Mapping[str, object], entries: Iterable[ListEntry], key: Ed25519PrivateKey) -> ListFile:
    """A signed list; `header` without schema, count and hash. ValidationError when it is not in order."""
    lines = [each.model_dump_json(exclude_defaults=True).encode() for each in entries]
    body = b"".join(line + b"\n" for line in lines)
    counted = {"count": len(lines), "sha256": hashlib.sha256(body).hexdigest()}
    first = ListHeader.model_validate({**header, **counted}).model_dump_json(by_alias=True).encode()
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    value = base64.b64encode(key.sign(PURPOSE + first)).decode("ascii")
    return ListFile(first, body, SignatureNote(algorithm="ed25519", key_id=key_id_of(public), value=value))


def write_list(file: ListFile, target: Path) -> None:
    """Write a signed list and its signature beside it, for the owner only. Raises OSError."""
    write_whole(target, file.header_line + b"\n" + file.body, OWNER_ONLY)
    note = file.note.model_dump_json() if file.note is not None else ""
    write_whole(target.with_name(target.name + SIGNATURE), note.encode(), OWNER_ONLY)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
