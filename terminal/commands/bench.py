"""``renzheng bench``: how fast this machine is, as ratios to bare onnxruntime in the same run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from models.bench import TARGET
from terminal.commands.context import settings
from terminal.commands.output import EX_NO, EX_YES, err, json_option, out, print_json

UI_SECONDS = 8
DEVICE_SECONDS = 6.0
TARGETS = {
    "pipeline_ratio": TARGET,
    "steady_ratio": TARGET,
    "match_ms": 150.0,
    "cold_start_s": 2.5,
    "peak_mb": 450.0,
    "looks_fps": 25.0,
    "preview_fps": 25.0,
    "late_p99_ms": 50.0,
    "first_window_ms": 3000.0,
    "device_fps": 25.0,
    "card_late_ms": 150.0,
    "card_added_ms": 150.0,
    "apdu_ms": 2.0,
    "finger_ratio": TARGET,
    "finger_ms": 400.0,
    "finger_match_ms": 1.5,
    "iris_ms": 60.0,
    "rules_load_ms": 200.0,
    "rules_explain_ms": 5.0,
}
"""What a two-core terminal must keep; ratios, times and memory at most, frames a second at least.

`steady_ratio` is of a followed face, `match_ms` from good frames to the result of comparing, `peak_mb` the
most memory of the window's process, networks and all, `looks_fps` the frames that networks look at while a
person is watched. `device_fps` and `card_late_ms` are of camera and card reader while another device hangs:
frames a second, and how much longer a card takes than with nothing hanging; `card_added_ms` is what the
program adds to a reading. `finger_ms` and `iris_ms` are of a picture to its template, `finger_ratio` of the
former to its bare network. `rules_load_ms` is of reading the shipped rule packs and putting together those
of two business dates, `rules_explain_ms` of saying what they demand in a situation (95 % take no longer).
"""
AT_LEAST = frozenset({"looks_fps", "preview_fps", "device_fps"})


@click.command("bench")
@click.option("--rounds", default=30, show_default=True, help="Frames for the pipeline.")
@click.option("--seconds", default=UI_SECONDS, show_default=True, help="How long the window is measured.")
@click.option(
    "--peers", is_flag=True, help="Measure other face libraries and ours on the same pictures instead."
)
@click.option(
    "--pictures-in",
    type=click.Path(path_type=Path, file_okay=False),
    help="For --peers: folder with a pairs.csv. Default: the development data, where it is present.",
)
@click.option("--pictures", type=click.IntRange(2), help="For --peers: only so many of the pictures.")
@json_option
def command(
    rounds: int, seconds: int, peers: bool, pictures_in: Path | None, pictures: int | None, as_json: bool
) -> int:
    """Measure the face pipeline, the devices while one of them hangs, and the window while networks run.

    Exit 1 when a target is missed. With --peers other libraries are installed for this user, by name, version
    and hash, each in a folder of its own; what cannot be had is named and passed over.
    """
    if peers:
        from terminal.commands.bench_peers import bench_peers

        return bench_peers(settings(), pictures_in, pictures, as_json)
    answer = _measure(rounds, seconds)
    if as_json:
        print_json(answer)
    else:
        _tell(answer)
    return EX_YES if all(answer["met"].values()) else EX_NO


def _measure(rounds: int, seconds: int) -> dict[str, Any]:
    from terminal.commands.bench_devices import bench_devices, bench_links
    from terminal.commands.bench_networks import bench_pipeline, bench_start
    from terminal.commands.bench_rules import bench_rules
    from terminal.commands.bench_templates import bench_finger, bench_iris, template_figures

    chosen = settings()
    pipeline, start = bench_pipeline(chosen, rounds), bench_start(chosen)
    finger, iris = bench_finger(chosen, rounds), bench_iris(rounds)
    rules = bench_rules(date.today())
    links, devices = bench_links(), bench_devices(DEVICE_SECONDS)
    window = _window(seconds)
    hanging = [row for row in devices if row["hangs_in"] != "nowhere"]
    figures = {
        "pipeline_ratio": pipeline["ratio"],
        "steady_ratio": pipeline["steady"]["ratio"],
        "match_ms": pipeline["match_ms"],
        "cold_start_s": start["cold_start_s"],
        "card_added_ms": links["card_added_ms"],
        "apdu_ms": links["apdu_ms"] or 0.0,
        "device_fps": min(row["camera_fps"] for row in hanging),
        "card_late_ms": max(row["card_ms"] for row in hanging) - devices[0]["card_ms"],
        **template_figures(finger, iris),
        "rules_load_ms": rules["load_ms"],
        "rules_explain_ms": rules["explain_ms_p95"],
        **window,
    }
    parts = {"pipeline": pipeline, "start": start, "links": links, "devices": devices, "window": window}
    parts |= {"finger": finger, "iris": iris, "rules": rules}
    return {**parts, "targets": TARGETS, "met": _met(figures)}


def _met(figures: dict[str, Any]) -> dict[str, bool]:
    """Which of the targets are kept; what was not measured is left out."""
    return {
        name: figures[name] >= target if name in AT_LEAST else figures[name] <= target
        for name, target in TARGETS.items()
        if name in figures
    }


def _window(seconds: int) -> dict[str, Any]:
    """Measured in a process of its own, as the window runs; on the display, or offscreen without one."""
    from terminal.commands.run import has_display

    environment = dict(os.environ)
    if not has_display():
        environment["QT_QPA_PLATFORM"] = "offscreen"
    ran = subprocess.run(
        [sys.executable, "-m", "ui.bench", "--json", "--virtual", "genuine", "--seconds", str(seconds)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120 + seconds,
        check=False,
    )
    if ran.returncode != 0:
        err.print(ran.stderr, markup=False)
        most = float(10**6)
        failed = {"preview_fps": 0.0, "looks_fps": 0.0}
        return {**failed, "late_p99_ms": most, "first_window_ms": most, "peak_mb": most}
    measured: dict[str, Any] = json.loads(ran.stdout)
    return measured


def _tell(answer: dict[str, Any]) -> None:
    met = answer["met"]
    _tell_pipeline(answer["pipeline"], met)
    _tell_start(answer["start"], met)
    _tell_finger(answer["finger"], met)
    _tell_iris(answer["iris"], met)
    _tell_rules(answer["rules"], met)
    _tell_window(answer["window"], met)
    _tell_links(answer["links"], met)
    _tell_devices(answer["devices"], met)


def _mark(good: bool) -> str:
    return "[green]ok[/green]" if good else "[red]no[/red]"


def _tell_pipeline(pipeline: dict[str, Any], met: dict[str, bool]) -> None:
    for name, figures, what in (
        ("pipeline_ratio", pipeline, "a frame with every network"),
        ("steady_ratio", pipeline["steady"], "a frame while a face is followed"),
    ):
        out.print(
            f"{_mark(met[name])}  {what}: {figures['pipeline_ms']:.1f} ms, bare networks "
            f"{figures['networks_ms']:.1f} ms: ratio {figures['ratio']:.3f} (max {TARGETS[name]}), "
            f"in processor time {figures['cpu_ratio']:.3f}"
        )
        _tell_stages(figures["stages_ms"])
    out.print(f"{_mark(met['match_ms'])}  from good frames to the match: {pipeline['match_ms']:.0f} ms")


def _against_bare(stages: dict[str, float], stage: str) -> str:
    net = stages.get(f"{stage}.net")
    bare = "" if net is None else f"  bare {net:7.2f} ms  ratio {stages[stage] / max(net, 1e-6):.3f}"
    return f"{stages[stage]:7.2f} ms{bare}"


def _tell_finger(finger: dict[str, Any], met: dict[str, bool]) -> None:
    if "absent" in finger:
        out.print(f"       fingerprints: not measured, {finger['absent']}", style="dim", markup=False)
        return
    size = f"{finger['width']}×{finger['height']}"
    out.print(
        f"{_mark(met['finger_ms'])}  a fingerprint of {size} to its template: {finger['pipeline_ms']:.0f} ms "
        f"({finger['pipeline_ms_p95']:.0f} at most in 95 %)"
    )
    if "ratio" in finger:
        out.print(
            f"{_mark(met['finger_ratio'])}  beside its bare network, {finger['networks_ms']:.0f} ms: "
            f"ratio {finger['ratio']:.3f} (max {TARGETS['finger_ratio']})"
        )
    _tell_stages(finger["stages_ms"])
    out.print(f"{_mark(met['finger_match_ms'])}  match of two fingerprints: {finger['match_ms']:.2f} ms")


def _tell_iris(iris: dict[str, Any], met: dict[str, bool]) -> None:
    out.print(
        f"{_mark(met['iris_ms'])}  an eye of {iris['width']}×{iris['height']} to its code: "
        f"{iris['pipeline_ms']:.0f} ms ({iris['pipeline_ms_p95']:.0f} at most in 95 %), "
        f"match {iris['match_ms']:.3f} ms"
    )
    _tell_stages(iris["stages_ms"])


def _tell_rules(rules: dict[str, Any], met: dict[str, bool]) -> None:
    out.print(f"{_mark(met['rules_load_ms'])}  rules: loading both packs {rules['load_ms']:.0f} ms")
    out.print(
        f"{_mark(met['rules_explain_ms'])}  rules: explaining a situation {rules['explain_ms']:.2f} ms "
        f"({rules['explain_ms_p95']:.2f} at most in 95 %, {rules['businesses']} businesses)"
    )


def _tell_stages(stages: dict[str, float]) -> None:
    for stage in (each for each in stages if not each.endswith(".net")):
        out.print(f"       {stage:14} {_against_bare(stages, stage)}", style="dim")


def _tell_start(start: dict[str, Any], met: dict[str, bool]) -> None:
    out.print(
        f"{_mark(met['cold_start_s'])}  networks ready {start['cold_start_s']:.2f} s after a fresh start; "
        f"most memory {start['peak_mb']:.0f} MB"
    )
    for step in start["steps"]:
        out.print(
            f"       {step['what']:18} {step['seconds']:6.2f} s  {step['mb']:6.0f} MB after", style="dim"
        )


def _tell_window(window: dict[str, Any], met: dict[str, bool]) -> None:
    out.print(
        f"{_mark(met['preview_fps'])}  preview {window['preview_fps']:.1f} frames a second while networks run"
    )
    out.print(
        f"{_mark(met['looks_fps'])}  networks look at {window['looks_fps']:.1f} frames a second meanwhile"
    )
    out.print(
        f"{_mark(met['late_p99_ms'])}  window late by {window['late_p99_ms']:.1f} ms at most in 99 % of beats"
    )
    out.print(f"{_mark(met['first_window_ms'])}  first window after {window['first_window_ms']:.0f} ms")
    out.print(f"{_mark(met['peak_mb'])}  window with networks takes {window['peak_mb']:.0f} MB at most")


def _tell_links(links: dict[str, Any], met: dict[str, bool]) -> None:
    out.print(
        f"{_mark(met['card_added_ms'])}  reading a card with prints adds {links['card_added_ms']:.1f} ms "
        f"to line and chip (of {links['card_total_ms']:.0f} ms)"
    )
    if links["apdu_ms"] is None:
        out.print(
            "       commands over PC/SC: not measured, pcscd and vsmartcard-vpcd are absent", style="dim"
        )
        return
    out.print(
        f"{_mark(met['apdu_ms'])}  a command over pcscd to a document's chip takes "
        f"{links['apdu_ms']:.2f} ms (median)"
    )


def _tell_devices(devices: list[dict[str, Any]], met: dict[str, bool]) -> None:
    out.print(f"{_mark(met['device_fps'] and met['card_late_ms'])}  devices while one of them hangs:")
    for row in devices:
        out.print(
            f"       hangs in {row['hangs_in']:8} camera {row['camera_fps']:5.1f} frames a second, "
            f"card {row['card_ms']:6.0f} ms (median of {row['cards']})",
            style="dim",
        )
