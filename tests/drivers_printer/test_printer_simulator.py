"""The driver before the simulated printer: what stands on the paper, and what stops it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from drivers.around import Align, Slip, SlipLine
from drivers.errors import DeviceError, Fault, Garbled, Missing, Retry, TimedOut, Unsupported
from drivers.printer.escpos import EscposPrinter
from drivers.printer.settings import PrinterSettings
from drivers.sim.handle import Simulated

SLIP = Slip(
    (
        SlipLine("某某银行", Align.CENTRE, bold=True, large=True),
        SlipLine("客户：样本·测试"),
        SlipLine("Ref 0001", Align.RIGHT),
    ),
    "https://example.test/r/1",
)
QUICK = {"finish_ms": 2500}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulated]:
    with Simulated("drivers.printer.simulator", ["--link", "{folder}/printer"]) as printer:
        yield printer


@pytest.fixture
def sim(running: Simulated) -> Simulated:
    running.replug()
    running.clear()
    running.tell("tear")
    return running


@pytest.fixture
def printer(sim: Simulated) -> Iterator[EscposPrinter]:
    device = opened(sim)
    yield device
    device.close()


def opened(sim: Simulated, **options: object) -> EscposPrinter:
    return EscposPrinter.open(sim.address, PrinterSettings.model_validate(QUICK | options))


def slips(sim: Simulated) -> list[list[dict[str, object]]]:
    file = sim.folder / "slips.json"
    sim.tell(f"slips {file}")
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["unknown"] == []
    return told["slips"]


def picture(sim: Simulated, tmp_path: Path) -> cv2.typing.MatLike:
    sim.tell(f"picture {tmp_path / 'slip.png'}")
    return cv2.imread(str(tmp_path / "slip.png"))


def test_text_stands_on_the_paper_as_it_was_meant(sim: Simulated, printer: EscposPrinter) -> None:
    printer.print_slip(SLIP)
    (slip,) = slips(sim)
    assert slip[0] == {"text": "某某银行", "align": "centre", "bold": True, "large": True}
    assert slip[1] == {"text": "客户：样本·测试", "align": "left", "bold": False, "large": False}
    assert slip[2] == {"text": "Ref 0001", "align": "right", "bold": False, "large": False}
    assert [each["qr"] for each in slip if "qr" in each] == ["https://example.test/r/1"]


@pytest.mark.parametrize("options", [{}, {"chinese": "picture", "qr": "picture"}])
def test_the_picture_of_a_slip(sim: Simulated, tmp_path: Path, options: dict[str, object]) -> None:
    device = opened(sim, **options)
    device.print_slip(SLIP)
    device.close()
    seen = picture(sim, tmp_path)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(seen)
    assert text == "https://example.test/r/1"
    head = seen[16:76, :, 0] < 128
    assert head.sum() > 800, "the first line is large and drawn"
    left, right = head[:, : head.shape[1] // 2].sum(), head[:, head.shape[1] // 2 :].sum()
    assert 0.5 < left / right < 2, "and centred"


def test_rare_characters_are_drawn_and_unknown_ones_named(sim: Simulated, printer: EscposPrinter) -> None:
    printer.print_slip(Slip((SlipLine("\U00020bb7"), SlipLine("\ue863乐"), SlipLine("\U0003134b"))))
    (slip,) = slips(sim)
    assert "picture" in slip[0]
    assert "picture" in slip[2]


@pytest.mark.parametrize("text", ["\x1b@\x1dV\x00", "a\x10\x04\x01b", "甲\x0a乙\x1b"])
def test_text_gives_no_orders(sim: Simulated, printer: EscposPrinter, text: str) -> None:
    printer.print_slip(Slip((SlipLine(text), SlipLine("end"))))
    (slip,) = slips(sim)
    assert [each["text"] for each in slip[:2]] == ["".join(c for c in text if c >= " "), "end"]


def test_without_a_cut_the_paper_stays_whole(sim: Simulated) -> None:
    device = opened(sim, cut=False)
    device.print_slip(SLIP)
    device.close()
    assert slips(sim) == []


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("no_paper", Retry, "printer.no_paper"),
        ("cover_open", Retry, "printer.cover_open"),
        ("offline", Fault, "printer.offline"),
        ("cutter", Fault, "printer.cutter"),
        ("broken", Fault, "printer.broken"),
        ("silence", TimedOut, "printer.silent"),
        ("garbled", Garbled, "printer.garbled"),
    ],
)
def test_nothing_is_printed_when_it_cannot_be(
    sim: Simulated, printer: EscposPrinter, fault: str, kind: type[DeviceError], code: str
) -> None:
    sim.fault(fault)
    with pytest.raises(DeviceError) as error:
        printer.print_slip(SLIP)
    assert (type(error.value), error.value.code) == (kind, code)
    began = time.monotonic()
    with pytest.raises(kind):
        printer.check()
    assert time.monotonic() - began < 1.0
    sim.clear()
    assert slips(sim) == []
    printer.print_slip(SLIP)
    assert len(slips(sim)) == 1


@pytest.mark.parametrize("fault", ["stalled", "paper_out_mid_print", "unplugged_mid_print"])
def test_what_may_be_incomplete_is_said_and_never_printed_twice(sim: Simulated, fault: str) -> None:
    device = opened(sim)
    sim.fault(fault)
    with pytest.raises(Fault) as error:
        device.print_slip(SLIP)
    assert (type(error.value), error.value.code) == (Fault, "printer.unfinished")
    assert "某某" not in str(dict(error.value.facts))
    if fault.startswith("unplugged"):
        with pytest.raises(Missing):
            device.print_slip(SLIP)
    device.close()
    sim.replug()
    sim.clear()
    assert len(slips(sim)) == 0
    again = opened(sim)
    again.print_slip(SLIP)
    again.close()
    assert len(slips(sim)) == 1, "only what was asked for anew"


def test_paper_running_low_does_not_stop_it(sim: Simulated, printer: EscposPrinter) -> None:
    sim.fault("paper_low")
    printer.print_slip(SLIP)
    printer.check()
    assert len(slips(sim)) == 1


def test_a_slow_one_is_waited_for(sim: Simulated) -> None:
    device = opened(sim, finish_ms=8000)
    sim.fault("slow", 1)
    began = time.monotonic()
    device.print_slip(SLIP)
    device.close()
    assert time.monotonic() - began > 1.5


def test_one_that_cannot_say_who_it_is_prints_all_the_same(sim: Simulated) -> None:
    sim.fault("nameless")
    device = opened(sim)
    assert (device.about.vendor, device.about.simulated) == ("", False)
    device.print_slip(SLIP)
    device.close()
    assert len(slips(sim)) == 1


def test_a_font_that_is_not_there_is_named(sim: Simulated, tmp_path: Path) -> None:
    with pytest.raises(Unsupported) as error:
        opened(sim, chinese="picture", font=tmp_path / "none.ttf")
    assert error.value.code == "printer.no_font"


def test_nothing_is_said_on_standard_output(
    printer: EscposPrinter, capfd: pytest.CaptureFixture[str]
) -> None:
    printer.print_slip(SLIP)
    assert capfd.readouterr() == ("", "")
