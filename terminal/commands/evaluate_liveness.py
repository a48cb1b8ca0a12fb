"""``renzheng evaluate liveness``: attacks called live and living people called attacks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.api import LiveAnswer
from terminal.commands.context import load_stack, settings, telling
from terminal.commands.evaluation import journal_of, made_with, report_options, tell_report, write_report
from terminal.commands.output import EX_YES, Failure, json_option, out, print_json
from terminal.commands.progress import ProgressRows
from terminal.commands.virtual_trials import KINDS, TUNING_SEEDS, rates, reasons, run_trials, sources, trials

if TYPE_CHECKING:
    from terminal.virtual.trials import Trial


@click.command("liveness")
@click.argument("live_dir", type=click.Path(path_type=Path), required=False)
@click.argument("attack_dir", type=click.Path(path_type=Path), required=False)
@click.option(
    "--virtual", type=click.IntRange(1, 100_000), help="Instead: so many seeded trials of each kind."
)
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="With --virtual: only these.")
@click.option(
    "--first-seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help=f"With --virtual: its first seed; from {TUNING_SEEDS} on they are for tuning.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@report_options
@json_option
def command(
    live_dir: Path | None,
    attack_dir: Path | None,
    virtual: int | None,
    kinds: tuple[str, ...],
    first_seed: int,
    jobs: int,
    folder: Path | None,
    fresh: bool,
    as_json: bool,
) -> int:
    """Judge every picture and clip of LIVE_DIR and ATTACK_DIR (its sub-folders are attack kinds).

    Prints APCER for each kind, BPCER, and the share of "cannot tell", after ISO/IEC 30107-3. With --virtual
    N the presentations are virtual people and attacks before the virtual camera, with the challenge on.
    """
    if virtual is not None:
        return _virtual(trials(virtual, kinds, first_seed), jobs, folder, fresh, as_json)
    if live_dir is None or attack_dir is None:
        raise click.UsageError("Name LIVE_DIR and ATTACK_DIR, or --virtual N.")
    return _files(live_dir, attack_dir, folder, fresh, as_json)


def _virtual(wanted: list[Trial], jobs: int, folder: Path | None, fresh: bool, as_json: bool) -> int:
    """Seeded trials before the virtual camera."""
    from models.evaluate.liveness_page import liveness_page
    from terminal.rules.today import rules_today

    chosen, began = settings(), time.monotonic()
    stack = load_stack(chosen)
    pack, about = stack.pack, dict(stack.about)
    stack.close()
    rules = rules_today()
    made = made_with(*sources(), about, chosen, virtual=True, rules=rules.sha256)
    with telling(), journal_of(folder, fresh, made) as run, ProgressRows() as progress:
        run_trials(wanted, run, jobs, progress)
        spent = time.monotonic() - began
        report = rates(wanted, run, {"pack": pack, "models": about, "seconds": spent})
        why = reasons(wanted, run)
    files = write_report(liveness_page(report, "virtual trials", made.as_json()), folder, told=not as_json)
    if as_json:
        print_json({**report.as_json(), "reasons": why, "report": files})
        return EX_YES
    out.print("\n".join(report.lines()), markup=False)
    low, high = report.live.interval(LiveAnswer.LIVE)
    accepted = report.live.share(LiveAnswer.LIVE)
    out.print(f"genuine accepted at the first try {accepted:.2%} [{low:.2%}, {high:.2%}]", markup=False)
    for kind, found in why.items():
        out.print(f"{kind}: " + ", ".join(f"{code} {count}" for code, count in found.items()), markup=False)
    return EX_YES


def _files(live_dir: Path, attack_dir: Path, folder: Path | None, fresh: bool, as_json: bool) -> int:
    """Pictures and clips."""
    from models.evaluate.folder import FolderError
    from models.evaluate.liveness import evaluate_liveness, presentations
    from models.evaluate.liveness_page import liveness_page
    from models.face.limits import limited

    chosen = settings()
    stack = load_stack(chosen)
    try:
        base = _common(live_dir, attack_dir)
        data = [file.resolve() for place in (live_dir, attack_dir) for file in presentations(place)]
        limits = chosen.liveness
        made = made_with(data, base, stack.about, chosen, liveness=limits.model_dump(mode="json"))
        with telling(), journal_of(folder, fresh, made) as run, ProgressRows() as progress:
            report = evaluate_liveness(
                live_dir, attack_dir, stack, settings=limited(limits), progress=progress, run=run
            )
    except FolderError as error:
        raise Failure(error.code, str(error), error.remedy) from error
    finally:
        stack.close()
    page = liveness_page(report, f"{live_dir.name} against {attack_dir.name}", made.as_json())
    tell_report(report, page, folder, as_json)
    return EX_YES


def _common(live_dir: Path, attack_dir: Path) -> Path:
    """The folder that holds both."""
    import os.path

    return Path(os.path.commonpath([live_dir.resolve(), attack_dir.resolve()]))
