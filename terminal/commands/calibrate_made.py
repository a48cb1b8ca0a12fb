"""What making a calibration is for every modality: its options, its file, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from models.calibration import AcceptFloor, Calibration
from models.calibration_files import file_name
from terminal.commands.calibrate_told import as_rows, tell
from terminal.commands.context import explain
from terminal.commands.output import EX_NO, EX_YES, Failure, json_option, print_json

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--description", required=True, help="What data, and what they do not stand for."),
    click.option("--version", type=click.IntRange(1), default=1, help="Counts up at each calibration."),
    click.option("--floor", type=float, help="Least score that may be accepted."),
    click.option("--floor-source", help="On what data that rests."),
    click.option("--out", "folder", type=click.Path(path_type=Path), default=Path(), help="Where to write."),
    click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the measurement; today."),
    json_option,
)


def making_options(command: F) -> F:
    """The options of every command that makes calibrations; see `day_of`, `floor_of` and `keep`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def day_of(day: datetime | None) -> date:
    """The day of the measurement: today unless told."""
    return (day or datetime.now(UTC)).date()


def floor_of(score: float | None, source: str | None) -> AcceptFloor | None:
    """The floor that was asked for, if any; raises UsageError for one without a source."""
    if score is None:
        return None
    if not source:
        raise click.UsageError("--floor needs --floor-source: say on what data it rests")
    return AcceptFloor(score=score, source=source)


def keep(made: Sequence[Calibration], folder: Path, as_json: bool) -> int:
    """Write each calibration into `folder`, unsigned, and tell its figures; the exit code.

    1 when the data of one are too few for the rates that the rules ask for.
    """
    rows = as_rows(made, [_written(each, folder) for each in made])
    if as_json:
        print_json({"calibrations": rows})
    else:
        tell(rows)
    return EX_YES if all(row["enough"] != "too_small" for row in rows) else EX_NO


def _written(calibration: Calibration, folder: Path) -> str:
    """The file that holds it now."""
    from terminal.calibrations import unsigned, write_file

    scorer = calibration.scorer
    target = folder / file_name(scorer.modality, scorer.engine, calibration.sample)
    try:
        write_file(unsigned(calibration), target)
    except OSError as error:
        raise Failure("calibrate.not_written", explain("calibrate.not_written", file=target)) from error
    return str(target)
