"""How much the pipeline adds to its bare networks: frame in → observation out, against onnxruntime alone.

Each round observes the frame once and then repeats exactly the network calls it made, on the same inputs,
with nothing around them. Both are measured in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass

from models.api import Image, Observation
from models.engine import Call
from models.face.stack import FaceStack

TARGET = 1.15
"""The pipeline may take at most this many times as long as its networks."""
WARM_UP_ROUNDS = 3
HIGH = 0.95
"""The slow end that is reported beside the median."""


def bench(stack: FaceStack, image: Image, rounds: int = 30) -> dict[str, object]:
    """Measure `rounds` full observations (detect, quality, mesh, passive, eyes, embed) of `image`.

    Returns ``pipeline_ms``, ``networks_ms`` (medians), ``ratio`` (median of the rounds' own ratios),
    ``cpu_ratio`` (the same in processor time of one thread, steady on a busy machine), ``target``,
    ``pipeline_ms_p95``, ``stages_ms`` (median of each stage), ``faces``, ``width``, ``height``,
    ``pack``, ``rounds``. Raises ValueError when `rounds` is less than one.
    """
    if rounds < 1:
        raise ValueError("at least one round")
    stack.warm_up()
    for number in range(WARM_UP_ROUNDS):
        _observe(stack, image, number)
    tape = _tape(stack, image)
    measured = [_round(stack, image, number, tape) for number in range(rounds)]
    whole, bare = [one.pipeline_ms for one in measured], [one.networks_ms for one in measured]
    return {
        "pack": stack.pack,
        "rounds": rounds,
        "width": image.shape[1],
        "height": image.shape[0],
        "faces": len(measured[-1].seen.faces),
        "pipeline_ms": statistics.median(whole),
        "pipeline_ms_p95": _high(whole),
        "networks_ms": statistics.median(bare),
        "ratio": statistics.median(a / b for a, b in zip(whole, bare, strict=True)),
        "cpu_ratio": statistics.median(one.cpu_ratio for one in measured),
        "target": TARGET,
        "stages_ms": _stages([one.seen for one in measured]),
    }


@dataclass(frozen=True, slots=True)
class Round:
    """One observation and the repetition of its network calls."""

    seen: Observation
    pipeline_ms: float
    networks_ms: float
    cpu_ratio: float


def _round(stack: FaceStack, image: Image, number: int, tape: list[Call]) -> Round:
    """Observe, then run the same networks alone."""
    started, working = time.perf_counter(), time.thread_time()
    seen = _observe(stack, image, number)
    between, worked = time.perf_counter(), time.thread_time()
    for engine, names, feed in tape:
        engine.bare(names, feed)
    ended, done = time.perf_counter(), time.thread_time()
    cpu_ratio = (worked - working) / max(done - worked, 1e-9)
    return Round(seen, (between - started) * 1e3, (ended - between) * 1e3, cpu_ratio)


def _stages(seen: list[Observation]) -> dict[str, float]:
    """Median of each stage."""
    return {stage: statistics.median(one.stages_ms[stage] for one in seen) for stage in seen[-1].stages_ms}


def _observe(stack: FaceStack, image: Image, number: int) -> Observation:
    """One observation with every stage."""
    return stack.observe(image, number, float(number), mesh=True, passive=True, embed=True)


def _tape(stack: FaceStack, image: Image) -> list[Call]:
    """The network calls of one observation."""
    tape: list[Call] = []
    with ExitStack() as recordings:
        for engine in stack.engines.values():
            recordings.enter_context(engine.recording(tape))
        _observe(stack, image, 0)
    return tape


def _high(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[min(len(values) - 1, int(HIGH * len(values)))]
