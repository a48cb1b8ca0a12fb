"""``renzheng doctor``: what this machine has, what is missing, and how to put it right."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import click

from config.paths import paths
from config.settings import Settings
from models.api import ModelError
from sync.errors import SyncError
from terminal import __version__
from terminal.commands.check import Check
from terminal.commands.context import explain, models_folder, settings
from terminal.commands.doctor_rules import rules
from terminal.commands.doctor_templates import fingerprints, irises
from terminal.commands.output import EX_NO, EX_YES, Failure, json_option, out, print_json


@click.command("doctor")
@json_option
def command(as_json: bool) -> int:
    """Look at program, networks, keys, book, centre, devices and speed. Exit 1 when something is amiss."""
    chosen = settings()
    looks: tuple[Callable[[Settings], Check], ...] = (
        _program,
        _networks,
        rules,
        _keys,
        _centre,
        _devices,
        _window,
        _speed,
        _threads,
        fingerprints,
        irises,
    )
    checks = [look(chosen) for look in looks]
    good = all(check.good for check in checks)
    if as_json:
        rows: list[dict[str, Any]] = [
            {"name": each.name, "good": each.good, "found": each.found, "remedy": each.remedy}
            for each in checks
        ]
        print_json({"good": good, "checks": rows})
        return EX_YES if good else EX_NO
    for check in checks:
        mark = "[green]ok[/green]" if check.good else "[red]!![/red]"
        out.print(f"{mark}  {check.name:10} {check.found}")
        if check.remedy:
            out.print(f"    {'':10} {check.remedy}", style="yellow")
    return EX_YES if good else EX_NO


def _program(chosen: Settings) -> Check:
    where = paths()
    kind = "production" if chosen.terminal.production else "test"
    here = f"terminal {chosen.terminal.id} ({kind}), data {where.data}, logs {where.logs}"
    text = f"renzheng {__version__}, Python {platform.python_version()}, {here}"
    return Check("program", True, text)


def _networks(chosen: Settings) -> Check:
    from models.catalogue import Catalogue

    folder = models_folder(chosen)
    try:
        files = Catalogue.shipped().load(chosen.models.pack, folder)
    except ModelError as error:
        return Check("networks", False, explain(error.code, model=error.model), "Run: make models")
    return Check(
        "networks", True, f"pack {chosen.models.pack}: {len(files)} files, hashes as listed, {folder}"
    )


def _keys(chosen: Settings) -> Check:
    from terminal.keeping import keys_of

    found: list[str] = []
    for name in ("terminal", "virtual"):
        if not (paths().data / name / "book.db").exists():
            continue
        try:
            keys = keys_of(paths().data / name, chosen)
        except SyncError as error:
            return Check("keys", False, explain(error.code, **error.facts))
        found.append(f"{name}: {keys.key_id[:16]} in {keys.where}")
    return Check("keys", True, "; ".join(found) or "made with the first case")


def _centre(chosen: Settings) -> Check:
    from sync import enrol

    if not chosen.centre.url:
        return Check("centre", not chosen.terminal.production, "test centre embedded on this machine")
    identity = enrol.load(paths().data / "terminal")
    if identity is None:
        return Check("centre", False, "not enrolled", f"Run: renzheng enrol {chosen.centre.url} TOKEN")
    return Check("centre", True, f"{identity.centre_id} ({identity.domain}) at {chosen.centre.url}")


def _devices(chosen: Settings) -> Check:
    if not chosen.devices:
        return Check("devices", True, "none set: the virtual branch is used; renzheng devices lists drivers")
    from drivers.errors import DeviceError
    from terminal.choice import checked, from_settings
    from terminal.commands.devices_seen import configured

    try:
        for choice in from_settings(chosen.devices):
            checked(choice)
    except DeviceError as error:
        return Check("devices", False, explain(error.code, device=error.device, **error.facts))
    rows = configured(None)
    lost = [row for row in rows if row["code"]]
    text = ", ".join(f"{row['name']}: {row['driver']} {row['health']}" for row in rows)
    remedy = "; ".join(f"{row['name']}: {explain(row['code'], device=row['name'])}" for row in lost)
    return Check("devices", not lost, text, remedy or "Try them: renzheng devices test")


def _window(chosen: Settings) -> Check:
    from importlib.util import find_spec

    from terminal.commands.run import has_display

    if find_spec("PySide6") is None:
        return Check("window", False, "PySide6 is not installed", "Run: make run")
    return Check("window", True, "display found" if has_display() else "no display: cases run in words")


def _speed(chosen: Settings) -> Check:
    import numpy as np

    from terminal.commands.context import load_stack

    try:
        stack = load_stack(chosen)
    except Failure as failure:
        return Check("speed", False, failure.message)
    with_frames = [_observed(stack, np.full((480, 640, 3), 128, np.uint8), number) for number in range(8)]
    stack.close()
    best = sorted(with_frames)[len(with_frames) // 2]
    return Check("speed", True, f"looking for a face takes {best:.0f} ms a frame here")


def _threads(chosen: Settings) -> Check:
    """Measures; changes nothing: the remedy is what to write into the settings."""
    from models.bench_threads import Trial, recommended, trials
    from models.engine import Threading

    present = Threading(chosen.models.threads, chosen.models.spinning)
    try:
        found = trials(chosen.models.pack, models_folder(chosen), present)
    except ModelError as error:
        return Check("threads", False, explain(error.code, model=error.model))

    def told(trial: Trial) -> str:
        threading = trial.threading
        names = [f"{threading.threads} thread" + ("s" if threading.threads > 1 else "")]
        names += ["spinning"] if threading.spinning else []
        names += [] if threading.graph == "all" else [f"graph {threading.graph.value}"]
        return f"{' '.join(names)} {trial.idle_ms:.0f}/{trial.busy_ms:.0f}"

    best = recommended(found)
    text = "ms with other cores idle/busy: " + ", ".join(told(each) for each in found)
    if best is found[0] or best.threading.graph != "all":
        return Check("threads", True, f"{text}; the settings in force fit")
    spinning = str(best.threading.spinning).lower()
    remedy = f"Quicker here: [models] threads = {best.threading.threads}, spinning = {spinning}"
    return Check("threads", True, text, remedy)


def _observed(stack: Any, image: Any, number: int) -> float:
    import time

    began = time.perf_counter()
    stack.observe(image, number, 0.0)
    return (time.perf_counter() - began) * 1000
