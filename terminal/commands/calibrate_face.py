"""What ``renzheng calibrate face`` does: measure and build, with every mistake told by cause and remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.api import ModelError
from models.calibrate import (
    FLOORS,
    by_pairing,
    floor_of,
    made_in_words,
    measure_folder,
    measure_pairs,
)
from models.calibration import AcceptFloor, Calibration, Centres
from models.calibration_files import shipped_calibration
from models.evaluate.pairs import PairsError, read_pairs
from models.evaluate.templates import Templates
from models.face.compare import scorer
from models.face.pairing import Pairing
from models.measurement import Measurement, calibrated
from terminal.commands.context import explain, load_stack, settings, telling
from terminal.commands.output import EX_UNAVAILABLE, EX_USAGE, Failure
from terminal.commands.progress import ProgressRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for on the command line."""

    source: Path
    description: str
    pack: str | None
    kinds: tuple[str, ...]
    make: bool
    version: int
    floor: float | None
    floor_source: str | None
    measured_on: date


def build(wish: Wish) -> list[Calibration]:
    """One calibration for each kind of photo, or `Failure`."""
    chosen = settings()
    pack = wish.pack or chosen.models.pack
    _check_floor(pack, wish)
    stack = load_stack(chosen, wish.pack)
    try:
        with ProgressRows() as progress, telling():
            templates = Templates(stack, jobs=os.cpu_count() or 1, progress=progress)
            return [
                calibrated(
                    measured,
                    scorer(stack),
                    pairing.sample,
                    description=_described(wish, pairing),
                    measured_on=wish.measured_on,
                    floor=_floor(pack, pairing, wish),
                    version=wish.version,
                )
                for pairing, measured in _measured(wish, templates)
            ]
    except PairsError as error:
        absent = error.code in ("pairs.missing", "pairs.picture_missing")
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE if absent else EX_USAGE) from error
    except ValueError as error:
        raise Failure("calibrate.no_data", explain("calibrate.no_data", cause=error)) from error
    finally:
        stack.close()


def _measured(wish: Wish, templates: Templates) -> Iterator[tuple[Pairing, Measurement]]:
    """Scores by kind of photo; a list of pairs may hold several kinds."""
    wanted = [Pairing.of(kind) for kind in wish.kinds]
    if wish.source.is_dir():
        for pairing in wanted:
            centres = _shipped_centres(templates, pairing)
            yield pairing, measure_folder(wish.source, templates, pairing, made=wish.make, otherwise=centres)
        return
    pairs = read_pairs(wish.source)
    labelled = any(pair.photo for pair in pairs)
    parts = by_pairing(pairs, wanted[0]) if labelled else dict.fromkeys(wanted, pairs)
    for pairing, own in parts.items():
        centres = _shipped_centres(templates, pairing)
        yield pairing, measure_pairs(own, templates, pairing, made=wish.make, otherwise=centres)


def _shipped_centres(templates: Templates, pairing: Pairing) -> Centres | None:
    """For a bank with too few people to measure its own."""
    try:
        return shipped_calibration(scorer(templates.stack), pairing.sample).centres
    except ModelError:
        return None


def _described(wish: Wish, pairing: Pairing) -> str:
    made = made_in_words(pairing) if wish.make else ""
    return f"{wish.description}; {made}" if made else wish.description


def _check_floor(pack: str, wish: Wish) -> None:
    """Known before anything is measured: which least score holds."""
    given = wish.floor is not None and bool(wish.floor_source)
    if not given and (wish.floor is not None or pack not in FLOORS):
        raise Failure("calibrate.floor", explain("calibrate.floor", pack=pack), exit_code=EX_USAGE)


def _floor(pack: str, pairing: Pairing, wish: Wish) -> AcceptFloor:
    """The floor given, or the pack's own."""
    if wish.floor is not None and wish.floor_source:
        return AcceptFloor(score=wish.floor, source=wish.floor_source)
    return floor_of(pack, pairing)
