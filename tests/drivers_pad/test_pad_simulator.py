"""The driver before the simulated pad: signing, keys, taps, pauses, losses."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from drivers.errors import Busy, DeviceError, Garbled, Missing, Retry, TimedOut
from drivers.pad.layout import PLAIN
from drivers.pad.settings import PadSettings
from drivers.pad.simulated_pad import signing
from drivers.pad.stream import StreamPad
from drivers.sim.handle import Simulated


@pytest.fixture(scope="module")
def running() -> Iterator[Simulated]:
    arguments = ["--link", "{folder}/pad", "--pace", "400"]
    with Simulated("drivers.pad.simulator", arguments) as pad:
        yield pad


@pytest.fixture
def sim(running: Simulated) -> Simulated:
    running.clear()
    running.replug()
    return running


@pytest.fixture
def pad(sim: Simulated) -> Iterator[StreamPad]:
    device = StreamPad.open(sim.address, PadSettings())
    yield device
    device.close()


def test_strokes_grow_while_the_person_writes(sim: Simulated, pad: StreamPad) -> None:
    pad.begin()
    sim.tell("sign li ok")
    seen = []
    while (signature := pad.wait(0.03)) is None:
        seen.append(sum(len(stroke) for stroke in pad.strokes()))
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    wanted = [sample for sample in signing("li") if sample.touching]
    got = [point for stroke in signature.strokes for point in stroke]
    assert len(got) == len(wanted)
    assert all(abs(a.x - b.x) <= 1 / PLAIN.x_max for a, b in zip(got, wanted, strict=True))
    assert got[-1].at_ms > 200


def test_clearing_starts_over(sim: Simulated, pad: StreamPad) -> None:
    pad.begin()
    sim.tell("sign li clear")
    with pytest.raises(Retry) as error:
        pad.wait(3)
    assert error.value.code == "signature.cleared"
    assert pad.strokes() == ()
    sim.tell("sign li ok")
    assert pad.wait(3) is not None


def test_a_dot_is_no_signature_and_another_may_follow(sim: Simulated, pad: StreamPad) -> None:
    pad.begin()
    sim.tell("dot")
    assert pad.wait(0.3) is None
    sim.tell("press ok")
    with pytest.raises(Retry) as error:
        pad.wait(2)
    assert error.value.code == "signature.empty"
    sim.tell("sign li ok")
    assert pad.wait(3) is not None


def test_nothing_is_written(pad: StreamPad) -> None:
    pad.begin()
    began = time.monotonic()
    assert pad.wait(0.2) is None
    assert time.monotonic() - began < 1


def test_what_was_written_before_it_began_is_not_in_it(sim: Simulated, pad: StreamPad) -> None:
    sim.tell("dot")
    time.sleep(0.1)
    pad.begin()
    assert pad.strokes() == ()


def test_taps_on_printed_keys(sim: Simulated) -> None:
    device = StreamPad.open(sim.address, PadSettings(ok_area=(0.9, 0.9, 1, 1), cancel_area=(0, 0.9, 0.1, 1)))
    try:
        device.begin()
        sim.tell("sign li")
        assert device.wait(0.6) is None
        sim.tell("tap 0.95 0.95")
        signature = device.wait(2)
        assert signature is not None
        assert all(point.y < 0.9 for stroke in signature.strokes for point in stroke)
        device.begin()
        sim.tell("tap 0.05 0.95")
        with pytest.raises(Retry, match=r"signature\.cancelled"):
            device.wait(2)
    finally:
        device.close()


def test_half_a_packet_costs_one_point(sim: Simulated, pad: StreamPad) -> None:
    pad.begin()
    sim.fault("half_packet", 1)
    sim.tell("sign li ok")
    signature = pad.wait(3)
    assert signature is not None
    wanted = sum(sample.touching for sample in signing("li"))
    assert sum(len(stroke) for stroke in signature.strokes) in (wanted, wanted - 1)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("noise", Garbled, "signature_pad.garbled"),
        ("beyond_edges", Garbled, "signature_pad.garbled"),
        ("unplugged_mid_stroke", Missing, "signature_pad.unplugged"),
    ],
)
def test_faults(sim: Simulated, pad: StreamPad, fault: str, kind: type[DeviceError], code: str) -> None:
    pad.begin()
    sim.fault(fault)
    sim.tell("sign li ok")
    with pytest.raises(DeviceError) as error:
        while True:
            pad.wait(5)
    assert (type(error.value), error.value.code) == (kind, code)


def test_a_stuck_pen(sim: Simulated) -> None:
    device = StreamPad.open(sim.address, PadSettings(stuck_ms=300))
    try:
        sim.fault("stuck", 1)
        device.begin()
        sim.tell("sign li")
        with pytest.raises(Garbled, match=r"signature_pad\.stuck"):
            device.wait(5)
    finally:
        device.close()


def test_one_that_fell_silent_is_noticed_when_asked(sim: Simulated, pad: StreamPad) -> None:
    pad.check()
    sim.fault("silence")
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"signature_pad\.silent"):
        pad.check()
    assert time.monotonic() - began < 1.0


def test_another_program_holds_it(sim: Simulated, pad: StreamPad) -> None:
    with pytest.raises(Busy) as error:
        StreamPad.open(sim.address, PadSettings())
    assert error.value.code == "signature_pad.busy"
