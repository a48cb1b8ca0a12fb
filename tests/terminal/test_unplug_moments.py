"""Any device pulled at any moment of a case: it is named, the case waits, and once it is back is accepted.

Real reader protocol, real networks; the camera's cable is an opener that can be cut.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from supervised import until

from config.paths import paths, ready
from config.sources import load
from drivers.api import Frame, Kind
from drivers.errors import Missing
from terminal import app
from terminal.app import Options
from terminal.choice import Choice, open_choice
from terminal.running import Terminal
from terminal.view import Action, Decision, DeviceView, Health, Snapshot, Stage, StepState
from terminal.virtual.branch import VirtualBranch
from terminal.virtual.scripts import Script

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
BACK_SECONDS = 5.0
CASE_SECONDS = 90.0


def _doing(snapshot: Snapshot, step: str) -> bool:
    return any(each.name == f"step.{step}" and each.state is StepState.DOING for each in snapshot.steps)


MOMENTS: dict[str, Callable[[Snapshot], bool]] = {
    "consent": lambda now: now.stage is Stage.CONSENT,
    "card waiting": lambda now: now.stage is Stage.CARD and _said(now, "card.place"),
    "card reading": lambda now: now.stage is Stage.CARD and _said(now, "card.hold"),
    "face looking": lambda now: now.stage is Stage.FACE and now.challenge is None,
    "challenge": lambda now: now.challenge is not None,
    "comparing": lambda now: now.stage is Stage.FACE and now.live_face is not None,
    "deciding": lambda now: now.stage in (Stage.DECIDING, Stage.KEEPING),
}
NEEDED = {
    ("card waiting", Kind.CARD_READER),
    ("card reading", Kind.CARD_READER),
    ("face looking", Kind.CAMERA),
    ("challenge", Kind.CAMERA),
}
"""Where the case cannot go on without the device; elsewhere the loss must not touch it."""


def _said(now: Snapshot, code: str) -> bool:
    return now.prompt is not None and now.prompt.code == code


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
    """The terminal, its devices, and what is done to them."""

    terminal: Terminal
    virtual: VirtualBranch
    cable: threading.Event
    hand: threading.Lock = field(default_factory=threading.Lock)
    """The simulated reader hears one at a time."""
    when: Callable[[Snapshot], bool] | None = None
    pulled: threading.Event = field(default_factory=threading.Event)
    kind: Kind = Kind.CARD_READER
    card_lies: bool = False

    def view(self, kind: Kind) -> DeviceView:
        views = self.terminal.snapshot().status.devices
        return next(each for each in views if each.kind == kind.value)

    def watch(self, snapshot: Snapshot) -> None:
        """Pull the plug at the moment waited for, on the thread that makes it."""
        if self.when is not None and not self.pulled.is_set() and self.when(snapshot):
            self.plug(self.kind, False)
            self.pulled.set()

    def plug(self, kind: Kind, into: bool) -> None:
        if kind is Kind.CAMERA:
            (self.cable.set if into else self.cable.clear)()
            return
        reader = self.virtual._reader
        with self.hand:
            (reader.replug if into else reader.unplug)()

    def card(self, down: bool) -> None:
        if self.card_lies != down:
            with self.hand:
                (self.virtual._reader.insert if down else self.virtual._reader.remove)()
            self.card_lies = down


@pytest.fixture(scope="module")
def branch() -> Iterator[Branch]:
    """One terminal for all moments: every case must leave it as good as new."""
    cable = threading.Event()
    cable.set()

    def opener(choice: Choice) -> Any:
        if choice.kind is not Kind.CAMERA:
            return open_choice(choice)
        if not cable.is_set():
            raise Missing("camera.missing", "virtual camera")
        return CutCamera(open_choice(choice), cable)

    settings = load().settings
    with ExitStack() as undo:
        stack = app._networks(settings)()
        virtual = VirtualBranch(Script.GENUINE, stack, paths().cache / "people")
        undo.callback(virtual.close)
        home = ready(paths().data / "unplugging")
        terminal = app._assemble(
            settings, Options(opener=opener), virtual.choices(), lambda: stack, home, undo
        )
        made = Branch(terminal, virtual, cable)
        terminal.subscribe(made.watch)
        terminal.start()
        undo.callback(terminal.close)
        yield made


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """The terminal lives as long as this module; tests/soak counts what grows."""
    yield


def healthy(branch: Branch) -> bool:
    return all(each.health is Health.HEALTHY for each in branch.terminal.snapshot().status.devices)


@pytest.mark.parametrize("kind", [Kind.CARD_READER, Kind.CAMERA])
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_case_survives_and_is_accepted_after_plugging_in(branch, moment, kind):
    until(lambda: healthy(branch), 30, "the devices were not ready")
    branch.card(down=False)
    time.sleep(0.4)
    branch.pulled.clear()
    branch.kind, branch.when = kind, MOMENTS[moment]
    branch.terminal.begin("open_class_1")
    try:
        faults = play(branch, moment, kind)
    finally:
        branch.when = None
        branch.plug(kind, True)
    case = branch.terminal.flow.case
    assert case.decision is Decision.ACCEPT, (case.reasons, faults)
    assert case.synced is not None
    if (moment, kind) in NEEDED:
        assert faults, "the loss went unnoticed"
    for code, reference in faults:
        assert code.startswith(f"{kind.value}."), code
        assert reference
    if (moment, kind) not in NEEDED:
        assert len(faults) <= 1
    until(lambda: healthy(branch), BACK_SECONDS)
    branch.terminal.act(Action.FINISH)
    until(lambda: branch.terminal.snapshot().stage is Stage.IDLE, 5)


def play(branch: Branch, moment: str, kind: Kind) -> list[tuple[str, str]]:
    """Customer and teller until the case is over; gives the faults that were shown, with references."""
    faults: list[tuple[str, str]] = []
    replugged = threading.Event()
    plugger = threading.Thread(target=plug_in_again, args=(branch, kind, replugged))
    plugger.start()
    ends = time.monotonic() + CASE_SECONDS
    while True:
        now = branch.terminal.snapshot()
        assert time.monotonic() < ends, f"the case did not move: {now.stage} {now.prompt}"
        held = branch.pulled.is_set() and not replugged.is_set()
        if now.stage is Stage.DONE and branch.terminal.flow.case.synced is not None and not held:
            break
        if now.stage is Stage.FAULT and now.shown is not None:
            if not faults or faults[-1][1] != now.shown.reference:
                faults.append((now.shown.code, now.shown.reference))
            if replugged.is_set():
                branch.terminal.act(Action.RETRY)
        elif now.stage is Stage.CONSENT and not (held and moment == "consent"):
            branch.terminal.act(Action.CONSENT)
        elif now.stage is Stage.CARD and not held and moment_over(branch, moment, now):
            branch.card(down=not (now.tries and _said(now, "card.take")))
        time.sleep(0.02)
    plugger.join(30)
    assert replugged.is_set(), "the device did not come back in time"
    return faults


def moment_over(branch: Branch, moment: str, now: Snapshot) -> bool:
    """The card is laid down only when nothing is to happen while it is waited for."""
    return moment != "card waiting" or branch.pulled.is_set()


def plug_in_again(branch: Branch, kind: Kind, replugged: threading.Event) -> None:
    """Once pulled: wait until the terminal says so, plug in, and time how long it takes to be healthy."""
    assert branch.pulled.wait(CASE_SECONDS)
    until(lambda: branch.view(kind).health is Health.LOST, BACK_SECONDS, "the loss went unnoticed")
    code = branch.view(kind).code or ""
    assert code.startswith(f"{kind.value}."), code
    branch.plug(kind, True)
    until(lambda: branch.view(kind).health is Health.HEALTHY, BACK_SECONDS, "it did not come back")
    replugged.set()
