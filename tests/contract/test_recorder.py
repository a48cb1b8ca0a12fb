"""A session with a device becomes a transcript, and the transcript a test that needs no device."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import Missing
from drivers.link.opening import open_pipe
from drivers.link.recorder import heading, recording, replaying
from drivers.link.scripted import UnexpectedBytes

ASKED, ANSWERED = b"\xaa\x01", bytes(range(40))


@pytest.fixture
def port() -> Iterator[tuple[str, int]]:
    """A pseudo-terminal in raw mode: its name, and the device's end."""
    import tty

    own, host = os.openpty()
    tty.setraw(host)
    yield os.ttyname(host), own
    for each in (own, host):
        with contextlib.suppress(OSError):
            os.close(each)


def converse(address: str) -> bytes:
    pipe = open_pipe(address, 9600, "thing")
    try:
        pipe.send(ASKED)
        heard = b""
        while len(heard) < len(ANSWERED):
            heard += pipe.receive(2)
        pipe.check()
        pipe.send(b"\xaa\x02")
        assert pipe.receive(0.05) == b""
        pipe.send(b"\xaa\x03")
        return heard
    finally:
        pipe.close()


def record(port: tuple[str, int], file: Path) -> None:
    name, own = port

    def answer() -> None:
        assert os.read(own, 16) == ASKED
        os.write(own, ANSWERED)

    device = threading.Thread(target=answer)
    device.start()
    with recording(file, driver="thing", options={"rate": 9600}):
        assert converse(name) == ANSWERED
    device.join()


def test_what_was_recorded_can_be_played_back(port, tmp_path):
    file = tmp_path / "session.txt"
    record(port, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert heading(file).driver == "thing"
    assert heading(file).options == {"rate": 9600}
    with replaying(file) as pipe:
        assert converse("nowhere") == ANSWERED
        pipe.finish()


def test_a_driver_that_says_something_else_is_caught(port, tmp_path):
    file = tmp_path / "session.txt"
    record(port, file)
    with replaying(file), pytest.raises(UnexpectedBytes):
        open_pipe("nowhere", 9600, "thing").send(b"\xaa\xff")


def test_the_cable_pulled_is_recorded(port, tmp_path):
    name, own = port
    file = tmp_path / "session.txt"
    with recording(file, driver="thing"):
        pipe = open_pipe(name, 9600, "thing")
        pipe.send(ASKED)
        assert os.read(own, 16) == ASKED
        os.close(own)
        with pytest.raises(Missing):
            for _ in range(50):
                pipe.receive(0.1)
        pipe.close()
    with replaying(file):
        pipe = open_pipe("nowhere", 9600, "thing")
        pipe.send(ASKED)
        with pytest.raises(Missing):
            pipe.receive(1)


def test_nothing_is_recorded_afterwards(port, tmp_path):
    file = tmp_path / "session.txt"
    with recording(file, driver="thing"):
        pass
    size = file.stat().st_size
    pipe = open_pipe(port[0], 9600, "thing")
    pipe.send(ASKED)
    pipe.close()
    assert file.stat().st_size == size


def test_a_file_that_is_no_recording_is_named(tmp_path):
    file = tmp_path / "other.txt"
    file.write_text("> 00\n", encoding="utf-8")
    with pytest.raises(ValueError, match="begins with"):
        heading(file)
