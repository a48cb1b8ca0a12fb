"""Sending over a line that is cut anywhere, to a centre that is killed: nothing lost, nothing twice."""

from __future__ import annotations

import random
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sync.centre.embedded import start_centre
from sync.centre.verify import verify
from sync.enrol import enrol
from sync.keys import open_keys
from sync.outbox import Outbox
from sync.store import Store
from sync.transports.http import HttpTransport
from sync.transports.line import Address
from tests.sync_centre.counters import SWIFT, Counter, running, soon


class Cutter:
    """A line that is cut at a random byte, in either direction, until it is `open`."""

    def __init__(self, target: str, chance: random.Random) -> None:
        self._goal = urlsplit(target)
        self._chance = chance
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0
        self.open = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._end.is_set():
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            with near, socket.create_connection((self._goal.hostname, self._goal.port)) as far:
                self._pass(near, far)

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        """One connection, until either side or the scissors end it."""
        allowed = 10**9 if self.open else int(self._chance.uniform(1, 20_000))
        near.settimeout(0.005)
        far.settimeout(0.005)
        while not self._end.is_set():
            for one, other in ((near, far), (far, near)):
                try:
                    part = one.recv(65536)
                except TimeoutError:
                    continue
                except OSError:
                    return
                if not part:
                    return
                try:
                    other.sendall(part[:allowed])
                except OSError:
                    return
                allowed -= len(part)
                if allowed <= 0:
                    self.cuts += 1
                    return


def enrolled(url: str, token: str, folder: Path) -> tuple[Any, Any]:
    keys = open_keys(folder / "keys", "file")
    return keys, enrol(Address(url), "T-cut", "B-1", keys, token, folder / "pinned")


@pytest.mark.slow
def test_a_line_cut_anywhere_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with start_centre(tmp_path / "centre") as centre:
        keys, identity = enrolled(centre.url, centre.token(), tmp_path)
        with Store.open(tmp_path / "book" / "book.db", keys.database_key()) as store:
            counter = Counter(keys, "T-cut", identity, store, Outbox(store, SWIFT))
            ids = [counter.keep() for _ in range(60)]
            cutter = Cutter(centre.url, random.Random(7))
            address = Address(cutter.url, connect_seconds=2, answer_seconds=2)
            transport = HttpTransport(address, identity, "T-cut", keys)
            engine = counter.engine(transport)
            until = time.monotonic() + 40
            while counter.outbox.tally().accepted < 60 and time.monotonic() < until:
                engine.flush(seconds=10)
                cutter.open = cutter.cuts >= 40
            transport.close()
            cutter.close()
            assert cutter.cuts >= 10
            check_arrived(counter, centre.url, ids)
    check_centre(tmp_path / "centre", ids)


@pytest.mark.slow
def test_a_centre_killed_while_it_is_sent_to_loses_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(11)
    with start_centre(tmp_path / "centre") as centre:
        keys, identity = enrolled(centre.url, centre.token(), tmp_path)
        with Store.open(tmp_path / "book" / "book.db", keys.database_key()) as store:
            counter = Counter(keys, "T-cut", identity, store, Outbox(store, SWIFT))
            ids = [counter.keep() for _ in range(60)]
            transport = HttpTransport(Address(centre.url), identity, "T-cut", keys)
            engine = counter.engine(transport, every_seconds=0.05)
            with running(engine):
                for _ in range(3):
                    before = counter.outbox.tally().accepted
                    soon(lambda before=before: counter.outbox.tally().accepted > before)  # type: ignore[misc]
                    time.sleep(chance.uniform(0, 0.3))
                    url = centre.url
                    centre.kill()
                    assert not centre.running
                    centre.restart()
                    assert (centre.url, centre.running) == (url, True)
                assert soon(lambda: counter.outbox.tally().accepted == 60, 40)
            transport.close()
            check_arrived(counter, centre.url, ids)
    check_centre(tmp_path / "centre", ids)


def check_arrived(counter: Counter, url: str, ids: list[str]) -> None:
    """Both books agree, over the real line."""
    transport = HttpTransport(Address(url), counter.identity, counter.terminal_id, counter.keys)
    report = counter.engine(transport).flush()
    assert transport.record_ids() == tuple(sorted(ids))
    transport.close()
    assert report.differences is not None
    assert not report.differences.any
    assert counter.outbox.rejected() == ()
    assert report.audit_seq == counter.store.head().seq


def check_centre(folder: Path, ids: list[str]) -> None:
    """And the centre's own book is whole."""
    from sync.centre.desk import open_desk

    desk = open_desk(folder)
    report = verify(desk)
    desk.close()
    assert report.sound
    assert report.records == len(ids)
