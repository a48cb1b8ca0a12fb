"""Rigs of the drivers for a Secure Biometric Interface, before the simulated service."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.capture import Eye, Finger
from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.sim.handle import Simulated
from tests.contract.rig import Bench, Injected, Rig

CAPTURE_S = 1.0


@functools.cache
def _keys() -> tempfile.TemporaryDirectory[str]:
    """Keys take long to make: once for all rigs of a test run."""
    return tempfile.TemporaryDirectory(prefix="renzheng-sbi-keys-")


@contextmanager
def _bench(work: Callable[[Any], object]) -> Iterator[Bench]:
    keys = Path(_keys().name)
    arguments = ["--keys", str(keys), "--roots", "{folder}/roots", "--capture-ms", "10"]
    with Simulated("drivers.sbi.simulator", arguments) as sim:
        yield Bench(
            address=sim.address,
            options={"roots": str(sim.folder / "roots"), "most_mb": 1, "freeze_seconds": 0.25},
            prepare=lambda: None,
            work=work,
            unplug=sim.unplug,
            replug=sim.replug,
            sim=sim,
        )


def _face(device: Any) -> object:
    """Live pictures, and a signed still."""
    return [device.frame(3.0) for _ in range(12)], device.capture(CAPTURE_S)


def _finger(device: Any) -> object:
    return device.capture(Finger.RIGHT_INDEX, CAPTURE_S)


def _iris(device: Any) -> object:
    return device.capture([Eye.LEFT], CAPTURE_S)


def _fault(name: str, error: type[DeviceError], code: str, at_open: bool = False) -> Injected:
    return Injected(name, lambda bench: bench.sim.fault(name), error, code, at_open)


def _every_fault(nothing: str, poor: str) -> tuple[Injected, ...]:
    """What any of the three kinds of device can suffer; tests/drivers_sbi has all three suffer all of it."""
    return (
        _fault("alg_none", Refused, "sbi.algorithm"),
        _fault("hs256", Refused, "sbi.algorithm"),
        _fault("other_signer", Refused, "sbi.untrusted"),
        _fault("minor_signer", Refused, "sbi.untrusted"),
        _fault("expired", Refused, "sbi.untrusted"),
        _fault("altered", Refused, "sbi.forged"),
        _fault("forged_id", Refused, "sbi.untrusted"),
        _fault("unsigned", Garbled, "sbi.not_signed"),
        _fault("stale", Refused, "sbi.stale"),
        _fault("other_transaction", Refused, "sbi.other_transaction"),
        _fault("broken_chain", Refused, "sbi.broken_chain"),
        _fault("swapped", Refused, "sbi.wrong_part"),
        _fault("wrong_env", Refused, "sbi.wrong_env"),
        _fault("wrong_purpose", Refused, "sbi.wrong_purpose"),
        _fault("other_serial", Refused, "sbi.other_device"),
        _fault("more", Refused, "sbi.wrong_count"),
        _fault("bad_record", Garbled, "sbi.bad_record"),
        _fault("poor", Retry, poor),
        _fault("nobody", Retry, nothing),
        _fault("hang", TimedOut, "sbi.silent"),
        _fault("drip", TimedOut, "sbi.silent"),
        _fault("drop", Garbled, "sbi.broken_off"),
        _fault("truncated", Garbled, "sbi.broken_off"),
        _fault("flood", Garbled, "sbi.too_large"),
        _fault("oversized", Garbled, "sbi.too_large"),
        _fault("not_json", Garbled, "sbi.bad_answer"),
        _fault("dies", Missing, "sbi.unplugged"),
        _fault("error_103", Refused, "sbi.tampered"),
        _fault("error_107", Refused, "sbi.key_expired"),
        _fault("error_110", Fault, "sbi.not_ready"),
        _fault("error_111", Busy, "sbi.busy"),
        _fault("error_116", Unsupported, "sbi.request_refused"),
        _fault("error_701", Retry, nothing),
        _fault("error_710", Fault, "sbi.device_fault"),
        _fault("info_other_signer", Refused, "sbi.untrusted", at_open=True),
        _fault("info_wrong_env", Refused, "sbi.wrong_env", at_open=True),
        _fault("info_error_100", Refused, "sbi.not_registered", at_open=True),
    )


def _some_faults(nothing: str, poor: str) -> tuple[Injected, ...]:
    names = {"other_signer", "stale", "swapped", "poor", "nobody", "hang", "truncated", "dies", "error_110"}
    return tuple(each for each in _every_fault(nothing, poor) if each.name in names)


_STREAM = (
    _fault("stream_damaged", Garbled, "camera.damaged"),
    _fault("stream_frozen", Garbled, "camera.frozen"),
    _fault("stream_hang", TimedOut, "camera.timed_out"),
    _fault("stream_not_video", Unsupported, "camera.not_a_video"),
    _fault("stream_error_606", Fault, "sbi.no_stream"),
)

RIGS = (
    Rig("sbi-face", "http", lambda: _bench(_face), _some_faults("sbi.no_face", "sbi.poor_face") + _STREAM),
    Rig(
        "sbi-finger",
        "http",
        lambda: _bench(_finger),
        (
            *_every_fault("finger.none", "finger.messy"),
            _fault("swapped_record", Refused, "sbi.wrong_part"),
            _fault("wsq", Unsupported, "sbi.coding"),
        ),
    ),
    Rig(
        "sbi-iris",
        "http",
        lambda: _bench(_iris),
        (*_some_faults("iris.none", "iris.blurred"), _fault("swapped_record", Refused, "sbi.wrong_part")),
    ),
)
