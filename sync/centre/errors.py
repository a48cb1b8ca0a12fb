"""How the centre says no: a message code, an HTTP status, and facts that hold no personal data."""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Code(enum.StrEnum):
    """Every reason the centre gives, as message codes."""

    BAD_AUDIT_HASH = "centre.bad_audit_hash"
    BAD_DIGEST = "centre.bad_digest"
    BAD_ID = "centre.bad_id"
    BAD_SIGNATURE = "centre.bad_signature"
    BAD_TOKEN = "centre.bad_token"
    BROKEN_CHAIN = "centre.broken_chain"
    AUDIT_GAP = "centre.audit_gap"
    EVIDENCE_ALTERED = "centre.evidence_altered"
    EVIDENCE_EXTRA = "centre.evidence_extra"
    EVIDENCE_MISSING = "centre.evidence_missing"
    FAULT = "centre.fault"
    ID_CONFLICT = "centre.id_conflict"
    KEYS_EXPOSED = "centre.keys_exposed"
    MALFORMED = "centre.malformed"
    NOT_FOUND = "centre.not_found"
    NOT_YOURS = "centre.not_yours"
    SIMULATED = "centre.simulated"
    SLOW_REQUEST = "centre.slow_request"
    TERMINAL_TAKEN = "centre.terminal_taken"
    TOO_LARGE = "centre.too_large"
    UNAVAILABLE = "centre.unavailable"
    UNKNOWN_KEY = "centre.unknown_key"
    UNKNOWN_TERMINAL = "centre.unknown_terminal"
    WRONG_DOMAIN = "centre.wrong_domain"


STATUS = {
    Code.BAD_SIGNATURE: 401,
    Code.BAD_TOKEN: 401,
    Code.UNKNOWN_TERMINAL: 403,
    Code.NOT_YOURS: 403,
    Code.NOT_FOUND: 404,
    Code.SLOW_REQUEST: 408,
    Code.BROKEN_CHAIN: 409,
    Code.AUDIT_GAP: 409,
    Code.TERMINAL_TAKEN: 409,
    Code.TOO_LARGE: 413,
    Code.FAULT: 500,
    Code.UNAVAILABLE: 503,
}
"""HTTP status of a code; 422 for the others."""


class Refusal(Exception):
    """The centre does not do what was asked."""

    def __init__(self, code: Code, facts: Mapping[str, str | int] | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.facts: Mapping[str, str | int] = dict(facts or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS.get(self.code, 422)
