"""The shapes on disk and on the wire, versioned; canonical JSON (RFC 8785) when hashed or signed."""

from __future__ import annotations

import base64
import enum
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

SCHEMA = "renzheng.record/1"


def canonical(value: Mapping[str, Any]) -> bytes:
    """RFC 8785 canonical JSON of `value`."""
    return rfc8785.dumps(dict(value))


def sha256(data: bytes) -> str:
    """Lower-case hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def _to_bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return base64.b64decode(value, validate=True)
    raise ValueError("expected base64 text")


Base64 = Annotated[
    bytes,
    PlainValidator(_to_bytes),
    PlainSerializer(lambda value: base64.b64encode(value).decode(), return_type=str),
]
"""Bytes in the program, base64 text on the wire."""


class Wire(BaseModel):
    """Base of everything exchanged: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EvidenceRef(Wire):
    """Names a sealed evidence item inside the signed record, so that it cannot be swapped."""

    name: str
    """``identity`` (personal data), ``chip_photo``, ``live_face`` …"""
    media_type: str
    sha256_plain: str
    sha256_sealed: str
    size: int


class SealedEvidence(Wire):
    """An evidence item only the centre can open (sync.seal)."""

    name: str
    blob: Base64


class Record(Wire):
    """The result of one case: no biometrics, no full names or numbers; those are sealed evidence."""

    schema_: str = Field(SCHEMA, alias="schema")
    id: str
    """UUIDv7; the idempotency key everywhere."""
    kind: str = "case"
    at: str
    """UTC, ISO 8601 with Z."""
    terminal_id: str
    branch: str
    simulated: bool
    """True when any device was simulated; the centre of a production domain refuses such a record."""
    body: dict[str, Any]
    """Decision, reasons, steps, scores, model and rule versions: plain JSON values."""
    evidence: tuple[EvidenceRef, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values with wire names, ready for `canonical`."""
        return self.model_dump(mode="json", by_alias=True)

    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return sha256(canonical(self.as_json()))


class AuditLine(Wire):
    """One line of the hash-chained log: ``hash = sha256(canonical of all other fields)``."""

    seq: int
    at: str
    kind: str
    """``record.kept``, ``terminal.started``, ``case.step`` …"""
    body_sha256: str
    prev: str
    """Hash of the line before; 64 zeros for the first."""
    hash: str

    def expected_hash(self) -> str:
        """What `hash` must be."""
        return sha256(canonical(self.model_dump(mode="json", exclude={"hash"})))


class Envelope(Wire):
    """A record on its way: signed by the terminal over record and audit line."""

    record: Record
    audit: AuditLine
    """The ``record.kept`` line; its body_sha256 is the record's digest."""
    key_id: str
    signature: Base64
    evidence: tuple[SealedEvidence, ...] = ()

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return signed_bytes(self.record, self.audit)


def signed_bytes(record: Record, audit: AuditLine) -> bytes:
    """What a terminal signs for one record."""
    return canonical({"record": record.as_json(), "audit": audit.model_dump(mode="json")})


class AuditUpload(Wire):
    """Lines since the last countersigned head; the head is signed by the terminal."""

    terminal_id: str
    lines: tuple[AuditLine, ...]
    key_id: str
    signature: Base64
    """Over canonical ``{"terminal_id", "seq", "hash"}`` of the last line."""

    def signed_bytes(self) -> bytes:
        """What the signature covers; ValueError when there is no line."""
        if not self.lines:
            raise ValueError("an upload without lines has no head")
        return head_bytes(self.terminal_id, self.lines[-1].seq, self.lines[-1].hash)


def head_bytes(terminal_id: str, seq: int, line_hash: str) -> bytes:
    """What a terminal signs for the head of its log."""
    return canonical({"terminal_id": terminal_id, "seq": seq, "hash": line_hash})


class AuditReceipt(Wire):
    """The centre's countersignature of a head: a cut tail becomes visible."""

    terminal_id: str
    seq: int
    hash: str
    at: str
    centre_id: str
    signature: Base64

    def signed_bytes(self) -> bytes:
        """What the centre's signature covers."""
        return canonical(self.model_dump(mode="json", exclude={"signature"}))


class Outcome(enum.StrEnum):
    """What the centre did with a record."""

    ACCEPTED = "accepted"
    ALREADY_HAVE = "already_have"
    REJECTED = "rejected"


class Receipt(Wire):
    """The centre's signed word about one record."""

    record_id: str
    record_sha256: str
    outcome: Outcome
    reason: str = ""
    """Message key when rejected: ``centre.bad_signature``, ``centre.broken_chain``, ``centre.simulated`` …"""
    facts: dict[str, str | int] = {}
    """What the reason is about: ``{"seq": 7}``, ``{"name": "chip_photo"}``."""
    at: str
    centre_id: str
    signature: Base64

    def signed_bytes(self) -> bytes:
        """What the centre's signature covers."""
        return canonical(self.model_dump(mode="json", exclude={"signature"}))


class Enrolment(Wire):
    """A terminal introduces itself with a one-time token given by the centre's operator."""

    terminal_id: str
    branch: str
    public_key: Base64
    """Ed25519, SubjectPublicKeyInfo DER."""
    token: str


class CentreIdentity(Wire):
    """What a terminal must know of its centre; pinned at enrolment."""

    centre_id: str
    domain: str
    """``production`` or ``test``; only a test domain takes simulated records."""
    receipt_key: Base64
    """Ed25519 public key (DER) that signs receipts and countersigns heads."""
    sealing_key: Base64
    """X25519 public key (raw 32 bytes) that evidence is sealed to."""


class Counts(Wire):
    """For reconciliation after a reconnect."""

    terminal_id: str
    records: int
    ids_sha256: str
    """SHA-256 over the sorted record ids joined by newlines."""
    audit_seq: int
