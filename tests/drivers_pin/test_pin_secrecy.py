"""The clear PIN is nowhere in the terminal's process, its log or on the line; only the centre can have it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.pin_pad import dukpt
from drivers.sim.handle import Simulated

ACCOUNT = "6259654738291056"
BASE_KEY = bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1")
CLIENT = Path(__file__).with_name("pin_client.py")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulated]:
    with Simulated("drivers.pin_pad.simulator", ["--link", "{folder}/pad"]) as pad:
        yield pad


def memory(process_id: int) -> Iterator[bytes]:
    """Everything that a child process can read and write, region by region."""
    maps = Path(f"/proc/{process_id}/maps").read_text().splitlines()
    with Path(f"/proc/{process_id}/mem").open("rb", buffering=0) as file:
        for line in maps:
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if span is None or "[vvar" in line:
                continue
            start, end = (int(part, 16) for part in span.groups())
            try:
                file.seek(start)
                yield file.read(end - start)
            except OSError:
                continue


def forms(digits: str) -> dict[str, bytes]:
    """The ways in which digits may stand in memory."""
    return {
        "ascii": digits.encode(),
        "utf-16": digits.encode("utf-16-le"),
        "utf-32": digits.encode("utf-32-le"),
        "packed": bytes.fromhex(digits),
        "numbers": bytes(int(each) for each in digits),
        "backwards": digits[::-1].encode(),
        "number": int(digits).to_bytes(8, "little"),
    }


def found_in(process_id: int, digits: str) -> set[str]:
    wanted = forms(digits)
    return {name for region in memory(process_id) for name, form in wanted.items() if form in region}


def test_the_pin_is_nowhere_but_in_the_pad_and_at_the_centre(sim: Simulated, tmp_path: Path) -> None:
    log, secret = tmp_path / "log", tmp_path / "pin"
    sim.tell("wait")
    command = [sys.executable, str(CLIENT), sim.address, ACCOUNT, str(log)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        try:
            _enter_when_asked(sim, secret)
            told = json.loads(client.stdout.readline())
            pin = secret.read_text()
            assert found_in(client.pid, ACCOUNT), "the search finds what is there"
            assert found_in(client.pid, pin) == set()
        finally:
            client.stdin.close()
    serial = bytes.fromhex(told["serial"])
    key = dukpt.pin_key(dukpt.initial_key(BASE_KEY, serial[:8]), serial)
    assert dukpt.unseal(bytes.fromhex(told["block"]), ACCOUNT, key) == pin
    assert told["digits"] == len(pin) == 12
    logged = log.read_text()
    assert re.search(r"> 02 .* \(\d+ bytes\)", logged), "traffic was logged"
    assert not any(form.decode("latin-1") in logged for form in forms(pin).values())
    assert ACCOUNT not in logged
    assert told["block"] not in logged.replace(" ", "").lower()


def _enter_when_asked(sim: Simulated, secret: Path) -> None:
    """Enter a PIN that the simulator makes up, as soon as the entry has begun."""
    import time

    from drivers.errors import Unsupported

    ends = time.monotonic() + 10
    while True:
        try:
            sim.tell(f"enter random {secret}")
            return
        except Unsupported:
            if time.monotonic() > ends:
                raise
            time.sleep(0.02)


def test_the_driver_imports_nothing_that_could_open_a_block() -> None:
    script = (
        "import sys, drivers.pin_pad.pad\n"
        "print([name for name in sys.modules if 'dukpt' in name or name.startswith('cryptography')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
