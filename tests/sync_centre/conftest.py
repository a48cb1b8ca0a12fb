"""Real parts: a terminal that signs, a running centre, and a line that can spoil things."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uuid_utils

from sync.audit import Head, next_line
from sync.centre.desk import Desk, open_desk
from sync.centre.embedded import RunningCentre, start_centre
from sync.enrol import enrol
from sync.keys import Keys, open_keys
from sync.records import (
    AuditLine,
    AuditUpload,
    CentreIdentity,
    Enrolment,
    Envelope,
    Record,
    head_bytes,
    signed_bytes,
)
from sync.seal import seal_evidence
from sync.transports.http import HttpTransport
from sync.transports.line import Address

AT = "2026-11-21T08:00:00.000Z"


@dataclass
class Till:
    """A terminal without a book: keys, a chain in memory, and records as they go out."""

    keys: Keys
    terminal_id: str
    identity: CentreIdentity
    lines: list[AuditLine] = field(default_factory=list)

    def log(self, kind: str, body_sha256: str = "0" * 64) -> AuditLine:
        head = Head(self.lines[-1].seq, self.lines[-1].hash) if self.lines else Head()
        self.lines.append(next_line(head, AT, kind, body_sha256))
        return self.lines[-1]

    def envelope(self, record_id: str | None = None, **changes: Any) -> Envelope:
        record_id = record_id or str(uuid_utils.uuid7())
        parts = [
            seal_evidence(
                record_id, name, "image/jpeg", b"picture of " + name.encode(), self.identity.sealing_key
            )
            for name in ("chip_photo", "live_face")
        ]
        values = {
            "id": record_id,
            "at": AT,
            "terminal_id": self.terminal_id,
            "branch": "B-1",
            "simulated": True,
            "body": {"decision": "accept", "scores": {"face": 0.62}},
            "evidence": tuple(ref for ref, _ in parts),
        }
        record = Record(**{**values, **changes})
        return self.sign(record, tuple(item for _, item in parts))

    def sign(self, record: Record, evidence: tuple[Any, ...], line: AuditLine | None = None) -> Envelope:
        line = line or self.log("record.kept", record.digest())
        return Envelope(
            record=record,
            audit=line,
            key_id=self.keys.key_id,
            signature=self.keys.sign(signed_bytes(record, line)),
            evidence=evidence,
        )

    def upload(self, first: int = 1, last: int | None = None) -> AuditUpload:
        lines = tuple(line for line in self.lines if first <= line.seq <= (last or len(self.lines)))
        return self.upload_of(lines)

    def upload_of(self, lines: tuple[AuditLine, ...]) -> AuditUpload:
        signed = head_bytes(self.terminal_id, lines[-1].seq, lines[-1].hash)
        return AuditUpload(
            terminal_id=self.terminal_id,
            lines=lines,
            key_id=self.keys.key_id,
            signature=self.keys.sign(signed),
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A centre in this process."""
    desk = open_desk(tmp_path / "centre", "test")
    yield desk
    desk.close()


@pytest.fixture
def new_till(tmp_path: Path) -> Callable[..., Till]:
    """Makes an enrolled terminal of a desk."""

    def make(desk: Desk, terminal_id: str = "T-01") -> Till:
        keys = open_keys(tmp_path / f"keys-{terminal_id}", "file")
        wish = Enrolment(
            terminal_id=terminal_id, branch="B-1", public_key=keys.public_der(), token=desk.token()
        )
        return Till(keys, terminal_id, desk.enrol(wish))

    return make


@pytest.fixture
def till(desk: Desk, new_till: Callable[..., Till]) -> Till:
    """An enrolled terminal of `desk`."""
    return new_till(desk)


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """A real centre behind real HTTP."""
    with start_centre(tmp_path_factory.mktemp("running") / "centre") as running:
        yield running


@pytest.fixture(scope="session")
def other_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """Another one."""
    with start_centre(tmp_path_factory.mktemp("other") / "centre") as running:
        yield running


@pytest.fixture
def online(centre: RunningCentre, tmp_path: Path) -> Till:
    """A terminal enrolled at the running centre over HTTP."""
    keys = open_keys(tmp_path / "keys", "file")
    terminal_id = f"T-{tmp_path.name}"
    identity = enrol(Address(centre.url), terminal_id, "B-1", keys, centre.token(), tmp_path / "pinned")
    return Till(keys, terminal_id, identity)


@pytest.fixture
def transport(centre: RunningCentre, online: Till) -> Iterator[HttpTransport]:
    """The way of `online` to the centre."""
    transport = HttpTransport(Address(centre.url), online.identity, online.terminal_id, online.keys)
    yield transport
    transport.close()


Change = Callable[[bytes], bytes]


@contextmanager
def spoiled_line(target: str, request: Change | None = None, answer: Change | None = None) -> Iterator[str]:
    """A man in the middle: passes everything on to `target`, but changes bodies on the way."""
    goal = urlsplit(target)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if request is not None and self.command == "POST":
                body = request(body)
            connection = http.client.HTTPConnection(goal.hostname or "", goal.port or 0, timeout=10)
            headers = {
                name: value for name, value in self.headers.items() if name.lower() != "content-length"
            }
            connection.request(self.command, self.path, body or None, headers)
            said = connection.getresponse()
            text = said.read()
            connection.close()
            if answer is not None:
                text = answer(text)
            _answer(self, said.status, said.headers["content-type"], text)

        do_GET = do_POST = _pass

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with _served(Passing) as url:
        yield url


@contextmanager
def stranger(
    status: int = 200, kind: str = "text/html", text: bytes = b"<html>Welcome</html>", seconds: float = 0
) -> Iterator[str]:
    """A server that is not the centre: answers everything with the same page, after some time."""

    class Stranger(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _page(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            time.sleep(seconds)
            try:
                _answer(self, status, kind, text)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = _page

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with _served(Stranger) as url:
        yield url


def _answer(handler: BaseHTTPRequestHandler, status: int, kind: str, text: bytes) -> None:
    handler.send_response(status)
    handler.send_header("content-type", kind)
    if 300 <= status < 400:
        handler.send_header("location", "http://127.0.0.1:9/login")
    handler.send_header("content-length", str(len(text)))
    handler.send_header("connection", "close")
    handler.end_headers()
    handler.wfile.write(text)
    handler.close_connection = True


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(name="spoiled_line")
def spoiled_line_fixture() -> Callable[..., Any]:
    """See `spoiled_line`."""
    return spoiled_line


@pytest.fixture(name="stranger")
def stranger_fixture() -> Callable[..., Any]:
    """See `stranger`."""
    return stranger
