"""What the operator sees: what arrived, whether it is whole, sealed evidence, and the process."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, insert

from sync.centre import tables
from sync.centre.cli import main
from sync.centre.desk import Desk, open_desk
from sync.centre.embedded import CentreDidNotStart, start_centre
from sync.centre.errors import Refusal
from sync.centre.evidence import names, open_evidence
from sync.centre.keys import load_or_make
from sync.centre.verify import verify
from sync.errors import SealBroken


@pytest.fixture
def filled(desk: Desk, till: Any) -> tuple[Desk, Any, list[Any]]:
    """A centre with three records and a countersigned log."""
    till.log("terminal.started")
    envelopes = [till.envelope() for _ in range(3)]
    for envelope in envelopes:
        desk.take_record(envelope)
    desk.take_audit(till.upload())
    return desk, till, envelopes


def change(folder: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(folder / "centre" / "centre.db") as connection:
        connection.execute(sql, values)
    connection.close()


def test_what_is_whole_is_said_to_be(filled: tuple[Desk, Any, list[Any]]) -> None:
    report = verify(filled[0])
    assert (report.sound, report.records, report.lines, report.heads) == (True, 3, 4, 1)


RECORD = "UPDATE record SET {} WHERE id = ?1"
ITEM = "WHERE record_id = ?1 AND name = 'live_face'"
LINE = "audit_line {} WHERE seq = {} AND ?1 > ''"
HEAD = "UPDATE audit_head SET {} WHERE ?1 > ''"

ALTERED = [
    (RECORD.format("record = replace(record, 'accept', 'refuse')"), "record", "centre.bad_digest"),
    (RECORD.format("digest = 'f'"), "record", "centre.bad_digest"),
    (RECORD.format("audit = replace(audit, '08:00', '09:00')"), "record", "centre.bad_audit_hash"),
    (RECORD.format("signature = zeroblob(64)"), "record", "centre.bad_signature"),
    (RECORD.format("record = '{'"), "record", "centre.malformed"),
    (RECORD.format("receipt = replace(receipt, 'accepted', 'rejected')"), "receipt", "centre.bad_signature"),
    (f"UPDATE evidence SET blob = zeroblob(9) {ITEM}", "record", "centre.evidence_altered"),
    (f"DELETE FROM evidence {ITEM}", "record", "centre.evidence_missing"),
    ("UPDATE " + LINE.format("SET line = replace(line, '08', '09')", 1), "audit", "centre.bad_audit_hash"),
    ("DELETE FROM " + LINE.format("", 2), "audit", "centre.broken_chain"),
    ("DELETE FROM " + LINE.format("", 4), "head", "centre.broken_chain"),
    (HEAD.format("receipt = replace(receipt, 'T-01', 'T-02')"), "head", "centre.broken_chain"),
]


@pytest.mark.parametrize(("sql", "what", "code"), ALTERED)
def test_what_was_altered_is_named(
    filled: tuple[Desk, Any, list[Any]], tmp_path: Path, sql: str, what: str, code: str
) -> None:
    desk, _, envelopes = filled
    record_id = envelopes[1].record.id
    change(tmp_path, sql, record_id)
    report = verify(desk)
    assert (what, code) in {(found.what, found.code) for found in report.findings}
    for found in report.findings:
        assert found.where == record_id or found.where.startswith("T-01 ")


def test_evidence_opens_for_the_centre_only(filled: tuple[Desk, Any, list[Any]], tmp_path: Path) -> None:
    desk, _, envelopes = filled
    record_id = envelopes[0].record.id
    assert names(desk, record_id) == ["chip_photo", "live_face"]
    assert open_evidence(desk, record_id, "live_face") == b"picture of live_face"
    with pytest.raises(Refusal, match="not_found"):
        open_evidence(desk, record_id, "iris")
    other = open_desk(tmp_path / "elsewhere")
    stranger = Desk(desk.book, other.keys)
    with pytest.raises(SealBroken):
        open_evidence(stranger, record_id, "live_face")
    other.close()


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    keys = load_or_make(tmp_path, "test")
    assert load_or_make(tmp_path).identity == keys.identity
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "keys" / "sealing.pem").chmod(0o640)
    with pytest.raises(Refusal, match="keys_exposed"):
        load_or_make(tmp_path)
    assert "PRIVATE" not in repr(keys)


def run(*arguments: str) -> Result:
    mask = os.umask(0o022)
    try:
        return CliRunner().invoke(main, arguments)
    finally:
        os.umask(mask)


def test_commands(filled: tuple[Desk, Any, list[Any]], tmp_path: Path) -> None:
    envelopes = filled[2]
    data = str(tmp_path / "centre")
    listed = json.loads(run("records", "--data", data, "--json").stdout)["records"]
    assert [row["id"] for row in listed] == sorted(one.record.id for one in envelopes)
    out = tmp_path / "face.jpg"
    options = ("--record", envelopes[0].record.id, "--name", "live_face", "--out", str(out))
    assert run("evidence", "--data", data, *options).exit_code == 0
    assert out.read_bytes() == b"picture of live_face"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    change(tmp_path, "UPDATE record SET signature = zeroblob(64) WHERE id = ?", envelopes[0].record.id)
    checked = run("verify", "--data", data)
    assert checked.exit_code == 1
    assert f"record {envelopes[0].record.id}: centre.bad_signature" in checked.stdout
    missing = run("records", "--data", str(tmp_path / "none"))
    assert (missing.exit_code, missing.stdout) == (69, "")
    assert missing.stderr.startswith("no centre in")


def test_the_module_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sync.centre", "token", "--data", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    assert len(said.strip().rpartition(".")[2]) == 16


def test_a_centre_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CentreDidNotStart, match="cannot listen"),
    ):
        start_centre(tmp_path / "centre", port=taken.getsockname()[1])


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from sync.centre.embedded import start_centre\n"
            "centre = start_centre(Path(sys.argv[1]))\n"
            "print(centre._process.pid, flush=True); time.sleep(60)",
            str(tmp_path / "centre"),
        ],
        stdout=subprocess.PIPE,
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        os.kill(parent.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while not gone(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(child)


def test_a_lost_race_for_a_unique_key_is_run_again(desk: Desk) -> None:
    """As it happens between copies of the centre on PostgreSQL; SQLite takes turns by itself."""
    attempts: list[int] = []

    def racing(connection: Connection) -> str:
        attempts.append(1)
        for _ in range(2 if len(attempts) == 1 else 1):
            connection.execute(insert(tables.token).values(sha256="a", expires_at="2026"))
        return "written"

    assert desk.book.write(racing) == "written"
    assert len(attempts) == 2
    with pytest.raises(Refusal, match="unavailable"):
        desk.book.write(racing)


def test_two_copies_share_one_book(tmp_path: Path, new_till: Callable[..., Any]) -> None:
    first, second = open_desk(tmp_path / "centre"), open_desk(tmp_path / "centre")
    till = new_till(first)
    envelope = till.envelope()
    assert [desk.take_record(envelope).outcome.value for desk in (first, second)] == [
        "accepted",
        "already_have",
    ]
    first.close()
    second.close()
