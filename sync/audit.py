"""The hash-chained log: how a line follows the one before, and where a chain first breaks.

``hash = sha256(canonical of all other fields)``, ``prev`` = hash of the line before, ``seq`` without gaps
from 1. A chain alone does not show a cut tail: a head (``seq``, ``hash``) signed by the terminal or
countersigned by the centre does.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.records import AuditLine, canonical, sha256

NO_HASH = "0" * 64
"""`prev` of the first line."""
FIRST = 1
RECORD_KEPT = "record.kept"
"""The kind of line whose body is a record."""
LINE_COLUMNS = "seq, audit.at, kind, body_sha256, prev, hash"
"""How `line_of_row` wants the columns of table ``audit``."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain; of an empty one ``Head(0, NO_HASH)``."""

    seq: int = FIRST - 1
    hash: str = NO_HASH


class Break(enum.StrEnum):
    """What does not fit at a line."""

    HASH = "hash"
    """The line is not what its hash says: altered."""
    PREV = "prev"
    """It does not follow the line before: that one or this one was replaced."""
    GAP = "gap"
    """One or more lines before it are missing, or lines are doubled or out of order."""
    BODY = "body"
    """The stored body is not the one that was logged."""
    TAIL = "tail"
    """Lines that were there are gone from the end."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a chain holds."""

    lines: int
    """Lines looked at and found sound, up to the break."""
    head: Head
    """The last sound line."""
    broken_at: int | None = None
    """`seq` of the first line that does not fit or is missing."""
    problem: Break | None = None

    @property
    def sound(self) -> bool:
        """True when every line fits."""
        return self.broken_at is None

    def __str__(self) -> str:
        if self.broken_at is None:
            return f"{self.lines} audit lines, chain holds"
        return f"audit line {self.broken_at} {_WORDS[self.problem or Break.HASH]}"


_WORDS: Mapping[Break, str] = {
    Break.HASH: "altered",
    Break.PREV: "does not follow the line before",
    Break.GAP: "missing",
    Break.BODY: "has another body than was logged",
    Break.TAIL: "missing at the end",
}


def next_line(head: Head, at: str, kind: str, body_sha256: str) -> AuditLine:
    """The line that follows `head`; `body_sha256` is the SHA-256 of the canonical body."""
    bare = AuditLine(seq=head.seq + 1, at=at, kind=kind, body_sha256=body_sha256, prev=head.hash, hash="")
    return bare.model_copy(update={"hash": bare.expected_hash()})


def line_of_row(row: Sequence[Any]) -> AuditLine:
    """A line from the columns `LINE_COLUMNS`; ValueError when one is damaged beyond its type."""
    names = ("seq", "at", "kind", "body_sha256", "prev", "hash")
    return AuditLine(**dict(zip(names, row, strict=True)))


def body_text(body: Mapping[str, Any]) -> str:
    """A body as it is stored and hashed: canonical JSON."""
    return canonical(body).decode()


def body_digest(text: str) -> str:
    """SHA-256 of a stored body."""
    return sha256(text.encode())


def verify(lines: Iterable[AuditLine], after: Head | None = None, until: Head | None = None) -> Verdict:
    """Walk `lines` from `after` (default: the beginning) and name the first that does not fit.

    With `until`, a head known from elsewhere, the chain must reach it and hold the very line it names.
    """
    head = after or Head()
    count = 0
    for line in lines:
        problem = misfit(line, head)
        if problem is not None:
            at = head.seq + 1 if problem is Break.GAP else line.seq
            return Verdict(count, head, at, problem)
        head, count = Head(line.seq, line.hash), count + 1
        if until is not None and line.seq == until.seq and line.hash != until.hash:
            return Verdict(count, head, line.seq, Break.HASH)
    if until is not None and head.seq < until.seq:
        return Verdict(count, head, head.seq + 1, Break.TAIL)
    return Verdict(count, head)


def misfit(line: AuditLine, before: Head) -> Break | None:
    """What keeps `line` from following `before`; None when it fits."""
    if line.hash != line.expected_hash():
        return Break.HASH
    if line.seq != before.seq + 1:
        return Break.GAP
    if line.prev != before.hash:
        return Break.PREV
    return None
