"""Compares the terminal's book with the centre's, and names every record they do not agree on."""

from __future__ import annotations

from dataclasses import replace

from sync.audit import Head
from sync.ports import Book, OnBook, Owed
from sync.records import sha256
from sync.reports import Differences
from sync.transports import Transport

ALL = 1_000_000


def differences(book: Book, owed: Owed, on_book: OnBook, transport: Transport) -> Differences:
    """What differs; the ids are fetched only when number and hash do.

    Unreachable, Refused or StoreError when it cannot be told. Nothing may be sent meanwhile.
    """
    counts = transport.counts()
    here, unsettled, head = on_book(lambda: _own(book, owed))
    accepted = sorted(here - unsettled)
    audit = Differences(audit_here=head.seq, audit_there=counts.audit_seq)
    if (counts.records, counts.ids_sha256) == (len(accepted), sha256("\n".join(accepted).encode())):
        return audit
    there = set(transport.record_ids())
    return replace(
        audit,
        missing_there=tuple(sorted(set(accepted) - there)),
        unknown_here=tuple(sorted(there - here)),
        unsettled_here=tuple(sorted(there & unsettled)),
    )


def _own(book: Book, owed: Owed) -> tuple[set[str], set[str], Head]:
    """All ids, those the centre has not acknowledged, and the countersigned head, at one moment."""
    unsettled = [*owed.waiting(ALL), *owed.rejected(ALL)]
    return set(book.ids()), {one.record_id for one in unsettled}, book.countersigned()
