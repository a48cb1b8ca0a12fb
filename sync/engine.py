"""Brings what is owed to the centre: records one by one, and the audit log; neither waits for the other.

Nothing here decides about a record: a proven receipt settles it, an unbelievable answer makes it wait, and
what can never go as it is goes to a person. The book is only touched through `on_book`, so that it runs on
the lane that owns it; the line is only used outside of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog

from sync.centre.errors import Code
from sync.errors import Conflict, Damaged, StoreError, SyncError
from sync.keys import Signer
from sync.ports import Book, OnBook, Owed
from sync.reconcile import differences
from sync.records import AuditUpload
from sync.reports import FlushReport, LineState
from sync.transports import Refused, Transport, Unreachable

log = structlog.get_logger(__name__)
T = TypeVar("T")

EVERY_SECONDS = 30.0
PROBE_SECONDS = 5.0
"""How often the line is tried while it is down."""
FLUSH_SECONDS = 60.0
RECORDS_SHARE = 0.7
"""Of a flush's time; the rest is the audit log's, however slow the records are."""
LINE_FAILURES_LIMIT = 2
"""After so many records in a row did not get through it is the line, not the record."""
TICK_SECONDS = 0.2

OF_THIS_RECORD = frozenset({"net.altered", "net.bad_receipt"})
"""Failures that say nothing about the line."""
NEVER = frozenset({Code.TOO_LARGE.value, Code.MALFORMED.value})
"""Refusals that trying again cannot change."""


def directly(work: Callable[[], T]) -> T:
    """For a book without a lane of its own: run it here."""
    return work()


class SyncEngine:
    """Keeps the centre up to date. `flush` from one thread at a time (others wait); `wake` from any."""

    def __init__(
        self,
        book: Book,
        owed: Owed,
        transport: Transport,
        signer: Signer,
        terminal_id: str,
        *,
        on_book: OnBook = directly,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        every_seconds: float = EVERY_SECONDS,
        told: Callable[[FlushReport], None] | None = None,
    ) -> None:
        """`told` hears every report, on the thread that flushes."""
        self._book, self._owed, self._transport = book, owed, transport
        self._signer, self._terminal_id = signer, terminal_id
        self._on_book, self._clock, self._every_seconds = on_book, clock, every_seconds
        self._told = told
        self._turn = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._compared = False
        self._was_down = False
        self._state = LineState(False, clock(), "net.not_tried")

    @property
    def state(self) -> LineState:
        """Whether the centre can be reached."""
        return self._state

    def wake(self) -> None:
        """There is new work, or the line may be back: flush soon."""
        self._wake.set()

    def flush(self, seconds: float = FLUSH_SECONDS) -> FlushReport:
        """Send what is due within about `seconds`, plus at most one call; raises no SyncError."""
        with self._turn:
            until = time.monotonic() + seconds
            report = FlushReport(self._greet())
            if report.line.online:
                report = self._records(report, time.monotonic() + seconds * RECORDS_SHARE)
                report = self._audit(report, until)
                report = self._compare(report)
                report = replace(report, line=self._state)
        if self._told is not None:
            self._told(report)
        return report

    def run(self, stop: threading.Event) -> None:
        """Flush by timer, when woken and when the line is back; after `stop` only the call it is in ends."""
        self._stop = stop
        while not stop.is_set():
            self._wake.clear()
            pause = self._every_seconds
            try:
                pause = self._pause(self.flush())
            except Exception as bug:  # lane loop: a bug in one round must not end sending for good
                log.error("sync.bug", kind=type(bug).__name__, exc_info=True)
            until = time.monotonic() + pause
            while not stop.is_set() and (left := until - time.monotonic()) > 0:
                if self._wake.wait(min(left, TICK_SECONDS)):
                    break

    # -- the line

    def _greet(self) -> LineState:
        """Try the line before any record has to; what waited for it is due when it is back."""
        begin = self._clock()
        try:
            hello = self._transport.hello()
            if not self._state.online:
                # It must know this terminal, too, before records are tried in vain.
                self._transport.counts()
        except (Unreachable, Refused) as fault:
            self._was_down = True
            return self._offline(fault)
        now = self._clock()
        skew = _seconds_between(hello.at, begin + (now - begin) / 2)
        if not self._state.online:
            log.info("sync.online")
            self._compared = False
            self._hurry()
            self._state = LineState(True, now)
        self._state = replace(self._state, skew_seconds=skew)
        if self._state.clock_is_off:
            log.warning("sync.clock_skew", seconds=round(skew))
        return self._state

    def _hurry(self) -> None:
        """After an outage nothing needs to wait; records that failed while the line held do."""
        if not self._was_down:
            return
        self._was_down = False
        try:
            self._on_book(self._owed.hurry)
        except StoreError as fault:
            log.error("sync.book_fault", code=fault.code)

    def _offline(self, fault: SyncError) -> LineState:
        since = self._state.since if not self._state.online else self._clock()
        if self._state.online or self._state.code != fault.code:
            log.warning("sync.offline", code=fault.code, **fault.facts)
        self._state = LineState(False, since, fault.code, fault.facts, self._state.skew_seconds)
        return self._state

    # -- records

    def _records(self, report: FlushReport, until: float) -> FlushReport:
        """Every record that is due, each by itself."""
        tried: set[str] = set()
        failures = 0
        try:
            while due := [one for one in self._due() if one not in tried]:
                for record_id in due:
                    if time.monotonic() > until or self._stop.is_set():
                        return replace(report, records_code="sync.time_is_up")
                    tried.add(record_id)
                    report, fault = self._record(report, record_id)
                    failures = failures + 1 if fault is not None else 0
                    if fault is not None and failures >= LINE_FAILURES_LIMIT:
                        return replace(report, line=self._offline(fault), records_code=fault.code)
        except StoreError as fault:
            log.error("sync.book_fault", code=fault.code)
            return replace(report, records_code=fault.code)
        return report

    def _due(self) -> Sequence[str]:
        return self._on_book(lambda: self._owed.due(self._clock()))

    def _record(self, report: FlushReport, record_id: str) -> tuple[FlushReport, SyncError | None]:
        """Send one; the second value is a failure that may be the line's."""
        try:
            envelope = self._on_book(lambda: self._book.envelope(record_id))
        except Damaged as fault:
            return self._to_person(report, record_id, fault), None
        if envelope is None:
            return self._to_person(report, record_id, Damaged("book.record_missing")), None
        try:
            receipt = self._transport.send(envelope)
        except Refused as fault:
            if fault.code in NEVER:
                return self._to_person(report, record_id, fault), None
            return self._waits(report, record_id, fault), None
        except Unreachable as fault:
            of_line = None if fault.code in OF_THIS_RECORD else fault
            return self._waits(report, record_id, fault), of_line
        try:
            self._on_book(lambda: self._owed.sent(receipt, self._clock()))
        except Conflict as fault:
            return self._to_person(report, record_id, fault), None
        return report.with_receipt(receipt), None

    def _waits(self, report: FlushReport, record_id: str, fault: SyncError) -> FlushReport:
        self._on_book(lambda: self._owed.failed(record_id, fault.code, self._clock()))
        log.info("sync.record_waits", record_id=record_id, code=fault.code)
        return replace(report, failed=(*report.failed, (record_id, fault.code)))

    def _to_person(self, report: FlushReport, record_id: str, fault: SyncError) -> FlushReport:
        """Set aside what can never go as it is."""
        facts = {name: value for name, value in fault.facts.items() if isinstance(value, str | int)}
        self._on_book(lambda: self._owed.reject(record_id, fault.code, facts, self._clock()))
        log.warning("sync.record_set_aside", record_id=record_id, code=fault.code)
        return replace(report, rejected=(*report.rejected, (record_id, fault.code)))

    # -- the audit log

    def _audit(self, report: FlushReport, until: float) -> FlushReport:
        """All lines that are not countersigned, in parts; begins earlier when the centre asks for it."""
        after: int | None = None
        asked_back = False
        while True:
            try:
                go_on = time.monotonic() < until and not self._stop.is_set()
                upload = self._upload(after) if go_on else None
                if upload is None:
                    return replace(report, audit_seq=self._on_book(self._book.countersigned).seq)
                receipt = self._transport.send_audit(upload)
                self._on_book(partial(self._book.countersign, receipt))
                after = receipt.seq
            except Refused as fault:
                wanted = fault.facts.get("seq")
                if fault.code != Code.AUDIT_GAP.value or asked_back or not isinstance(wanted, int):
                    return self._audit_stopped(report, fault)
                after, asked_back = wanted - 1, True
            except (Unreachable, StoreError) as fault:
                return self._audit_stopped(report, fault)

    def _upload(self, after: int | None) -> AuditUpload | None:
        return self._on_book(lambda: self._book.upload(self._terminal_id, self._signer, after))

    def _audit_stopped(self, report: FlushReport, fault: SyncError) -> FlushReport:
        log.warning("sync.audit_stopped", code=fault.code, **fault.facts)
        through = report.accepted or report.known or report.rejected
        if isinstance(fault, Unreachable) and fault.code not in OF_THIS_RECORD and not through:
            report = replace(report, line=self._offline(fault))
        return replace(report, audit_code=fault.code, audit_facts=fault.facts)

    # -- comparing

    def _compare(self, report: FlushReport) -> FlushReport:
        """After every reconnect: do both books have the same records?"""
        if self._compared or not report.line.online:
            return report
        try:
            found = differences(self._book, self._owed, self._on_book, self._transport)
        except (Unreachable, Refused, StoreError) as fault:
            log.warning("sync.not_compared", code=fault.code)
            return report
        self._compared = True
        if found.any:
            log.error(
                "sync.books_differ",
                missing_there=len(found.missing_there),
                unknown_here=len(found.unknown_here),
                audit_here=found.audit_here,
                audit_there=found.audit_there,
            )
        return replace(report, differences=found)

    # -- the loop

    def _pause(self, report: FlushReport) -> float:
        """Seconds until there is something to do."""
        if not report.line.online:
            return min(PROBE_SECONDS, self._every_seconds)
        now = self._clock()
        due = self._on_book(lambda: self._owed.next_due(now))
        if due is None:
            return self._every_seconds
        return min(self._every_seconds, max(TICK_SECONDS, (due - now).total_seconds()))


def _seconds_between(stamp: str, now: datetime) -> float:
    """`stamp` of the wire minus `now`; 0 when it is no time."""
    try:
        return (datetime.fromisoformat(stamp) - now).total_seconds()
    except (ValueError, TypeError):
        return 0.0
