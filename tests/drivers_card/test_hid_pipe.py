"""HID reports and the SDT frames in them, against a stand-in for hidapi and by properties."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.frame import Answer, Assembler, Damaged, encode, encode_answer
from drivers.card.hid_wrapping import Marks, WrappingPipe, wrap
from drivers.card.sdt import SdtReader
from drivers.card.settings import SdtSettings
from drivers.card.simulated import SimulatedReader, start_simulator
from drivers.errors import Busy, DeviceError, Missing, Refused, TimedOut, Unsupported
from drivers.link.hid import HidId, HidPipe, hid_by, hid_devices
from drivers.link.opening import open_pipe
from tests.drivers_card.invented import FULL
from tests.drivers_card.other_end import HidReaders

ADDRESS = "hid:0400:c35a"
MARKS = Marks(request=1, response=2, command=1)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatedReader]:
    with start_simulator(FULL, chip_ms=20, tcp=True) as running:
        yield running


@pytest.fixture
def bus(simulator: SimulatedReader) -> Iterator[HidReaders]:
    simulator.replug()
    simulator.clear()
    bus = HidReaders(simulator)
    with hid_by(bus):
        yield bus
    bus.module.close()


def opened() -> HidPipe:
    pipe = open_pipe(ADDRESS, 0, "card_reader")
    assert isinstance(pipe, HidPipe)
    return pipe


def failure(work: Callable[[], object]) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as error:
        work()
    return type(error.value), error.value.code


def test_reports_of_64_bytes_go_both_ways(bus: HidReaders) -> None:
    assert hid_devices() == [HidId(0x0400, 0xC35A, "sim-1:1.0", "ID card reader", own_reports=True)]
    pipe = opened()
    pipe.send(wrap(1, 1, encode(b"\x11\xff")))
    report = pipe.receive(1)
    assert len(report) == 64
    assert report[:6] == bytes([2, 0, 0, 12, 0, 0])
    assert report[6:17] == encode_answer(0x90)
    assert pipe.receive(0.05) == b""
    pipe.purge()
    pipe.check()
    pipe.set_rate(9600)
    pipe.close()
    pipe.close()
    assert failure(lambda: pipe.receive(0.1)) == (Missing, "card_reader.unplugged")


@pytest.mark.parametrize("call", ["receive", "send", "purge", "check"])
def test_a_pulled_cable_is_missing_and_final(simulator: SimulatedReader, bus: HidReaders, call: str) -> None:
    pipe = opened()
    simulator.unplug()
    arguments = {"receive": (0.2,), "send": (b"x",)}.get(call, ())
    for _ in range(2):
        assert failure(lambda: getattr(pipe, call)(*arguments)) == (Missing, "card_reader.unplugged")
    assert bus.opened == 0
    assert failure(opened) == (Missing, "card_reader.unplugged")
    simulator.replug()
    opened().close()


def test_a_device_that_takes_no_report_is_silent(bus: HidReaders, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = opened()
    monkeypatch.setattr(type(pipe._device), "write", lambda *_: -1)
    assert failure(lambda: pipe.send(b"x")) == (TimedOut, "card_reader.silent")
    pipe.close()


def test_no_permission_names_the_remedy(bus: HidReaders) -> None:
    bus.forbidden = True
    with pytest.raises(Refused) as error:
        opened()
    assert error.value.code == "card_reader.permission"
    assert "udev" in str(error.value.facts["remedy"])


def test_a_device_held_by_another_is_busy(bus: HidReaders, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.forbidden = True
    monkeypatch.setattr("tests.drivers_card.other_end._HidReader.error", lambda _: "Device or resource busy")
    assert failure(opened) == (Busy, "card_reader.busy")


@pytest.mark.parametrize("address", ["hid:", "hid:0400", "hid:xxxx:c35a"])
def test_what_is_no_address_is_unsupported(bus: HidReaders, address: str) -> None:
    assert failure(lambda: open_pipe(address, 0, "pad")) == (Unsupported, "pad.not_a_port")


def test_another_path_is_missing(bus: HidReaders) -> None:
    assert failure(lambda: open_pipe(f"{ADDRESS}:elsewhere", 0, "pad")) == (Missing, "pad.unplugged")
    open_pipe(f"{ADDRESS}:sim-1:1.0", 0, "pad").close()


def test_without_hidapi_it_is_unsupported_and_probing_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hidraw", None)
    monkeypatch.setitem(sys.modules, "hid", None)
    assert failure(opened) == (Unsupported, "card_reader.not_a_port")
    assert hid_devices() == []


def test_one_wrong_sum_is_asked_for_again(simulator: SimulatedReader, bus: HidReaders) -> None:
    simulator.remove()
    simulator.insert()
    reader = SdtReader.open(ADDRESS, SdtSettings())
    bus.wrong_sums = 1
    assert reader.wait_for_card(3)
    assert bus.wrong_sums == 0
    assert reader.read().number == FULL.fields["number"]
    reader.close()


def test_a_maker_with_other_flags_is_not_understood(bus: HidReaders) -> None:
    for wrong in ({"hid_request_flag": 9}, {"hid_command": 9}):
        settings = SdtSettings.model_validate({"search_ms": 100, **wrong})
        assert failure(lambda knobs=settings: SdtReader.open(ADDRESS, knobs)) == (
            TimedOut,
            "card_reader.silent",
        )
    reader = SdtReader.open(ADDRESS, SdtSettings(search_ms=100, hid_response_flag=9))
    assert reader.about.simulated, "an answer is known by the frame in it, whatever its flag"
    reader.close()


class Reports:
    """A pipe of reports that were made beforehand."""

    address = "reports"

    def __init__(self, message: bytes) -> None:
        cut = (message[at : at + 64] for at in range(0, len(message), 64))
        self._left = [report.ljust(64, b"\0") for report in cut]

    def receive(self, seconds: float) -> bytes:
        return self._left.pop(0) if self._left else b""


def unwrapped(message: bytes) -> list[bytes]:
    pipe = WrappingPipe(Reports(message), MARKS)  # type: ignore[arg-type]
    return [pipe.receive(0) for _ in range(len(message) // 64 + 2)]


@given(st.binary(max_size=2318))
def test_any_answer_comes_out_of_its_reports_whole(data: bytes) -> None:
    frame = encode_answer(0x90, data[:2300])
    assert b"".join(unwrapped(wrap(2, 0, frame))) == frame


def test_a_sum_cut_in_two_by_the_end_of_a_report_is_not_data() -> None:
    for size in range(40, 75):
        frame = encode_answer(0x90, bytes(range(size)))
        assert b"".join(unwrapped(wrap(2, 0, frame))) == frame


@given(st.binary(max_size=300), st.integers(0, 2000), st.integers(1, 255))
def test_any_changed_byte_is_noticed(data: bytes, place: int, change: int) -> None:
    message = bytearray(wrap(2, 0, encode_answer(0x90, data)))
    message[place % len(message)] ^= change
    assembler = Assembler()
    for piece in unwrapped(bytes(message)):
        assembler.feed(piece)
    found = assembler.take()
    # SRN is in no sum; the status is never another.
    assert found is None or isinstance(found, Damaged) or found == Answer(0x90, data)


def test_a_wrong_sum_spoils_a_frame_wherever_the_reports_end() -> None:
    for size in range(40, 75):
        message = bytearray(wrap(2, 0, encode_answer(0x90, bytes(range(size)))))
        message[-1] ^= 1
        assembler = Assembler()
        for piece in unwrapped(bytes(message)):
            assembler.feed(piece)
        assert isinstance(assembler.take(), Damaged), size


@given(st.lists(st.binary(min_size=64, max_size=64), max_size=6))
def test_noise_comes_out_as_noise(reports: list[bytes]) -> None:
    unwrapped(b"".join(reports))
