"""Forks terminals that decide, keep and send cases as fast as they can, and kills each at a random moment.

Run as ``python serving_parent.py HOME KEYS URL``; reads ``AFTER DELAY_MS`` lines and answers each with the
ids of the cases that the killed child had been told are kept. The child runs the terminal's own book, sync
engine and HTTP transport; only devices and networks are left out, for speed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from datetime import date
from pathlib import Path

import structlog

from drivers.api import About, CardKind, IdCard, Sex
from models.api import Answer, LiveAnswer, Liveness, Match, PhotoKind
from sync import enrol
from sync.engine import SyncEngine
from sync.keys import open_keys
from sync.outbox import Backoff, Outbox
from sync.ports import TerminalBook
from sync.store import Store
from sync.transports.http import HttpTransport
from sync.transports.line import Address
from terminal.holder.values import HolderCheck
from terminal.ledger import Book
from terminal.pictures import Pictures
from terminal.report import Place
from terminal.rules.today import rules_today
from terminal.view import Decision, Stage

TERMINAL = "killed-1"
LONGEST_S = 20.0
PLACE = Place(TERMINAL, "B-1", "renzheng test", {"pack": "open"})


def accepted_case(number: int) -> HolderCheck:
    card = IdCard(
        CardKind.RESIDENT,
        "林见",
        "11010519491231002X",
        Sex.FEMALE,
        date(1949, 12, 31),
        date(2020, 1, 1),
        None,
        long_term=True,
        photo=os.urandom(1024),
    )
    match = Match(0.7, 0.45, 0.3, Answer.MATCH, 1e-6, (0.0, 1e-5), "open", "test", PhotoKind.CHIP, 20.0)
    return HolderCheck(
        stage=Stage.KEEPING,
        case_id=f"case-{number}",
        business="verify_identity",
        consent=True,
        card=card,
        liveness=Liveness(LiveAnswer.LIVE, {"passive_median": 0.9}, (), 12),
        matches=(match,),
        decision=Decision.ACCEPT,
        reasons=(("case.all_checks_passed", "E01"),),
        devices=(About("sdt", "", simulated=True),),
    )


def serve(home: Path, keys_folder: Path, url: str, told: int) -> None:
    """A terminal in a hurry, with its sync engine running beside it."""
    keys = open_keys(keys_folder, "file")
    store = Store.open(home / "book.db", keys.database_key())
    identity = enrol.load(home)
    assert identity is not None
    transport = HttpTransport(Address(url), identity, TERMINAL, keys)
    outbox = Outbox(store, Backoff(0.05, 0.5))
    engine = SyncEngine(TerminalBook(store), outbox, transport, keys, TERMINAL, every_seconds=0.2)
    book = Book(store, outbox, keys, identity, engine, TERMINAL, lambda: PLACE)
    book.start()
    os.write(told, b"open\n")
    rules = rules_today()
    for number in range(100_000):
        record_id = book.keep(accepted_case(number), rules, Pictures())
        os.write(told, record_id.encode() + b"\n")


def run(arguments: list[str], after: int, delay_ms: float) -> list[str]:
    """Kill the terminal `delay_ms` after it has kept `after` cases; the ids of all that it kept."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        try:
            serve(Path(arguments[0]), Path(arguments[1]), arguments[2], told)
        finally:
            os._exit(3)
    os.close(told)
    said = b""
    while said.count(b"\n") <= after and select.select([heard], [], [], LONGEST_S)[0]:
        said += os.read(heard, 4096)
    time.sleep(delay_ms / 1000)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(heard, "rb") as pipe:
        said += pipe.read()
    if not os.WIFSIGNALED(status):
        raise SystemExit(f"the terminal ended by itself: {status}")
    return [line for line in said.decode().split("\n")[:-1] if line != "open"]


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    for line in sys.stdin:
        after, delay_ms = line.split()
        print(json.dumps(run(sys.argv[1:], int(after), float(delay_ms))), flush=True)


if __name__ == "__main__":
    main()
