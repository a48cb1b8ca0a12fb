"""Pen positions in a byte stream with noise in it; finds the next packet again after bytes were lost."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.pad.layout import Button, PacketLayout, put, take


@dataclass(frozen=True, slots=True)
class Sample:
    """One packet: where the pen is (0-1 from the left and the top), how hard it presses, what is pressed."""

    x: float
    y: float
    pressure: float
    touching: bool
    button: Button | None = None


class Assembler:
    """Turns what comes into samples. A byte that cannot begin or continue a packet is dropped."""

    def __init__(self, layout: PacketLayout) -> None:
        self._layout = layout
        self._buffer = bytearray()
        self.dropped = 0
        """Bytes since the last good packet that belonged to none."""

    def reset(self) -> None:
        """Forget everything."""
        self._buffer.clear()
        self.dropped = 0

    def feed(self, data: bytes) -> list[Sample]:
        """The samples that are complete now."""
        self._buffer += data
        found = []
        while self._buffer:
            wrong = self._first_wrong()
            if wrong is not None:
                self._drop(max(1, wrong))
            elif len(self._buffer) < self._layout.size:
                break
            else:
                sample = self._decode(bytes(self._buffer[: self._layout.size]))
                if sample is None:
                    self._drop(1)
                else:
                    del self._buffer[: self._layout.size]
                    self.dropped = 0
                    found.append(sample)
        return found

    def _first_wrong(self) -> int | None:
        """The place of the first byte that cannot stand where it stands; None when all may."""
        layout = self._layout
        if self._buffer[0] & layout.first_mask != layout.first_value:
            return 0
        rest = self._buffer[1 : layout.size]
        return next((place for place, byte in enumerate(rest, 1) if byte & layout.rest_mask), None)

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self.dropped += count

    def _decode(self, packet: bytes) -> Sample | None:
        """None when a number is beyond the pad's edges or a bit is set that never is."""
        layout = self._layout
        x, y = take(packet, layout.x), take(packet, layout.y)
        pressure = take(packet, layout.pressure) ^ layout.pressure_flip
        touching = take(packet, layout.touching) != 0
        if take(packet, layout.zero) or x > layout.x_max or y > layout.y_max:
            return None
        down = y / layout.y_max
        return Sample(
            x / layout.x_max,
            1 - down if layout.y_up else down,
            _share(pressure, layout) if touching else 0.0,
            touching,
            next((each for each in Button if take(packet, getattr(layout, each.value))), None),
        )


def encode(sample: Sample, layout: PacketLayout) -> bytes:
    """The packet of `sample`, as the pad sends it."""
    packet = bytearray(layout.size)
    packet[0] = layout.first_value
    down = 1 - sample.y if layout.y_up else sample.y
    put(packet, layout.x, round(sample.x * layout.x_max))
    put(packet, layout.y, round(down * layout.y_max))
    put(packet, layout.pressure, round(sample.pressure * layout.pressure_max) ^ layout.pressure_flip)
    put(packet, layout.touching, int(sample.touching))
    if sample.button is not None:
        put(packet, getattr(layout, sample.button.value), 1)
    return bytes(packet)


def _share(pressure: int, layout: PacketLayout) -> float:
    return min(1.0, pressure / layout.pressure_max) if layout.pressure else 1.0
