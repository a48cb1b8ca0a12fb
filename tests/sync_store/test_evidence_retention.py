"""Sealed evidence goes after receipt and grace, results stay."""

from __future__ import annotations

from datetime import timedelta

from sync.outbox import Outbox
from sync.records import Outcome
from sync.retention import RECORDS_AT_ONCE, Forgotten, forget

GRACE = timedelta(days=3)


def test_evidence_goes_after_receipt_and_grace_and_results_stay(store, keys, clock, centre, new_case):
    outbox, records = Outbox(store), []
    for _ in range(3):
        record, evidence = new_case()
        store.keep(record, evidence, keys)
        records.append((record, evidence))
    sent, rejected, waiting = (record for record, _ in records)
    outbox.sent(centre.receipt(sent), clock())
    outbox.sent(centre.receipt(rejected, Outcome.REJECTED, "centre.simulated"), clock())

    assert forget(store, GRACE, clock.pass_(days=2)) == Forgotten()
    done = forget(store, GRACE, clock.pass_(days=2))
    assert (done.records, done.items) == (1, 2)
    assert done.sealed_bytes == sum(len(item.blob) for item in records[0][1])
    assert forget(store, GRACE, clock()) == Forgotten()

    assert store.envelope(sent.id).evidence == ()
    assert store.record(sent.id).record == sent
    assert len(store.envelope(rejected.id).evidence) == 2
    assert len(store.envelope(waiting.id).evidence) == 2
    assert store.lines()[-1].kind == "evidence.forgotten"
    assert store.body(store.head().seq)["records"] == [sent.id]
    assert store.verify().sound


def test_forgotten_bytes_are_not_in_the_file(store, book, keys, clock, centre, new_case):
    """With encryption nothing is readable anyway; freed pages are overwritten as well (secure_delete)."""
    record, evidence = new_case(size=50_000)
    store.keep(record, evidence, keys)
    Outbox(store).sent(centre.receipt(record), clock())
    forget(store, timedelta(0), clock())
    assert store.database.rows("PRAGMA freelist_count")[0][0] > 5
    assert store.database.rows("PRAGMA secure_delete") == [(1,)]


def test_forgetting_is_done_in_portions(store, keys, clock, centre, new_case):
    outbox = Outbox(store)
    for _ in range(RECORDS_AT_ONCE + 5):
        record, evidence = new_case(size=10)
        store.keep(record, evidence, keys)
        outbox.sent(centre.receipt(record), clock())
    assert forget(store, timedelta(0), clock()).records == RECORDS_AT_ONCE
    assert forget(store, timedelta(0), clock()).records == 5
    assert forget(store, timedelta(0), clock()).records == 0
