"""Sets up one virtual visit: the simulated reader as a process of its own, the virtual customer as a camera.

The customer acts by the snapshots the terminal shows, as a real one would by looking at the screen: lays
the card down when asked, takes it back afterwards, and hears the instructions of the challenge.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from drivers.api import Kind
from drivers.card.faults import Fault
from drivers.card.simulated import SimulatedReader, start_simulator
from models.face.stack import FaceStack
from terminal.choice import Choice
from terminal.view import Action, Door, Snapshot, Stage
from terminal.virtual.people import Prepared, people, prepare
from terminal.virtual.scripts import CARD_OF, VISITS, Script

SECOND = "yun"
"""Who has another face than the first."""
HINTS_THAT_END_A_VISIT = frozenset({"card.removed", "face.absent", "face.several"})
"""A virtual customer who is asked again has left; a virtual teller then ends the case."""


class VirtualBranch:
    """The devices of one script, and who is in front of them."""

    def __init__(self, script: Script, stack: FaceStack, folder: Path, *, in_turn: bool = False) -> None:
        self.script = script
        self.visit = VISITS[script]
        known = people()
        wanted = set(known) if in_turn else {CARD_OF, self.visit.face_of, self.visit.companion} - {None}
        self.in_turn = in_turn and self.visit.camera == "genuine"
        """True when the camera shows whoever is called."""
        self._called = CARD_OF
        self.tell: Callable[[str], None] = lambda _: None
        self._people: dict[str, Prepared] = {
            name: prepare(known[name], stack, folder) for name in wanted if name is not None
        }
        self._reader: SimulatedReader = start_simulator(self._people[CARD_OF].card, inserted=False)
        self._card_lies = False
        self._lock = threading.Lock()

    def choices(self) -> tuple[Choice, Choice]:
        """Reader and camera as the terminal opens them."""
        options: dict[str, object] = {
            "script": self.visit.camera,
            "freeze_after_seconds": self.visit.freeze_after_seconds,
        }
        if self.visit.companion is not None:
            options["second_puppet"] = self._people[self.visit.companion].puppet
        puppet = self._people[self.visit.face_of].puppet
        if self.in_turn:
            options.update(script="turns", second_puppet=self._people[SECOND].puppet)
        return (
            Choice(Kind.CARD_READER, "sdt", self._reader.address),
            Choice(Kind.CAMERA, "camera-virtual", f"virtual:{puppet}", options),
        )

    def watch(self, snapshot: Snapshot) -> None:
        """What the customer does on seeing this screen. Called from a terminal thread; quick."""
        with self._lock:
            if snapshot.stage is Stage.CARD and not self._card_lies and not snapshot.tries:
                self._card_lies = True
                if self.visit.fault is not None:
                    self._reader.fault(Fault(self.visit.fault))
                self._reader.insert(self._people[self._called].card)
            elif snapshot.stage in (Stage.IDLE, Stage.DONE) and self._card_lies:
                self._card_lies = False
                self._reader.remove()

    def call(self, name: str) -> None:
        """The person `name` comes to the counter, with their card."""
        with self._lock:
            self._called = name
        if self.in_turn:
            second = self._people[name].puppet == self._people[SECOND].puppet
            self.tell("turn.second" if second else "turn.first")

    def insert(self) -> None:
        """Lay the card on the reader."""
        self._reader.insert()

    def remove(self) -> None:
        """Lift the card."""
        self._reader.remove()

    def close(self) -> None:
        """End the simulators."""
        self._reader.close()


class VirtualTeller:
    """Does what a teller must do at the least: records consent, and ends a case that leads nowhere."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def watch(self, snapshot: Snapshot) -> None:
        """React to a snapshot."""
        prompt = snapshot.prompt.code if snapshot.prompt else ""
        if snapshot.stage is Stage.CONSENT and Action.CONSENT in snapshot.actions:
            self._door.act(Action.CONSENT)
        elif snapshot.stage is Stage.FAULT or (snapshot.tries and prompt in HINTS_THAT_END_A_VISIT):
            self._door.act(Action.CANCEL)
