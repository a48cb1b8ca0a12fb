"""What all evaluations share: the folder of a report, going on after a stop, and with what it was made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from config.settings import Settings
from terminal import __version__
from terminal.commands.output import EX_USAGE, Failure, err, out, print_json

if TYPE_CHECKING:
    from models.evaluate.journal import Journal
    from models.evaluate.page import Page
    from models.evaluate.provenance import Provenance

F = TypeVar("F", bound=Callable[..., Any])
JOURNAL = "journal.jsonl"


def report_folder(command: F) -> F:
    """The option of where a report goes, for evaluations that are done at one go."""
    return _folder("Write report.html, report.json and pictures here.")(command)


def report_options(command: F) -> F:
    """The options of long evaluations: where the report goes, and whether a stopped run begins anew."""
    folder = _folder(
        "Write report.html, report.json and pictures here; a run that was stopped goes on from here."
    )
    fresh = click.option("--fresh", is_flag=True, help="Begin anew, even where a stopped run could go on.")
    return folder(fresh(command))


def _folder(what: str) -> Callable[[F], F]:
    return click.option("--report", "folder", type=click.Path(path_type=Path, file_okay=False), help=what)


def made_with(
    data: Iterable[Path], base: Path, networks: Mapping[str, str], settings: Settings, **more: Any
) -> Provenance:
    """The provenance of a run over the files `data` below `base`; `more` is what was asked for."""
    from models.evaluate.provenance import digest_of

    asked = {**settings.models.model_dump(mode="json", exclude={"folder"}), **more}
    return made_by_lot(digest_of(data, base), networks, **asked)


def made_by_lot(data: Mapping[str, Any], networks: Mapping[str, str], **asked: Any) -> Provenance:
    """The provenance of a run over data that are no files: `data` says how they are made again."""
    from models.evaluate.provenance import provenance

    words = " ".join(["renzheng", *sys.argv[1:]])
    return provenance(f"renzheng {__version__}", words, data, networks, asked)


@contextmanager
def journal_of(folder: Path | None, fresh: bool, made: Provenance) -> Iterator[Journal]:
    """The journal in `folder`; in memory alone when there is none."""
    from models.evaluate.journal import JournalError, journal

    file = None
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / JOURNAL
            if fresh:
                file.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error
    try:
        with journal(file, made.run()) as noted:
            if noted.found:
                err.print(f"Going on from {folder}: {noted.found} results are there already.", markup=False)
            yield noted
    except JournalError as error:
        raise Failure(error.code, str(error), exit_code=EX_USAGE) from error


class Report(Protocol):
    """What an evaluation found."""

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""

    def lines(self) -> Iterable[str]:
        """The figures for people."""


def tell_report(report: Report, page: Page, folder: Path | None, as_json: bool) -> None:
    """Write `page` into `folder` if there is one, and print what was found."""
    files = write_report(page, folder, told=not as_json)
    if as_json:
        print_json({**report.as_json(), "report": files})
    else:
        out.print("\n".join(report.lines()), markup=False)


def write_report(page: Page, folder: Path | None, *, told: bool) -> list[str]:
    """Write `page` into `folder` if there is one; the files. With `told` say where it is."""
    from models.evaluate.page import write

    if folder is None:
        return []
    try:
        files = [str(file) for file in write(page, folder)]
    except OSError as error:
        raise _unwritable(folder, error) from error
    if told:
        out.print(f"Report: {files[0]}", markup=False)
    return files


def _unwritable(folder: Path, error: OSError) -> Failure:
    return Failure("evaluate.not_written", f"{folder}: {error.strerror}", "Name another folder: --report")
