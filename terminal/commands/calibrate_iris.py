"""``renzheng calibrate iris``: what scores of irises mean, measured on a folder of eyes."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terminal.commands.calibrate_made import day_of, floor_of, keep, making_options
from terminal.commands.context import explain, telling
from terminal.commands.evaluate_iris import profile_of
from terminal.commands.output import EX_UNAVAILABLE, EX_USAGE, Failure
from terminal.commands.progress import ProgressRows

if TYPE_CHECKING:
    from models.calibration import AcceptFloor, Calibration
    from models.evaluate.iris import IrisReport
    from models.iris.settings import CameraProfile

Camera = tuple[str, float, float, float, float]


@click.command("iris")
@click.argument("source", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--camera",
    "cameras",
    type=(str, float, float, float, float),
    metavar="NAME PUPIL PUPIL IRIS IRIS",
    multiple=True,
    required=True,
    help="Sub-folder of FOLDER with one camera's eyes; least and largest radius of pupil and iris in pixels.",
)
@making_options
def command(
    source: Path,
    cameras: tuple[Camera, ...],
    description: str,
    version: int,
    floor: float | None,
    floor_source: str | None,
    folder: Path,
    day: datetime | None,
    as_json: bool,
) -> int:
    """Build the calibration of irises from FOLDER, with CAMERA/PERSON/left/… and CAMERA/PERSON/right/…

    Eyes of different cameras are not compared; a threshold holds for the worst of the cameras. Writes one
    unsigned file. Exit 1: written, but the data are too few for the rates that the rules ask for.
    """
    least = floor_of(floor, floor_source)
    profiles = [profile_of(name, (low, high), (inner, outer)) for name, low, high, inner, outer in cameras]
    reports = [_measured(source / profile.name, profile) for profile in profiles]
    return keep([_calibration(reports, description, day_of(day), least, version)], folder, as_json)


def _measured(eyes: Path, profile: CameraProfile) -> IrisReport:
    from models.evaluate.folder import FolderError
    from models.evaluate.iris import evaluate_iris
    from models.iris.engine import IrisEngine

    try:
        with telling(), ProgressRows() as progress:
            return evaluate_iris(eyes, IrisEngine(profile), progress=progress, jobs=os.cpu_count() or 1)
    except FolderError as error:
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE) from error


def _calibration(
    reports: list[IrisReport], description: str, measured_on: date, floor: AcceptFloor | None, version: int
) -> Calibration:
    from models.evaluate.iris import measurement
    from models.iris.engine import SCORER
    from models.iris.match import SAMPLE
    from models.measurement import calibrated

    try:
        return calibrated(
            measurement(reports),
            SCORER,
            SAMPLE,
            description=description,
            measured_on=measured_on,
            floor=floor,
            version=version,
        )
    except ValueError as error:
        raise Failure(
            "calibrate.no_data", explain("calibrate.no_data", cause=error), exit_code=EX_USAGE
        ) from error
