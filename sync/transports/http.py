"""To the centre over HTTP(S); believes only what the pinned centre signed."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from sync.answers import Answer
from sync.asking import Answered, Told, prepare
from sync.centre.door import PREFIX, Hello, RecordIds, authorization, question_bytes
from sync.keys import Signer
from sync.questions import Question
from sync.records import (
    AuditReceipt,
    AuditUpload,
    CentreIdentity,
    Counts,
    Enrolment,
    Envelope,
    Receipt,
)
from sync.transports import Unreachable
from sync.transports.line import Address, Line
from sync.transports.proof import prove_answer, prove_audit_receipt, prove_fresh, prove_hello, prove_receipt

A = TypeVar("A", bound=Answer)

NONCE_BYTES = 16
PAGES_LIMIT = 10_000
"""A centre that never stops giving pages is not believed."""


class HttpTransport:
    """A `Transport` to the centre `identity` at `address`, for the terminal that `signer` signs for."""

    def __init__(self, address: Address, identity: CentreIdentity, terminal_id: str, signer: Signer) -> None:
        """Unreachable ``net.bad_address``, ``net.insecure``, ``net.tls`` when the address cannot be used."""
        self._line = Line(address)
        self._identity = identity
        self._terminal_id = terminal_id
        self._signer = signer

    def send(self, envelope: Envelope) -> Receipt:
        """See `Transport.send`."""
        receipt = self._line.post(Receipt, f"{PREFIX}/records", envelope)
        return prove_receipt(self._identity, envelope, receipt, self._signer.public_der())

    def send_audit(self, upload: AuditUpload) -> AuditReceipt:
        """See `Transport.send_audit`."""
        receipt = self._line.post(AuditReceipt, f"{PREFIX}/audit", upload)
        return prove_audit_receipt(self._identity, upload, receipt)

    def counts(self) -> Counts:
        """See `Transport.counts`."""
        path = f"{PREFIX}/counts/{self._terminal_id}"
        counts = self._line.get(Counts, quote(path), authorization=self._signed(path))
        if counts.terminal_id != self._terminal_id:
            raise Unreachable("net.captive", reason="counts of another terminal")
        return counts

    def record_ids(self) -> tuple[str, ...]:
        """See `Transport.record_ids`."""
        path = f"{PREFIX}/terminals/{self._terminal_id}/records"
        ids: list[str] = []
        for _ in range(PAGES_LIMIT):
            after = {"after": ids[-1] if ids else ""}
            page = self._line.get(RecordIds, quote(path), after, self._signed(path))
            ids.extend(page.ids)
            if not page.more or not page.ids:
                return tuple(ids)
        raise Unreachable("net.captive", reason="endless list")

    def hello(self) -> Hello:
        """See `Transport.hello`."""
        nonce = secrets.token_hex(NONCE_BYTES)
        hello = self._line.get(Hello, f"{PREFIX}/hello", {"nonce": nonce})
        return prove_hello(self._identity, nonce, hello)

    def ask(self, question: Question[A], now: datetime, seconds: float | None = None) -> Told[A]:
        """See `Transport.ask`."""
        pending = prepare(question, self._terminal_id, self._signer, self._identity, now)
        answered = self._line.post(Answered, f"{PREFIX}/questions", pending.asked, seconds)
        return prove_answer(self._identity, pending, answered)

    def close(self) -> None:
        """See `Transport.close`."""
        self._line.close()

    def _signed(self, path: str) -> str:
        signature = self._signer.sign(question_bytes(self._terminal_id, path))
        return authorization(self._terminal_id, signature)


def greet(line: Line) -> Hello:
    """The greeting of whichever centre answers, proven to hold the key it names."""
    nonce = secrets.token_hex(NONCE_BYTES)
    return prove_fresh(nonce, line.get(Hello, f"{PREFIX}/hello", {"nonce": nonce}))


def introduce(line: Line, wish: Enrolment) -> CentreIdentity:
    """Enrol at the centre that answers; Refused ``centre.bad_token`` or ``centre.terminal_taken``."""
    return line.post(CentreIdentity, f"{PREFIX}/terminals", wish)
