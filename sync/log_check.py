"""Checks the audit log of a book: every line, the tail, and the signed heads."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from sync.audit import LINE_COLUMNS, RECORD_KEPT, Break, Head, line_of_row, misfit
from sync.findings import Part
from sync.keys import verifies
from sync.look import Look, digest, is_canonical
from sync.records import AuditLine, AuditReceipt, head_bytes


@dataclass(frozen=True, slots=True)
class LogCheck:
    """The checks of table ``audit`` and ``head``, in their order: `lines` comes first."""

    look: Look

    def lines(self) -> None:
        """Every line is what its hash says, follows the one before, and has the body that was logged."""
        before, doubtful = Head(), False
        for row in self.look.database.stream(f"SELECT {LINE_COLUMNS}, body FROM audit ORDER BY seq"):
            seq, body = row[0], row[-1]
            try:
                line = line_of_row(row[:-1])
            except ValidationError:
                self._line_altered(seq)
                before, doubtful = Head(seq, ""), True
                continue
            problem = misfit(line, before)
            if problem is Break.GAP:
                self.look.found(Part.AUDIT, "missing", before.seq + 1, until=line.seq - 1)
            elif problem is Break.HASH:
                self._line_altered(seq)
            elif problem is Break.PREV and not doubtful:
                self.look.found(Part.AUDIT, "replaced", seq, before=before.seq)
            if not _logged(line, body):
                self.look.found(Part.AUDIT, "other_body", seq)
            before, doubtful = Head(line.seq, line.hash), problem is Break.HASH
        self.look.head = before

    def _line_altered(self, seq: int) -> None:
        self.look.altered_lines.add(seq)
        self.look.found(Part.AUDIT, "altered", seq)

    def tail(self) -> None:
        """The log goes as far as it is known to have gone."""
        for source, head in (("mark", self.look.marked), ("centre", self.look.trust.head)):
            if head is not None:
                self._reaches(head, source)

    def _reaches(self, head: Head, source: str) -> None:
        """The log goes at least as far as `head`, and through it."""
        if head.seq > self.look.head.seq:
            self.look.found(Part.AUDIT, "cut", self.look.head.seq + 1, until=head.seq, known_from=source)
            return
        line = self.look.database.rows("SELECT hash FROM audit WHERE seq = ?", (head.seq,))
        if line and line[0][0] != head.hash and head.seq not in self.look.altered_lines:
            self.look.found(Part.AUDIT, "other_line", head.seq, known_from=source)

    def heads(self) -> None:
        """Every signed head is the terminal's, countersigned by the centre, and still in the log."""
        sql = """SELECT head.seq, head.hash, terminal_id, signature, receipt, public_der, audit.hash
            FROM head LEFT JOIN signer ON signer.key_id = head.key_id
            LEFT JOIN audit ON audit.seq = head.seq ORDER BY head.seq"""
        for seq, hash_, terminal_id, signature, receipt, public, line_hash in self.look.database.stream(sql):
            if line_hash is None:
                self.look.found(Part.AUDIT, "cut", seq, until=seq, known_from="signed head")
            elif not _signed(public, signature, terminal_id, seq, hash_):
                self.look.found(Part.HEAD, "bad_signature", seq)
            elif line_hash != hash_ and seq not in self.look.altered_lines:
                self.look.found(Part.AUDIT, "other_line", seq, known_from="signed head")
            elif receipt is not None and not self._countersigned(receipt, seq, hash_):
                self.look.found(Part.HEAD, "bad_countersignature", seq)

    def _countersigned(self, text: object, seq: int, hash_: str) -> bool:
        try:
            receipt = AuditReceipt.model_validate_json(text if isinstance(text, str) else "")
        except ValidationError:
            return False
        fits = (receipt.seq, receipt.hash) == (seq, hash_) and is_canonical(receipt, text)
        return fits and self.look.by_the_centre(receipt.signature, receipt.signed_bytes())


def _logged(line: AuditLine, body: object) -> bool:
    """`body` is the one of `line`; a record's is in its own table."""
    if line.kind == RECORD_KEPT:
        return body is None
    return digest(body) == line.body_sha256


def _signed(public: object, signature: object, terminal_id: object, seq: int, hash_: object) -> bool:
    if not isinstance(public, bytes) or not isinstance(signature, bytes):
        return False
    if not isinstance(terminal_id, str) or not isinstance(hash_, str):
        return False
    return verifies(public, signature, head_bytes(terminal_id, seq, hash_))
