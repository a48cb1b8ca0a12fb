"""One walk through a book: what it trusts, how far it came, what it found."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.audit import Head, body_digest
from sync.database import Database
from sync.findings import Finding, Part
from sync.keys import verifies
from sync.records import AuditReceipt, Receipt, canonical

MOST_FINDINGS = 100
"""A book this damaged needs a person, not a longer list."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known from elsewhere; None leaves the question open."""

    terminal_keys: tuple[bytes, ...] | None = None
    """Public keys (DER) that may have signed; else any key the book names."""
    centre_key: bytes | None = None
    """Public key (DER) of the centre's receipts."""
    head: Head | None = None
    """A head the centre has countersigned."""


@dataclass(slots=True)
class Look:
    """Passed from check to check."""

    database: Database
    trust: Trust
    marked: Head | None
    """The high-water mark."""
    findings: list[Finding] = field(default_factory=list)
    records: int = 0
    head: Head = field(default_factory=Head)
    altered_lines: set[int] = field(default_factory=set)
    """Audit lines found altered; what depends on them is not reported once more."""

    def found(self, part: Part, problem: str, subject: object = "", **facts: object) -> None:
        """Remember a finding."""
        finding = Finding(part, problem, str(subject), facts)
        if len(self.findings) < MOST_FINDINGS and finding not in self.findings:
            self.findings.append(finding)

    def by_the_centre(self, signature: bytes, message: bytes) -> bool:
        """True unless the centre's key is known and did not sign this."""
        return self.trust.centre_key is None or verifies(self.trust.centre_key, signature, message)


def digest(body: object) -> str:
    """SHA-256 of a stored body; empty for what is no text any more."""
    return body_digest(body) if isinstance(body, str) else ""


def is_canonical(value: Receipt | AuditReceipt, text: object) -> bool:
    """The stored text is exactly what was stored, even without the centre's key at hand."""
    return canonical(value.model_dump(mode="json")).decode() == text
