"""Sending: nothing lost, nothing twice, nobody waits for anybody, and differences are named."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from sync.audit import Head
from sync.centre import tables
from sync.centre.desk import Desk
from sync.centre.verify import verify
from sync.errors import Damaged
from sync.keys import open_keys
from sync.outbox import Backoff, Outbox
from sync.ports import TerminalBook
from sync.records import AuditUpload, Envelope, Receipt
from sync.store import Store
from sync.transports import Unreachable
from sync.transports.loopback import LoopbackTransport
from tests.sync_centre.counters import SWIFT, Counter, running, soon


@pytest.fixture
def counter(till: Any, tmp_path: Path) -> Iterator[Counter]:
    """A terminal with a book, enrolled at `desk`."""
    with Store.open(tmp_path / "book" / "book.db", till.keys.database_key()) as store:
        yield Counter(till.keys, till.terminal_id, till.identity, store, Outbox(store, SWIFT))


class Faulty(LoopbackTransport):
    """Lets a test break single calls."""

    before_send: Callable[[Envelope], None] = staticmethod(lambda envelope: None)
    after_send: Callable[[Receipt], None] = staticmethod(lambda receipt: None)
    before_audit: Callable[[AuditUpload], None] = staticmethod(lambda upload: None)
    sends = 0

    def send(self, envelope: Envelope) -> Receipt:
        self.sends += 1
        self.before_send(envelope)
        receipt = super().send(envelope)
        self.after_send(receipt)
        return receipt

    def send_audit(self, upload: AuditUpload) -> Any:
        self.before_audit(upload)
        return super().send_audit(upload)


@pytest.fixture
def loopback(desk: Desk, counter: Counter) -> Faulty:
    """A way to `desk` that a test can break."""
    return Faulty(desk, counter.identity, counter.terminal_id, counter.keys)


def fail(code: str) -> Callable[[object], None]:
    def failing(_: object) -> None:
        raise Unreachable(code)

    return failing


def test_records_and_log_arrive_and_agree(desk: Desk, counter: Counter, loopback: Faulty) -> None:
    ids = [counter.keep() for _ in range(5)]
    engine = counter.engine(loopback)
    assert not engine.state.online
    report = engine.flush()
    assert sorted(report.accepted) == sorted(ids)
    assert report.line.online
    assert report.differences is not None
    assert not report.differences.any
    assert report.audit_seq == counter.store.head().seq == desk.counts(counter.terminal_id).audit_seq
    again = engine.flush()
    assert (again.accepted, again.known, loopback.sends, again.differences) == ((), (), 5, None)
    assert verify(desk).sound


def test_one_poisoned_record_in_a_hundred_holds_up_nobody(
    desk: Desk, counter: Counter, loopback: Faulty, tmp_path: Path
) -> None:
    stranger = open_keys(tmp_path / "stranger", "file")
    poison = ""
    for number in range(100):
        kept = counter.keep(stranger if number == 30 else None)
        poison = kept if number == 30 else poison
    report = counter.engine(loopback).flush()
    assert len(report.accepted) == 99
    assert report.rejected == ((poison, "centre.unknown_key"),)
    assert [one.record_id for one in counter.outbox.rejected()] == [poison]
    assert counter.outbox.waiting() == ()
    assert desk.counts(counter.terminal_id).records == 99


def test_an_unreadable_record_goes_to_a_person(counter: Counter, loopback: Faulty) -> None:
    ids = [counter.keep() for _ in range(4)]

    class Torn(TerminalBook):
        def envelope(self, record_id: str) -> Envelope | None:
            if record_id == ids[1]:
                raise Damaged("book.record_altered", line=2)
            return super().envelope(record_id)

    report = counter.engine(loopback, book=Torn(counter.store)).flush()
    assert report.rejected == ((ids[1], "book.record_altered"),)
    assert len(report.accepted) == 3


def test_a_record_that_never_gets_through_does_not_stop_the_others(
    counter: Counter, loopback: Faulty
) -> None:
    ids = [counter.keep() for _ in range(6)]

    def heavy(envelope: Envelope) -> None:
        if envelope.record.id == ids[0]:
            raise Unreachable("net.timeout")

    loopback.before_send = heavy  # type: ignore[method-assign]
    report = counter.engine(loopback).flush()
    assert len(report.accepted) == 5
    assert report.failed == ((ids[0], "net.timeout"),)
    assert report.line.online
    waiting = counter.outbox.waiting()
    assert [(one.record_id, one.code, one.tries) for one in waiting] == [(ids[0], "net.timeout", 1)]


def test_the_log_goes_when_records_do_not_and_the_other_way_round(
    desk: Desk, counter: Counter, loopback: Faulty
) -> None:
    counter.keep()
    loopback.before_send = fail("net.bad_receipt")  # type: ignore[method-assign]
    report = counter.engine(loopback).flush()
    assert (len(report.failed), report.audit_seq, report.audit_code) == (1, 1, "")
    loopback.before_send = lambda _: None  # type: ignore[method-assign]
    loopback.before_audit = fail("net.timeout")  # type: ignore[method-assign]
    time.sleep(0.15)
    report = counter.engine(loopback).flush()
    assert (len(report.accepted), report.audit_code) == (1, "net.timeout")
    assert report.line.online


def test_a_log_the_centre_contradicts_does_not_stop_records(
    desk: Desk, counter: Counter, loopback: Faulty, till: Any
) -> None:
    till.log("another.history")
    desk.take_audit(till.upload())
    counter.store.note("terminal.started", {"version": "1"})
    counter.keep()
    report = counter.engine(loopback).flush()
    assert (report.audit_code, report.audit_facts["seq"]) == ("centre.broken_chain", 1)
    assert len(report.accepted) == 1


def test_a_dead_line_is_noticed_without_trying_every_record(counter: Counter, loopback: Faulty) -> None:
    for _ in range(20):
        counter.keep()
    loopback.before_send = fail("net.unreachable")  # type: ignore[method-assign]
    engine = counter.engine(loopback)
    report = engine.flush()
    assert (loopback.sends, report.line.online, report.line.code) == (2, False, "net.unreachable")
    loopback.down = "net.dns"
    since = engine.state.since
    report = engine.flush()
    assert (loopback.sends, report.line.code, report.line.since) == (2, "net.dns", since)
    loopback.down = None
    loopback.before_send = lambda _: None  # type: ignore[method-assign]
    report = engine.flush()
    assert len(report.accepted) == 20
    assert report.line.online
    assert report.line.since > since


def test_a_flush_keeps_its_time(counter: Counter, loopback: Faulty) -> None:
    for _ in range(10):
        counter.keep()
    loopback.before_send = lambda _: time.sleep(0.2)  # type: ignore[method-assign]
    report = counter.engine(loopback).flush(seconds=1.0)
    assert report.records_code == "sync.time_is_up"
    assert 1 <= len(report.accepted) < 10
    assert report.audit_seq > 0


def test_a_lost_receipt_is_settled_by_sending_again(desk: Desk, counter: Counter, loopback: Faulty) -> None:
    kept = counter.keep()
    loopback.after_send = fail("net.timeout")  # type: ignore[method-assign]
    report = counter.engine(loopback).flush()
    assert report.differences is not None
    assert report.differences.unsettled_here == (kept,)
    assert not report.differences.any
    loopback.after_send = lambda _: None  # type: ignore[method-assign]
    time.sleep(2 * SWIFT.longest_seconds)  # its back-off is over: it is due
    report = counter.engine(loopback).flush()
    assert report.known == (kept,)
    assert desk.counts(counter.terminal_id).records == 1


def test_differences_are_named_by_id(desk: Desk, counter: Counter, loopback: Faulty, till: Any) -> None:
    ids = [counter.keep() for _ in range(4)]
    counter.engine(loopback).flush()
    foreign = till.envelope()
    lines = [counter.store.lines()[-1]]
    till.lines = lines
    foreign = till.envelope()
    desk.take_record(foreign)

    def forget(connection: Any) -> None:
        connection.execute(delete(tables.evidence).where(tables.evidence.c.record_id == ids[2]))
        connection.execute(delete(tables.record).where(tables.record.c.id == ids[2]))

    desk.book.write(forget)
    report = counter.engine(loopback).flush()
    assert report.differences is not None
    assert report.differences.any
    assert report.differences.missing_there == (ids[2],)
    assert report.differences.unknown_here == (foreign.record.id,)


def test_a_centre_that_lost_lines_gets_them_again(desk: Desk, counter: Counter, loopback: Faulty) -> None:
    for number in range(6):
        counter.store.note("case.step", {"number": number})
    counter.engine(loopback).flush()

    def forget(connection: Any) -> None:
        connection.execute(delete(tables.audit_head))
        connection.execute(delete(tables.audit_line).where(tables.audit_line.c.seq > 2))

    desk.book.write(forget)
    counter.store.note("case.step", {"number": 7})
    report = counter.engine(loopback).flush()
    assert (report.audit_code, report.audit_seq) == ("", 7)
    assert desk.counts(counter.terminal_id).audit_seq == 7
    assert verify(desk).sound


@pytest.mark.parametrize("hours", [-26, 26])
def test_a_wrong_clock_is_told_and_loses_nothing(counter: Counter, loopback: Faulty, hours: int) -> None:
    counter.keep()

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(hours=hours)

    report = counter.engine(loopback, clock=clock).flush()
    assert report.line.clock_is_off
    assert abs(report.line.skew_seconds + hours * 3600) < 5
    assert len(report.accepted) == 1


def test_a_right_clock_is_not(counter: Counter, loopback: Faulty) -> None:
    assert not counter.engine(loopback).flush().line.clock_is_off


def test_an_unenrolled_terminal_is_told_so(desk: Desk, counter: Counter) -> None:
    counter.keep()
    engine = counter.engine(LoopbackTransport(desk, counter.identity, "T-unknown", counter.keys))
    for _ in range(3):
        report = engine.flush()
        assert (report.line.code, report.failed) == ("centre.unknown_terminal", ())


def test_a_terminal_that_is_struck_off_is_told_so(desk: Desk, counter: Counter, loopback: Faulty) -> None:
    engine = counter.engine(loopback)
    assert engine.flush().line.online
    ids = [counter.keep() for _ in range(5)]
    desk.book.write(lambda connection: connection.execute(delete(tables.terminal)) and None)
    report = engine.flush()
    assert report.line.code == "centre.unknown_terminal"
    assert report.failed == tuple((one, "centre.unknown_terminal") for one in ids[:2])
    sends = loopback.sends
    assert engine.flush().line.code == "centre.unknown_terminal"
    assert loopback.sends == sends


def test_only_an_outage_makes_waiting_records_hurry(counter: Counter, loopback: Faulty) -> None:
    """A line that carries greetings but no records must not defeat their back-off."""
    for _ in range(2):
        counter.keep()
    counter.outbox = Outbox(counter.store, Backoff(first_seconds=3600, longest_seconds=3600))
    loopback.before_send = fail("net.timeout")  # type: ignore[method-assign]
    engine = counter.engine(loopback)
    for _ in range(3):
        engine.flush()
    assert loopback.sends == 2
    loopback.down = "net.unreachable"
    engine.flush()
    loopback.down = None
    engine.flush()
    assert loopback.sends == 4


def test_only_the_books_lane_touches_the_book(counter: Counter, loopback: Faulty) -> None:
    counter.keep()
    touched: set[str] = set()
    used_line: set[str] = set()

    class Watched(TerminalBook):
        def envelope(self, record_id: str) -> Envelope | None:
            touched.add(threading.current_thread().name)
            return super().envelope(record_id)

        def countersigned(self) -> Head:
            touched.add(threading.current_thread().name)
            return super().countersigned()

    class WatchedOutbox(Outbox):
        def sent(self, receipt: Receipt, now: datetime | None = None) -> None:
            touched.add(threading.current_thread().name)
            super().sent(receipt, now)

    def on_book(work: Callable[[], Any]) -> Any:
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(work()), name="book")
        thread.start()
        thread.join()
        return results[0]

    loopback.before_send = lambda _: used_line.add(threading.current_thread().name)  # type: ignore[method-assign]
    engine = counter.engine(
        loopback, book=Watched(counter.store), owed=WatchedOutbox(counter.store, SWIFT), on_book=on_book
    )
    assert len(engine.flush().accepted) == 1
    assert (touched, used_line) == ({"book"}, {threading.current_thread().name})


def test_the_loop_sends_when_woken_and_when_the_line_is_back(
    counter: Counter, loopback: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.engine.PROBE_SECONDS", 0.1)
    engine = counter.engine(loopback, every_seconds=60)
    with running(engine):
        assert soon(lambda: engine.state.online)
        engine.flush()  # waits for the loop's own first round, which could still take the record along
        counter.keep()
        time.sleep(0.3)
        assert counter.outbox.tally().waiting == 1
        engine.wake()
        assert soon(lambda: counter.outbox.tally().accepted == 1)
        loopback.down = "net.unreachable"
        engine.wake()
        assert soon(lambda: not engine.state.online)
        counter.keep()
        loopback.down = None
        assert soon(lambda: counter.outbox.tally().accepted == 2)


def test_a_bug_in_one_round_does_not_end_the_loop(counter: Counter, loopback: Faulty) -> None:
    def bug(_: object) -> None:
        loopback.before_send = lambda _: None  # type: ignore[method-assign]
        raise ZeroDivisionError

    loopback.before_send = bug  # type: ignore[method-assign]
    counter.keep()
    engine = counter.engine(loopback, every_seconds=0.1)
    with running(engine):
        assert soon(lambda: counter.outbox.tally().accepted == 1)
