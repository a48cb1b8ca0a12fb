"""The USB pipes by PyUSB on a bus of our own: descriptors, the split, whole packets, loss, claims."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import usb.core

from drivers.api import Found
from drivers.card.frame import Assembler, encode, encode_answer
from drivers.card.sdt import SdtReader
from drivers.card.settings import SdtSettings
from drivers.card.simulated import SimulatedReader, start_simulator
from drivers.errors import Busy, DeviceError, Missing, Refused, TimedOut, Unsupported
from drivers.link import usb as usb_link
from drivers.link.opening import open_pipe
from drivers.link.pipe import Pipe
from drivers.link.usb import StreamPipe, UsbId, usb_by, usb_devices
from drivers.link.usb_split import SplitPipe
from tests.drivers_card.invented import FULL
from tests.drivers_card.other_end import UsbReader

ADDRESS = "usb:0400:c35a"
STATUS = encode(b"\x11\xff")
STATUS_OK = encode_answer(0x90)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatedReader]:
    with start_simulator(FULL, chip_ms=20, tcp=True) as running:
        yield running


@contextmanager
def plugged(simulator: SimulatedReader, split: bool) -> Iterator[UsbReader]:
    simulator.replug()
    simulator.clear()
    bus = UsbReader(simulator, split)
    try:
        with usb_by(bus):
            yield bus
    finally:
        bus.module.close()


@pytest.fixture
def bus(simulator: SimulatedReader) -> Iterator[UsbReader]:
    with plugged(simulator, split=True) as bus:
        yield bus


def opened() -> Pipe:
    return open_pipe(ADDRESS, 115200, "card_reader")


def asked(pipe: Pipe, body: bytes) -> int:
    assembler = Assembler()
    pipe.send(encode(body))
    for _ in range(50):
        assembler.feed(pipe.receive(1.0))
        answer = assembler.take()
        if answer is not None:
            return answer.status  # type: ignore[union-attr]
    raise AssertionError("no answer")


def failure(work: Callable[[], object]) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as error:
        work()
    return type(error.value), error.value.code


@pytest.mark.parametrize(("split", "kind"), [(True, SplitPipe), (False, StreamPipe)])
def test_the_descriptors_decide_how_frames_go(simulator: SimulatedReader, split: bool, kind: type) -> None:
    with plugged(simulator, split):
        assert usb_devices() == [UsbId(0x0400, 0xC35A, 1, 1, split)]
        pipe = opened()
        assert isinstance(pipe, kind)
        assert asked(pipe, b"\x11\xff") == 0x90
        assert asked(pipe, b"\x20\x01") in {0x80, 0x9F}
        pipe.check()
        pipe.set_rate(9600)
        pipe.purge()
        pipe.close()


def test_the_head_goes_alone_and_the_rest_after_it(bus: UsbReader, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[int, bytes]] = []
    real = UsbReader.bulk_write

    def noted(self: UsbReader, handle: object, ep: int, intf: int, data: object, timeout: int) -> int:
        written.append((ep, bytes(data)))  # type: ignore[call-overload]
        return real(self, handle, ep, intf, data, timeout)

    monkeypatch.setattr(UsbReader, "bulk_write", noted)
    pipe = opened()
    pipe.send(STATUS)
    assert written == [(0x02, STATUS[:7]), (0x06, STATUS[7:])]
    assert pipe.receive(1) == bytes.fromhex("AAAAAA9669 0004")
    assert pipe.receive(1) == bytes.fromhex("000090 94")
    assert pipe.receive(0) == b""
    pipe.close()


def test_purging_forgets_both_parts(bus: UsbReader) -> None:
    pipe = opened()
    pipe.send(STATUS)
    assert len(pipe.receive(1)) == 7
    pipe.purge()
    assert pipe.receive(0.05) == b""
    assert asked(pipe, b"\x11\xff") == 0x90
    pipe.close()


def test_a_device_without_bulk_pipes_is_no_reader(bus: UsbReader, monkeypatch: pytest.MonkeyPatch) -> None:
    for pipes in [(0x81,), (0x01, 0x02, 0x81), (0x01,)]:
        monkeypatch.setattr(bus, "pipes", pipes)
        assert failure(opened) == (Unsupported, "card_reader.not_a_port")
        assert usb_devices() == []


def test_interrupt_pipes_do_not_count(bus: UsbReader, monkeypatch: pytest.MonkeyPatch) -> None:
    real = UsbReader.get_endpoint_descriptor

    def interrupt(self: UsbReader, *place: int) -> SimpleNamespace:
        end = real(self, *place)
        end.bmAttributes = 3
        return end  # type: ignore[no-any-return]

    monkeypatch.setattr(UsbReader, "get_endpoint_descriptor", interrupt)
    assert failure(opened) == (Unsupported, "card_reader.not_a_port")


@pytest.mark.parametrize("rest", ["", ":R0001", ":1-1"])
def test_one_of_several_is_named_by_serial_or_place(bus: UsbReader, rest: str) -> None:
    open_pipe(ADDRESS + rest, 0, "card_reader").close()
    assert bus.opened == 0


@pytest.mark.parametrize("rest", [":R0002", ":1-9", ":2-1"])
def test_another_serial_or_place_is_missing(bus: UsbReader, rest: str) -> None:
    bus.module.present()
    assert failure(lambda: open_pipe(ADDRESS + rest, 0, "card_reader")) == (Missing, "card_reader.unplugged")
    assert bus.opened == 0


@pytest.mark.parametrize("address", ["usb:", "usb:0400", "usb:400:c35a", "usb:0400:c35g"])
def test_what_is_no_address_is_unsupported(bus: UsbReader, address: str) -> None:
    assert failure(lambda: open_pipe(address, 0, "pad")) == (Unsupported, "pad.not_a_port")


@pytest.mark.parametrize("rest", ["", ":R0001"])
def test_no_permission_names_the_remedy(bus: UsbReader, rest: str) -> None:
    bus.forbidden = True
    with pytest.raises(Refused) as error:
        open_pipe(ADDRESS + rest, 0, "card_reader")
    assert error.value.code == "card_reader.permission"
    assert "70-renzheng-card-readers.rules" in str(error.value.facts["remedy"])


def test_a_device_held_by_another_is_busy_until_released(bus: UsbReader) -> None:
    pipe = opened()
    assert failure(opened) == (Busy, "card_reader.busy")
    pipe.close()
    pipe.close()
    opened().close()
    assert bus.opened == 0


@pytest.mark.parametrize("call", ["receive", "send", "purge", "check"])
def test_a_pulled_cable_is_missing_and_final(simulator: SimulatedReader, bus: UsbReader, call: str) -> None:
    pipe = opened()
    simulator.unplug()
    arguments = {"receive": (0.2,), "send": (STATUS,)}.get(call, ())
    for _ in range(2):
        assert failure(lambda: getattr(pipe, call)(*arguments)) == (Missing, "card_reader.unplugged")
    assert bus.opened == 0, "the handle was given back"
    assert failure(opened) == (Missing, "card_reader.unplugged")
    assert usb_devices() == []
    simulator.replug()
    again = opened()
    assert asked(again, b"\x11\xff") == 0x90
    again.close()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EIO, (Missing, "card_reader.unplugged")),
        (errno.ETIMEDOUT, (TimedOut, "card_reader.silent")),
        (errno.EPIPE, (TimedOut, "card_reader.silent")),
    ],
)
def test_errors_of_writing(
    bus: UsbReader,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    expected: tuple[type[DeviceError], str],
) -> None:
    pipe = opened()

    def broken(*_: object) -> int:
        raise usb.core.USBError("broken", -1, number)

    monkeypatch.setattr(bus, "bulk_write", broken)
    assert failure(lambda: pipe.send(STATUS)) == expected
    pipe.close()


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EOVERFLOW, errno.ETIMEDOUT])
def test_a_stalled_or_overflowing_pipe_gives_nothing(
    bus: UsbReader, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    pipe = opened()
    cleared: list[int] = []
    monkeypatch.setattr(bus, "clear_halt", lambda handle, ep: cleared.append(ep))

    def broken(*_: object) -> int:
        raise usb.core.USBError("broken", -1, number)

    monkeypatch.setattr(bus, "bulk_read", broken)
    assert pipe.receive(0.1) == b""
    assert cleared == ([0x81] if number == errno.EPIPE else [])
    pipe.close()


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ETIMEDOUT])
def test_a_device_that_does_not_know_the_status_request_is_there(
    bus: UsbReader, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    pipe = opened()

    def unknown(*_: object) -> int:
        raise usb.core.USBError("no", -1, number)

    monkeypatch.setattr(bus, "ctrl_transfer", unknown)
    pipe.check()
    pipe.close()


def test_an_answer_that_fills_its_packets_does_not_wait_for_more(bus: UsbReader) -> None:
    """280 bytes of additional address: 284 with the frame; a fingerprint answer has 2314 after its head."""
    for length in (64, 128, 2314):
        pipe = opened()
        body = bytes(length)
        bus._packets = {
            0x81: deque([bytes.fromhex("AAAAAA9669") + length.to_bytes(2, "big")]),
            0x85: deque(body[at : at + 64] for at in range(0, length, 64)),
        }
        assert len(pipe.receive(1)) == 7
        assert pipe.receive(5) == body
        pipe.close()


def test_a_packet_without_bytes_is_not_silence(bus: UsbReader) -> None:
    pipe = opened()
    pipe.send(STATUS)
    bus._packets[0x81] = deque([b""])
    assert pipe.receive(1) == STATUS_OK[:7]
    bus._packets[0x81] = deque([b"", b""])
    pipe.purge()
    assert pipe.receive(0.05) == b""
    pipe.close()


def test_probing_names_the_place_only_where_numbers_do_not_suffice(
    bus: UsbReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serial.tools.list_ports.comports", list)
    monkeypatch.setattr("drivers.card.discovery.hid_devices", list)
    label = "USB security module (0400:C35A)"
    assert SdtReader.probe(SdtSettings()) == [Found("sdt", ADDRESS, label)]
    two = [UsbId(0x0400, 0xC35A, 1, place, split=True) for place in (4, 7)]
    other = [UsbId(0x1234, 0x0001, 1, 8, split=False)]
    monkeypatch.setattr("drivers.card.discovery.usb_devices", lambda: two + other)
    assert [each.address for each in SdtReader.probe(SdtSettings())] == [f"{ADDRESS}:1-4", f"{ADDRESS}:1-7"]
    assert bus.opened == 0


def test_without_libusb_it_is_unsupported_and_probing_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usb_link, "_libusb", lambda: None)
    assert failure(opened) == (Unsupported, "card_reader.not_a_port")
    assert usb_devices() == []


def test_without_pyusb_it_is_unsupported_and_probing_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "usb.core", None)
    assert failure(opened) == (Unsupported, "card_reader.not_a_port")
    assert usb_devices() == []
