"""ID-card readers: the SDT driver on serial, TCP, USB (four pipes and one pair) and HID."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from drivers.card.faults import Fault as F
from drivers.card.simulated import SimulatedReader, start_simulator
from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.link.hid import hid_by
from drivers.link.usb import usb_by
from tests.contract.rig import Bench, Injected, Rig
from tests.drivers_card.invented import FULL
from tests.drivers_card.other_end import HidReaders, UsbReader

OPTIONS = {
    "search_ms": 400,
    "answer_ms": 600,
    "read_answer_ms": 800,
    "frame_ms": 1000,
    "fingerprints": True,
}
"""Short limits, so that silence costs little."""


def _told(fault: F, times: int = 0) -> Callable[[Bench], None]:
    return lambda bench: bench.sim.fault(fault, times)


def _fault(fault: F, error: type[DeviceError], code: str, at_open: bool = False) -> Injected:
    return Injected(f"{fault}{'_at_open' if at_open else ''}", _told(fault), error, code, at_open)


ANSWERS = (
    _fault(F.CARD_REFUSED_MODULE, Refused, "card.not_genuine"),
    _fault(F.MODULE_REFUSED_CARD, Refused, "card.not_genuine"),
    _fault(F.NOT_GENUINE, Refused, "card.not_genuine"),
    _fault(F.UNKNOWN_CARD, Unsupported, "card.unsupported_kind"),
    _fault(F.UNKNOWN_FLAG, Unsupported, "card.unsupported_kind"),
    _fault(F.READ_FAILED, Retry, "card.present_again"),
    _fault(F.SELECT_FAILED, Retry, "card.present_again"),
    _fault(F.SELF_TEST_FAILED, Fault, "card_reader.out_of_service"),
    _fault(F.NOT_AUTHORISED, Fault, "card_reader.out_of_service"),
    _fault(F.UNKNOWN_STATUS, Garbled, "card_reader.protocol"),
    _fault(F.ZERO_LENGTHS, Garbled, "card_reader.layout"),
    _fault(F.SHORT_FINGERPRINTS, Garbled, "card_reader.layout"),
    _fault(F.SELF_TEST_FAILED, Fault, "card_reader.out_of_service", at_open=True),
    _fault(F.NOT_AUTHORISED, Fault, "card_reader.out_of_service", at_open=True),
)
"""What a module says; the transport does not matter."""
SOME_ANSWERS = tuple(each for each in ANSWERS if each.name in {F.NOT_GENUINE, F.READ_FAILED, F.ZERO_LENGTHS})

LINE = (
    _fault(F.REMOVED_MID_READ, Retry, "card.removed"),
    _fault(F.HALF_FRAME, Garbled, "card_reader.link"),
    _fault(F.MUTE_READ, TimedOut, "card_reader.late"),
    _fault(F.SILENCE, TimedOut, "card_reader.silent"),
    _fault(F.SILENCE, TimedOut, "card_reader.silent", at_open=True),
    _fault(F.NOISE, Garbled, "card_reader.link"),
    _fault(F.NOISE, Garbled, "card_reader.link", at_open=True),
    _fault(F.WRONG_CHECKSUM, Garbled, "card_reader.link"),
    _fault(F.CHECKSUM_REJECTED, Garbled, "card_reader.link"),
    _fault(F.LENGTH_REJECTED, Garbled, "card_reader.link"),
    _fault(F.UNPLUGGED_MID_READ, Missing, "card_reader.unplugged"),
    Injected(
        "unplugged_before_open",
        lambda bench: bench.sim.unplug(),
        Missing,
        "card_reader.unplugged",
        at_open=True,
    ),
)
"""What happens on the way."""

STRAY = _fault(F.STRAY_IN_PREAMBLE, Garbled, "card_reader.link")


def _bench(simulator: SimulatedReader, address: str) -> Bench:
    def prepare() -> None:
        simulator.replug()
        simulator.remove()
        simulator.insert()

    def work(device: Any) -> None:
        assert device.wait_for_card(6)
        card = device.read()
        assert (card.number, len(card.fingerprints)) == (FULL.fields["number"], 1024)
        assert device.additional_address() == FULL.additional_address
        number = device.management_number()
        assert number is not None
        assert number.issuer + number.serial + number.device == FULL.management_number

    return Bench(address, OPTIONS, prepare, work, simulator.unplug, simulator.replug, simulator)


@contextmanager
def _serial() -> Iterator[Bench]:
    with start_simulator(FULL, chip_ms=50, cut_after=600) as simulator:
        yield _bench(simulator, simulator.address)


@contextmanager
def _tcp() -> Iterator[Bench]:
    with start_simulator(FULL, chip_ms=50, cut_after=600, tcp=True) as simulator:
        yield _bench(simulator, simulator.address)


def _usb(split: bool) -> Callable[[], AbstractContextManager[Bench]]:
    @contextmanager
    def start() -> Iterator[Bench]:
        with start_simulator(FULL, chip_ms=50, cut_after=600, tcp=True) as simulator:
            bus = UsbReader(simulator, split)
            try:
                with usb_by(bus):
                    bench = _bench(simulator, "usb:0400:c35a")
                    yield _with_bus(bench, bus)
            finally:
                bus.module.close()
            assert bus.opened == 0, "every handle was given back"

    return start


@contextmanager
def _hid() -> Iterator[Bench]:
    with start_simulator(FULL, chip_ms=50, cut_after=600, tcp=True) as simulator:
        bus = HidReaders(simulator)
        try:
            with hid_by(bus):
                yield _with_bus(_bench(simulator, "hid:0400:c35a"), bus)
        finally:
            bus.module.close()
        assert bus.opened == 0, "every handle was given back"


def _with_bus(bench: Bench, bus: Any) -> Bench:
    """The bench whose simulator also sets the bus right when it is cleared."""
    bench.sim.bus = bus
    clear = bench.sim.clear

    def clear_both() -> None:
        bus.forbidden = False
        bus.claimed_elsewhere = False
        bus.wrong_sums = 0
        clear()

    bench.sim.clear = clear_both
    return bench


def _set(name: str, value: object) -> Callable[[Bench], None]:
    return lambda bench: setattr(bench.sim.bus, name, value)


FORBIDDEN = Injected(
    "no_permission", _set("forbidden", True), Refused, "card_reader.permission", at_open=True
)
HELD = Injected("held_by_another", _set("claimed_elsewhere", True), Busy, "card_reader.busy", at_open=True)
WRONG_SUMS = Injected("wrong_sums", _set("wrong_sums", 1000), Garbled, "card_reader.link")

RIGS = (
    Rig("sdt", "serial", _serial, (*ANSWERS, *LINE, STRAY)),
    Rig("sdt", "tcp", _tcp, (*SOME_ANSWERS, *LINE, STRAY)),
    Rig("sdt", "usb-split", _usb(split=True), (*SOME_ANSWERS, *LINE, STRAY, FORBIDDEN, HELD)),
    Rig("sdt", "usb-stream", _usb(split=False), (*SOME_ANSWERS, *LINE, STRAY, FORBIDDEN, HELD)),
    Rig("sdt", "hid", _hid, (*SOME_ANSWERS, *LINE, STRAY, FORBIDDEN, WRONG_SUMS)),
)
