"""Rows of the roll of operators: what they are bound to, and what the log says of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.records import canonical, sha256

CHANGED, SECRET_KEPT = "operator.changed", "operator.secret_kept"
"""Kinds of the audit lines of an operator and of a secret."""
SCHEMA = "renzheng.operator/1"


class TryOutcome(enum.StrEnum):
    """How one attempt of a person to prove who they are ended, or that somebody lifted their lock."""

    REFUSED = "refused"
    ADMITTED = "admitted"
    UNLOCKED = "unlocked"

    @property
    def kind(self) -> str:
        """Kind of the audit line."""
        return f"operator.{self.value}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one operator; the newest counts."""

    audit_seq: int
    """The audit line that tells of it."""
    person: str
    maker: str
    checker: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt, and when it was, by this machine's clock."""

    outcome: TryOutcome
    at: datetime


def entry_digest(person: str, maker: str, checker: str, body: str) -> str:
    """What the audit line says of an operator's row."""
    named = {"person": person, "maker": maker, "checker": checker, "schema": SCHEMA}
    return sha256(canonical(named) + bytes.fromhex(sha256(body.encode())))


def secret_digest(person: str, blob: bytes) -> str:
    """What the audit line says of a secret's row."""
    return sha256(bound(person) + bytes.fromhex(sha256(blob)))


def bound(person: str) -> bytes:
    """What a sealed secret belongs to."""
    return canonical({"person": person, "schema": SCHEMA})
