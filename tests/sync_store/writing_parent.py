"""Forks children that write a book as fast as they can, and kills each at a random moment.

Run as ``python writing_parent.py KEYS_FOLDER``; reads ``BOOK SEED FROM DELAY_MS`` lines (the delay counts
from the ``fork``, or from when the book is ``open``) and answers each with one JSON line: what the child had
been told is kept, noted or settled when it died. Everything heavy is imported before the first fork, so that
a child begins to write within a few milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

import conftest
import structlog
from uuid_utils.compat import uuid7

from sync import heads
from sync.keys import Keys, open_keys
from sync.outbox import Outbox
from sync.records import Outcome, Record
from sync.retention import forget
from sync.seal import seal_evidence
from sync.store import Store, stamp, utc_now

LONGEST_OPENING_S = 20.0


def case(chance: random.Random, centre: conftest.Centre) -> conftest.Case:
    record_id = str(uuid7())
    plain = chance.randbytes(chance.choice((100, 3000, 12_000)))
    ref, sealed = seal_evidence(record_id, "chip_photo", "image/jpeg", plain, centre.sealing_key)
    body = {"decision": "accept", "score": chance.random()}
    record = Record(
        id=record_id, at=stamp(utc_now()), terminal_id="T-1", branch="B-1", simulated=True, body=body,
        evidence=(ref,),
    )  # fmt: skip
    return record, (sealed,)


def write(book: Path, keys: Keys, seed: int, told: int) -> None:
    """A terminal's day in a hurry; every finished step is told to the parent."""
    chance, centre = random.Random(seed), conftest.Centre()

    def tell(what: str, value: object) -> None:
        os.write(told, json.dumps([what, value]).encode() + b"\n")

    with Store.open(book, keys.database_key()) as store:
        outbox = Outbox(store, chance=chance)
        tell("opened", store.head().seq)
        for _ in range(2000):
            record, evidence = case(chance, centre)
            store.keep(record, evidence, keys)
            tell("kept", record.id)
            match chance.randrange(6):
                case 0:
                    tell("noted", store.note("case.step", {"n": chance.random()}).seq)
                case 1:
                    outbox.sent(centre.receipt(record))
                    tell("accepted", record.id)
                case 2:
                    outbox.sent(centre.receipt(record, Outcome.REJECTED, "centre.simulated"))
                    tell("rejected", record.id)
                case 3:
                    outbox.failed(record.id, "net.unreachable", utc_now())
                case 4:
                    heads.upload(store, "T-1", keys, limit=20)
                case 5:
                    forget(store, timedelta(0), utc_now() + timedelta(seconds=1))


def run(book: Path, keys: Keys, seed: int, since: str, delay_ms: float) -> dict[str, object]:
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        try:
            write(book, keys, seed, told)
        finally:
            os._exit(3)
    os.close(told)
    if since == "open":
        select.select([heard], [], [], LONGEST_OPENING_S)
    time.sleep(delay_ms / 1000)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(heard, "rb") as pipe:
        lines = [json.loads(line) for line in pipe.read().split(b"\n") if line.endswith(b"]")]
    answer: dict[str, object] = {"killed": os.WIFSIGNALED(status)}
    for what in ("opened", "kept", "noted", "accepted", "rejected"):
        answer[what] = [value for said, value in lines if said == what]
    return answer


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    keys = open_keys(Path(sys.argv[1]), "file")
    for line in sys.stdin:
        book, seed, since, delay_ms = line.split("\t")
        print(json.dumps(run(Path(book), keys, int(seed), since, float(delay_ms))), flush=True)


if __name__ == "__main__":
    main()
