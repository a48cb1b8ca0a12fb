"""A terminal with every device there is, each on a cable: two that a case needs, all the others beside them.

Real reader protocol, real networks; the virtual camera's cable is an opener that can be cut.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from config.paths import paths, ready
from config.sources import load
from drivers.api import Frame, Kind
from drivers.errors import Missing
from drivers.registry import entry
from terminal import app
from terminal.app import Options
from terminal.choice import Choice, open_choice
from terminal.running import Terminal
from terminal.view import DeviceView, Health, Snapshot, Stage, StepState
from terminal.virtual.branch import VirtualBranch
from terminal.virtual.scripts import Script
from tests.contract.all_rigs import benches, with_cables
from tests.contract.rig import Bench

READER, CAMERA = "sdt", "camera-virtual"
NEEDED = (READER, CAMERA)
"""Drivers of the devices that a case works with."""
BESIDE = {name: rig for name, rig in with_cables().items() if name not in NEEDED}
"""All others."""
HERE = [name for name, rig in BESIDE.items() if not rig.needs()]


def doing(snapshot: Snapshot, step: str) -> bool:
    """True while the step is in work."""
    return any(each.name == f"step.{step}" and each.state is StepState.DOING for each in snapshot.steps)


def said(now: Snapshot, code: str) -> bool:
    """True while the screen shows that instruction."""
    return now.prompt is not None and now.prompt.code == code


MOMENTS: dict[str, Callable[[Snapshot], bool]] = {
    "consent": lambda now: now.stage is Stage.CONSENT,
    "card waiting": lambda now: now.stage is Stage.CARD and said(now, "card.place"),
    "card reading": lambda now: now.stage is Stage.CARD and said(now, "card.hold"),
    "face looking": lambda now: now.stage is Stage.FACE and now.challenge is None,
    "challenge": lambda now: now.challenge is not None,
    "comparing": lambda now: now.stage is Stage.FACE and now.live_face is not None,
    "deciding": lambda now: now.stage in (Stage.DECIDING, Stage.KEEPING),
}


class CutCamera:
    """A camera on a cable that can be cut."""

    def __init__(self, inner: Any, cable: threading.Event) -> None:
        self._inner = inner
        self._cable = cable
        self._gone = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def frame(self, seconds: float) -> Frame:
        self.check()
        return self._inner.frame(seconds)

    def check(self) -> None:
        if self._gone or not self._cable.is_set():
            self._gone = True
            raise Missing("camera.unplugged", "virtual camera")
        self._inner.check()


@dataclass
class Branch:
    """The terminal, its devices, and what is done to them. Devices go by the names of their drivers."""

    terminal: Terminal
    virtual: VirtualBranch
    cable: threading.Event
    beside: dict[str, Bench]
    hands: ThreadPoolExecutor
    when: Callable[[Snapshot], bool] | None = None
    once: threading.Lock = field(default_factory=threading.Lock)
    pulled: threading.Event = field(default_factory=threading.Event)
    pulling: tuple[str, ...] = ()
    card_lies: bool = False
    seen: list[Snapshot] = field(default_factory=list)
    """Every snapshot since the last `arm`."""

    def view(self, name: str) -> DeviceView:
        """The device in the status strip."""
        called = {READER: Kind.CARD_READER.value, CAMERA: Kind.CAMERA.value}.get(name, name)
        return next(each for each in self.terminal.snapshot().status.devices if each.name == called)

    def all_healthy(self) -> bool:
        """True when nothing is wrong with any device."""
        return all(each.health is Health.HEALTHY for each in self.terminal.snapshot().status.devices)

    def arm(self, moment: str, names: tuple[str, ...]) -> None:
        """Pull these devices' plugs when the moment comes."""
        self.pulled.clear()
        self.seen.clear()
        with self.once:
            self.pulling, self.when = names, MOMENTS[moment]

    def disarm(self) -> None:
        """Pull nothing more."""
        with self.once:
            self.when = None

    def watch(self, snapshot: Snapshot) -> None:
        """Pull the plugs at the moment waited for, on the thread that makes it; once, whoever else looks."""
        self.seen.append(snapshot)
        with self.once:
            if self.when is None or not self.when(snapshot):
                return
            self.when = None
        list(self.hands.map(self.pull, self.pulling))
        self.pulled.set()

    def pull(self, name: str) -> None:
        """Pull its plug."""
        if name == CAMERA:
            self.cable.clear()
        elif name == READER:
            self.virtual._reader.unplug()
        else:
            self.beside[name].unplug()

    def plug(self, name: str) -> None:
        """Plug it in."""
        if name == CAMERA:
            self.cable.set()
        elif name == READER:
            self.virtual._reader.replug()
        else:
            self.beside[name].replug()

    def card(self, down: bool) -> None:
        """Lay the customer's card down, or take it away."""
        if self.card_lies != down:
            (self.virtual.insert if down else self.virtual.remove)()
            self.card_lies = down


@contextmanager
def branch_with_everything() -> Iterator[Branch]:
    """The terminal at work with every device that can be simulated here."""
    cable = threading.Event()
    cable.set()

    def opener(choice: Choice) -> Any:
        if choice.driver != CAMERA:
            return open_choice(choice)
        if not cable.is_set():
            raise Missing("camera.missing", "virtual camera")
        return CutCamera(open_choice(choice), cable)

    settings = load().settings
    with ExitStack() as undo:
        stack = app._networks(settings)()
        virtual = VirtualBranch(Script.GENUINE, stack, paths().cache / "people")
        undo.callback(virtual.close)
        beside = undo.enter_context(benches({name: BESIDE[name] for name in HERE}))
        hands = undo.enter_context(ThreadPoolExecutor(max_workers=len(HERE)))
        others = (
            Choice(entry(name).kind, name, each.address, each.options, name) for name, each in beside.items()
        )
        home = ready(paths().data / "unplugging")
        terminal = app._assemble(
            settings, Options(opener=opener), (*virtual.choices(), *others), lambda: stack, home, None, undo
        )
        made = Branch(terminal, virtual, cable, beside, hands)
        terminal.subscribe(made.watch)
        terminal.start()
        undo.callback(terminal.close)
        yield made
