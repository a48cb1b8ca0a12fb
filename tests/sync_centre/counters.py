"""A terminal with a book, for tests of sending."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uuid_utils

from sync.engine import SyncEngine
from sync.outbox import Backoff, Outbox
from sync.ports import TerminalBook
from sync.records import Record
from sync.seal import seal_evidence
from sync.store import Store

SWIFT = Backoff(first_seconds=0.02, longest_seconds=0.1)


@dataclass
class Counter:
    """A terminal with a book."""

    keys: Any
    terminal_id: str
    identity: Any
    store: Store
    outbox: Outbox

    def keep(self, signer: Any = None) -> str:
        record_id = str(uuid_utils.uuid7())
        ref, item = seal_evidence(
            record_id, "live_face", "image/jpeg", bytes(5000), self.identity.sealing_key
        )
        record = Record(
            id=record_id,
            at="2026-11-21T08:00:00.000Z",
            terminal_id=self.terminal_id,
            branch="B-1",
            simulated=True,
            body={"decision": "accept"},
            evidence=(ref,),
        )
        self.store.keep(record, (item,), signer or self.keys)
        return record_id

    def engine(self, transport: Any, **options: Any) -> SyncEngine:
        book = options.pop("book", None) or TerminalBook(self.store)
        owed = options.pop("owed", self.outbox)
        return SyncEngine(book, owed, transport, self.keys, self.terminal_id, **options)


@contextmanager
def running(engine: SyncEngine) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=engine.run, args=(stop,), name="sync")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        begin = time.monotonic()
        thread.join(10)
        assert time.monotonic() - begin < 5


def soon(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return true()
