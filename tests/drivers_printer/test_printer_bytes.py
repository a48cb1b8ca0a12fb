"""Bytes of status and slips; the printer port of the kernel; the command interpreter under any input."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.around import Slip, SlipLine
from drivers.errors import DeviceError, Fault, Garbled, Missing, Retry, TimedOut, Unsupported
from drivers.link.scripted import ScriptedPipe
from drivers.printer.commands import Interpreter
from drivers.printer.composing import Composer, printable
from drivers.printer.escpos import EscposPrinter
from drivers.printer.lineprinter import LinePrinterPipe, is_line_printer
from drivers.printer.paper import Paper
from drivers.printer.settings import PrinterSettings
from drivers.printer.status import Condition, Status, is_finished, is_status

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "printer"
QUICK = PrinterSettings(status_ms=200, finish_ms=500)
conditions = st.builds(Condition, *[st.booleans()] * 6)


def printer_on(name: str) -> tuple[EscposPrinter, ScriptedPipe]:
    pipe = ScriptedPipe.of((TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8"))
    return EscposPrinter(pipe, QUICK), pipe


def test_printed() -> None:
    printer, pipe = printer_on("printed")
    assert (printer.about.vendor, printer.about.model, printer.about.simulated) == ("MAKER", "T-1", False)
    printer.print_slip(Slip((SlipLine("OK"),)))
    pipe.finish()


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("no_paper", Retry, "printer.no_paper"),
        ("cover_open", Retry, "printer.cover_open"),
        ("cutter", Fault, "printer.cutter"),
        ("no_status", Garbled, "printer.garbled"),
        ("silent", TimedOut, "printer.silent"),
        ("unplugged_in_print", Fault, "printer.unfinished"),
    ],
)
def test_states(name: str, kind: type[DeviceError], code: str) -> None:
    printer, pipe = printer_on(name)
    with pytest.raises(DeviceError) as error:
        printer.print_slip(Slip((SlipLine("OK"),)))
    assert (type(error.value), error.value.code) == (kind, code)
    pipe.finish()


def test_every_printer_transcript_is_played() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [path.stem for path in TRANSCRIPTS.glob("*.txt") if f'"{path.stem}"' not in text] == []


@given(conditions)
def test_a_condition_comes_through_its_four_bytes(condition: Condition) -> None:
    answers = condition.encode()
    assert all(is_status(byte) and not is_finished(byte) for byte in answers.values())
    back = Condition.of(answers)
    assert (back.cover_open, back.no_paper, back.cutter, back.broken) == (
        condition.cover_open,
        condition.no_paper,
        condition.cutter,
        condition.broken,
    )
    assert (back.obstacle("x") is None) is (condition.obstacle("x") is None)
    assert set(answers) == set(Status)


@given(st.text(max_size=60), st.booleans(), st.booleans())
@example("\u2029", False, False)
@example("\u2028", True, True)
@settings(max_examples=60, deadline=None)
def test_any_text_becomes_a_slip_that_is_read_as_meant(text: str, bold: bool, large: bool) -> None:
    data = Composer(QUICK, "x").compose(Slip((SlipLine(text, bold=bold, large=large),)))
    paper = Paper(576)
    interpreter = Interpreter(paper, {})
    interpreter.feed(data)
    assert interpreter.unknown == []
    ((first, *_),) = paper.slips
    assert first.picture is not None or first.line.text == printable(text)


@given(st.binary(max_size=300), st.integers(1, 7))
@settings(max_examples=300, deadline=None)
def test_the_interpreter_survives_anything(data: bytes, cut: int) -> None:
    interpreter = Interpreter(Paper(384), {66: "X"})
    for at in range(0, len(data), cut):
        interpreter.feed(data[at : at + cut])


@pytest.fixture
def port() -> Iterator[tuple[LinePrinterPipe, int, list[int]]]:
    """A pipe over a character device, its other end, and what is open."""
    own, host = os.openpty()
    tty.setraw(host)
    open_now = [own, host]
    pipe = LinePrinterPipe(f"file:{os.ttyname(host)}", "printer")
    yield pipe, own, open_now
    pipe.close()
    for each in open_now:
        os.close(each)


def test_a_printer_port_carries_bytes_both_ways(port: tuple[LinePrinterPipe, int, list[int]]) -> None:
    pipe, own, _ = port
    pipe.send(b"hello")
    assert os.read(own, 10) == b"hello"
    assert pipe.receive(0.05) == b""
    os.write(own, b"\x12")
    assert pipe.receive(1) == b"\x12"
    os.write(own, b"old")
    pipe.purge()
    assert pipe.receive(0.05) == b""
    pipe.check()


def test_a_printer_port_that_goes_away(port: tuple[LinePrinterPipe, int, list[int]]) -> None:
    pipe, _, open_now = port
    while open_now:
        os.close(open_now.pop())
    for use in (pipe.check, lambda: pipe.send(b"x"), lambda: pipe.receive(0.1)):
        with pytest.raises(Missing) as error:
            use()
        assert error.value.code == "printer.unplugged"
    pipe.close()


def test_a_printer_port_that_takes_nothing(port: tuple[LinePrinterPipe, int, list[int]]) -> None:
    pipe, _, _ = port
    with pytest.raises(TimedOut) as error:
        pipe.send(bytes(200_000))
    assert error.value.code == "printer.silent"


def test_what_is_no_printer_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unsupported) as error:
        LinePrinterPipe(f"file:{tmp_path / 'file'}", "printer")
    assert error.value.code == "printer.not_a_port"
    with pytest.raises(Missing):
        LinePrinterPipe(f"file:{tmp_path / 'none'}", "printer")
    assert is_line_printer("/dev/usb/lp0")
    assert not is_line_printer("/dev/ttyUSB0")
