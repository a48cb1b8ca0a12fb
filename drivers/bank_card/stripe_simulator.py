"""The simulated stripe reader: a process that sends track 2 of invented cards.

    python -m drivers.bank_card.stripe_simulator --link PATH

Commands on standard input: those of `drivers.sim.play`, and ``swipe [NUMBER [YYMM]]``, ``fault NAME
[TIMES]``, ``clear``.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable
from pathlib import Path

import click

from drivers.bank_card import track
from drivers.sim.faultlist import FaultList
from drivers.sim.play import play
from drivers.sim.port import PtyPort, TcpPort
from drivers.sim.wire import Piece, broken_off, paced

IDENTITY = b"SIMULATED STRIPE READER 1.0\r"
NUMBER, EXPIRY = "6259654738291052", "3012"


class StripeFault(enum.StrEnum):
    """What goes wrong."""

    SILENCE = "silence"
    """It does not say who it is."""
    WRONG_LRC = "wrong_lrc"
    """A bit was misread."""
    BROKEN_OFF = "broken_off"
    """The card was pulled through too slowly: half a track."""
    REPORTED = "reported"
    """The reader says itself that it could not read."""
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    NOISE = "noise"
    UNPLUGGED_MID_SWIPE = "unplugged_mid_swipe"


class SimulatedStripe:
    """The instrument."""

    words = ("swipe", "fault", "clear")

    def __init__(self, rate: int | None) -> None:
        self.rate = rate
        self._faults = FaultList(StripeFault)

    def plugged(self) -> Iterable[Piece]:
        """Quiet until a card comes."""
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """Its name."""
        if b"\x1bV" not in data or self._faults.meets(StripeFault.SILENCE):
            return ()
        return (Piece(0.0, IDENTITY),)

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Carry out a command."""
        match word:
            case "swipe":
                number, _, expiry = (argument or NUMBER).partition(" ")
                return self._swipe(number, expiry or EXPIRY)
            case "fault":
                self._faults.give(argument)
            case "clear":
                self._faults.clear()
        return ()

    def _swipe(self, number: str, expiry: str) -> list[Piece]:
        if self._faults.meets(StripeFault.NOISE):
            return [Piece(0.0, b"\xaa" * 500)]
        if self._faults.meets(StripeFault.REPORTED):
            return [Piece(0.0, b";E?" + bytes([track.check_character(b";E?")]))]
        if self._faults.meets(StripeFault.WRONG_CHECK_DIGIT):
            number = number[:-1] + str((int(number[-1]) + 1) % 10)
        # The first track goes ahead, as most readers send it.
        message = b"%B0000^SAMPLE/CARD^?\r" + track.encode(number, expiry) + b"\r"
        if self._faults.meets(StripeFault.WRONG_LRC):
            message = message[:-2] + bytes([message[-2] ^ 1]) + message[-1:]
        if self._faults.meets(StripeFault.BROKEN_OFF):
            return paced(message[: len(message) // 2], self.rate)
        if self._faults.meets(StripeFault.UNPLUGGED_MID_SWIPE):
            return broken_off(paced(message[: len(message) // 2], self.rate), "unplug")
        return paced(message, self.rate)


@click.command()
@click.option("--link", type=click.Path(path_type=Path), help="Keep a symbolic link to the port here.")
@click.option("--tcp", is_flag=True, help="On a TCP port of this machine.")
@click.option("--rate", type=int, default=9600, show_default=True)
def main(link: Path | None, tcp: bool, rate: int) -> None:
    """Simulate a magnetic-stripe reader."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    play(SimulatedStripe(None if tcp else rate), TcpPort() if tcp else PtyPort(link), parent)


if __name__ == "__main__":
    main()
