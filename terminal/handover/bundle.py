"""A case on its way: its events, whose rules, who gives it to whom and until when; signed, no personal data.

Canonical JSON (RFC 8785), signed by the giving terminal (Ed25519), compressed (RFC 1950).
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from sync.keys import Signer, verifies
from sync.records import Base64, Wire, canonical, sha256
from terminal.case.events import Event, as_json, from_json
from terminal.handover.entered import FieldName
from terminal.handover.errors import HandoverError

PURPOSE = b"renzheng.handover/1\n"
MOST_BYTES = 1 << 20
"""Of the JSON; a longer one is none of ours."""


class Handover(Wire):
    """What is given."""

    schema_: Literal["renzheng.handover/1"] = Field("renzheng.handover/1", alias="schema")
    id: str
    """UUIDv7."""
    case_id: str
    terminal: str
    """Who gives it."""
    to: str = ""
    """The terminal it is meant for; empty: any that the centre knows."""
    at: str
    expires: str
    """UTC, ISO 8601."""
    packs: str
    packs_sha256: str
    reference: str
    """Of the ticket."""
    fields: tuple[FieldName, ...] = ()
    """What was entered, without the values."""
    data_sha256: str = ""
    """Of the sealed values; empty when nothing was entered."""
    events: tuple[dict[str, Any], ...]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return PURPOSE + canonical(self.model_dump(mode="json", by_alias=True))

    def aad(self) -> bytes:
        """What the sealed values are bound to."""
        return canonical({"case": self.case_id, "handover": self.id, "schema": "renzheng.entered/1"})

    def expired(self, now: datetime) -> bool:
        """True from that moment on; HandoverError ``handover.unreadable`` for a time that is none."""
        return now >= moment(self.expires)


class Signed(Wire):
    """A handover and its giver's signature."""

    handover: Handover
    key_id: str
    signature: Base64

    def digest(self) -> str:
        """SHA-256 of what was signed."""
        return sha256(self.handover.signed_bytes())

    def written(self) -> bytes:
        """As it travels."""
        return zlib.compress(canonical(self.model_dump(mode="json", by_alias=True)), 9)

    def check(self, public_der: bytes) -> None:
        """HandoverError ``handover.altered`` unless the key signed exactly this."""
        if not verifies(public_der, self.signature, self.handover.signed_bytes()):
            raise HandoverError("handover.altered")


def signed(handover: Handover, signer: Signer) -> Signed:
    """`handover` in the name of this terminal."""
    signature = signer.sign(handover.signed_bytes())
    return Signed(handover=handover, key_id=signer.key_id, signature=signature)


def read(content: bytes) -> Signed:
    """What `Signed.written` wrote, its signature not yet checked; HandoverError ``handover.unreadable``."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(content, MOST_BYTES)
        if not unpacking.eof or unpacking.unused_data:
            raise HandoverError("handover.unreadable")
        return Signed.model_validate_json(text)
    except (zlib.error, ValidationError):
        raise HandoverError("handover.unreadable") from None


def events_of(handover: Handover) -> tuple[Event, ...]:
    """Its events; HandoverError ``handover.unreadable`` when one is none of this program's."""
    found = []
    for written in handover.events:
        try:
            event = from_json(written)
        except ValidationError:
            raise HandoverError("handover.unreadable") from None
        if as_json(event) != written:
            raise HandoverError("handover.unreadable")
        found.append(event)
    return tuple(found)


def moment(text: str) -> datetime:
    """A time with its zone; HandoverError ``handover.unreadable``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise HandoverError("handover.unreadable") from None
    if found.tzinfo is None:
        raise HandoverError("handover.unreadable")
    return found.astimezone(UTC)
