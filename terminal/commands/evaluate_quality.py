"""``renzheng evaluate quality``: whom the capture guidance stops without cause, and what it notices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from terminal.commands.context import load_stack, settings, telling
from terminal.commands.evaluation import made_with, report_folder, tell_report
from terminal.commands.output import EX_YES, json_option
from terminal.commands.progress import ProgressRows

if TYPE_CHECKING:
    from models.evaluate.provenance import Provenance
    from models.evaluate.quality import QualityReport


@click.command("quality")
@click.argument("pictures", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--spoiled", default=200, show_default=True, help="Pictures spoiled in each way.")
@report_folder
@json_option
def command(pictures: Path, spoiled: int, folder: Path | None, as_json: bool) -> int:
    """Judge the good pictures of FOLDER, then some of them spoiled in every known way.

    Prints for each limit of the capture guidance the share of good pictures it stops, also for the darkest
    and the fairest skin, and the share of spoiled pictures it notices, with 95 % intervals.
    """
    from models.evaluate.quality_page import quality_page

    report, made = _measured(pictures, spoiled)
    tell_report(report, quality_page(report, pictures.name, made.as_json()), folder, as_json)
    return EX_YES


def _measured(pictures: Path, spoiled: int) -> tuple[QualityReport, Provenance]:
    """The report and with what it was made."""
    from models.evaluate.quality import evaluate_quality, pictures_in

    chosen = settings()
    with telling():
        files = pictures_in(pictures)
        stack = load_stack(chosen)
        try:
            limits = stack.settings.guide.model_dump(mode="json")
            made = made_with(files, pictures, stack.about, chosen, spoiled=spoiled, limits=limits)
            with ProgressRows() as progress:
                return evaluate_quality(pictures, stack, spoiled=spoiled, progress=progress), made
        finally:
            stack.close()
