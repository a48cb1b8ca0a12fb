"""Straight to a centre in this process: for tests; wire forms and proofs are the real ones."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from sync.answers import Answer
from sync.asking import Asked, Told, prepare
from sync.centre.desk import Desk
from sync.centre.door import Hello
from sync.centre.errors import Code, Refusal
from sync.keys import Signer
from sync.questions import Question
from sync.records import AuditReceipt, AuditUpload, CentreIdentity, Counts, Envelope, Receipt
from sync.transports import Refused, Unreachable
from sync.transports.proof import prove_answer, prove_audit_receipt, prove_hello, prove_receipt

T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class LoopbackTransport:
    """A `Transport` to `desk`; while `down` is a code, every call raises Unreachable with it."""

    def __init__(self, desk: Desk, identity: CentreIdentity, terminal_id: str, signer: Signer) -> None:
        self._desk = desk
        self._identity = identity
        self._terminal_id = terminal_id
        self._signer = signer
        self.down: str | None = None

    def send(self, envelope: Envelope) -> Receipt:
        """See `Transport.send`."""
        sent = Envelope.model_validate_json(envelope.model_dump_json(by_alias=True))
        receipt = self._ask(lambda: self._desk.take_record(sent))
        return prove_receipt(self._identity, envelope, receipt, self._signer.public_der())

    def send_audit(self, upload: AuditUpload) -> AuditReceipt:
        """See `Transport.send_audit`."""
        sent = AuditUpload.model_validate_json(upload.model_dump_json())
        return prove_audit_receipt(self._identity, upload, self._ask(lambda: self._desk.take_audit(sent)))

    def counts(self) -> Counts:
        """See `Transport.counts`."""
        return self._ask(lambda: self._desk.counts(self._terminal_id))

    def record_ids(self) -> tuple[str, ...]:
        """See `Transport.record_ids`."""
        ids: list[str] = []
        while True:
            page = self._ask(partial(self._desk.record_ids, self._terminal_id, ids[-1] if ids else ""))
            ids.extend(page.ids)
            if not page.more:
                return tuple(ids)

    def hello(self) -> Hello:
        """See `Transport.hello`."""
        nonce = secrets.token_hex(16)
        return prove_hello(self._identity, nonce, self._ask(lambda: self._desk.hello(nonce)))

    def ask(self, question: Question[A], now: datetime, seconds: float | None = None) -> Told[A]:
        """See `Transport.ask`; nothing here takes long enough for a limit."""
        pending = prepare(question, self._terminal_id, self._signer, self._identity, now)
        sent = Asked.model_validate_json(pending.asked.model_dump_json(by_alias=True))
        return prove_answer(self._identity, pending, self._ask(lambda: self._desk.ask(sent)))

    def close(self) -> None:
        """Nothing to let go of."""

    def _ask(self, question: Callable[[], T]) -> T:
        if self.down is not None:
            raise Unreachable(self.down)
        try:
            return question()
        except Refusal as refusal:
            if refusal.code in (Code.UNKNOWN_TERMINAL, Code.UNAVAILABLE):
                raise Unreachable(refusal.code.value) from refusal
            raise Refused(refusal.code.value, **refusal.facts) from refusal
