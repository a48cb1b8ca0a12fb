"""Whether an answer is the pinned centre's, and about what was sent."""

from __future__ import annotations

from typing import TypeVar

from sync.answers import Answer
from sync.asking import Answered, Pending, Told
from sync.centre.checks import check_integrity
from sync.centre.door import Hello
from sync.centre.errors import Code, Refusal
from sync.errors import SealBroken
from sync.keys import verifies
from sync.records import AuditReceipt, AuditUpload, CentreIdentity, Envelope, Outcome, Receipt
from sync.transports import Unreachable

A = TypeVar("A", bound=Answer)

DAMAGE = frozenset(
    {
        Code.BAD_AUDIT_HASH.value,
        Code.BAD_DIGEST.value,
        Code.BAD_SIGNATURE.value,
        Code.EVIDENCE_ALTERED.value,
        Code.EVIDENCE_EXTRA.value,
        Code.EVIDENCE_MISSING.value,
    }
)
"""Reasons that the terminal can check itself: when its own copy is sound, the damage was done on the way."""


def prove_receipt(
    identity: CentreIdentity, envelope: Envelope, receipt: Receipt, own_key_der: bytes
) -> Receipt:
    """The receipt when it can be believed; Unreachable ``net.bad_receipt`` or ``net.altered`` when not."""
    _prove_signature(identity, receipt)
    rejected = receipt.outcome is Outcome.REJECTED
    told = (receipt.record_id, receipt.record_sha256)
    if told != (envelope.record.id, envelope.record.digest()):
        if rejected:
            raise Unreachable("net.altered", arrived=receipt.reason)
        raise Unreachable("net.bad_receipt", reason="about another record")
    if rejected and receipt.reason in DAMAGE and _sound(envelope, own_key_der):
        raise Unreachable("net.altered", arrived=receipt.reason)
    return receipt


def prove_audit_receipt(identity: CentreIdentity, upload: AuditUpload, receipt: AuditReceipt) -> AuditReceipt:
    """The countersignature when it can be believed; Unreachable ``net.bad_receipt`` when not."""
    _prove_signature(identity, receipt)
    last = upload.lines[-1]
    if (receipt.terminal_id, receipt.seq, receipt.hash) != (upload.terminal_id, last.seq, last.hash):
        raise Unreachable("net.bad_receipt", reason="about another head")
    return receipt


def prove_answer(identity: CentreIdentity, pending: Pending[A], answered: Answered) -> Told[A]:
    """What is answered, when it can be believed; Unreachable ``net.bad_answer`` when not."""
    if answered.centre_id != identity.centre_id:
        raise Unreachable("net.bad_answer", reason="of another centre")
    if not verifies(identity.receipt_key, answered.signature, answered.signed_bytes()):
        raise Unreachable("net.bad_answer", reason="signature")
    asked = pending.asked
    if (answered.question_id, answered.question_sha256) != (asked.id, asked.digest()):
        raise Unreachable("net.bad_answer", reason="to another question")
    try:
        return pending.open(answered)
    except (SealBroken, ValueError):
        raise Unreachable("net.bad_answer", reason="does not open") from None


def prove_hello(identity: CentreIdentity, nonce: str, hello: Hello) -> Hello:
    """The greeting when it is the pinned centre's and fresh; Unreachable when not."""
    if hello.identity != identity:
        raise Unreachable("centre.identity_changed", found=hello.identity.centre_id[:64])
    return prove_fresh(nonce, hello)


def prove_fresh(nonce: str, hello: Hello) -> Hello:
    """The greeting when whoever sent it holds the key it names; Unreachable ``net.captive`` when not."""
    fresh = hello.nonce == nonce
    if not fresh or not verifies(hello.identity.receipt_key, hello.signature, hello.signed_bytes()):
        raise Unreachable("net.captive", reason="greeting not signed for us")
    return hello


def _prove_signature(identity: CentreIdentity, receipt: Receipt | AuditReceipt) -> None:
    if receipt.centre_id != identity.centre_id:
        raise Unreachable("net.bad_receipt", reason="of another centre")
    if not verifies(identity.receipt_key, receipt.signature, receipt.signed_bytes()):
        raise Unreachable("net.bad_receipt", reason="signature")


def _sound(envelope: Envelope, own_key_der: bytes) -> bool:
    try:
        check_integrity(envelope, own_key_der)
    except Refusal:
        return False
    return True
