"""The devices' part of ``renzheng bench``: all simulated, one hanging, camera and card reader at work."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from config.paths import paths
from drivers.registry import entry
from terminal.choice import Choice
from terminal.commands.context import load_stack, settings
from terminal.pace import Hang, measure
from terminal.simulators import simulating
from terminal.virtual.branch import VirtualBranch
from terminal.virtual.scripts import Script

OTHERS = ("ef01", "pad-stream", "escpos", "pin-pad")
"""Drivers whose simulated devices are open beside reader and camera."""


def bench_devices(seconds: float) -> list[dict[str, Any]]:
    """Frames a second and milliseconds a card for each place where another device hangs; none comes first."""
    stack = load_stack(settings())
    try:
        branch = VirtualBranch(Script.GENUINE, stack, paths().cache / "people")
    finally:
        stack.close()
    with ExitStack() as undo:
        undo.callback(branch.close)
        others = [undo.enter_context(simulating(name)) for name in OTHERS]
        choices = (
            *branch.choices(),
            *(
                Choice(entry(name).kind, name, other.address, other.options)
                for name, other in zip(OTHERS, others, strict=True)
            ),
        )
        rows = []
        for hang in Hang:
            pace = measure(choices, branch.insert, branch.remove, hang, seconds)
            row = {"hangs_in": hang.value, "camera_fps": round(pace.camera_fps, 1)}
            rows.append({**row, "card_ms": round(pace.card_ms, 1), "cards": pace.cards, "named": pace.named})
        return rows
