"""How much the pipeline adds to its bare networks: frame in → observation out, against onnxruntime alone.

Each round observes the frame once and then repeats exactly the network calls it made, on the same inputs,
with nothing around them. Both are measured in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack

from models.api import Image, Observation
from models.engine import Call
from models.face.stack import FaceStack

TARGET = 1.15
"""The pipeline may take at most this many times as long as its networks."""
WARM_UP_ROUNDS = 3
HIGH = 0.95
"""The slow end that is reported beside the median."""


def bench(stack: FaceStack, image: Image, rounds: int = 30) -> dict[str, object]:
    """Measure `rounds` full observations (detect, quality, mesh, passive, embed) of `image`.

    Returns ``pipeline_ms``, ``networks_ms`` (medians), ``ratio`` (median of the rounds' own ratios),
    ``target``, ``pipeline_ms_p95``, ``stages_ms`` (median of each stage), ``faces``, ``width``, ``height``,
    ``pack``, ``rounds``. Raises ValueError when `rounds` is less than one.
    """
    if rounds < 1:
        raise ValueError("at least one round")
    stack.warm_up()
    for number in range(WARM_UP_ROUNDS):
        _observe(stack, image, number)
    tape = _tape(stack, image)
    whole, bare, seen = [], [], []
    for number in range(rounds):
        started = time.perf_counter()
        seen.append(_observe(stack, image, number))
        between = time.perf_counter()
        for engine, names, feed in tape:
            engine.bare(names, feed)
        whole.append((between - started) * 1e3)
        bare.append((time.perf_counter() - between) * 1e3)
    return {
        "pack": stack.pack,
        "rounds": rounds,
        "width": image.shape[1],
        "height": image.shape[0],
        "faces": len(seen[-1].faces),
        "pipeline_ms": statistics.median(whole),
        "pipeline_ms_p95": _high(whole),
        "networks_ms": statistics.median(bare),
        "ratio": statistics.median(a / b for a, b in zip(whole, bare, strict=True)),
        "target": TARGET,
        "stages_ms": {
            stage: statistics.median(one.stages_ms[stage] for one in seen) for stage in seen[-1].stages_ms
        },
    }


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
