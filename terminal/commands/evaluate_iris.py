"""``renzheng evaluate iris``: false matches and false non-matches of eyes whose truth is known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terminal.commands.context import settings, telling
from terminal.commands.evaluation import journal_of, made_with, report_options, tell_report
from terminal.commands.output import EX_UNAVAILABLE, EX_YES, Failure, json_option
from terminal.commands.progress import ProgressRows

if TYPE_CHECKING:
    from models.evaluate.iris import IrisReport
    from models.evaluate.provenance import Provenance
    from models.iris.settings import CameraProfile

Range = tuple[float, float]


@click.command("iris")
@click.argument("folder_of_eyes", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--pupil-px", nargs=2, type=float, required=True, help="Least and largest radius of a pupil in pixels."
)
@click.option(
    "--iris-px", nargs=2, type=float, required=True, help="Least and largest radius of an iris in pixels."
)
@click.option("--camera", default="camera", show_default=True, help="Name of the camera in the report.")
@click.option("--jobs", default=0, help="Pictures looked at together; as many as processors when left out.")
@report_options
@json_option
def command(
    folder_of_eyes: Path,
    pupil_px: Range,
    iris_px: Range,
    camera: str,
    jobs: int,
    folder: Path | None,
    fresh: bool,
    as_json: bool,
) -> int:
    """Compare all pictures in FOLDER (PERSON/left/…, PERSON/right/…), taken with one camera.

    All pairs of one eye against all pairs of two eyes. Prints FNMR at FMR 1e-2, 1e-3 and 1e-4, EER,
    thresholds, 95 % intervals, pictures without a template, and times.
    """
    from models.evaluate.iris_page import iris_page

    profile = profile_of(camera, pupil_px, iris_px)
    report, made = _measured(folder_of_eyes, profile, jobs or os.cpu_count() or 1, folder, fresh)
    page = iris_page(report, f"{folder_of_eyes.name}, camera {camera}", made.as_json())
    tell_report(report, page, folder, as_json)
    return EX_YES


def profile_of(camera: str, pupil_px: Range, iris_px: Range) -> CameraProfile:
    """The profile of a camera named on the command line; BadParameter for ranges that no eye can have."""
    from models.iris.settings import CameraProfile

    try:
        return CameraProfile(camera, pupil_px, iris_px)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=f"radii of {camera}") from error


def _measured(
    source: Path, profile: CameraProfile, jobs: int, folder: Path | None, fresh: bool
) -> tuple[IrisReport, Provenance]:
    from models.evaluate.folder import FolderError
    from models.evaluate.iris import evaluate_iris, eye_pictures
    from models.iris.engine import SCORER, IrisEngine

    asked = {
        "iris": f"{SCORER.engine} {SCORER.method}",
        "pupil_px": list(profile.pupil_px),
        "iris_px": list(profile.iris_px),
    }
    try:
        data = [picture.file for picture in eye_pictures(source)]
        made = made_with(data, source, {}, settings(), **asked)
        with telling(), journal_of(folder, fresh, made) as run, ProgressRows() as progress:
            engine = IrisEngine(profile)
            return evaluate_iris(source, engine, progress=progress, jobs=jobs, run=run), made
    except FolderError as error:
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE) from error
