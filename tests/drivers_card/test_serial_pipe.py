"""The serial pipe on real pseudo-terminals: limits, hang-up, exclusiveness, and what goes into the log."""

from __future__ import annotations

import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.card import channel
from drivers.card.channel import Channel
from drivers.card.frame import encode_answer
from drivers.card.settings import SdtSettings
from drivers.errors import Busy, DeviceError, Missing, Refused, Unsupported
from drivers.link.scripted import ScriptedPipe
from drivers.link.serial import SerialPipe
from drivers.link.traffic import TRAFFIC


class Line:
    """Both ends of a pseudo-terminal."""

    def __init__(self) -> None:
        self.own, self.host = os.openpty()
        tty.setraw(self.host)
        self.address = os.ttyname(self.host)

    def hang_up(self) -> None:
        for descriptor in (self.own, self.host):
            if descriptor >= 0:
                os.close(descriptor)
        self.own = self.host = -1


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.hang_up()


@pytest.fixture
def pipe(line: Line) -> Iterator[SerialPipe]:
    pipe = SerialPipe(line.address, 115200, "card_reader")
    yield pipe
    pipe.close()


def code_of(error: pytest.ExceptionInfo[DeviceError]) -> tuple[type[DeviceError], str]:
    return type(error.value), error.value.code


def test_bytes_go_both_ways(line: Line, pipe: SerialPipe) -> None:
    every = bytes(range(256))
    pipe.send(every)
    assert os.read(line.own, 1000) == every
    os.write(line.own, every)
    assert pipe.receive(1.0) == every


def test_receiving_keeps_its_limit(pipe: SerialPipe) -> None:
    begun = time.monotonic()
    assert pipe.receive(0.1) == b""
    assert pipe.receive(0) == b""
    assert 0.09 < time.monotonic() - begun < 0.5


def test_purging_forgets(line: Line, pipe: SerialPipe) -> None:
    os.write(line.own, b"old")
    pipe.purge()
    assert pipe.receive(0.05) == b""


def test_the_rate_is_set(pipe: SerialPipe, line: Line) -> None:
    import termios

    pipe.set_rate(9600)
    assert termios.tcgetattr(line.own)[5] == termios.B9600


@pytest.mark.parametrize("call", ["receive", "send", "purge", "check", "set_rate"])
def test_a_hang_up_is_missing_and_final(line: Line, pipe: SerialPipe, call: str) -> None:
    line.hang_up()
    arguments = {"receive": (0.1,), "send": (b"x",), "set_rate": (9600,)}.get(call, ())
    for _ in range(2):
        with pytest.raises(Missing) as error:
            getattr(pipe, call)(*arguments)
        assert code_of(error) == (Missing, "card_reader.unplugged")


def test_closing_twice_is_safe_and_then_it_is_missing(pipe: SerialPipe) -> None:
    pipe.close()
    pipe.close()
    with pytest.raises(Missing):
        pipe.receive(0.1)


def test_a_port_held_by_another_is_busy(line: Line, pipe: SerialPipe) -> None:
    with pytest.raises(Busy) as error:
        SerialPipe(line.address, 115200, "card_reader")
    assert code_of(error) == (Busy, "card_reader.busy")
    pipe.close()
    SerialPipe(line.address, 115200, "card_reader").close()


def test_no_such_port_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Missing) as error:
        SerialPipe(str(tmp_path / "ttyUSB9"), 115200, "pad")
    assert code_of(error) == (Missing, "pad.unplugged")


@pytest.mark.parametrize("name", ["/dev/null", "file"])
def test_what_is_no_serial_port_is_unsupported(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unsupported) as error:
        SerialPipe(str(tmp_path / name), 115200, "card_reader")
    assert code_of(error) == (Unsupported, "card_reader.not_a_port")


def test_no_permission_is_refused(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def forbidden(path: str, flags: int, *rest: int) -> int:
        if path == line.address:
            raise PermissionError(13, "Permission denied")
        return real_open(path, flags, *rest)

    monkeypatch.setattr("serial.serialposix.os.open", forbidden)
    with pytest.raises(Refused) as error:
        SerialPipe(line.address, 115200, "card_reader")
    assert code_of(error) == (Refused, "card_reader.permission")
    assert "dialout" in str(error.value.facts["remedy"])


def test_the_log_has_the_head_of_an_answer_and_not_its_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(TRAFFIC)
    secret = "张三".encode("utf-16-le") * 100
    script = ScriptedPipe.of(f"> AAAAAA9669 0003 3001 32\n< {encode_answer(0x90, secret).hex()}")
    assert Channel(script, SdtSettings()).answer(channel.READ).data == secret
    assert "AA AA AA 96 69 00 03 30 01 32 (10 bytes)" in caplog.text
    assert "AA AA AA 96 69 01 94 00 00 90 … (411 bytes)" in caplog.text
    assert secret[:4].hex(" ").upper() not in caplog.text
    assert all(record.levelno == TRAFFIC for record in caplog.records)
    assert caplog.records[0].levelname == "TRAFFIC"
