"""What the door exchanges beyond `sync.records`: greeting, problems, stored records, signed questions."""

from __future__ import annotations

import base64
import binascii

from pydantic import Field

from sync.records import AuditLine, Base64, CentreIdentity, Receipt, Record, Wire, canonical

PREFIX = "/v1"
AUTHORIZATION_SCHEME = "Renzheng"
PAGE_SIZE = 1000
"""Record ids in one page."""


class Hello(Wire):
    """The centre introduces itself; the signature over the caller's nonce proves that it holds its key."""

    identity: CentreIdentity
    at: str
    nonce: str
    signature: Base64

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return canonical(self.model_dump(mode="json", exclude={"signature"}))


class Problem(Wire):
    """Why a request was not answered: a message code, and what it is about."""

    code: str
    facts: dict[str, str | int] = Field(default_factory=dict)


class Health(Wire):
    """Whether the centre can work now."""

    ok: bool
    at: str


class StoredRecord(Wire):
    """A record as the centre keeps it, without its sealed evidence."""

    record: Record
    audit: AuditLine
    key_id: str
    signature: Base64
    receipt: Receipt


class RecordIds(Wire):
    """One page of a terminal's record ids, sorted; ask again with the last one as ``after`` while `more`."""

    terminal_id: str
    ids: tuple[str, ...] = Field(max_length=PAGE_SIZE)
    more: bool


def question_bytes(terminal_id: str, path: str) -> bytes:
    """What a terminal signs to ask for its own records or counts at `path` (without query)."""
    return canonical({"get": path, "terminal_id": terminal_id})


def authorization(terminal_id: str, signature: bytes) -> str:
    """The ``Authorization`` header of a signed question."""
    name = base64.urlsafe_b64encode(terminal_id.encode()).decode()
    return f"{AUTHORIZATION_SCHEME} {name}:{base64.b64encode(signature).decode()}"


def read_authorization(header: str) -> tuple[str, bytes]:
    """Terminal id and signature of an ``Authorization`` header; ValueError when it is not ours."""
    scheme, _, rest = header.partition(" ")
    name, _, signature = rest.partition(":")
    if scheme != AUTHORIZATION_SCHEME or not signature:
        raise ValueError("not a terminal's authorization")
    try:
        return base64.urlsafe_b64decode(name).decode(), base64.b64decode(signature, validate=True)
    except (binascii.Error, UnicodeDecodeError) as fault:
        raise ValueError("not a terminal's authorization") from fault
