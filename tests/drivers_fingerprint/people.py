"""People who put their fingers on a simulated module when they are asked to."""

from __future__ import annotations

from collections.abc import Callable

from drivers.capture import Finger, FingerTemplate
from drivers.fingerprint.ef01 import Ef01Sensor
from drivers.sim.handle import Simulated


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
