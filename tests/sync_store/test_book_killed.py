"""A terminal killed at any moment: the book opens, the chain holds, what was kept is there, whole."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sync.inspection import Trust, inspect
from sync.keys import open_keys
from sync.outbox import Outbox
from sync.store import Store

HERE = Path(__file__).parent
KILLS = 64
SLOW_KILLS = 400
KILLS_A_BOOK = 8
LONGEST_DELAY_MS = 70


@pytest.fixture
def parent(tmp_path):
    """The process that forks writers; ended and waited for, whatever happens."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE), str(HERE.parent.parent)))}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "writing_parent.py"), str(tmp_path / "keys")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        yield process
        process.stdin.close()
        process.wait(20)


def killed(parent, book, seed, chance):
    """Three in four die while writing, the others from the first moment on: opening, making the book."""
    since = "fork" if seed % 4 == 0 else "open"
    delay_ms = chance.uniform(0, LONGEST_DELAY_MS)
    parent.stdin.write(f"{book}\t{seed}\t{since}\t{delay_ms}\n")
    parent.stdin.flush()
    return json.loads(parent.stdout.readline())


def check(book, keys, promised, seed):
    """All that was promised is in the book, and the book is whole: as it was left, and opened again."""
    told = f"seed {seed}"
    if promised["kept"]:
        left = inspect(book, keys.database_key(), Trust((keys.public_der(),)))
        assert left.sound, f"{told}: {left}"
        assert left.records >= len(promised["kept"]), told
    with Store.open(book, keys.database_key()) as store:
        ids = set(store.ids())
        assert promised["kept"] <= ids, told
        assert len(ids) <= len(promised["kept"]) + promised["killed"], f"{told}: records nobody wrote"
        assert store.head().seq >= max(promised["noted"], default=0), told
        tally = Outbox(store).tally()
        assert tally.waiting + tally.accepted + tally.rejected == len(ids), told
        assert tally.accepted >= len(promised["accepted"]), told
        assert tally.rejected >= len(promised["rejected"]), told
    verdict = inspect(book, keys.database_key(), Trust((keys.public_der(),)))
    assert verdict.sound, f"{told}: {verdict}"
    assert verdict.records == len(ids), told


def kill_often(parent, tmp_path, kills, seed):
    chance = random.Random(seed)
    in_the_middle = 0
    for number in range(kills):
        if number % KILLS_A_BOOK == 0:
            book = tmp_path / f"book-{number}" / "book.db"
            promised = {"kept": set(), "noted": [], "accepted": set(), "rejected": set(), "killed": 0}
        answer = killed(parent, book, seed + number, chance)
        assert answer["killed"], "the writer ended by itself"
        promised["killed"] += 1
        promised["noted"] += answer["noted"]
        for what in ("kept", "accepted", "rejected"):
            promised[what] |= set(answer[what])
        keys = open_keys(tmp_path / "keys", "file")
        check(book, keys, promised, seed + number)
        in_the_middle += bool(answer["kept"])
    return in_the_middle


def test_killed_at_any_moment_nothing_is_lost_or_half(parent, tmp_path):
    assert kill_often(parent, tmp_path, KILLS, seed=1) >= KILLS // 4


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_hundreds_of_times_nothing_is_lost_or_half(parent, tmp_path):
    assert kill_often(parent, tmp_path, SLOW_KILLS, seed=1_000_000) >= SLOW_KILLS // 4
