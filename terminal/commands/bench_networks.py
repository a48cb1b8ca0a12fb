"""The networks' part of ``renzheng bench``: the pipeline, a fresh start, and the match step."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import cv2

from config.settings import Settings
from drivers.api import Frame
from models.api import Image
from models.bench import bench
from models.chip_photo import chip_photo
from models.face.stack import FaceStack
from models.face.track import Track
from models.picture import read_picture
from terminal.calibrations import calibrations
from terminal.commands.context import load_stack, models_folder
from terminal.comparing import compare
from terminal.control import Control
from terminal.looking import templates_of
from terminal.pictures import Pictures
from terminal.rules.today import rules_today
from terminal.sight import Seen
from terminal.virtual.people import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal.flow import Equipment

MATCHES = 5
START_SECONDS = 120
"""A fresh start may take so long before it is given up."""


def bench_pipeline(chosen: Settings, rounds: int) -> dict[str, Any]:
    """The pipeline against its bare networks, and ``match_ms`` from good frames to the result."""
    portrait = read_picture(people()["mei"].portrait.path())
    frame: Image = cv2.resize(portrait, (640, 480))  # type: ignore[assignment]
    stack = load_stack(chosen)
    try:
        return {**bench(stack, frame, rounds), "match_ms": _match_ms(stack, chosen, portrait, frame)}
    finally:
        stack.close()


def bench_start(chosen: Settings) -> dict[str, Any]:
    """A fresh process that loads the networks: see `models.bench_start.measure`."""
    command = [sys.executable, "-m", "models.bench_start", chosen.models.pack, str(models_folder(chosen))]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    if ran.returncode:
        return {"cold_start_s": float(10**6), "peak_mb": float(10**6), "steps": []}
    measured: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return measured


def _match_ms(stack: FaceStack, chosen: Settings, portrait: Image, frame: Image) -> float:
    """What follows a look: templates of as many good frames as the rules compare, and the match step."""
    rules, track = rules_today(), Track(stack.settings.track)
    seen = [
        Seen(Frame(frame, number, number / 25), stack.observe(frame, number, number / 25, track=track))
        for number in range(rules.face.good_frames)
    ]
    photo = chip_photo(portrait, stack.detect(portrait)[0].points, None)

    @contextmanager
    def lent() -> Iterator[FaceStack]:
        yield stack

    lending = SimpleNamespace(sight=SimpleNamespace(stack=lent), calibrations=calibrations(chosen))
    equipment = cast("Equipment", lending)
    control = cast(Control, SimpleNamespace(elapsed_ms=lambda: 0))
    took = []
    for _ in range(MATCHES):
        began = time.perf_counter()
        templates = templates_of(equipment, seen)
        compare(equipment, rules, Pictures(photo, tuple(seen), None), templates, control)
        took.append((time.perf_counter() - began) * 1000)
    return median(took)
