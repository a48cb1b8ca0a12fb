"""What a simulated signature pad does: invented people sign on it, press its buttons, or it fails."""

from __future__ import annotations

import enum
import math
import random
from collections.abc import Iterable, Iterator

from drivers.pad.layout import Button, PacketLayout
from drivers.pad.packets import Sample, encode
from drivers.sim.faultlist import FaultList
from drivers.sim.wire import Piece, broken_off

IDENTITY = b"~#SIMULATED-PAD,V1.0\r"
PRESS_PACKETS = 3
NOISE = b"\xff" * 512
DOT = [Sample(0.5, 0.5, 0.4, True), *[Sample(0.501, 0.5, 0.0, False)] * 60]
"""The pen touches once and stays near for a while."""
STUCK_S = 0.6
"""How long a stuck pad sends one position; a real one would for ever."""


class PadFault(enum.StrEnum):
    """What goes wrong."""

    SILENCE = "silence"
    """It says nothing at all."""
    NAMELESS = "nameless"
    """It does not say who it is."""
    NOISE = "noise"
    """Bytes that are no packets come in place of the pen."""
    HALF_PACKET = "half_packet"
    """One packet breaks off in the middle; the others are whole."""
    STUCK = "stuck"
    """The pen rests on one position for ever."""
    BEYOND_EDGES = "beyond_edges"
    """Positions lie outside the pad."""
    TOO_SHORT = "too_short"
    """The person makes a dot and presses OK."""
    CANCELLED = "cancelled"
    """The person writes and gives up."""
    CLEARED = "cleared"
    """The person writes and starts over."""
    UNPLUGGED_MID_STROKE = "unplugged_mid_stroke"
    """The cable is pulled while the pen writes."""


class SimulatedPad:
    """The instrument: ``sign NAME [BUTTON]``, ``dot``, ``press ok|clear|cancel``, ``tap X Y``, faults."""

    words = ("sign", "dot", "press", "tap", "fault", "clear")

    def __init__(self, layout: PacketLayout, rate: int | None, pace: int) -> None:
        self._layout = layout
        self._pace = pace
        self._faults = FaultList(PadFault)
        self._heard = bytearray()
        self.rate = rate

    def plugged(self) -> Iterable[Piece]:
        """Nothing: a pad is quiet until a pen comes near."""
        self._heard.clear()
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """Its identity when it is asked for that."""
        self._heard += data
        question = b"~#"
        if question not in self._heard:
            del self._heard[:-1]
            return ()
        self._heard.clear()
        if self._faults.meets(PadFault.SILENCE) or self._faults.meets(PadFault.NAMELESS):
            return ()
        return (Piece(0.0, IDENTITY),)

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Carry out a command."""
        match word:
            case "sign":
                name, _, button = argument.partition(" ")
                return self._sign(name or "somebody", Button(button) if button else None)
            case "dot":
                return self._send(DOT)
            case "tap":
                x, y = (float(part) for part in argument.split())
                return self._send([Sample(x, y, 0.5, True)] * 2 + [Sample(x, y, 0.0, False)])
            case "press":
                return self._send(self._pressing(Button(argument)))
            case "fault":
                self._faults.give(argument)
            case "clear":
                self._faults.clear()
        return ()

    def _sign(self, name: str, button: Button | None) -> list[Piece]:
        """What the person writes and presses, as far as no fault has them do otherwise."""
        written = DOT if self._faults.meets(PadFault.TOO_SHORT) else list(signing(name))
        if self._faults.meets(PadFault.CANCELLED):
            button = Button.CANCEL
        elif self._faults.meets(PadFault.CLEARED):
            button = Button.CLEAR
        return self._send([*written, *(self._pressing(button) if button else [])])

    def _pressing(self, button: Button) -> list[Sample]:
        if not getattr(self._layout, button.value):
            raise ValueError("this pad has no such button; tap an area instead")
        held = Sample(0.5, 0.5, 0.0, False, button)
        return [held] * PRESS_PACKETS + [Sample(0.5, 0.5, 0.0, False)]

    def _send(self, samples: list[Sample]) -> list[Piece]:
        if self._faults.meets(PadFault.SILENCE):
            return []
        if self._faults.meets(PadFault.NOISE):
            return [Piece(0.0, NOISE)]
        if self._faults.meets(PadFault.STUCK):
            samples = [samples[0]] * round(STUCK_S * self._layout.packets_per_s)
            return self._paced([encode(each, self._layout) for each in samples], self._layout.packets_per_s)
        packets = [encode(each, self._layout) for each in samples]
        if self._faults.meets(PadFault.BEYOND_EDGES):
            packets = [self._beyond()] * max(len(packets), 40)
        if self._faults.meets(PadFault.HALF_PACKET):
            middle = len(packets) // 2
            packets[middle] = packets[middle][: self._layout.size // 2]
        if self._faults.meets(PadFault.UNPLUGGED_MID_STROKE):
            return broken_off(self._paced(packets[: max(1, len(packets) // 2)], self._pace), "unplug")
        return self._paced(packets, self._pace)

    def _beyond(self) -> bytes:
        """A packet with every number at its largest, which is beyond the edges."""
        layout = self._layout
        packet = bytearray(0xFF & ~layout.rest_mask for _ in range(layout.size))
        packet[0] = layout.first_value | (~layout.first_mask & 0xFF)
        return bytes(packet)

    def _paced(self, packets: list[bytes], pace: int) -> list[Piece]:
        return [Piece(place / pace, packet) for place, packet in enumerate(packets)]


def signing(name: str) -> Iterator[Sample]:
    """The samples of an invented signature, the same for the same name."""
    hand = random.Random(name)
    strokes = hand.randint(3, 5)
    for number in range(strokes):
        left = 0.12 + 0.7 * number / strokes
        yield from _stroke(hand, left, 0.6 / strokes)


def _stroke(hand: random.Random, left: float, width: float) -> Iterator[Sample]:
    points = hand.randint(24, 40)
    turns, phase, tall = hand.uniform(0.8, 2.4), hand.uniform(0, 6.3), hand.uniform(0.12, 0.3)
    for place in range(points):
        share = place / (points - 1)
        x = left + width * share + 0.02 * math.sin(9 * share + phase)
        y = 0.5 + tall * math.sin(turns * math.tau * share + phase)
        pressure = 0.25 + 0.6 * math.sin(math.pi * share)
        yield Sample(min(0.98, x), y, pressure, True)
    yield Sample(min(0.98, x), y, 0.0, False)
