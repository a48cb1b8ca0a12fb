"""Every rig of every driver, and each driver once on a transport that has a cable to pull."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from drivers.registry import known, open_device
from tests.contract.rig import Bench, Rig

FOLDER = Path(__file__).parent / "rigs"
CABLELESS = frozenset({"file", "images", "virtual"})
"""Transports that are no device's: nothing can be pulled out."""
SLOW_CABLES = frozenset({"pcscd"})
"""Pulled by starting a daemon anew, which takes longer than what is measured; `make test-peers` does that."""
STAND_IN = "stand-in"
"""Takes the place of pyscard, so there can be only one in a process: taken where there is nothing else."""


def all_rigs() -> list[Rig]:
    """Ours, and those of drivers that live elsewhere (docs/add-a-device.md)."""
    names = sorted(file.stem for file in FOLDER.glob("[a-z]*.py"))
    modules = [importlib.import_module(f"tests.contract.rigs.{name}") for name in names]
    modules += [_load(Path(file)) for file in os.environ.get("RENZHENG_RIGS", "").split(os.pathsep) if file]
    return sorted((rig for module in modules for rig in module.RIGS), key=str)


def our_drivers() -> set[str]:
    """Names of the drivers of this package."""
    return {name for name, each in known().items() if each.implementation.__module__.startswith("drivers.")}


def with_cables() -> dict[str, Rig]:
    """Each driver's name with a rig that has a cable: one that can run here, and a serial line, if any."""
    unfit = CABLELESS | SLOW_CABLES
    fit = [rig for rig in all_rigs() if rig.transport not in unfit and rig.opens is open_device]
    best_last = sorted(
        fit, key=lambda rig: (not rig.needs(), rig.transport != STAND_IN, rig.transport == "serial")
    )
    return {rig.driver: rig for rig in best_last}


@contextmanager
def benches(rigs: dict[str, Rig]) -> Iterator[dict[str, Bench]]:
    """Their simulators, all running and plugged in."""
    with ExitStack() as undo:
        yield {name: undo.enter_context(rig.start()) for name, rig in rigs.items()}


def _load(file: Path) -> ModuleType:
    """Rigs of a driver that lives elsewhere; their asserts show their values."""
    pytest.register_assert_rewrite(file.stem)
    sys.path.insert(0, str(file.parent))
    return importlib.import_module(file.stem)
