"""How much the pipeline adds to its bare networks: frame in → observation out, against onnxruntime alone.

Each round observes and then repeats exactly the network calls that were made, on the same inputs, with
nothing around them. Both are measured in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from models.api import Image, Observation
from models.engine import Call
from models.face.stack import FaceStack
from models.face.track import Track

TARGET = 1.10
"""The pipeline may take at most this many times as long as its networks."""
WARM_UP_ROUNDS = 3
HIGH = 0.95
"""The slow end that is reported beside the median."""
FRAME_SECONDS = 0.04
"""Between the frames of a stream."""

Look = Callable[[int], list[Observation]]
"""One round of work: its number to what was seen."""


def bench(stack: FaceStack, image: Image, rounds: int = 30) -> dict[str, Any]:
    """Measure `rounds` full observations (detect, quality, mesh, passive, eyes, embed) of `image`.

    Returns ``pipeline_ms``, ``networks_ms`` (medians), ``ratio`` (median of the rounds' own ratios),
    ``cpu_ratio`` (the same in processor time of all threads, steady on a busy machine), ``target``,
    ``pipeline_ms_p95``, ``stages_ms`` (median of each stage, its bare network as ``<stage>.net``),
    ``faces``, ``width``, ``height``, ``pack``, ``rounds``; and under ``steady`` the same, a frame, for a face
    that is followed from frame to frame without a template. Raises ValueError for less than one round.
    """
    if rounds < 1:
        raise ValueError("at least one round")
    stack.warm_up()
    whole = _measure(stack, lambda number: [_observe(stack, image, number)], rounds)
    return {
        "pack": stack.pack,
        "rounds": rounds,
        "width": image.shape[1],
        "height": image.shape[0],
        "target": TARGET,
        **whole,
        "steady": _measure(stack, _Stream(stack, image).look, rounds),
    }


class _Stream:
    """The same picture as the frames of a stream: one is searched, the next are followed."""

    def __init__(self, stack: FaceStack, image: Image) -> None:
        self._stack = stack
        self._image = image
        self._number = 0

    def look(self, _: int) -> list[Observation]:
        """From one search to the next."""
        track = Track(self._stack.settings.track)
        return [self._frame(track) for _ in range(self._stack.settings.track.every_frames)]

    def _frame(self, track: Track) -> Observation:
        self._number += 1
        return self._stack.observe(self._image, self._number, self._number * FRAME_SECONDS, track=track)


def _measure(stack: FaceStack, look: Look, rounds: int) -> dict[str, Any]:
    """What `rounds` of `look` take, a frame."""
    for number in range(WARM_UP_ROUNDS):
        look(number)
    tape = _tape(stack, look)
    measured = [_round(look, number, tape) for number in range(rounds)]
    frames = len(measured[-1].seen)
    pipeline = [one.pipeline_ms / frames for one in measured]
    networks = [one.networks_ms / frames for one in measured]
    return {
        "faces": len(measured[-1].seen[-1].faces),
        "pipeline_ms": statistics.median(pipeline),
        "pipeline_ms_p95": _high(pipeline),
        "networks_ms": statistics.median(networks),
        "ratio": statistics.median(a / b for a, b in zip(pipeline, networks, strict=True)),
        "cpu_ratio": statistics.median(one.cpu_ratio for one in measured),
        "stages_ms": _stages([seen for one in measured for seen in one.seen]),
    }


@dataclass(frozen=True, slots=True)
class Round:
    """One round of observations and the repetition of its network calls."""

    seen: list[Observation]
    pipeline_ms: float
    networks_ms: float
    cpu_ratio: float


def _round(look: Look, number: int, tape: list[Call]) -> Round:
    """Observe, then run the same networks alone."""
    started, working = time.perf_counter(), time.process_time()
    seen = look(number)
    between, worked = time.perf_counter(), time.process_time()
    for engine, names, feed in tape:
        engine.bare(names, feed)
    ended, done = time.perf_counter(), time.process_time()
    cpu_ratio = (worked - working) / max(done - worked, 1e-9)
    return Round(seen, (between - started) * 1e3, (ended - between) * 1e3, cpu_ratio)


def _stages(seen: list[Observation]) -> dict[str, float]:
    """Median of each stage over the frames that had it."""
    names = dict.fromkeys(stage for one in seen for stage in one.stages_ms)
    return {
        stage: statistics.median(one.stages_ms[stage] for one in seen if stage in one.stages_ms)
        for stage in names
    }


def _observe(stack: FaceStack, image: Image, number: int) -> Observation:
    """One observation with every stage."""
    return stack.observe(image, number, float(number), mesh=True, passive=True, embed=True)


def _tape(stack: FaceStack, look: Look) -> list[Call]:
    """The network calls of one round."""
    tape: list[Call] = []
    with ExitStack() as recordings:
        for engine in stack.engines.values():
            recordings.enter_context(engine.recording(tape))
        look(0)
    return tape


def _high(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[min(len(values) - 1, int(HIGH * len(values)))]
