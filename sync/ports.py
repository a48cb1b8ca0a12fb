"""What sending needs of the terminal's book, and the lane that owns it (`sync.store`, `sync.outbox`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sync import heads
from sync.audit import Head
from sync.keys import Signer
from sync.records import AuditReceipt, AuditUpload, Envelope, Receipt
from sync.store import Store

T = TypeVar("T")


class Book(Protocol):
    """What the engine needs of the book; `TerminalBook` has it."""

    def envelope(self, record_id: str) -> Envelope | None:
        """A record as it goes to the centre; Damaged when it cannot be read."""
        ...

    def ids(self) -> Sequence[str]:
        """All record ids."""
        ...

    def upload(self, terminal_id: str, signer: Signer, after: int | None = None) -> AuditUpload | None:
        """The next audit lines with their signed head."""
        ...

    def countersign(self, receipt: AuditReceipt) -> None:
        """Keep a countersignature."""
        ...

    def countersigned(self) -> Head:
        """The last countersigned head."""
        ...


class Named(Protocol):
    """Something about one record."""

    @property
    def record_id(self) -> str:
        """Which."""
        ...


class Owed(Protocol):
    """What the engine needs of `sync.outbox.Outbox`."""

    def due(self, now: datetime) -> Sequence[str]:
        """Ids to send now."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """When something is due next."""
        ...

    def sent(self, receipt: Receipt, now: datetime | None = None) -> None:
        """Keep the centre's word."""
        ...

    def failed(self, record_id: str, code: str, now: datetime) -> object:
        """Make a record wait."""
        ...

    def reject(self, record_id: str, code: str, facts: Mapping[str, Any], now: datetime) -> None:
        """Hand a record to a person."""
        ...

    def hurry(self) -> None:
        """Everything is due now."""
        ...

    def waiting(self, limit: int = ...) -> Sequence[Named]:
        """Records not acknowledged yet."""
        ...

    def rejected(self, limit: int = ...) -> Sequence[Named]:
        """Records that are with a person."""
        ...


class OnBook(Protocol):
    """Runs work on the lane that owns the book and returns its result, or raises its error."""

    def __call__(self, work: Callable[[], T]) -> T:
        """Run `work` there."""
        ...


@dataclass(frozen=True, slots=True)
class TerminalBook:
    """A `Book` made of a store and its signed heads."""

    store: Store

    def envelope(self, record_id: str) -> Envelope | None:
        """See `Book.envelope`."""
        return self.store.envelope(record_id)

    def ids(self) -> Sequence[str]:
        """See `Book.ids`."""
        return self.store.ids()

    def upload(self, terminal_id: str, signer: Signer, after: int | None = None) -> AuditUpload | None:
        """See `Book.upload`."""
        return heads.upload(self.store, terminal_id, signer, after)

    def countersign(self, receipt: AuditReceipt) -> None:
        """See `Book.countersign`."""
        heads.countersign(self.store, receipt)

    def countersigned(self) -> Head:
        """See `Book.countersigned`."""
        return heads.countersigned(self.store)
