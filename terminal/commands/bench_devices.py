"""The devices' part of ``renzheng bench``: all simulated, one hanging, camera and card reader at work."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from config.paths import paths
from drivers.errors import DeviceError
from drivers.registry import entry
from terminal.choice import Choice
from terminal.commands.context import load_stack, settings
from terminal.pace import Hang, measure
from terminal.simulators import simulating
from terminal.virtual.branch import VirtualBranch
from terminal.virtual.scripts import Script

OTHERS = ("ef01", "pad-stream", "escpos", "pin-pad")
"""Drivers whose simulated devices are open beside reader and camera."""


READINGS = 5
COMMANDS = 300


def bench_links() -> dict[str, Any]:
    """What the program adds to reading a full card, and how long a command to a document's chip takes.

    The chip is measured over pcscd and a virtual reader where they are installed; None elsewhere.
    """
    from drivers.card.measure import measure_read
    from drivers.document.measure import commands

    card = measure_read(READINGS)
    try:
        apdu_ms: float | None = round(commands(COMMANDS).median_ms, 3)
    except DeviceError:
        apdu_ms = None
    return {
        "card_added_ms": round(card.median_added_ms, 1),
        "card_added_worst_ms": round(card.worst_added_ms, 1),
        "card_total_ms": round(card.times[0].total_ms, 1),
        "apdu_ms": apdu_ms,
    }


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
