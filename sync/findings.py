"""What an inspection of the book found: which part, what is wrong with it, in words for a person."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sync.audit import Head


class Part(enum.StrEnum):
    """Where something does not fit."""

    FILE = "file"
    SCHEMA = "schema"
    AUDIT = "audit"
    RECORD = "record"
    SIGNER = "signer"
    EVIDENCE = "evidence"
    RECEIPT = "receipt"
    OUTBOX = "outbox"
    HEAD = "head"
    MARK = "mark"
    ENROLMENT = "enrolment"
    TASK = "task"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written."""

    part: Part
    problem: str
    subject: str = ""
    """Record id, audit line, table or page."""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Message key: ``book.record_altered`` …"""
        return f"book.{self.part}_{self.problem}"

    def __str__(self) -> str:
        """For the engineer: ``record 0190… altered``, ``audit line 17 altered``."""
        name = self.facts.get("name")
        what = f"evidence {name} of record" if name else _PARTS[self.part]
        known = self.facts.get("known_from")
        until = self.facts.get("until", self.subject)
        subject = self.subject if str(until) == self.subject else f"{self.subject} to {until}"
        words = [what, subject, _PROBLEMS.get(self.problem, self.problem)]
        if self.part is Part.FILE:
            words[1:] = reversed(words[1:])
        if known:
            words.append(f"(known from: {known})")
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class BookVerdict:
    """Whether a book is as it was written."""

    records: int
    head: Head
    findings: tuple[Finding, ...] = ()

    @property
    def sound(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    def __str__(self) -> str:
        if self.sound:
            return f"{self.records} records, {self.head.seq} audit lines, all as written"
        return "; ".join(str(finding) for finding in self.findings)


_PARTS: Mapping[Part, str] = MappingProxyType(
    {
        Part.FILE: "database file",
        Part.SCHEMA: "schema object",
        Part.AUDIT: "audit line",
        Part.RECORD: "record",
        Part.SIGNER: "signing key",
        Part.EVIDENCE: "evidence of record",
        Part.RECEIPT: "receipt of record",
        Part.OUTBOX: "outbox row of record",
        Part.HEAD: "signed head",
        Part.MARK: "high-water mark",
        Part.ENROLMENT: "enrolment",
        Part.TASK: "event of follow-up",
        Part.OPERATOR: "row of the roll at audit line",
    }
)

_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "bad_countersignature": "has no valid countersignature",
        "bad_signature": "has no valid signature",
        "contradicts": "contradicts the receipts",
        "cut": "missing at the end",
        "extra": "does not belong there",
        "other_body": "has another body than was logged",
        "other_line": "is not the one that was signed",
        "other_record": "is about other contents",
        "replaced": "does not follow the line before",
        "unknown": "is not this terminal's",
        "unlogged": "was never logged",
    }
)
