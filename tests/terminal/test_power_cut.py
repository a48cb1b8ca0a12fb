"""Killed at any moment: no accepted case is lost, none reaches the centre twice, the audit chain holds."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sync import enrol
from sync.centre.embedded import start_centre
from sync.engine import SyncEngine
from sync.inspection import Trust, inspect
from sync.keys import open_keys
from sync.outbox import Backoff, Outbox
from sync.ports import TerminalBook
from sync.store import Store
from sync.transports.http import HttpTransport
from sync.transports.line import Address

HERE = Path(__file__).parent
TERMINAL = "killed-1"
KILLS = 200
LOOK_EVERY = 25
LONGEST_DELAY_MS = 60


@pytest.fixture
def centre(tmp_path):
    running = start_centre(tmp_path / "centre")
    yield running
    running.close()


@pytest.fixture
def enrolled(tmp_path, centre):
    keys = open_keys(tmp_path / "keys", "file")
    home = tmp_path / "home"
    home.mkdir()
    enrol.enrol(Address(centre.url), TERMINAL, "B-1", keys, centre.token(), home)
    return home, keys


@pytest.fixture
def parent(tmp_path, centre, enrolled):
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
    command = [sys.executable, str(HERE / "serving_parent.py")]
    process = subprocess.Popen(
        [*command, str(enrolled[0]), str(tmp_path / "keys"), centre.url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    with process:
        yield process
        process.stdin.close()
        process.wait(20)


def sound(home, keys):
    verdict = inspect(home / "book.db", keys.database_key(), Trust((keys.public_der(),)))
    assert verdict.sound, str(verdict)


def settle(home, keys, url):
    """The terminal started once more after the last power cut: everything owed is sent."""
    with Store.open(home / "book.db", keys.database_key()) as store:
        outbox = Outbox(store, Backoff(0.05, 0.5))
        transport = HttpTransport(Address(url), enrol.load(home), TERMINAL, keys)
        engine = SyncEngine(TerminalBook(store), outbox, transport, keys, TERMINAL)
        for _ in range(20):
            report = engine.flush()
            if not outbox.tally().waiting:
                break
        transport.close()
        tally = outbox.tally()
        return set(store.ids()), tally, report


def at_the_centre(folder):
    """Ids of the records that arrived, as the centre lists them; the centre's own check must hold."""
    command = [sys.executable, "-m", "sync.centre"]
    subprocess.run([*command, "verify", "--data", str(folder)], check=True, capture_output=True, timeout=60)
    listed = subprocess.run(
        [*command, "records", "--data", str(folder), "--json"], check=True, capture_output=True, timeout=60
    )
    return [row["id"] for row in json.loads(listed.stdout)["records"]]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_200_power_cuts_lose_nothing_and_double_nothing(parent, centre, enrolled, tmp_path):
    home, keys = enrolled
    chance = random.Random(20261121)
    promised: set[str] = set()
    for number in range(KILLS):
        parent.stdin.write(f"{chance.randrange(3)} {chance.uniform(0, LONGEST_DELAY_MS)}\n")
        parent.stdin.flush()
        promised |= set(json.loads(parent.stdout.readline()))
        if number % LOOK_EVERY == 0:
            sound(home, keys)
    kept, tally, report = settle(home, keys, centre.url)
    assert len(promised) >= KILLS // 2, "the terminals hardly wrote"
    assert promised <= kept, "an accepted case is missing"
    assert (tally.waiting, tally.rejected) == (0, 0)
    assert report.differences is None or not report.differences.any
    sound(home, keys)
    arrived = at_the_centre(tmp_path / "centre")
    assert len(arrived) == len(set(arrived)), "doubled at the centre"
    assert set(arrived) == kept
