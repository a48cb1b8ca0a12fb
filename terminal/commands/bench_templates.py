"""The fingerprint and iris parts of ``renzheng bench``, on drawn fingers and eyes of nobody."""

from __future__ import annotations

from typing import Any

from config.settings import Settings
from drivers.capture import Eye
from drivers.fingerprint import synthetic as fingers
from drivers.iris import synthetic as eyes
from drivers.iris.settings import IrisCameraSettings
from models.api import ModelError
from models.bench_finger import bench_finger as measure_finger
from models.bench_iris import bench_iris as measure_iris
from models.finger.engine import FingerEngine
from models.finger.settings import EngineKind, FingerSettings
from models.iris.engine import IrisEngine
from terminal.commands.context import explain, models_folder
from terminal.irises import profile_of

WIDTH, HEIGHT = 256, 360
"""Pixels of a fingerprint as the sensors of identity-card readers take it."""
SEED = 7


def bench_finger(chosen: Settings, rounds: int) -> dict[str, Any]:
    """Two touches of a finger: see `models.bench_finger`. `absent` says why it could not be measured.

    Without NFIQ 2, which is no network and not on every machine: it takes about 85 ms more.
    """
    one, other = (fingers.render(fingers.touch("bench", number), WIDTH, HEIGHT) for number in (1, 2))
    try:
        kind = EngineKind(chosen.models.finger_engine.value)
        engine = FingerEngine(FingerSettings(engine=kind, nfiq2=False), models_folder(chosen))
    except ModelError as error:
        return {"absent": explain(error.code, model=error.model, **error.detail)}
    return measure_finger(engine, one, other, rounds)


def bench_iris(rounds: int) -> dict[str, Any]:
    """An eye as the camera of the usual settings shows it: see `models.bench_iris`."""
    return measure_iris(
        IrisEngine(profile_of("drawn", IrisCameraSettings())), eyes.draw(SEED, Eye.LEFT), rounds
    )


def template_figures(finger: dict[str, Any], iris: dict[str, Any]) -> dict[str, float]:
    """What both are judged by; a finger that could not be measured has no figures."""
    names = {"finger_ms": "pipeline_ms", "finger_ratio": "ratio", "finger_match_ms": "match_ms"}
    measured = {name: finger[theirs] for name, theirs in names.items() if theirs in finger}
    return {**measured, "iris_ms": iris["pipeline_ms"]}
