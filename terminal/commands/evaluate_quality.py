"""``renzheng evaluate quality``: whom the capture guidance stops without cause, and what it notices."""

from __future__ import annotations

from pathlib import Path

import click

from terminal.commands.context import load_stack, settings, telling
from terminal.commands.output import EX_YES, json_option, out, print_json
from terminal.commands.progress import ProgressRows


@click.command("quality")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--spoiled", default=200, show_default=True, help="Pictures spoiled in each way.")
@json_option
def command(folder: Path, spoiled: int, as_json: bool) -> int:
    """Judge the good pictures of FOLDER, then some of them spoiled in every known way.

    Prints for each limit of the capture guidance the share of good pictures it stops, also for the darkest
    and the fairest skin, and the share of spoiled pictures it notices, with 95 % intervals.
    """
    from models.evaluate.quality import evaluate_quality

    with telling():
        stack = load_stack(settings())
        try:
            with ProgressRows() as progress:
                report = evaluate_quality(folder, stack, spoiled=spoiled, progress=progress)
        finally:
            stack.close()
    if as_json:
        print_json(report.as_json())
    else:
        out.print("\n".join(report.lines()), markup=False)
    return EX_YES
