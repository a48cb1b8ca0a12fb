"""How much time the program adds to reading a card: total less what the line and the chip take.

Reads the simulated reader on a simulated serial line, whose times are known, as often as asked.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from drivers.api import CardKind
from drivers.card.cardfile import CardFile, SimulatedFinger
from drivers.card.photo import REAL_MAGIC
from drivers.card.sdt import SdtReader
from drivers.card.settings import SdtSettings
from drivers.card.simulated import SimulatedReader, start_simulator
from drivers.card.simulated_reader import OTHER_REQUESTS_SHARE
from drivers.link.opening import open_pipe
from drivers.link.pipe import Pipe
from drivers.sim.wire import seconds

CHIP_MS = 800
"""What a chip takes for its content, about."""


@dataclass(frozen=True, slots=True)
class ReadTimes:
    """One reading of a full card, in milliseconds."""

    total_ms: float
    wire_ms: float
    """Bytes both ways at the rate of the line."""
    chip_ms: float

    @property
    def added_ms(self) -> float:
        """What is neither the line nor the chip: the program, and the simulator's own lateness."""
        return self.total_ms - self.wire_ms - self.chip_ms


@dataclass(frozen=True, slots=True)
class Measured:
    """Several readings."""

    times: tuple[ReadTimes, ...]

    @property
    def median_added_ms(self) -> float:
        """The middle one of what was added."""
        return statistics.median(each.added_ms for each in self.times)

    @property
    def worst_added_ms(self) -> float:
        """The largest."""
        return max(each.added_ms for each in self.times)


def measure_read(
    times: int, *, fingerprints: bool = True, rate: int = 115200, chip_ms: int = CHIP_MS
) -> Measured:
    """Read a full card `times` times: find, select, read, from a card just put down to the `IdCard`.

    Raises `ValueError` for less than one time, `DeviceError` when the simulator does not come up.
    """
    if times < 1:
        raise ValueError("at least one reading")
    with (
        start_simulator(_card(), chip_ms=chip_ms, rate=rate, inserted=False) as simulator,
        _opened(simulator, rate, fingerprints) as (reader, meter),
    ):
        return Measured(tuple(_once(simulator, reader, meter, rate, chip_ms / 1000) for _ in range(times)))


class _Meter:
    """A pipe that counts what passes."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.bytes = 0
        self.requests = 0

    @property
    def address(self) -> str:
        return self._pipe.address

    def send(self, data: bytes) -> None:
        self.bytes += len(data)
        self.requests += 1
        self._pipe.send(data)

    def receive(self, limit_s: float) -> bytes:
        data = self._pipe.receive(limit_s)
        self.bytes += len(data)
        return data

    def purge(self) -> None:
        self._pipe.purge()

    def check(self) -> None:
        self._pipe.check()

    def set_rate(self, rate: int) -> None:
        self._pipe.set_rate(rate)

    def close(self) -> None:
        self._pipe.close()


@contextmanager
def _opened(simulator: SimulatedReader, rate: int, fingerprints: bool) -> Iterator[tuple[SdtReader, _Meter]]:
    meter = _Meter(open_pipe(simulator.address, rate, "card_reader"))
    try:
        yield SdtReader(meter, SdtSettings(rate=rate, fingerprints=fingerprints)), meter
    finally:
        meter.close()


def _once(
    simulator: SimulatedReader, reader: SdtReader, meter: _Meter, rate: int, chip_s: float
) -> ReadTimes:
    simulator.remove()
    reader.wait_for_card(0.1)
    simulator.insert()
    meter.bytes = meter.requests = 0
    began = time.perf_counter()
    reader.read()
    total_s = time.perf_counter() - began
    chips_s = chip_s * (1 + OTHER_REQUESTS_SHARE * (meter.requests - 1))
    return ReadTimes(total_s * 1000, seconds(meter.bytes, rate) * 1000, chips_s * 1000)


def _card() -> CardFile:
    """An invented card with everything on it."""
    return CardFile(
        kind=CardKind.RESIDENT,
        fields={
            "name": "测速样本",
            "sex": "2",
            "nation": "01",
            "birth": "19491231",
            "address": "某省某市某路一号",
            "number": "11010519491231002X",
            "issuer": "某市公安局",
            "valid_from": "20200101",
            "valid_to": "长期",
        },
        photo=REAL_MAGIC + bytes(range(256)),
        fingers=(SimulatedFinger(finger=11), SimulatedFinger(finger=16, seed=2)),
    )
