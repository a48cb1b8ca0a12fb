"""``renzheng evaluate``: error rates with their intervals, on the bank's own pairs and presentations."""

from __future__ import annotations

import os
from pathlib import Path

import click

from terminal.commands.context import load_stack, settings, telling
from terminal.commands.output import (
    EX_UNAVAILABLE,
    EX_USAGE,
    EX_YES,
    Failure,
    json_option,
    out,
    print_json,
)
from terminal.commands.progress import ProgressRows

CHIP_SIZES = (1024, 1536, 2048)
"""Bytes of a chip photo: the size on the card, and two above, because the true codec lies between."""


@click.group("evaluate")
def command() -> None:
    """Measure the networks on labelled pictures."""


@command.command("face")
@click.argument("pairs_csv", type=click.Path(path_type=Path))
@click.option("--chip-photo", is_flag=True, help="Also with the enrolled picture made into a chip photo.")
@click.option("--pack", help="Model pack instead of the one in the settings.")
@click.option(
    "--det",
    type=click.Path(path_type=Path),
    help="Where to draw the DET curve; a PNG named after the CSV in this folder when left out.",
)
@json_option
def face(pairs_csv: Path, chip_photo: bool, pack: str | None, det: Path | None, as_json: bool) -> int:
    """Compare the pairs of PAIRS_CSV (columns enrolled, live, same_person; paths relative to the file).

    Prints TAR at FAR 1e-2, 1e-3 and 1e-4, EER, thresholds, 95 % intervals, and pictures without a face.
    """
    from models.evaluate.det_curve import draw_det
    from models.evaluate.face import evaluate_face
    from models.evaluate.pairs import PairsError

    stack = load_stack(settings(), pack)
    try:
        with ProgressRows() as progress, telling():
            report = evaluate_face(
                pairs_csv,
                stack,
                chip_sizes=CHIP_SIZES if chip_photo else None,
                progress=progress,
                jobs=os.cpu_count() or 1,
            )
    except PairsError as error:
        absent = error.code in ("pairs.missing", "pairs.picture_missing")
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE if absent else EX_USAGE) from error
    finally:
        stack.close()
    target = det or Path(f"{pairs_csv.stem}-{report.model_pack}-det.png")
    try:
        draw_det(report.conditions(), target)
    except OSError as error:
        raise Failure(
            "evaluate.not_drawn", f"{target}: {error.strerror}", "Name another file: --det"
        ) from error
    if as_json:
        print_json({**report.as_json(), "det_curve": str(target)})
    else:
        out.print("\n".join(report.lines()), markup=False)
        out.print(f"DET curve: {target}", markup=False)
    return EX_YES


@command.command("liveness")
@click.argument("live_dir", type=click.Path(path_type=Path))
@click.argument("attack_dir", type=click.Path(path_type=Path))
@json_option
def liveness(live_dir: Path, attack_dir: Path, as_json: bool) -> int:
    """Judge every picture and clip of LIVE_DIR and ATTACK_DIR (its sub-folders are attack kinds).

    Prints APCER for each kind, BPCER, and the share of "cannot tell", after ISO/IEC 30107-3.
    """
    from models.evaluate.liveness import FolderError, evaluate_liveness

    stack = load_stack(settings())
    try:
        with ProgressRows() as progress, telling():
            report = evaluate_liveness(live_dir, attack_dir, stack, progress=progress)
    except FolderError as error:
        raise Failure(error.code, str(error), error.remedy) from error
    finally:
        stack.close()
    if as_json:
        print_json(report.as_json())
    else:
        out.print("\n".join(report.lines()), markup=False)
    return EX_YES
