"""``renzheng calibrate finger``: what scores of fingerprints mean, measured on a folder of impressions."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from terminal.commands.calibrate_told import as_rows, tell
from terminal.commands.context import explain, models_folder, settings, telling
from terminal.commands.evaluate_finger import wanted_engine
from terminal.commands.output import EX_NO, EX_UNAVAILABLE, EX_USAGE, EX_YES, Failure, json_option, print_json
from terminal.commands.progress import ProgressRows


@click.command("finger")
@click.argument("source", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--description", required=True, help="What data, and what they do not stand for.")
@click.option("--engine", help="Engine instead of the one in the settings.")
@click.option("--dpi", default=500.0, show_default=True, help="Pixels per inch of the pictures.")
@click.option("--version", type=click.IntRange(1), default=1, help="Counts up at each calibration.")
@click.option("--floor", type=float, help="Least score that may be accepted.")
@click.option("--floor-source", help="On what data that rests.")
@click.option("--out", "folder", type=click.Path(path_type=Path), default=Path(), help="Where to write.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the measurement; today.")
@json_option
def command(as_json: bool, folder: Path, day: datetime | None, **asked: Any) -> int:
    """Build the calibration of an engine from the impressions in FOLDER (see `renzheng evaluate finger`).

    Each sub-folder is a sensor. Writes one unsigned file. Exit 1: written, but the data are too few for the
    rates that the rules ask for.
    """
    from models.calibration_files import file_name
    from terminal.calibrations import unsigned, write_file

    made = _built(measured_on=(day or datetime.now(UTC)).date(), **asked)
    target = folder / file_name(made.scorer.modality, made.scorer.engine, made.sample)
    try:
        write_file(unsigned(made), target)
    except OSError as error:
        raise Failure("calibrate.not_written", explain("calibrate.not_written", file=target)) from error
    rows = as_rows([made], [str(target)])
    if as_json:
        print_json({"calibrations": rows})
    else:
        tell(rows)
    return EX_YES if all(row["enough"] != "too_small" for row in rows) else EX_NO


def _built(source: Path, engine: str | None, dpi: float, **more: Any) -> Any:
    from models.calibration import AcceptFloor
    from models.evaluate.finger import FingerFolderError, evaluate_finger
    from models.finger.calibrate import finger_calibration
    from models.finger.engine import FingerEngine

    chosen = settings()
    score, why = more.pop("floor"), more.pop("floor_source")
    if score is not None and not why:
        raise click.UsageError("--floor needs --floor-source: say on what data it rests")
    wanted, networks = wanted_engine(engine or chosen.models.finger_engine), models_folder(chosen)
    try:
        with telling(), ProgressRows() as progress:
            report = evaluate_finger(
                source,
                lambda: FingerEngine(wanted, networks),
                dpi=dpi,
                progress=progress,
                jobs=os.cpu_count() or 1,
            )
        floor = None if score is None else AcceptFloor(score=score, source=why)
        return finger_calibration(report, floor=floor, **more)
    except FingerFolderError as error:
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE) from error
    except ValueError as error:
        raise Failure(
            "calibrate.no_data", explain("calibrate.no_data", cause=error), exit_code=EX_USAGE
        ) from error
