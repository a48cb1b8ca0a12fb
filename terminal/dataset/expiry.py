"""Whether a document lets new business begin: valid, soon expiring, in grace, blocked (L09).

Only new business is ever stopped. Instructions given while the document was valid stay as they are.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, timedelta

from terminal.rules.dataset import ExpiryRules


class Validity(enum.StrEnum):
    """Where a document stands on one day."""

    VALID = "valid"
    EXPIRING = "expiring"
    """Still valid; the customer is told to renew it."""
    GRACE = "grace"
    """Expired, within the time in which it can reasonably be renewed."""
    BLOCKED = "blocked"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"
    """No date could be read: a person looks."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """The state with the dates it turns at."""

    state: Validity
    warn_from: date | None = None
    last_day: date | None = None
    """The last day of validity; None for the long term."""
    grace_until: date | None = None
    """The last day on which new business goes on."""
    reason: str = ""
    """The good reason for which the grace is longer; empty for none."""

    @property
    def new_business(self) -> bool:
        """True when new business may begin on this document, as far as its dates go."""
        return self.state in (Validity.VALID, Validity.EXPIRING, Validity.GRACE)

    @property
    def code(self) -> str:
        """The state as a message key."""
        return f"expiry.{self.state.value}"


@dataclass(frozen=True, slots=True)
class Term:
    """From when until when a document is valid."""

    start: date | None
    end: date | None
    long_term: bool = False


def expiry(term: Term, on: date, rules: ExpiryRules, reason: str = "") -> Expiry:
    """The state of a document on the day `on`.

    `reason` lengthens the grace only when the rules list it as a good one.
    """
    if term.start is not None and on < term.start:
        return Expiry(Validity.NOT_YET, last_day=term.end)
    if term.long_term:
        return Expiry(Validity.VALID)
    if term.end is None:
        return Expiry(Validity.UNKNOWN)
    good = reason if reason in rules.reasons else ""
    warn_from = term.end - timedelta(days=rules.warn_days)
    grace_until = term.end + timedelta(days=rules.grace_days + (rules.reason_days if good else 0))
    return Expiry(_state(on, warn_from, term.end, grace_until), warn_from, term.end, grace_until, good)


def _state(on: date, warn_from: date, end: date, grace_until: date) -> Validity:
    if on > grace_until:
        return Validity.BLOCKED
    if on > end:
        return Validity.GRACE
    return Validity.EXPIRING if on >= warn_from else Validity.VALID
