"""``renzheng evaluate face``: false matches and false non-matches on pairs whose truth is known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.api import ModelError, PhotoKind
from terminal.commands.context import explain, load_stack, settings, telling
from terminal.commands.evaluation import journal_of, made_with, report_options, write_report
from terminal.commands.output import (
    EX_UNAVAILABLE,
    EX_USAGE,
    EX_YES,
    Failure,
    err,
    json_option,
    out,
    print_json,
)
from terminal.commands.progress import ProgressRows

if TYPE_CHECKING:
    from models.calibration import Calibration
    from models.evaluate.face import FaceReport
    from models.evaluate.provenance import Provenance
    from models.face.stack import FaceStack

CHIP_SIZES = (1024, 1536, 2048)
"""Bytes of a chip photo: the size on the card, and two above, because the true codec lies between."""


@click.command("face")
@click.argument("pairs_csv", type=click.Path(path_type=Path))
@click.option("--chip-photo", is_flag=True, help="Also with the enrolled picture made into a chip photo.")
@click.option("--ablation", is_flag=True, help="Chip photos also with each trick off: what does it give?")
@click.option("--pack", help="Model pack instead of the one in the settings.")
@click.option(
    "--det",
    type=click.Path(path_type=Path),
    help="Where to draw the DET curve; a PNG named after the CSV in this folder when left out.",
)
@report_options
@json_option
def command(
    pairs_csv: Path,
    chip_photo: bool,
    ablation: bool,
    pack: str | None,
    det: Path | None,
    folder: Path | None,
    fresh: bool,
    as_json: bool,
) -> int:
    """Compare the pairs of PAIRS_CSV (columns enrolled, live, same_person; paths relative to the file).

    Prints TAR at FAR 1e-2, 1e-3 and 1e-4, EER, thresholds, 95 % intervals, and pictures without a face.
    Columns group, camera and photo tell rates apart in the report.
    """
    from models.evaluate.face_page import face_page

    stack = load_stack(settings(), pack)
    try:
        report, made = _measured(pairs_csv, stack, (chip_photo, ablation), folder, fresh)
    finally:
        stack.close()
    files = write_report(face_page(report, pairs_csv.name, made.as_json()), folder, told=not as_json)
    target = det or (None if folder else Path(f"{pairs_csv.stem}-{report.model_pack}-det.png"))
    if target is not None:
        _draw(report, target)
    if as_json:
        print_json({**report.as_json(), "det_curve": str(target or files[2]), "report": files})
        return EX_YES
    out.print("\n".join(report.lines()), markup=False)
    if target is not None:
        out.print(f"DET curve: {target}", markup=False)
    return EX_YES


def _measured(
    pairs_csv: Path, stack: FaceStack, chips: tuple[bool, bool], folder: Path | None, fresh: bool
) -> tuple[FaceReport, Provenance]:
    from models.evaluate.face import evaluate_face
    from models.evaluate.pairs import PairsError, read_pairs
    from models.face.compare import METHOD

    chip_photo, ablation = chips
    sizes = CHIP_SIZES if chip_photo else ()
    calibration = _chip_calibration(stack) if chip_photo else None
    try:
        pictures = {file for pair in read_pairs(pairs_csv) for file in (pair.enrolled, pair.live)}
        data = {file.resolve() for file in (pairs_csv, *pictures)}
        base = Path(os.path.commonpath([file.parent for file in data]))
        made = made_with(
            data,
            base,
            stack.about,
            settings(),
            pack=stack.pack,
            chip_sizes=sizes,
            method=METHOD,
            calibration=calibration.name if calibration else "",
        )
        with telling(), journal_of(folder, fresh, made) as run, ProgressRows() as progress:
            jobs = os.cpu_count() or 1
            found = evaluate_face(
                pairs_csv,
                stack,
                chip_sizes=sizes,
                progress=progress,
                jobs=jobs,
                run=run,
                centres=calibration.centres if calibration else None,
                ablation=ablation,
            )
    except PairsError as error:
        absent = error.code in ("pairs.missing", "pairs.picture_missing")
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE if absent else EX_USAGE) from error
    return found, made


def _chip_calibration(stack: FaceStack) -> Calibration | None:
    """The one in force, whose centres belong to the comparison; a pack without one is measured without."""
    from models.face.compare import scorer
    from terminal.calibrations import calibrations

    try:
        return calibrations(settings()).find(scorer(stack), PhotoKind.CHIP)
    except ModelError as error:
        err.print(explain(error.code), markup=False)
        return None


def _draw(report: FaceReport, target: Path) -> None:
    from models.evaluate.det_curve import draw_det

    try:
        draw_det(report.conditions(), target)
    except OSError as error:
        raise Failure(
            "evaluate.not_drawn", f"{target}: {error.strerror}", "Name another file: --det"
        ) from error
