"""``renzheng evaluate finger``: false matches and false non-matches of fingers whose truth is known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terminal.commands.context import models_folder, settings, telling
from terminal.commands.evaluation import journal_of, made_with, report_options, tell_report
from terminal.commands.output import EX_UNAVAILABLE, EX_YES, Failure, json_option
from terminal.commands.progress import ProgressRows

if TYPE_CHECKING:
    from models.evaluate.finger import FingerReport
    from models.evaluate.provenance import Provenance
    from models.finger.settings import FingerSettings


@click.command("finger")
@click.argument("folder_of_fingers", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--engine", help="Engine instead of the one in the settings.")
@click.option("--dpi", default=500.0, show_default=True, help="Pixels per inch of the pictures.")
@click.option("--jobs", default=0, help="Pictures looked at together; as many as processors when left out.")
@report_options
@json_option
def command(
    folder_of_fingers: Path,
    engine: str | None,
    dpi: float,
    jobs: int,
    folder: Path | None,
    fresh: bool,
    as_json: bool,
) -> int:
    """Compare all impressions in FOLDER (named FINGER_IMPRESSION.png, one sub-folder a data base).

    All pairs of one finger against all pairs of two fingers. Prints FNMR at FMR 1e-2, 1e-3 and 1e-4, EER,
    thresholds, 95 % intervals, pictures without a template, and times.
    """
    from models.evaluate.finger_page import finger_page

    report, made = _measured(folder_of_fingers, engine, dpi, jobs or os.cpu_count() or 1, folder, fresh)
    page = finger_page(report, f"{folder_of_fingers.name}, engine {report.engine}", made.as_json())
    tell_report(report, page, folder, as_json)
    return EX_YES


def _measured(
    source: Path, engine: str | None, dpi: float, jobs: int, folder: Path | None, fresh: bool
) -> tuple[FingerReport, Provenance]:
    from models.evaluate.finger import evaluate_finger, samples
    from models.evaluate.folder import FolderError
    from models.finger.engine import FingerEngine, used_by

    chosen = settings()
    networks, wanted = models_folder(chosen), wanted_engine(engine or chosen.models.finger_engine)
    asked = {"finger": wanted.engine.value, "dpi": dpi}
    try:
        data = [sample.file for sample in samples(source)]
        made = made_with(data, source, used_by(wanted.engine), chosen, **asked)
        with telling(), journal_of(folder, fresh, made) as run, ProgressRows() as progress:
            return evaluate_finger(
                source,
                lambda: FingerEngine(wanted, networks),
                dpi=dpi,
                progress=progress,
                jobs=jobs,
                run=run,
            ), made
    except FolderError as error:
        raise Failure(error.code, str(error), error.remedy, EX_UNAVAILABLE) from error


def wanted_engine(engine: str) -> FingerSettings:
    """The settings with `engine`, for several pictures together: one thread each. NFIQ 2 is left out, as no
    figure here depends on it.
    """
    from models.finger.settings import EngineKind, ExtractSettings, FingerSettings

    try:
        return FingerSettings(engine=EngineKind(engine), nfiq2=False, extract=ExtractSettings(threads=1))
    except ValueError as error:
        known = ", ".join(EngineKind)
        raise click.BadParameter(f"{engine} is none of {known}", param_hint="--engine") from error
