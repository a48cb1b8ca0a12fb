"""``renzheng calibrate finger``: what scores of fingerprints mean, measured on a folder of impressions."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terminal.commands.calibrate_made import day_of, floor_of, keep, making_options
from terminal.commands.context import explain, models_folder, settings, telling
from terminal.commands.evaluate_finger import wanted_engine
from terminal.commands.output import EX_UNAVAILABLE, EX_USAGE, Failure
from terminal.commands.progress import ProgressRows

if TYPE_CHECKING:
    from models.calibration import Calibration


@click.command("finger")
@click.argument("source", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--engine", help="Engine instead of the one in the settings.")
@click.option("--dpi", default=500.0, show_default=True, help="Pixels per inch of the pictures.")
@making_options
def command(as_json: bool, folder: Path, day: datetime | None, **asked: Any) -> int:
    """Build the calibration of an engine from the impressions in FOLDER (see `renzheng evaluate finger`).

    Each sub-folder is a sensor. Writes one unsigned file. Exit 1: written, but the data are too few for the
    rates that the rules ask for.
    """
    floor = floor_of(asked.pop("floor"), asked.pop("floor_source"))
    return keep([_built(measured_on=day_of(day), floor=floor, **asked)], folder, as_json)


def _built(source: Path, engine: str | None, dpi: float, **more: Any) -> Calibration:
    from models.evaluate.finger import evaluate_finger
    from models.evaluate.folder import FolderError
    from models.finger.calibrate import finger_calibration
    from models.finger.engine import FingerEngine

    chosen = settings()
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
        return finger_calibration(report, **more)
    except FolderError as error:
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE) from error
    except ValueError as error:
        raise Failure(
            "calibrate.no_data", explain("calibrate.no_data", cause=error), exit_code=EX_USAGE
        ) from error
