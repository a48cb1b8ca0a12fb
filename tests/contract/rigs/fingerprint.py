"""EF01 modules on a serial line and on a network, and fprintd on a D-Bus, before their simulators."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from drivers.capture import Finger, FingerImage, FingerMatch, FingerTemplate
from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.fingerprint import private_bus
from drivers.sim.handle import Simulated
from tests.contract.rig import Bench, Injected, Rig

HURRIED = {"answer_ms": 800, "search_ms": 400, "gap_ms": 400, "poll_ms": 20, "rate": 57600}
"""Short limits, so that silence costs little; not so short that a busy machine misses them."""
SIMULATOR = "drivers.fingerprint.ef01_simulator"
PACED = ["--work-ms", "5", "--wire-rate", "2000000"]
WAIT_S = 1.0


@contextmanager
def _module(*arguments: str) -> Iterator[Bench]:
    with Simulated(SIMULATOR, [*arguments, *PACED]) as module:
        yield Bench(
            address=module.address,
            options=HURRIED,
            prepare=lambda: _prepare(module),
            work=lambda sensor: _work(module, sensor),
            unplug=module.unplug,
            replug=module.replug,
            sim=module,
        )


def _prepare(module: Simulated) -> None:
    module.tell("touch alice")


def _work(module: Simulated, sensor: Any) -> tuple[FingerMatch, FingerImage]:
    """Enrol two fingers, compare the first, and take its picture."""
    template = _enrol(module, sensor, "alice")
    _enrol(module, sensor, "bob")
    module.tell("touch alice")
    found = sensor.match(template, WAIT_S)
    assert found.matched
    picture = sensor.capture(Finger.RIGHT_INDEX, WAIT_S)
    assert picture.image.std() > 30
    module.tell("lift")
    sensor.forget()
    return found, picture


def _enrol(module: Simulated, sensor: Any, name: str) -> FingerTemplate:
    def put_on_and_lift(key: str, done: int, touches: int) -> None:
        module.tell("lift" if key == "finger.lift" else f"touch {name}")

    template: FingerTemplate = sensor.enrol(Finger.RIGHT_INDEX, WAIT_S, put_on_and_lift)
    return template


def _fault(name: str, error: type[DeviceError], code: str, at_open: bool = False) -> Injected:
    return Injected(name, lambda bench: bench.sim.fault(name), error, code, at_open)


FAULTS = (
    _fault("no_finger", Retry, "finger.none"),
    _fault("not_captured", Retry, "finger.not_captured"),
    _fault("too_dry", Retry, "finger.too_dry"),
    _fault("too_wet", Retry, "finger.too_wet"),
    _fault("messy", Retry, "finger.messy"),
    _fault("too_few_points", Retry, "finger.too_few_points"),
    _fault("differs", Retry, "finger.differs"),
    _fault("unknown_code", Garbled, "fingerprint.protocol"),
    _fault("matches_by_code_only", Garbled, "fingerprint.protocol"),
    _fault("not_emptied", Fault, "fingerprint.not_emptied", at_open=True),
    _fault("flash", Fault, "fingerprint.memory", at_open=True),
    _fault("wrong_password", Refused, "fingerprint.password", at_open=True),
    _fault("locked", Refused, "fingerprint.password"),
    _fault("rejected", Garbled, "fingerprint.link"),
    _fault("sensor_failed", Fault, "fingerprint.sensor_failed"),
    _fault("no_upload", Fault, "fingerprint.memory"),
    _fault("no_receive", Fault, "fingerprint.memory"),
    _fault("no_picture", Unsupported, "fingerprint.no_picture"),
    _fault("picture_failed", Fault, "fingerprint.memory"),
    _fault("silence", TimedOut, "fingerprint.silent"),
    _fault("mute_match", TimedOut, "fingerprint.late"),
    _fault("late_match", TimedOut, "fingerprint.late"),
    _fault("slow", TimedOut, "fingerprint.silent"),
    _fault("noise", Garbled, "fingerprint.link"),
    _fault("stray_in_head", Garbled, "fingerprint.link"),
    _fault("wrong_sum", Garbled, "fingerprint.link"),
    _fault("data_wrong_sum", Garbled, "fingerprint.link"),
    _fault("lost_packet", Garbled, "fingerprint.template_lost"),
    _fault("lost_last", Garbled, "fingerprint.incomplete"),
    _fault("early_end", Garbled, "fingerprint.template_lost"),
    _fault("half_packet", Garbled, "fingerprint.link"),
    _fault("other_address", TimedOut, "fingerprint.silent", at_open=True),
    _fault("foreign_answer", Garbled, "fingerprint.link"),
    _fault("deaf_download", Garbled, "fingerprint.template_lost"),
    _fault("unplugged_mid_upload", Missing, "fingerprint.unplugged"),
)


def _serial() -> AbstractContextManager[Bench]:
    return _module("--link", "{folder}/port")


def _tcp() -> AbstractContextManager[Bench]:
    return _module("--tcp")


OF_THE_WIRE = (
    "silence",
    "late_match",
    "noise",
    "wrong_sum",
    "data_wrong_sum",
    "lost_last",
    "half_packet",
    "other_address",
    "deaf_download",
    "unplugged_mid_upload",
)
"""Faults in which one transport might differ from another."""


@contextmanager
def _fprintd() -> Iterator[Bench]:
    with Simulated("drivers.fingerprint.fprintd_simulator", ["--folder", "{folder}"]) as service:
        yield Bench(
            address="default",
            options={"bus": service.address, "call_ms": 800},
            prepare=lambda: _prepare(service),
            work=_sign_in,
            unplug=service.unplug,
            replug=service.replug,
            sim=service,
        )


def _sign_in(sensor: Any) -> None:
    """Enrol a member of staff, verify, and delete."""
    sensor.enrol("alice", Finger.LEFT_INDEX, WAIT_S, lambda key, done, touches: None)
    assert sensor.enrolled("alice") == (Finger.LEFT_INDEX,)
    assert sensor.verify("alice", WAIT_S)
    sensor.forget("alice")
    assert sensor.enrolled("alice") == ()


STAFF_FAULTS = (
    _fault("retry-scan", Retry, "finger.again"),
    _fault("swipe-too-short", Retry, "finger.swipe_too_short"),
    _fault("finger-not-centered", Retry, "finger.not_centred"),
    _fault("remove-and-retry", Retry, "finger.remove_and_retry"),
    _fault("failed", Retry, "finger.differs"),
    Injected("nobody", lambda bench: bench.sim.tell("lift"), Retry, "finger.none"),
    _fault("unknown-error", Fault, "staff_fingerprint.failed"),
    _fault("disconnected", Missing, "staff_fingerprint.unplugged"),
    _fault("data-full", Refused, "staff_fingerprint.full"),
    _fault("nonsense", Garbled, "staff_fingerprint.protocol"),
    _fault("in_use", Busy, "staff_fingerprint.busy"),
    _fault("forbidden", Refused, "staff_fingerprint.permission"),
    _fault("hang", TimedOut, "staff_fingerprint.silent"),
    _fault("hang_while_touched", TimedOut, "staff_fingerprint.silent"),
    _fault("stop_while_touched", Missing, "staff_fingerprint.stopped"),
    Injected(
        "stopped", lambda bench: bench.sim.tell("stop"), Missing, "staff_fingerprint.stopped", at_open=True
    ),
    Injected("unplugged", lambda bench: bench.unplug(), Missing, "staff_fingerprint.unplugged", at_open=True),
)


def _needs_bus() -> str:
    return "" if private_bus.is_installed() else "dbus-daemon is not installed"


RIGS: tuple[Rig, ...] = (
    Rig("ef01", "serial", _serial, FAULTS),
    Rig("ef01", "tcp", _tcp, tuple(each for each in FAULTS if each.name in OF_THE_WIRE)),
    Rig("fprintd", "dbus", _fprintd, STAFF_FAULTS, needs=_needs_bus),
)
