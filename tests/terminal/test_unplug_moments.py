"""Any device pulled at any moment of a case: it is named, the case survives, and the device is soon back.

The two devices that a case works with hold it up until they are back; all the others must not touch it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from supervised import until
from unplugging import BESIDE, CAMERA, HERE, MOMENTS, NEEDED, READER, Branch, branch_with_everything, said

from drivers.registry import entry
from terminal.messages import texts
from terminal.simulators import RECIPES
from terminal.view import Action, Decision, Health, Stage, StepState
from tests.contract.all_rigs import our_drivers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
BACK_SECONDS = 5.0
CASE_SECONDS = 90.0
HOLD_UP = {
    ("card waiting", READER),
    ("card reading", READER),
    ("face looking", CAMERA),
    ("challenge", CAMERA),
}
"""Where the case cannot go on without the device; elsewhere the loss must not touch it."""
CODES = {
    "sbi-face": ("sbi.",),
    "sbi-finger": ("sbi.",),
    "sbi-iris": ("sbi.",),
    "iris-camera": ("camera.",),
}
"""How the causes of drivers begin that are built on another; else with the kind of device."""


@pytest.fixture(scope="module")
def branch() -> Iterator[Branch]:
    """One terminal for all moments: every case must leave it as good as new."""
    with branch_with_everything() as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """The terminal lives as long as this module; tests/soak counts what grows."""
    yield


def test_every_driver_and_every_simulator_is_pulled():
    assert our_drivers() | set(RECIPES) <= {*NEEDED, *BESIDE}


@pytest.mark.parametrize(("moment", "name"), sorted(HOLD_UP))
def test_the_case_waits_for_what_it_needs_and_is_accepted_after_plugging_in(branch, moment, name):
    faults = case_without(branch, moment, (name,))
    assert faults, "the loss went unnoticed"
    for code, reference in faults:
        assert named(name, code), code
        assert reference


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_the_case_does_not_need_just_now_does_not_touch_it(branch, moment):
    idle = tuple(name for name in NEEDED if (moment, name) not in HOLD_UP)
    faults = case_without(branch, moment, (*HERE, *idle))
    if moment == "card reading":  # the face is looked for at once afterwards
        assert all(named(CAMERA, code) for code, _ in faults) and len(faults) <= 1
        return
    assert faults == []
    assert not any(each.state is StepState.PAUSED for now in branch.seen for each in now.steps)
    # On a machine with more to do than it can, a person's action may need a second try; never more for this.
    assert max(now.tries for now in branch.seen) <= 1


def case_without(branch: Branch, moment: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """A case in which these are pulled at that moment and plugged in again; it must be accepted and sent.

    Gives the faults that the screen showed, with their references.
    """
    until(branch.all_healthy, 30, "the devices were not ready")
    branch.card(down=False)
    time.sleep(0.4)
    branch.arm(moment, names)
    branch.terminal.begin("verify_identity")
    try:
        faults = play(branch, moment, names)
    finally:
        branch.disarm()
        for name in names:
            branch.plug(name)
    case = branch.terminal.flow.holder
    assert case.decision is Decision.ACCEPT, (case.reasons, faults)
    assert case.synced is not None
    until(branch.all_healthy, BACK_SECONDS)
    branch.terminal.act(Action.FINISH)
    until(lambda: branch.terminal.snapshot().stage is Stage.IDLE, 5)
    return faults


def play(branch: Branch, moment: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Customer and teller until the case is over; they wait for what it works with, for nothing else."""
    faults: list[tuple[str, str]] = []
    needed = set(names) & set(NEEDED)
    back: list[str] = []
    pluggers = [threading.Thread(target=plug_in_again, args=(branch, name, back)) for name in names]
    for plugger in pluggers:
        plugger.start()
    ends = time.monotonic() + CASE_SECONDS
    while True:
        now = branch.terminal.snapshot()
        assert time.monotonic() < ends, f"the case did not move: {now.stage} {now.prompt}"
        held = branch.pulled.is_set() and not needed <= set(back)
        if now.stage is Stage.DONE and branch.terminal.flow.holder.synced is not None and not held:
            break
        if now.stage is Stage.FAULT and now.shown is not None:
            if not faults or faults[-1][1] != now.shown.reference:
                faults.append((now.shown.code, now.shown.reference))
            if needed <= set(back):
                branch.terminal.act(Action.RETRY)
        elif now.stage is Stage.CONSENT and not held and moment_over(branch, moment, "consent"):
            branch.terminal.act(Action.CONSENT)
        elif now.stage is Stage.CARD and not held and moment_over(branch, moment, "card waiting"):
            branch.card(down=not said(now, "card.take"))
        time.sleep(0.02)
    for plugger in pluggers:
        plugger.join(30)
    assert sorted(back) == sorted(names), f"not noticed or not back in time: {set(names) - set(back)}"
    return faults


def moment_over(branch: Branch, moment: str, this: str) -> bool:
    """People go on only when nothing is to happen while they are waited for."""
    return moment != this or branch.pulled.is_set()


def plug_in_again(branch: Branch, name: str, back: list[str]) -> None:
    """Once pulled: wait until the terminal says so, plug in, and time how long it takes to be healthy."""
    assert branch.pulled.wait(CASE_SECONDS)
    until(lambda: branch.view(name).health is Health.LOST, BACK_SECONDS, f"{name}: loss went unnoticed")
    code = branch.view(name).code or ""
    assert named(name, code), code
    branch.plug(name)
    until(lambda: branch.view(name).health is Health.HEALTHY, BACK_SECONDS, f"{name}: it did not come back")
    back.append(name)


def named(name: str, code: str) -> bool:
    """True when the cause is one of this device's own, or its text says at least which device it is."""
    kind = entry(name).kind.value
    if code.startswith(f"{kind}."):
        return True
    words = texts("zh")
    text = words.say(code, facts={"kind": kind})
    return code.startswith(CODES.get(name, ())) and words.say(f"device_name.{kind}") in text
