"""The self-test at the start of the day: each device is asked for something harmless of its kind.

Nothing here needs a person, prints, or takes a picture that is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import structlog

from drivers.api import Kind
from drivers.around import Sound
from drivers.errors import DeviceError, Garbled, Retry, TimedOut
from terminal.choice import Choice, Opener, open_choice
from terminal.lane import Hung, Lane

log = structlog.get_logger(__name__)
FRAMES = 6
FRAME_SECONDS = 2.0
WATCH_SECONDS = 2.5
"""Longer than a driver takes to call a picture frozen."""
LOOK_SECONDS = 0.05
DARK_MEAN, DARK_SPREAD = 16.0, 8.0
"""Grey levels: below both, the lens is covered or the room dark."""
FLAT_SPREAD = 2.0
"""Grey levels: something lies on the lens."""
RATE = 16_000
EXAMINE_LIMIT_S = 30.0
"""For opening and trying out; a device that takes longer hangs."""

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried, and what came of it."""

    step: str
    ms: int
    error: DeviceError | None = None
    facts: Facts = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """True when nothing is wrong, or nothing that a device can help."""
        return self.error is None

    @property
    def code(self) -> str | None:
        """The message key of what is wrong."""
        return self.error.code if self.error else None


Told = Callable[[Tried], None]


def tried(step: str, work: Callable[[], Facts | None]) -> Tried:
    """Do `work`; a `DeviceError`, or a bug of the driver, is what came of it."""
    began = time.monotonic()
    error: DeviceError | None = None
    facts: Facts = {}
    try:
        facts = work() or {}
    except DeviceError as failure:
        error = failure
    except Exception as failure:  # lane loop: a bug of the driver is a broken device
        log.error("device.bug", call=step, exc_info=failure)
        error = Garbled("device.bug", step, cause=type(failure).__name__)
    return Tried(step, round((time.monotonic() - began) * 1000), error, facts)


def try_out(
    kind: Kind, device: Any, told: Told | None = None, *, thorough: bool = False
) -> tuple[Tried, ...]:
    """Check the opened device, then what its kind can show without a person; ends at the first that fails.

    `thorough` takes some seconds and is heard: for somebody who waits for it.
    """
    steps: list[Tried] = []
    plan: list[tuple[str, Callable[[Any], Facts | None]]] = [("check", lambda device: device.check())]
    if kind in TESTS:
        plan.append(TESTS[kind])
    if kind is Kind.CAMERA:
        plan.append(("frames", lambda device: _frames(device, WATCH_SECONDS if thorough else 0.0)))
    if kind is Kind.SPEAKER:
        plan.append(("sound", lambda device: _sound(device, aloud=thorough)))
    for step, work in plan:
        steps.append(tried(step, partial(work, device)))
        if told is not None:
            told(steps[-1])
        if not steps[-1].good:
            break
    return tuple(steps)


def examine(choice: Choice, told: Told, opener: Opener = open_choice) -> tuple[Tried, ...]:
    """Open the device, try it out, close it; a device that hangs is named and left alone."""
    lane = Lane(f"io:{choice.called}", lambda: None, idle_seconds=3600.0)
    steps: list[Tried] = []

    def keep(step: Tried) -> None:
        steps.append(step)
        told(step)

    try:
        lane.call("open", lambda: _examine(choice, keep, opener), EXAMINE_LIMIT_S)
    except Hung as hung:
        at = "open" if not steps else "work"
        keep(Tried(at, round(hung.seconds * 1000), _hung(choice, at, hung.seconds)))
    finally:
        lane.give_up()
        lane.join(1.0)
    return tuple(steps)


def _hung(choice: Choice, call: str, seconds: float) -> DeviceError:
    return TimedOut("device.hung", choice.called, driver=choice.driver, call=call, seconds=seconds)


def _examine(choice: Choice, told: Told, opener: Opener) -> None:
    opened: list[Any] = []

    def open_it() -> Facts:
        opened.append(opener(choice))
        about = opened[0].about
        said = {"vendor": about.vendor, "model": about.model, "serial": about.serial}
        return {**said, "firmware": about.firmware, "simulated": about.simulated}

    told(tried("open", open_it))
    for device in opened:
        try:
            try_out(choice.kind, device, told, thorough=True)
        finally:
            device.close()


def first_fault(steps: tuple[Tried, ...]) -> DeviceError | None:
    """Why the device cannot be used; None when it can."""
    return next((each.error for each in steps if each.error is not None), None)


def _card_reader(device: Any) -> Facts:
    lies = device.wait_for_card(LOOK_SECONDS)
    return {"module": device.about.serial, "card": lies}


def _frames(device: Any, seconds: float) -> Facts:
    """Pictures for some time, which is how the driver itself notices one that is frozen."""
    device.frame(FRAME_SECONDS)  # the first one comes when the camera has woken
    began = time.monotonic()
    count = 0
    while count < FRAMES or time.monotonic() - began < seconds:
        frame = device.frame(FRAME_SECONDS)
        count += 1
    took = max(time.monotonic() - began, 1e-3)
    last = frame.image
    mean, spread = float(last.mean()), float(last.std())
    facts = {
        "width": last.shape[1],
        "height": last.shape[0],
        "fps": round(count / took, 1),
        "brightness": round(mean),
        "infrared": frame.infrared is not None,
    }
    if not seconds:
        return facts  # a camera that has just woken may still be dark
    address = device.about.address
    if mean < DARK_MEAN and spread < DARK_SPREAD:
        raise Garbled("camera.black", address, mean=round(mean, 1), spread=round(spread, 1))
    if spread < FLAT_SPREAD:
        raise Garbled("camera.covered", address, mean=round(mean, 1), spread=round(spread, 1))
    return facts


def _sound(device: Any, *, aloud: bool) -> Facts:
    level = 3000 if aloud else 0
    at = np.arange(int(RATE * 0.2)) / RATE
    samples = (np.sin(at * 2 * np.pi * 660) * np.hanning(at.size) * level).astype("<i2")
    device.play(Sound(samples.tobytes(), RATE))
    ends = time.monotonic() + 3.0
    while device.playing() and time.monotonic() < ends:
        time.sleep(0.02)
    device.stop()
    return {"aloud": aloud}


def _nobody_there(ask: Callable[[], bool]) -> bool:
    """The answer of a device that waits for somebody; its wish for a person is an answer, too."""
    try:
        return ask()
    except Retry:
        return False


TESTS: Mapping[Kind, tuple[str, Callable[[Any], Facts | None]]] = MappingProxyType(
    {
        Kind.CARD_READER: ("look_for_card", _card_reader),
        Kind.DOCUMENT_READER: (
            "look_for_document",
            lambda device: {"document": _nobody_there(lambda: device.wait_for_document(LOOK_SECONDS))},
        ),
        Kind.FINGERPRINT: (
            "look_for_finger",
            lambda device: {"finger": _nobody_there(lambda: device.wait_for_finger(LOOK_SECONDS))},
        ),
        Kind.BANK_CARD_READER: (
            "look_for_card",
            lambda device: {"card": _nobody_there(lambda: device.wait_for_card(LOOK_SECONDS))},
        ),
        Kind.SIGNATURE_PAD: ("strokes", lambda device: {"strokes": len(device.strokes())}),
        Kind.PIN_PAD: ("cancel", lambda device: device.cancel()),
    }
)
