"""Every changed byte is found and named; nothing that is damaged is opened as if it were well."""

from __future__ import annotations

import contextlib
import random
import re
import shutil

import pytest

from sync import mark
from sync.database import connect
from sync.errors import Damaged, StoreError, WrongKey
from sync.inspection import Trust, inspect
from sync.keys import open_keys
from sync.outbox import Outbox
from sync.records import Outcome
from sync.store import Store

from .conftest import live_in

POSITIONS = 320
PLAIN_POSITIONS = 160
PAGE = 4096
TABLES = ("audit", "signer", "record", "receipt", "evidence", "outbox", "head")


def flipped(raw: bytes, position: int, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[position] ^= 1 << bit
    return bytes(changed)


def everything(book, key):
    """All rows of a book, as a reader sees them."""
    with connect(book, key, read_only=True) as database:
        return {table: database.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}


def test_an_untouched_book_is_sound(lived_in, book, keys, centre):
    verdict = inspect(book, keys.database_key(), Trust((keys.public_der(),), centre.receipt_key))
    assert verdict.sound, str(verdict)
    assert (verdict.records, verdict.head.seq) == (6, 11)


def test_any_flipped_byte_of_the_file_is_named(lived_in, book, keys):
    """All bytes of an encrypted book are used: salt, or a page with its IV and HMAC."""
    raw, chance, missed = book.read_bytes(), random.Random(20260302), []
    for _ in range(POSITIONS):
        position = chance.randrange(len(raw))
        book.write_bytes(flipped(raw, position, chance.randrange(8)))
        verdict = inspect(book, keys.database_key())
        named = [str(one) for one in verdict.findings]
        if f"database file damaged at page {position // PAGE + 1}" not in named:
            missed.append((position, str(verdict)))
    assert missed == []


def test_a_flipped_byte_never_gives_a_traceback_or_a_wrong_record(lived_in, book, keys, new_case, tmp_path):
    """The terminal on a damaged book: it works on what is whole, or says what is wrong; it never invents."""
    raw, chance = book.read_bytes(), random.Random(5)
    whole = everything(book, keys.database_key())["record"]
    bodies = {row[2] for row in whole}
    for number in range(60):
        folder = tmp_path / str(number)
        folder.mkdir()
        copy = folder / "book.db"
        copy.write_bytes(flipped(raw, chance.randrange(len(raw)), chance.randrange(8)))
        shutil.copy(mark.path_of(book), mark.path_of(copy))
        with contextlib.suppress(StoreError), Store.open(copy, keys.database_key()) as store:
            found = {row[0] for row in store.database.rows("SELECT body FROM record")}
            assert found <= bodies
            store.keep(*new_case(), keys)


def test_any_flipped_byte_without_encryption_is_named_or_changes_nothing(book, keys, clock, centre, new_case):
    """A plain file has unused bytes (free space, deleted cells); a flip there must leave every row as it was.

    The times of the outbox are not hashed: a changed one means an earlier or later try, never a lost record.
    """
    live_in(book, None, keys, clock, centre, new_case)
    raw, chance, silent = book.read_bytes(), random.Random(99), []
    before = everything(book, None)
    harmless = 0
    for _ in range(PLAIN_POSITIONS):
        position = chance.randrange(len(raw))
        book.write_bytes(flipped(raw, position, chance.randrange(8)))
        try:
            verdict = inspect(book, None, Trust((keys.public_der(),), centre.receipt_key))
        except StoreError as error:
            assert error.code.startswith("store.")
            continue
        if verdict.sound:
            harmless += 1
            after = everything(book, None)
            changed = [table for table in TABLES if before[table] != after[table]]
            if changed and changed != ["outbox"]:
                silent.append((position, changed))
    assert silent == []
    assert harmless < PLAIN_POSITIONS


def test_a_flipped_byte_of_the_write_ahead_log_is_named(book, keys, new_case, tmp_path):
    """SQLite ends the log at the first damaged frame, as after a power cut; the mark knows better."""
    with Store.open(book, keys.database_key()) as store:
        store.note("terminal.started", {})
        store.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        for _ in range(3):
            store.keep(*new_case(), keys)
        for name in ("book.db", "book.db-wal", "book.db.mark"):
            shutil.copy(book.parent / name, tmp_path / f"dead-{name}")
    dead = tmp_path / "dead-book.db"
    log = tmp_path / "dead-book.db-wal"
    raw, file, chance, missed = log.read_bytes(), dead.read_bytes(), random.Random(3), []
    assert len(raw) > 10_000
    for _ in range(100):
        dead.write_bytes(file)
        (tmp_path / "dead-book.db-shm").unlink(missing_ok=True)
        position = chance.randrange(len(raw))
        log.write_bytes(flipped(raw, position, chance.randrange(8)))
        verdict = inspect(dead, keys.database_key())
        if "audit line" not in str(verdict) and "database file" not in str(verdict):
            missed.append((position, str(verdict)))
    assert missed == []


def test_any_flipped_byte_of_the_mark_is_named(lived_in, book, keys):
    place = mark.path_of(book)
    raw = place.read_bytes()
    for position in range(len(raw)):
        place.write_bytes(flipped(raw, position, position % 8))
        assert mark.read(place) is None, position
        if position % 10 == 0:
            assert str(inspect(book, keys.database_key())) == "high-water mark altered"


def tampered(book, key, *statements):
    """What somebody with the key of the book can do: SQL, without our triggers, which are put back after."""
    with connect(book, key) as database:
        triggers = database.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        database.rows("PRAGMA foreign_keys = OFF")
        database.rows("PRAGMA ignore_check_constraints = ON")
        with database.unit():
            for name, _ in triggers:
                database.rows(f"DROP TRIGGER {name}")
            for statement in statements:
                database.rows(statement)
            for _, sql in triggers:
                database.rows(sql)


RECORD_3 = "(SELECT id FROM record ORDER BY audit_seq LIMIT 1 OFFSET 2)"
TAMPERINGS = [
    ("UPDATE record SET body = replace(body, 'accept', 'refuse') WHERE id = {r}", "record {id} altered"),
    ("UPDATE record SET body = body || ' ' WHERE id = {r}", "record {id} altered"),
    ("UPDATE record SET body = '' WHERE id = {r}", "record {id} altered"),
    ("UPDATE record SET signature = zeroblob(64) WHERE id = {r}", "record {id} has no valid signature"),
    ("UPDATE record SET signature = x'' WHERE id = {r}", "record {id} has no valid signature"),
    ("DELETE FROM record WHERE id = {r}", "record of audit line 7 missing"),
    ("UPDATE audit SET kind = 'record.kepp', body = '' WHERE seq = 7", "audit line 7 altered"),
    ("UPDATE audit SET at = '2026-03-02T12:00:00.001Z' WHERE seq = 7", "audit line 7 altered"),
    ("UPDATE audit SET hash = printf('%064d', 1) WHERE seq = 7", "audit line 7 altered"),
    ("UPDATE audit SET prev = printf('%064d', 1) WHERE seq = 7", "audit line 7 altered"),
    ("UPDATE audit SET body_sha256 = printf('%064d', 0) WHERE seq = 7", "audit line 7 altered"),
    ("UPDATE audit SET body = '{{}}' WHERE seq = 1", "audit line 1 has another body than was logged"),
    ("DELETE FROM audit WHERE seq = 1", "audit line 1 missing"),
    ("DELETE FROM audit WHERE seq = 11", "audit line 11 missing at the end"),
    ("UPDATE evidence SET blob = x'00' WHERE record_id = {r}", "evidence chip_photo of record {id} altered"),
    ("DELETE FROM evidence WHERE record_id = {r}", "evidence identity of record {id} missing"),
    (
        "UPDATE evidence SET name = 'iris' WHERE record_id = {r} AND name = 'identity'",
        "evidence iris of record {id}",
    ),
    ("UPDATE signer SET public_der = x'00'", "signing key"),
    ("UPDATE receipt SET body = replace(body, 'centre-1', 'centre-2')", "has no valid signature"),
    ("UPDATE receipt SET outcome = 'accepted' WHERE record_id = {r}", "receipt of record {id} altered"),
    ("UPDATE outbox SET state = 'accepted' WHERE record_id = {r}", "outbox row of record {id} contradicts"),
    ("DELETE FROM outbox WHERE record_id = {r}", "outbox row of record {id} missing"),
    ("DELETE FROM receipt WHERE record_id = {first}", "outbox row of record"),
    ("UPDATE head SET signature = zeroblob(64) WHERE seq = 11", "signed head 11 has no valid signature"),
    ("UPDATE head SET receipt = replace(receipt, 'centre-1', 'centre-2')", "no valid countersignature"),
]


@pytest.mark.parametrize(("statement", "named"), TAMPERINGS, ids=[one[0] for one in TAMPERINGS])
def test_what_somebody_with_the_key_changes_is_named(lived_in, book, keys, centre, statement, named):
    first = "(SELECT id FROM record ORDER BY audit_seq LIMIT 1)"
    tampered(book, keys.database_key(), statement.format(r=RECORD_3, first=first))
    verdict = inspect(book, keys.database_key(), Trust((keys.public_der(),), centre.receipt_key))
    assert named.format(id=lived_in[2]) in str(verdict)


def test_every_character_of_a_record_and_its_line_counts(lived_in, book, keys):
    """Random changes of one character each in records and audit lines."""
    key, chance, missed = keys.database_key(), random.Random(11), []
    raw = book.read_bytes()
    columns = [("record", name) for name in ("id", "body", "key_id")]
    columns += [("audit", name) for name in ("at", "kind", "body_sha256", "prev", "hash", "body")]
    with connect(book, key, read_only=True) as database:
        cells = [
            (table, column, rowid, text)
            for table, column in columns
            for rowid, text in database.rows(f"SELECT rowid, {column} FROM {table}")
            if text
        ]
    for _ in range(60):
        table, column, rowid, text = chance.choice(cells)
        at = chance.randrange(len(text))
        changed = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
        book.write_bytes(raw)
        tampered(book, key, f"UPDATE {table} SET {column} = '{changed}' WHERE rowid = {rowid}")
        verdict = inspect(book, key)
        wanted = {"record": r"record|signing key", "audit": rf"audit line {rowid}\b"}[table]
        if not re.search(wanted, str(verdict)):
            missed.append((table, column, rowid, str(verdict)))
    assert missed == []


def test_a_forged_chain_fails_at_the_signatures(lived_in, book, keys):
    """Somebody recomputes the hashes after changing a record: the terminal's signature does not follow."""
    from sync.audit import LINE_COLUMNS, Head, line_of_row, next_line
    from sync.records import Record, canonical

    key = keys.database_key()
    with connect(book, key, read_only=True) as database:
        lines = [line_of_row(row) for row in database.rows(f"SELECT {LINE_COLUMNS} FROM audit ORDER BY seq")]
        body = database.rows("SELECT body FROM record WHERE audit_seq = 7")[0][0]
    forged = Record.model_validate_json(body.replace("accept", "refuse"))
    statements, head = [], Head(6, lines[5].hash)
    text = canonical(forged.as_json()).decode()
    statements.append(f"UPDATE record SET body = '{text}' WHERE audit_seq = 7")
    for line in lines[6:]:
        digest = forged.digest() if line.seq == 7 else line.body_sha256
        fresh = next_line(head, line.at, line.kind, digest)
        head = Head(fresh.seq, fresh.hash)
        statements.append(
            f"UPDATE audit SET body_sha256 = '{fresh.body_sha256}', prev = '{fresh.prev}', "
            f"hash = '{fresh.hash}' WHERE seq = {fresh.seq}"
        )
    tampered(book, key, *statements)
    verdict = inspect(book, key)
    assert f"record {forged.id} has no valid signature" in str(verdict)
    assert "audit line 11 is not the one that was signed" in str(verdict)


def test_dropped_triggers_are_named(lived_in, book, keys):
    with connect(book, keys.database_key()) as database:
        database.rows("DROP TRIGGER record_no_update")
        database.rows("CREATE TABLE more (a)")
    verdict = inspect(book, keys.database_key())
    assert [str(one) for one in verdict.findings] == [
        "schema object more does not belong there",
        "schema object record_no_update missing",
    ]


def test_a_tail_that_was_cut_off_is_known_from_head_mark_and_centre(book, keys, centre, new_case):
    from sync.audit import Head

    with Store.open(book, keys.database_key()) as store:
        store.keep(*new_case(), keys)
    older, older_mark = book.read_bytes(), mark.path_of(book).read_bytes()
    with Store.open(book, keys.database_key()) as store:
        record, evidence = new_case()
        line = store.keep(record, evidence, keys)
    book.write_bytes(older)
    verdict = inspect(book, keys.database_key())
    assert str(verdict) == "audit line 2 missing at the end (known from: mark)"
    with pytest.raises(Damaged) as caught:
        Store.open(book, keys.database_key())
    assert caught.value.code == "store.tail_lost"
    mark.path_of(book).write_bytes(older_mark)
    assert inspect(book, keys.database_key()).sound, (
        "without any word from elsewhere a whole older copy is whole"
    )
    verdict = inspect(book, keys.database_key(), Trust(head=Head(line.seq, line.hash)))
    assert str(verdict) == "audit line 2 missing at the end (known from: centre)"


def test_a_loss_is_accepted_only_by_a_person_and_stays_visible(book, keys, new_case):
    with Store.open(book, keys.database_key()) as store:
        store.note("terminal.started", {})
        older = (store.database.rows("PRAGMA wal_checkpoint(TRUNCATE)"), book.read_bytes())[1]
        store.keep(*new_case(), keys)
    book.write_bytes(older)
    with Store.open(book, keys.database_key(), accept_loss=True) as store:
        assert store.lines()[-1].kind == "book.loss_accepted"
        assert store.body(2) == {"marked": 2, "found": 1}
    assert inspect(book, keys.database_key()).sound


def test_a_lost_mark_is_noted(lived_in, book, keys):
    mark.path_of(book).unlink()
    assert str(inspect(book, keys.database_key())) == "high-water mark missing"
    with Store.open(book, keys.database_key()) as store:
        assert store.lines(after=11)[0].kind == "book.mark_renewed"
        assert store.verify().sound


def test_a_wrong_key_is_told_from_a_damaged_first_page(lived_in, book, keys):
    for wrong in (bytes(32), None):
        with pytest.raises(WrongKey) as caught:
            Store.open(book, wrong)
        assert caught.value.code == "store.wrong_key"
        with pytest.raises(WrongKey):
            inspect(book, wrong)
    raw = book.read_bytes()
    book.write_bytes(flipped(raw, 100, 0))
    with pytest.raises(Damaged):
        Store.open(book, keys.database_key())
    book.write_bytes(raw)
    assert inspect(book, keys.database_key()).sound, "a refused start leaves the file as it was"


def test_a_key_for_a_plain_book_is_a_wrong_key(book, keys):
    Store.open(book, None).close()
    with pytest.raises(WrongKey):
        Store.open(book, keys.database_key())


@pytest.mark.parametrize("keep", [0, 1, 100, 4095, 4096, 4097, 20_000, -1, -4096])
def test_a_shortened_file_is_refused_or_named_never_recreated(lived_in, book, keys, keep):
    raw = book.read_bytes()
    short = raw[:keep]
    book.write_bytes(short)
    assert not inspect(book, keys.database_key()).sound
    with contextlib.suppress(Damaged), Store.open(book, keys.database_key()) as store:
        store.head()
    if keep in (0, 1, 100, 4095):
        with pytest.raises(Damaged):
            Store.open(book, keys.database_key())
        assert book.read_bytes() == short


def test_a_vanished_file_is_refused_never_recreated(lived_in, book, keys):
    book.unlink()
    for read_only in (False, True):
        with pytest.raises(Damaged) as caught:
            Store.open(book, keys.database_key(), read_only=read_only)
        assert caught.value.code == "store.missing"
    assert not book.exists()
    assert not inspect(book, keys.database_key()).sound


@pytest.mark.parametrize("words", [b"SQLite format 3\0" + bytes(4080), b"not a database at all" * 400])
def test_another_file_is_no_book(book, keys, words):
    book.write_bytes(words)
    for key in (None, keys.database_key()):
        with pytest.raises((WrongKey, Damaged)):
            Store.open(book, key)
    assert book.read_bytes() == words


def test_appended_bytes_are_named(lived_in, book, keys):
    with book.open("ab") as file:
        file.write(b"x" * 5000)
    assert not inspect(book, keys.database_key()).sound


def test_outcomes_stay_with_their_records(lived_in, book, keys):
    with Store.open(book, keys.database_key(), read_only=True) as store:
        outbox = Outbox(store)
        assert (outbox.tally().accepted, outbox.tally().rejected, outbox.tally().waiting) == (2, 1, 3)
        assert outbox.receipt(lived_in[2]).outcome is Outcome.REJECTED


def test_keys_of_another_terminal_do_not_open_the_book(lived_in, book, tmp_path):
    stranger = open_keys(tmp_path / "other", "file")
    with pytest.raises(WrongKey):
        Store.open(book, stranger.database_key())
