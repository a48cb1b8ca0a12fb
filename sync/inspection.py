"""Reads a whole book and names everything in it that is not as it was written.

Four nets, each catching what the others cannot see: page check sums of the file (SQLCipher's HMAC, without a
key SQLite's own check), hashes from record to audit line to audit line, signatures of terminal and centre,
and the high-water mark and signed heads for a tail that was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

from sync import bookfile, mark, migrations
from sync.audit import Head
from sync.database import Database, damaged_pages, scratch
from sync.enrolment_check import EnrolmentCheck
from sync.errors import Damaged, Locked, StoreError, Unusable
from sync.findings import BookVerdict, Finding, Part
from sync.log_check import LogCheck
from sync.look import MOST_FINDINGS, Look, Trust
from sync.record_check import RecordCheck
from sync.staff_roll_check import StaffRollCheck
from sync.task_check import TaskCheck

__all__ = ["Trust", "inspect"]

PAGE = re.compile(r"page (\d+)")


def inspect(path: Path, key: bytes | None, trust: Trust | None = None) -> BookVerdict:
    """The book at `path`, read afresh in one snapshot, while a terminal may be writing it.

    Damage is never raised, it is in the verdict. WrongKey, TooNew, ``store.needs_upgrade``, Unwritable (no
    such book) and Locked are raised: nothing can be said about the book.
    """
    place = mark.path_of(path)
    known = mark.read(place)
    try:
        database = bookfile.reading(path, key)
    except Unusable as error:
        if not isinstance(error, Damaged) and (known is None or known.key_check != mark.key_check(key)):
            raise
        return BookVerdict(0, Head(), _unreadable(path, key, error))
    with database:
        look = Look(database, trust or Trust(), known.head if known is not None else None)
        if known is None:
            look.found(Part.MARK, "altered" if place.exists() else "missing")
        return _whole(look, encrypted=key is not None)


def _whole(look: Look, encrypted: bool) -> BookVerdict:
    """Every part, whatever the part before it came to."""
    log, records = LogCheck(look), RecordCheck(look)
    checks = (
        lambda: _file(look, encrypted),
        lambda: _schema(look),
        log.lines,
        log.tail,
        records.records,
        records.strays,
        records.receipts,
        records.outbox,
        log.heads,
        EnrolmentCheck(look).enrolments,
        TaskCheck(look).events,
        StaffRollCheck(look).rows,
    )
    with look.database.snapshot():
        for check in checks:
            _guarded(look, check)
    return BookVerdict(look.records, look.head, tuple(look.findings))


def _guarded(look: Look, check: Callable[[], None]) -> None:
    try:
        with look.database.edge():
            check()
    except Locked:
        raise
    except StoreError as error:
        look.found(Part.FILE, "unreadable", **error.facts)


def _file(look: Look, encrypted: bool) -> None:
    check = "PRAGMA cipher_integrity_check" if encrypted else "PRAGMA integrity_check(20)"
    said = {row[0] for row in look.database.rows(check)} - {"ok"}
    if said:
        # A page that is being written while it is read looks damaged once, not twice.
        said &= {row[0] for row in look.database.rows(check)}
    for finding in _pages(said):
        look.found(finding.part, finding.problem, finding.subject)


def _schema(look: Look) -> None:
    wanted, there = _wanted(), _objects(look.database)
    for name in sorted(wanted.keys() | there.keys()):
        if name not in wanted:
            look.found(Part.SCHEMA, "extra", name)
        elif wanted[name] != there.get(name):
            look.found(Part.SCHEMA, "altered" if name in there else "missing", name)


def _unreadable(path: Path, key: bytes | None, error: StoreError) -> tuple[Finding, ...]:
    """What can be said of a book that does not open."""
    pages = _pages(damaged_pages(path, key)) if key is not None and path.exists() else ()
    return (Finding(Part.FILE, "unreadable", facts=dict(error.facts)), *pages[:MOST_FINDINGS])


def _pages(said: Collection[str]) -> tuple[Finding, ...]:
    """The pages named by SQLite or SQLCipher, in order."""
    numbers = sorted({int(page[1]) for page in map(PAGE.search, said) if page is not None})
    if said and not numbers:
        return (Finding(Part.FILE, "damaged"),)
    return tuple(Finding(Part.FILE, "damaged", f"at page {number}") for number in numbers)


@cache
def _wanted() -> dict[str, str]:
    """The schema as this program makes it."""
    with scratch() as fresh:
        migrations.migrate(fresh)
        return _objects(fresh)


def _objects(database: Database) -> dict[str, str]:
    return dict(database.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
