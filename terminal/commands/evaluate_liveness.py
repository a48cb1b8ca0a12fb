"""``renzheng evaluate liveness``: attacks called live and living people called attacks."""

from __future__ import annotations

from pathlib import Path

import click

from terminal.commands.context import load_stack, settings, telling
from terminal.commands.evaluation import journal_of, made_with, report_options, write_report
from terminal.commands.output import EX_YES, Failure, json_option, out, print_json
from terminal.commands.progress import ProgressRows


@click.command("liveness")
@click.argument("live_dir", type=click.Path(path_type=Path))
@click.argument("attack_dir", type=click.Path(path_type=Path))
@report_options
@json_option
def command(live_dir: Path, attack_dir: Path, folder: Path | None, fresh: bool, as_json: bool) -> int:
    """Judge every picture and clip of LIVE_DIR and ATTACK_DIR (its sub-folders are attack kinds).

    Prints APCER for each kind, BPCER, and the share of "cannot tell", after ISO/IEC 30107-3.
    """
    from models.evaluate.liveness import FolderError, evaluate_liveness, presentations
    from models.evaluate.liveness_page import liveness_page

    chosen = settings()
    stack = load_stack(chosen)
    try:
        base = _common(live_dir, attack_dir)
        data = [file.resolve() for place in (live_dir, attack_dir) for file in presentations(place)]
        made = made_with(data, base, stack.about, chosen)
        with telling(), journal_of(folder, fresh, made) as run, ProgressRows() as progress:
            report = evaluate_liveness(live_dir, attack_dir, stack, progress=progress, run=run)
    except FolderError as error:
        raise Failure(error.code, str(error), error.remedy) from error
    finally:
        stack.close()
    page = liveness_page(report, f"{live_dir.name} against {attack_dir.name}", made.as_json())
    files = write_report(page, folder, told=not as_json)
    if as_json:
        print_json({**report.as_json(), "report": files})
    else:
        out.print("\n".join(report.lines()), markup=False)
    return EX_YES


def _common(live_dir: Path, attack_dir: Path) -> Path:
    """The folder that holds both."""
    import os.path

    return Path(os.path.commonpath([live_dir.resolve(), attack_dir.resolve()]))
