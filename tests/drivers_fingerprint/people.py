"""People who put their fingers on a simulated module when they are asked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.capture import Finger, FingerTemplate
from drivers.fingerprint.ef01 import Ef01Sensor
from drivers.sim.handle import Simulated

HURRIED: dict[str, Any] = {"answer_ms": 600, "search_ms": 400, "gap_ms": 400, "poll_ms": 20}
"""Short limits, so that silence costs little; not so short that a busy machine misses them."""


def put_on_and_lift(module: Simulated, *names: str) -> Callable[[str, int, int], None]:
    """A person who does what enrolment asks, with one finger after the other."""

    def follow(key: str, done: int, touches: int) -> None:
        if key == "finger.touch":
            module.tell(f"touch {names[done % len(names)]}")
        elif key == "finger.lift":
            module.tell("lift")

    return follow


def enrol(module: Simulated, sensor: Ef01Sensor, *names: str) -> FingerTemplate:
    """A template of touches with these fingers."""
    return sensor.enrol(Finger.RIGHT_INDEX, 2, put_on_and_lift(module, *names))
