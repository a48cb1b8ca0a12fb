"""Rounds of work, each followed by the same network calls alone: what the work adds to its networks.

Both are measured in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from models.engine import Call, OnnxEngine

WARM_UP_ROUNDS = 3
HIGH = 0.95
"""The slow end that is reported beside the median."""


class Timed(Protocol):
    """What one piece of work gave."""

    @property
    def stages_ms(self) -> Mapping[str, float]:
        """Wall time of each stage; of a stage's bare network as ``<stage>.net``."""


T = TypeVar("T", bound=Timed)


@dataclass(frozen=True, slots=True)
class Round(Generic[T]):
    """One round of work and the repetition of its network calls."""

    seen: list[T]
    pipeline_ms: float
    networks_ms: float
    cpu_ratio: float
    """The same ratio in processor time of all threads: steady on a busy machine."""


def measured(engines: Iterable[OnnxEngine], look: Callable[[int], list[T]], rounds: int) -> list[Round[T]]:
    """`rounds` of `look`, which is told its number; each repeats exactly the calls that `engines` made."""
    for number in range(WARM_UP_ROUNDS):
        look(number)
    tape: list[Call] = []
    with ExitStack() as recordings:
        for engine in engines:
            recordings.enter_context(engine.recording(tape))
        look(0)
    return [_round(look, number, tape) for number in range(rounds)]


def told(done: Sequence[Round[Any]]) -> dict[str, Any]:
    """Medians for one piece of work: ``pipeline_ms``, ``pipeline_ms_p95``, ``networks_ms``, ``ratio`` (of the
    rounds' own ratios), ``cpu_ratio`` and ``stages_ms``; without networks no ratios.
    """
    pieces = len(done[-1].seen)
    pipeline = [one.pipeline_ms / pieces for one in done]
    answer = {
        "pipeline_ms": statistics.median(pipeline),
        "pipeline_ms_p95": high(pipeline),
        "stages_ms": stages([seen for one in done for seen in one.seen]),
    }
    if not done[-1].networks_ms:
        return answer
    return {
        **answer,
        "networks_ms": statistics.median(one.networks_ms / pieces for one in done),
        "ratio": statistics.median(one.pipeline_ms / one.networks_ms for one in done),
        "cpu_ratio": statistics.median(one.cpu_ratio for one in done),
    }


def stages(seen: Sequence[Timed]) -> dict[str, float]:
    """Median of each stage over the pieces of work that had it."""
    names = dict.fromkeys(stage for one in seen for stage in one.stages_ms)
    return {
        stage: statistics.median(one.stages_ms[stage] for one in seen if stage in one.stages_ms)
        for stage in names
    }


def high(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[min(len(values) - 1, int(HIGH * len(values)))]


def timed_ms(work: Callable[[], object], rounds: int) -> list[float]:
    """Wall time of each of `rounds` of `work`, after as many again to warm up, three at most."""
    for _ in range(min(rounds, WARM_UP_ROUNDS)):
        work()
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1e3)
    return took


def _round(look: Callable[[int], list[T]], number: int, tape: Sequence[Call]) -> Round[T]:
    """Work, then run the same networks alone."""
    started, working = time.perf_counter(), time.process_time()
    seen = look(number)
    between, worked = time.perf_counter(), time.process_time()
    for engine, names, feed in tape:
        engine.bare(names, feed)
    ended, done = time.perf_counter(), time.process_time()
    if not tape:
        return Round(seen, (between - started) * 1e3, 0.0, 0.0)
    cpu_ratio = (worked - working) / max(done - worked, 1e-9)
    return Round(seen, (between - started) * 1e3, (ended - between) * 1e3, cpu_ratio)
