"""Signed heads of the audit log: what the centre countersigns, so that a cut tail becomes visible."""

from __future__ import annotations

from sync.audit import Head
from sync.errors import Conflict
from sync.keys import Signer
from sync.records import AuditReceipt, AuditUpload, canonical, head_bytes
from sync.store import LINES, Store, stamp


def upload(
    store: Store, terminal_id: str, signer: Signer, after: int | None = None, limit: int = LINES
) -> AuditUpload | None:
    """The next lines for the centre with their signed head; None when it has countersigned them all.

    `after` begins elsewhere than behind the last countersigned line, when the centre asks for it. The
    signed head is kept, so that the log cannot end before it unnoticed. Errors as in `Store.keep`.
    """
    lines = store.lines(countersigned(store).seq if after is None else after, limit)
    if not lines:
        return None
    last = lines[-1]
    signature = sign(store, terminal_id, signer, Head(last.seq, last.hash))
    return AuditUpload(terminal_id=terminal_id, lines=lines, key_id=signer.key_id, signature=signature)


def sign(store: Store, terminal_id: str, signer: Signer, head: Head | None = None) -> bytes:
    """Sign `head` (default: the last line; for closing), keep that, and return the signature."""
    head = store.head() if head is None else head
    signature = signer.sign(head_bytes(terminal_id, head.seq, head.hash))
    row = {"seq": head.seq, "hash": head.hash, "at": stamp(store.clock()), "terminal_id": terminal_id}
    with store.unit():
        store.know(signer)
        if head.seq and not store.database.rows("SELECT 1 FROM head WHERE seq = ?", (head.seq,)):
            store.database.insert("head", {**row, "key_id": signer.key_id, "signature": signature})
    return signature


def countersign(store: Store, receipt: AuditReceipt) -> None:
    """Keep the centre's countersignature; Conflict when it is not about a head this book has signed."""
    text = canonical(receipt.model_dump(mode="json")).decode()
    with store.unit():
        found = store.database.rows("SELECT hash FROM head WHERE seq = ?", (receipt.seq,))
        if not found or found[0][0] != receipt.hash:
            raise Conflict("store.foreign_head", seq=receipt.seq)
        store.database.rows("UPDATE head SET receipt = ? WHERE seq = ?", (text, receipt.seq))


def countersigned(store: Store) -> Head:
    """The last head the centre has countersigned; the empty head when there is none."""
    sql = "SELECT seq, hash FROM head WHERE receipt IS NOT NULL ORDER BY seq DESC LIMIT 1"
    found = store.database.rows(sql)
    return Head(*found[0]) if found else Head()
