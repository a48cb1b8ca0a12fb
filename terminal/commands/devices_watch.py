"""``renzheng devices watch``: says what is plugged in or pulled out, and how each device's health changes."""

from __future__ import annotations

import json
import queue
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.paths import paths
from terminal.commands.context import explain
from terminal.commands.output import EX_YES, err, json_option, out

if TYPE_CHECKING:
    from terminal.supervisor import Supervisor

LOOK_SECONDS = 0.1
Line = tuple[str, str, str, str]
"""What happened, to what, the code of the cause, and the kind of device."""


@click.command("watch")
@click.option("--seconds", type=click.FloatRange(min=0), help="End after this time instead of at Ctrl-C.")
@json_option
def command(seconds: float | None, as_json: bool) -> int:
    """Print plugs and changes of health until Ctrl-C; with --json one object a line.

    While a terminal runs here, its devices are left to it: only plugs and what it says are printed.
    """
    from drivers.watch import PlugWatch
    from terminal.commands.devices_seen import chosen_devices
    from terminal.devices import KeptDevice
    from terminal.supervisor import Supervisor, reported

    lines: queue.Queue[Line] = queue.Queue()
    choices = chosen_devices()
    theirs = reported(_report()) is not None
    kept = () if theirs else tuple(KeptDevice[Any](each, lambda: None) for each in choices)
    supervisor = Supervisor(
        kept,
        watching=lambda told, _: PlugWatch(told, [each.address for each in choices]),
        heard=lambda plug: lines.put(("in" if plug.present else "out", plug.node, "", "")),
    )
    supervisor.start()
    if not as_json:
        err.print("Watching. Ctrl-C ends.", style="dim")
    try:
        _follow(lines, _said if theirs else lambda: _ours(supervisor), seconds, as_json)
    except KeyboardInterrupt:
        return EX_YES
    finally:
        supervisor.close()
    return EX_YES


def _follow(
    lines: queue.Queue[Line], health: Callable[[], dict[str, Line]], seconds: float | None, as_json: bool
) -> None:
    """Print what comes, and each health that differs from the one before, until `seconds` are over."""
    ends = time.monotonic() + seconds if seconds is not None else float("inf")
    before: dict[str, Line] = {}
    while time.monotonic() < ends:
        try:
            _say(lines.get(timeout=LOOK_SECONDS), as_json)
        except queue.Empty:
            now = health()
            for name, line in now.items():
                if before.get(name) != line:
                    _say(line, as_json)
            before = now


def _ours(supervisor: Supervisor) -> dict[str, Line]:
    return {
        each.name: (each.health.value, each.name, each.code or "", each.kind) for each in supervisor.views()
    }


def _said() -> dict[str, Line]:
    """What the running terminal says."""
    from terminal.supervisor import reported

    said = reported(_report()) or {"devices": []}
    return {
        row["name"]: (row["health"], row["name"], row["code"] or "", row["kind"]) for row in said["devices"]
    }


def _report() -> Path:
    from terminal.app import DEVICES_FILE

    return paths().data / "terminal" / DEVICES_FILE


def _say(line: Line, as_json: bool) -> None:
    happened, what, code, kind = line
    now = datetime.now().astimezone()
    if as_json:
        row = {"at": now.isoformat(timespec="milliseconds"), "happened": happened, "what": what, "code": code}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    cause = f"  {explain(code, device=what, kind=kind)} ({code})" if code else ""
    out.print(f"{now:%H:%M:%S}  {happened:10} {what}{cause}", markup=False)
