"""``renzheng bench``: how fast this machine is, as ratios to bare onnxruntime in the same run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import click

from terminal.commands.context import load_stack, settings
from terminal.commands.output import EX_NO, EX_YES, err, json_option, out, print_json

UI_SECONDS = 8
DEVICE_SECONDS = 6.0
TARGETS = {
    "pipeline_ratio": 1.15,
    "preview_fps": 25.0,
    "late_p99_ms": 50.0,
    "first_window_ms": 3000.0,
    "device_fps": 25.0,
    "card_late_ms": 150.0,
    "card_added_ms": 150.0,
    "apdu_ms": 2.0,
}
"""What a two-core terminal must keep; ratio, lateness and first window at most, frames at least.

`device_fps` and `card_late_ms` are of camera and card reader while another device hangs: frames a second, and
how much longer a card takes than with nothing hanging; `card_added_ms` is what the program adds to a reading.
"""


@click.command("bench")
@click.option("--rounds", default=30, show_default=True, help="Frames for the pipeline.")
@click.option("--seconds", default=UI_SECONDS, show_default=True, help="How long the window is measured.")
@json_option
def command(rounds: int, seconds: int, as_json: bool) -> int:
    """Measure the face pipeline, the devices while one of them hangs, and the window while networks run.

    Exit 1 when a target is missed.
    """
    from terminal.commands.bench_devices import bench_devices, bench_links

    pipeline = _pipeline(rounds)
    links, devices = bench_links(), bench_devices(DEVICE_SECONDS)
    window = _window(seconds)
    answer = {"pipeline": pipeline, "links": links, "devices": devices, "window": window, "targets": TARGETS}
    hanging = [row for row in devices if row["hangs_in"] != "nowhere"]
    met = {
        "card_added_ms": links["card_added_ms"] <= TARGETS["card_added_ms"],
        "apdu_ms": links["apdu_ms"] is None or links["apdu_ms"] <= TARGETS["apdu_ms"],
        "device_fps": min(row["camera_fps"] for row in hanging) >= TARGETS["device_fps"],
        "card_late_ms": max(row["card_ms"] for row in hanging) - devices[0]["card_ms"]
        <= TARGETS["card_late_ms"],
        "pipeline_ratio": pipeline["ratio"] <= TARGETS["pipeline_ratio"],
        "preview_fps": window["preview_fps"] >= TARGETS["preview_fps"],
        "late_p99_ms": window["late_p99_ms"] <= TARGETS["late_p99_ms"],
        "first_window_ms": window["first_window_ms"] <= TARGETS["first_window_ms"],
    }
    answer["met"] = met
    if as_json:
        print_json(answer)
    else:
        _tell(pipeline, window, met)
        _tell_links(links, met)
        _tell_devices(devices, met)
    return EX_YES if all(met.values()) else EX_NO


def _pipeline(rounds: int) -> dict[str, Any]:
    import cv2

    from models.bench import bench
    from models.picture import read_picture
    from terminal.virtual.people import people

    portrait = read_picture(people()["mei"].portrait.path())
    stack = load_stack(settings())
    try:
        return bench(stack, cv2.resize(portrait, (640, 480)).astype("uint8"), rounds)
    finally:
        stack.close()


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
        return {"preview_fps": 0.0, "late_p99_ms": float(10**6), "first_window_ms": float(10**6)}
    measured: dict[str, Any] = json.loads(ran.stdout)
    return measured


def _tell(pipeline: dict[str, Any], window: dict[str, Any], met: dict[str, bool]) -> None:
    def mark(name: str) -> str:
        return "[green]ok[/green]" if met[name] else "[red]no[/red]"

    out.print(
        f"{mark('pipeline_ratio')}  pipeline {pipeline['pipeline_ms']:.1f} ms a frame, bare networks "
        f"{pipeline['networks_ms']:.1f} ms: ratio {pipeline['ratio']:.3f} (max {TARGETS['pipeline_ratio']})"
    )
    for stage, ms in pipeline["stages_ms"].items():
        out.print(f"       {stage:14} {ms:7.2f} ms", style="dim")
    out.print(
        f"{mark('preview_fps')}  preview {window['preview_fps']:.1f} frames a second while networks run"
    )
    out.print(
        f"{mark('late_p99_ms')}  window late by {window['late_p99_ms']:.1f} ms at most in 99 % of beats"
    )
    out.print(f"{mark('first_window_ms')}  first window after {window['first_window_ms']:.0f} ms")


def _tell_links(links: dict[str, Any], met: dict[str, bool]) -> None:
    good = "[green]ok[/green]" if met["card_added_ms"] else "[red]no[/red]"
    out.print(
        f"{good}  reading a card with fingerprints adds {links['card_added_ms']:.1f} ms to line and chip "
        f"(of {links['card_total_ms']:.0f} ms)"
    )
    if links["apdu_ms"] is None:
        out.print(
            "       commands over PC/SC: not measured, pcscd and vsmartcard-vpcd are absent", style="dim"
        )
        return
    good = "[green]ok[/green]" if met["apdu_ms"] else "[red]no[/red]"
    out.print(f"{good}  a command over pcscd to a document's chip takes {links['apdu_ms']:.2f} ms (median)")


def _tell_devices(devices: list[dict[str, Any]], met: dict[str, bool]) -> None:
    good = met["device_fps"] and met["card_late_ms"]
    out.print(f"{'[green]ok[/green]' if good else '[red]no[/red]'}  devices while one of them hangs:")
    for row in devices:
        out.print(
            f"       hangs in {row['hangs_in']:8} camera {row['camera_fps']:5.1f} frames a second, "
            f"card {row['card_ms']:6.0f} ms (median of {row['cards']})",
            style="dim",
        )
