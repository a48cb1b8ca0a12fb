"""The book in ordinary use: kept is kept, once; append-only; one writer, any readers."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from sync import database as database_module
from sync import heads
from sync.database import connect
from sync.errors import Conflict, InUse, Locked, Misused, Unwritable
from sync.findings import Part
from sync.inspection import Trust, inspect
from sync.keys import open_keys, verifies
from sync.outbox import Outbox
from sync.records import Outcome, SealedEvidence, sha256
from sync.seal import unseal_evidence
from sync.store import Store


def test_a_kept_record_is_there_after_reopening(book, keys, centre, new_case):
    record, evidence = new_case()
    with Store.open(book, keys.database_key()) as store:
        line = store.keep(record, evidence, keys)
    assert (line.seq, line.kind, line.body_sha256) == (1, "record.kept", record.digest())
    with Store.open(book, keys.database_key()) as store:
        envelope = store.envelope(record.id)
        assert envelope.record == record
        assert envelope.audit == line
        assert envelope.evidence == evidence
        assert verifies(keys.public_der(), envelope.signature, envelope.signed_bytes())
        assert b"\xe5\xbc\xa0" in unseal_evidence(envelope.evidence[1], record.id, centre.opening)
        assert store.record(record.id).record == record
        assert store.verify().sound


def test_the_file_shows_nothing_without_the_key(book, keys, store, new_case):
    store.keep(*new_case(mark="readable words"), keys)
    store.close()
    raw = book.read_bytes()
    assert not raw.startswith(b"SQLite format 3")
    assert b"readable words" not in raw
    assert b"record" not in raw


def test_files_are_for_their_owner_only(book, store):
    for path in book.parent.glob("book.db*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_keeping_the_same_record_twice_is_harmless(store, keys, new_case):
    record, evidence = new_case()
    first = store.keep(record, evidence, keys)
    assert store.keep(record, evidence, keys) == first
    assert store.head().seq == 1
    assert store.ids() == (record.id,)


def test_an_id_is_never_reused_for_other_contents(store, keys, new_case):
    record, evidence = new_case()
    store.keep(record, evidence, keys)
    changed = record.model_copy(update={"body": {"decision": "refuse"}})
    with pytest.raises(Conflict) as caught:
        store.keep(changed, evidence, keys)
    assert caught.value.code == "store.other_record"
    assert store.record(record.id).record == record


@pytest.mark.parametrize("change", ["missing", "extra", "swapped", "doubled"])
def test_evidence_must_be_what_the_record_names(store, keys, new_case, change):
    record, (photo, person) = new_case()
    given = {
        "missing": (photo,),
        "extra": (photo, person, SealedEvidence(name="live_face", blob=b"x")),
        "swapped": (SealedEvidence(name="chip_photo", blob=person.blob), person),
        "doubled": (photo, photo, person),
    }[change]
    with pytest.raises(Conflict) as caught:
        store.keep(record, given, keys)
    assert caught.value.code == "store.other_evidence"
    assert store.ids() == ()


def test_a_body_that_is_no_json_is_refused(store, keys, new_case):
    with pytest.raises(Conflict) as caught:
        store.keep(*new_case(count=2**60), keys)
    assert caught.value.code == "store.not_json"
    assert store.head().seq == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET body = '{}'",
        "DELETE FROM record",
        "INSERT OR REPLACE INTO record SELECT id, audit_seq, '{}', key_id, signature FROM record",
        "UPDATE audit SET kind = 'x'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT seq, at, 'other', body_sha256, prev, hash, '{}' FROM audit",
        "INSERT INTO audit VALUES (9, '', 'x', '', '', 'h', '{}')",
        "INSERT INTO audit VALUES (2, '', 'x', '', 'not the hash before', 'h', '{}')",
        "UPDATE evidence SET blob = x''",
        "DELETE FROM evidence",
        "DELETE FROM outbox",
        "DELETE FROM signer",
        "UPDATE signer SET public_der = x''",
    ],
)
def test_sql_cannot_change_what_is_written(store, keys, new_case, statement):
    store.keep(*new_case(), keys)
    with pytest.raises(Conflict):
        store.database.rows(statement)
    assert store.verify().sound


def test_evidence_may_go_only_after_the_receipt(store, keys, centre, new_case):
    record, evidence = new_case()
    store.keep(record, evidence, keys)
    Outbox(store).sent(centre.receipt(record, Outcome.REJECTED, "centre.simulated"))
    with pytest.raises(Conflict):
        store.database.rows("DELETE FROM evidence")
    Outbox(store).sent(centre.receipt(record))
    store.database.rows("DELETE FROM evidence")
    assert store.verify().sound


def test_notes_are_chained_and_their_bodies_kept(store, keys, new_case):
    store.note("terminal.started", {"build": "1"})
    store.keep(*new_case(), keys)
    line = store.note("case.step", {"step": "face", "tries": 2})
    assert line.prev == store.lines()[1].hash
    assert store.body(3) == {"step": "face", "tries": 2}
    assert store.body(2) is None
    with pytest.raises(Misused):
        store.note("record.kept", {})


def test_several_notes_are_written_all_or_none(store):
    times = [datetime(2026, 2, 3, 4, 0, tzinfo=UTC)]
    clock, store.clock = store.clock, times.pop  # which fails at the second line
    with pytest.raises(LookupError):
        store.note_all([("moved", {"n": 1}), ("moved", {"n": 2})])
    store.clock = clock
    assert store.head().seq == 0
    store.note_all([("moved", {"n": 1}), ("moved", {"n": 2})])
    assert [body["n"] for body in store.bodies("moved")] == [1, 2]
    with pytest.raises(Misused):
        store.note_all([("moved", {"n": 3}), ("record.kept", {})])
    assert store.verify().sound


def test_newest_records_come_first_in_pages(store, keys, new_case):
    cases = [new_case() for _ in range(5)]
    for case in cases:
        store.keep(*case, keys)
    first = store.records(limit=2)
    rest = store.records(limit=9, before_seq=first[-1].audit.seq)
    found = [kept.record.id for kept in (*first, *rest)]
    assert found == [record.id for record, _ in reversed(cases)]
    assert store.record("unknown") is None
    assert store.envelope("unknown") is None


def test_counts_tell_which_records_there_are(store, keys, new_case):
    ids = []
    for _ in range(3):
        record, evidence = new_case()
        store.keep(record, evidence, keys)
        ids.append(record.id)
    counts = store.counts("T-1")
    assert (counts.records, counts.audit_seq) == (3, 3)
    assert counts.ids_sha256 == sha256("\n".join(sorted(ids)).encode())


def test_a_second_terminal_on_the_same_book_is_told_so(book, store, keys):
    with pytest.raises(InUse) as caught:
        Store.open(book, keys.database_key())
    assert caught.value.code == "store.in_use"
    code = (
        "import sys, pathlib; from sync.store import Store; from sync.errors import InUse\n"
        "try: Store.open(pathlib.Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))\n"
        "except InUse as error: print(error.code)"
    )
    command = [sys.executable, "-c", code, str(book), keys.database_key().hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "store.in_use"


def test_the_book_is_free_again_after_closing(book, keys):
    for _ in range(3):
        Store.open(book, keys.database_key()).close()


def test_reading_and_verifying_work_while_the_terminal_writes(book, store, keys, new_case):
    stop, verdicts, faults = threading.Event(), [], []

    def watch():
        while not stop.is_set():
            verdicts.append(inspect(book, keys.database_key()))

    reader = threading.Thread(target=watch)
    reader.start()
    try:
        for _ in range(40):
            store.keep(*new_case(size=9000), keys)
        store.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        stop.set()
        reader.join(30)
    assert verdicts
    faults = [str(verdict) for verdict in verdicts if not verdict.sound]
    assert faults == []


def test_a_reader_cannot_write(book, store, keys, new_case):
    with Store.open(book, keys.database_key(), read_only=True) as reader:
        with pytest.raises(Misused):
            reader.keep(*new_case(), keys)
        with pytest.raises(Unwritable):
            reader.database.rows("DELETE FROM outbox")


def test_reading_a_book_that_is_not_there_makes_none(book, keys):
    with pytest.raises(Unwritable) as caught:
        Store.open(book, keys.database_key(), read_only=True)
    assert caught.value.code == "store.no_book"
    assert list(book.parent.iterdir()) == []


def test_a_busy_book_is_a_passing_trouble(book, store, keys, new_case, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_MS", 60)
    store.database.rows("PRAGMA busy_timeout = 60")
    other = connect(book, keys.database_key())
    case = new_case()
    with other.unit(), pytest.raises(Locked):
        store.keep(*case, keys)
    other.close()
    assert store.keep(*case, keys).seq == 1


def test_threads_take_turns(store, keys, new_case):
    cases = [new_case() for _ in range(24)]

    def work(part):
        for case in part:
            store.keep(*case, keys)

    threads = [threading.Thread(target=work, args=(cases[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert store.head().seq == 24
    assert store.verify().sound


def test_a_closed_book_says_so(store, keys, new_case):
    store.close()
    store.close()
    with pytest.raises(Misused):
        store.keep(*new_case(), keys)
    with pytest.raises(Misused):
        store.head()


def test_heads_are_signed_sent_and_countersigned(store, keys, centre):
    for number in range(7):
        store.note("case.step", {"n": number})
    first = heads.upload(store, "T-1", keys, limit=4)
    assert [line.seq for line in first.lines] == [1, 2, 3, 4]
    assert verifies(keys.public_der(), first.signature, first.signed_bytes())
    heads.countersign(store, centre.countersignature("T-1", 4, first.lines[-1].hash))
    second = heads.upload(store, "T-1", keys)
    assert [line.seq for line in second.lines] == [5, 6, 7]
    again = heads.upload(store, "T-1", keys, after=2)
    assert again.lines[0].seq == 3
    heads.countersign(store, centre.countersignature("T-1", 7, second.lines[-1].hash))
    assert heads.upload(store, "T-1", keys) is None
    assert heads.countersigned(store).seq == 7
    assert store.verify(Trust((keys.public_der(),), centre.receipt_key)).sound


@pytest.mark.parametrize("seq", [3, 99])
def test_a_countersignature_of_another_log_is_refused(store, keys, centre, seq):
    for number in range(3):
        store.note("case.step", {"n": number})
    heads.upload(store, "T-1", keys)
    with pytest.raises(Conflict):
        heads.countersign(store, centre.countersignature("T-1", seq, "f" * 64))


def test_foreign_keys_and_centres_are_named(lived_in, book, keys, centre, tmp_path):
    stranger = open_keys(tmp_path / "other", "file")
    key = keys.database_key()
    assert inspect(book, key, Trust((keys.public_der(),), centre.receipt_key)).sound
    parts = {finding.part for finding in inspect(book, key, Trust((stranger.public_der(),))).findings}
    assert parts == {Part.SIGNER}
    parts = {finding.part for finding in inspect(book, key, Trust(None, stranger.public_der())).findings}
    assert parts == {Part.RECEIPT, Part.HEAD}
