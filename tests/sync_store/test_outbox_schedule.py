"""What is owed: waiting grows and is bounded, survives, and nothing blocks anything else."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.errors import Conflict, Misused
from sync.outbox import Backoff, Outbox
from sync.records import Outcome
from sync.store import Store


class Worst(random.Random):
    """The longest wait every time."""

    def uniform(self, a, b):
        return b


@pytest.fixture
def outbox(store):
    return Outbox(store, chance=Worst())


@pytest.fixture
def kept(store, keys, new_case):
    def keep(count=1):
        records = []
        for _ in range(count):
            record, evidence = new_case(size=50)
            store.keep(record, evidence, keys)
            records.append(record)
        return records

    return keep


@given(
    first=st.floats(0.001, 100),
    longest=st.floats(0.001, 100_000),
    tries=st.integers(0, 10**9),
    seed=st.integers(),
)
def test_waiting_is_always_within_its_bounds(first, longest, tries, seed):
    backoff = Backoff(first, longest)
    assert 0 <= backoff.wait_seconds(tries, random.Random(seed)) <= backoff.span_seconds(tries) <= longest


@given(first=st.floats(0.01, 100), longest=st.floats(1, 100_000))
def test_spans_double_until_the_cap(first, longest):
    spans = [Backoff(first, longest).span_seconds(tries) for tries in range(1, 40)]
    assert spans == sorted(spans)
    assert spans[-1] == longest
    assert spans[0] == min(first, longest)


def test_jitter_spreads_over_the_whole_span():
    backoff, chance = Backoff(2, 900), random.Random(4)
    waits = [backoff.wait_seconds(5, chance) for _ in range(2000)]
    assert min(waits) < 1
    assert max(waits) > 31
    assert 14.5 < sum(waits) / len(waits) < 17.5


def test_new_records_are_due_at_once_in_their_order(outbox, kept, clock):
    records = kept(4)
    assert outbox.due(clock()) == tuple(record.id for record in records)
    assert outbox.due(clock(), limit=2) == tuple(record.id for record in records[:2])
    assert outbox.next_due(clock()) == clock()


def test_a_failed_record_waits_and_the_next_goes_on(outbox, kept, clock):
    bad, good = kept(2)
    state = outbox.failed(bad.id, "net.timeout", clock())
    assert state.next_at == clock() + timedelta(seconds=2)
    assert outbox.due(clock()) == (good.id,)
    clock.pass_(seconds=3)
    assert set(outbox.due(clock())) == {bad.id, good.id}
    facts = outbox.waiting()[0].facts(clock())
    assert facts == {"tries": 1, "tried_seconds_ago": 3, "next_in_seconds": 0, "code": "net.timeout"}


def test_tries_and_times_survive_a_restart(book, keys, clock, new_case):
    record, evidence = new_case()
    with Store.open(book, keys.database_key(), clock=clock) as store:
        store.keep(record, evidence, keys)
        for _ in range(3):
            last = Outbox(store, chance=Worst()).failed(record.id, "net.unreachable", clock())
    with Store.open(book, keys.database_key(), clock=clock) as store:
        (again,) = Outbox(store).waiting()
        assert again == last
        assert again.tries == 3
        assert Outbox(store).due(clock()) == ()
        assert Outbox(store).next_due(clock()) == last.next_at


@given(history=st.lists(st.tuples(st.sampled_from("fffrhc"), st.integers(-(10**8), 10**7)), max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_to_the_clock_nothing_waits_longer_than_the_longest_wait(
    history, store, keys, clock, new_case
):
    """f: a failure, r: restart of the outbox, h: the line is back, c: the clock jumps (also years back)."""
    outbox = Outbox(store, Backoff(2, 900), random.Random(1))
    record, evidence = new_case(size=20)
    store.keep(record, evidence, keys)
    for what, jump in history:
        match what:
            case "f":
                outbox.failed(record.id, "net.unreachable", clock())
            case "r":
                outbox = Outbox(store, Backoff(2, 900), random.Random(jump))
            case "h":
                outbox.hurry()
            case "c":
                clock.pass_(seconds=jump / 10)
        due = outbox.next_due(clock())
        assert clock() <= due <= clock() + timedelta(seconds=901)
        assert record.id in outbox.due(due + timedelta(seconds=1), limit=10**6)
    outbox.reject(record.id, "test.done", {}, clock())


def test_a_clock_set_back_a_year_does_not_stall(outbox, kept, clock):
    (record,) = kept()
    outbox.failed(record.id, "net.timeout", clock())
    clock.pass_(days=-365)
    assert outbox.due(clock()) == (record.id,)
    assert outbox.next_due(clock()) == clock()


def test_accepted_is_settled_and_its_receipt_kept(outbox, kept, clock, centre, store):
    (record,) = kept()
    receipt = centre.receipt(record)
    outbox.sent(receipt, clock())
    lines = store.head().seq
    outbox.sent(receipt, clock())
    assert store.head().seq == lines, "the same word twice is one"
    assert outbox.receipt(record.id) == receipt
    assert outbox.due(clock()) == ()
    assert outbox.next_due(clock()) is None
    assert outbox.tally().accepted == 1
    assert store.lines()[-1].kind == "record.sent"


def test_already_have_is_as_good_as_accepted(outbox, kept, clock, centre):
    (record,) = kept()
    outbox.sent(centre.receipt(record, Outcome.ALREADY_HAVE), clock())
    assert outbox.tally().accepted == 1


def test_rejected_goes_to_a_person_and_never_round_again(outbox, kept, clock, centre, store):
    bad, good = kept(2)
    outbox.sent(centre.receipt(bad, Outcome.REJECTED, "centre.simulated"), clock())
    (rejected,) = outbox.rejected()
    assert (rejected.record_id, rejected.code, rejected.at) == (bad.id, "centre.simulated", clock())
    assert outbox.due(clock.pass_(days=400)) == (good.id,)
    with pytest.raises(Misused):
        outbox.failed(bad.id, "net.timeout", clock())
    outbox.retry(bad.id, "S-1024")
    assert set(outbox.due(clock())) == {bad.id, good.id}
    assert store.body(store.head().seq) == {"record_id": bad.id, "by": "S-1024"}
    outbox.sent(centre.receipt(bad), clock())
    outbox.sent(centre.receipt(bad, Outcome.REJECTED, "centre.simulated"), clock())
    assert outbox.tally().accepted == 1, "accepted is never taken back"
    with pytest.raises(Misused):
        outbox.retry(bad.id, "S-1024")
    assert store.verify().sound


def test_what_can_never_go_as_it_is_goes_to_a_person(outbox, kept, clock):
    (record,) = kept()
    outbox.reject(record.id, "centre.too_large", {"limit": 4}, clock())
    assert outbox.rejected()[0].facts == {"limit": 4}
    with pytest.raises(Misused):
        outbox.reject(record.id, "centre.too_large", {}, clock())


def test_the_line_is_back_makes_everything_due(outbox, kept, clock):
    records = kept(3)
    for record in records:
        for _ in range(5):
            outbox.failed(record.id, "net.unreachable", clock())
    assert outbox.due(clock()) == ()
    outbox.hurry()
    assert len(outbox.due(clock())) == 3
    assert {one.tries for one in outbox.waiting()} == {5}


def test_a_receipt_about_something_else_is_not_taken(outbox, kept, clock, centre, store, new_case):
    (record,) = kept()
    with pytest.raises(Conflict) as caught:
        outbox.sent(centre.receipt(record).model_copy(update={"record_sha256": "0" * 64}), clock())
    assert caught.value.code == "outbox.other_record"
    stranger, _ = new_case()
    with pytest.raises(Conflict) as caught:
        outbox.sent(centre.receipt(stranger), clock())
    assert caught.value.code == "outbox.unknown_record"
    assert outbox.due(clock()) == (record.id,)
    with pytest.raises(Misused):
        outbox.failed("unknown", "net.timeout", clock())
    assert store.head().seq == 1
