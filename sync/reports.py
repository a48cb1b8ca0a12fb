"""What sending tells: whether the centre is reached, what a flush did, and where the two books differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sync.records import Outcome, Receipt

SKEW_LIMIT_SECONDS = 300.0
"""Clocks further apart than this are reported; the figure is MOSIP's."""


@dataclass(frozen=True, slots=True)
class LineState:
    """Whether the centre can be reached, since when, and why not."""

    online: bool
    since: datetime
    code: str = ""
    """Message code while offline."""
    facts: Mapping[str, object] = field(default_factory=dict)
    skew_seconds: float = 0.0
    """The centre's clock minus this terminal's."""

    @property
    def clock_is_off(self) -> bool:
        """True when the clocks differ too much (``sync.clock_skew``)."""
        return abs(self.skew_seconds) > SKEW_LIMIT_SECONDS


@dataclass(frozen=True, slots=True)
class Differences:
    """What the two books do not agree on, by id."""

    missing_there: tuple[str, ...] = ()
    """Accepted by the centre once, but it does not have them (``sync.missing_at_centre``)."""
    unknown_here: tuple[str, ...] = ()
    """The centre has them, this book does not: it is an older copy (``sync.unknown_here``)."""
    unsettled_here: tuple[str, ...] = ()
    """The centre has them, here they wait or are with a person: sending again settles them."""
    audit_here: int = 0
    """Last line this book has a countersignature for."""
    audit_there: int = 0

    @property
    def any(self) -> bool:
        """True when something differs that sending again does not settle."""
        return bool(self.missing_there or self.unknown_here) or self.audit_there < self.audit_here


@dataclass(frozen=True, slots=True)
class FlushReport:
    """What one flush did."""

    line: LineState
    accepted: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    """The centre had them already."""
    rejected: tuple[tuple[str, str], ...] = ()
    """Record id and reason; with a person now."""
    failed: tuple[tuple[str, str], ...] = ()
    """Record id and code; they wait for another try."""
    records_code: str = ""
    """Why the records stopped; empty when all that were due were tried."""
    audit_seq: int = 0
    """Last countersigned line."""
    audit_code: str = ""
    """Why the log stopped."""
    audit_facts: Mapping[str, object] = field(default_factory=dict)
    differences: Differences | None = None
    """Set when the books were compared."""

    def with_receipt(self, receipt: Receipt) -> FlushReport:
        """This report and one more receipt."""
        match receipt.outcome:
            case Outcome.ACCEPTED:
                return replace(self, accepted=(*self.accepted, receipt.record_id))
            case Outcome.ALREADY_HAVE:
                return replace(self, known=(*self.known, receipt.record_id))
            case Outcome.REJECTED:
                return replace(self, rejected=(*self.rejected, (receipt.record_id, receipt.reason)))
