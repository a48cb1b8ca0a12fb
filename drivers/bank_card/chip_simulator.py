"""The process of a simulated bank card on the virtual reader of a pcscd (`drivers.sim.pcscd`).

    python -m drivers.bank_card.chip_simulator --port PORT

Commands: ``unplug`` takes the card out, ``replug`` puts it in, ``fault NAME [TIMES]``, ``clear``, ``quit``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from drivers.bank_card.simulated_card import SimulatedCard
from drivers.document import vpcd
from drivers.document.vpcd import Messages, VpcdPort, answered
from drivers.sim.play import play
from drivers.sim.wire import Piece, broken_off

UNKNOWN = bytes.fromhex("6F00")


class CardInstrument:
    """What the card does with what the virtual reader says."""

    rate = None
    words = ("fault", "clear")

    def __init__(self, card: SimulatedCard) -> None:
        self._card = card
        self._messages = Messages()
        self._unanswered = False

    def plugged(self) -> Iterable[Piece]:
        """It was put in."""
        self._card.reset()
        self._unanswered = False
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """What comes back."""
        return [piece for body in self._messages.feed(data) for piece in self._answer(body)]

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Have a fault, or none."""
        if word == "fault":
            name, _, times = argument.partition(" ")
            self._card.fault(name, int(times or 0))
            return ()
        self._card.clear()
        # pcscd would wait for ever for the answer that was withheld.
        unanswered, self._unanswered = self._unanswered, False
        return answered(UNKNOWN) if unanswered else ()

    def _answer(self, body: bytes) -> list[Piece]:
        if body == bytes([vpcd.ASK]):
            return answered(self._card.answer_to_reset)
        if len(body) == 1:
            self._card.reset()
            return []
        reply = self._card.transmit(body)
        self._unanswered = reply.data is None and not reply.removed
        return broken_off([], "unplug") if reply.removed else answered(reply.data)


@click.command()
@click.option("--port", type=int, required=True, help="Where the virtual reader listens.")
@click.option("--contactless", is_flag=True)
@click.option("--absent", is_flag=True, help="Begin without the card.")
def main(port: int, contactless: bool, absent: bool) -> None:
    """Simulate a bank card on a virtual reader."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    play(CardInstrument(SimulatedCard(contactless=contactless)), VpcdPort(port, not absent), parent)


if __name__ == "__main__":
    main()
