"""Which thread settings suit this machine: the networks run under each, with the other cores idle and busy.

A terminal shares its cores with a window and a camera, so a setting counts by both. It takes some seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from models.catalogue import Catalogue, Role
from models.engine import Graph, OnnxEngine, Threading

ROLES = (Role.MESH, Role.RECOGNISER)
"""One network of every frame, and the heaviest."""
ROUNDS = 9
CLEARLY = 0.9
"""A setting is recommended instead of the present one only below this share of its time."""
BUSY = "while True: pass"


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting on this machine: milliseconds for one run of each network, together."""

    threading: Threading
    idle_ms: float
    """While the other cores were left alone."""
    busy_ms: float
    """While each other core was kept busy."""

    @property
    def cost(self) -> float:
        """What it is judged by: both, alike."""
        return self.idle_ms + self.busy_ms


def trials(pack: str, folder: Path, present: Threading) -> list[Trial]:
    """`present` first, then the others. Raises ModelError as loading does."""
    files = Catalogue.shipped().load(pack, folder)
    networks = [(file.entry.name, file.network) for role, file in files.items() if role in ROLES]
    most = min(os.cpu_count() or 1, 4)
    others = [Threading(threads, spinning) for threads in (1, most) for spinning in (False, True)]
    others += [Threading(graph=graph) for graph in (Graph.EXTENDED, Graph.BASIC)]
    wanted = [present, *(each for each in dict.fromkeys(others) if each != present)]
    return [_trial(each, networks) for each in wanted if each.threads > 1 or not each.spinning]


def recommended(found: Sequence[Trial]) -> Trial:
    """The quickest, if it is clearly quicker than the first; else the first."""
    best = min(found, key=lambda trial: trial.cost)
    return best if best.cost < CLEARLY * found[0].cost else found[0]


def _trial(threading: Threading, networks: Sequence[tuple[str, bytes]]) -> Trial:
    """Both measurements of one setting."""
    engines = [OnnxEngine(name, network, threading) for name, network in networks]
    idle = _measure(engines)
    with _others_busy():
        return Trial(threading, idle, _measure(engines))


def _measure(engines: Sequence[OnnxEngine]) -> float:
    """Median milliseconds of one run of each."""
    inputs = [[_grey(shape) for shape in engine.shapes.values()] for engine in engines]
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for engine, arrays in zip(engines, inputs, strict=True):
            engine(*arrays)
        took.append((time.perf_counter() - began) * 1e3)
    return median(took[2:])


def _grey(shape: tuple[int | str | None, ...]) -> npt.NDArray[np.float32]:
    """An input of this shape, free dimensions 1."""
    return np.full([size if isinstance(size, int) else 1 for size in shape], 0.5, np.float32)


@contextmanager
def _others_busy() -> Iterator[None]:
    """Every core but one kept busy by a process of its own."""
    count = max(1, (os.cpu_count() or 1) - 1)
    busy = [subprocess.Popen([sys.executable, "-I", "-S", "-c", BUSY]) for _ in range(count)]
    try:
        time.sleep(0.2)
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
