"""The ways to the centre: a contract, and one module for each way.

An answer of the centre is a value: a receipt, whatever it says. No believable answer is `Unreachable`: try
again later. `Refused` is the centre's word that this request cannot be taken as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

from sync.answers import Answer
from sync.asking import Told
from sync.centre.door import Hello
from sync.errors import SyncError
from sync.questions import Question
from sync.records import AuditReceipt, AuditUpload, Counts, Envelope, Receipt

A = TypeVar("A", bound=Answer)


class Unreachable(SyncError):
    """No answer that can be believed; nothing is known about what the centre did.

    Codes: ``net.unreachable`` (line or service down), ``net.dns``, ``net.timeout``, ``net.tls``,
    ``net.captive`` (somebody else answered), ``net.insecure``, ``net.bad_address``, ``net.bad_receipt``
    (forged or altered), ``net.bad_answer`` (the same, of a question), ``net.altered`` (what arrived is not
    what was sent), ``centre.unavailable``, ``centre.unknown_terminal``, ``centre.identity_changed``.
    """


class Refused(SyncError):
    """The centre does not take this request; the code is one of `sync.centre.errors.Code`."""


class Transport(Protocol):
    """One way to the centre. Calls block, each within its own time limit; safe from several threads."""

    def send(self, envelope: Envelope) -> Receipt:
        """Hand over one record; the receipt is proven to be the centre's and about this very record."""
        ...

    def send_audit(self, upload: AuditUpload) -> AuditReceipt:
        """Hand over audit lines; the countersignature is proven to be the centre's and about this head."""
        ...

    def counts(self) -> Counts:
        """How much the centre has of this terminal."""
        ...

    def record_ids(self) -> tuple[str, ...]:
        """All ids the centre has of this terminal, sorted."""
        ...

    def hello(self) -> Hello:
        """The centre's greeting, proven to be the pinned one's."""
        ...

    def ask(self, question: Question[A], now: datetime, seconds: float | None = None) -> Told[A]:
        """Ask one question at `now`; the answer is proven to be the centre's, and to this very question.

        `seconds` limits the wait for the answer, in place of the line's own limit. Unreachable when there is
        no answer that can be believed: a question is never answered from anywhere else.
        """
        ...

    def close(self) -> None:
        """Let go of connections; safe twice."""
        ...
