"""The command ``renzheng``: verify, compare, inspect, measure. Every command also speaks JSON.

Exit codes: 0 yes, 1 no, 2 cannot tell, 64 wrong usage, 69 a device or file is missing or unusable.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from typing import Any, NoReturn

import click
import structlog

from config import logs
from config.paths import paths
from config.sources import WrongSettings, load
from terminal import __version__
from terminal.commands.lazy import LazyGroup
from terminal.commands.output import EX_NO_READER, EX_UNAVAILABLE, EX_USAGE, Failure, complain
from terminal.names import strangers
from terminal.reference import new_reference

QUIET = {"OPENCV_LOG_LEVEL": "OFF", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
"""What goes wrong with a picture source is said by us, once, not by libraries on standard error."""
COMMANDS = {
    "run": "terminal.commands.run",
    "verify": "terminal.commands.verify",
    "compare": "terminal.commands.compare",
    "liveness": "terminal.commands.liveness",
    "evaluate": "terminal.commands.evaluate",
    "calibrate": "terminal.commands.calibrate",
    "bench": "terminal.commands.bench",
    "rules": "terminal.commands.rules",
    "audit": "terminal.commands.audit",
    "devices": "terminal.commands.devices",
    "case": "terminal.commands.cases",
    "document": "terminal.commands.document",
    "models": "terminal.commands.models",
    "settings": "terminal.commands.settings",
    "doctor": "terminal.commands.doctor",
    "enrol": "terminal.commands.enrol",
    "staff": "terminal.commands.staff",
    "tasks": "terminal.commands.tasks",
    "lists": "terminal.commands.lists",
    "people": "terminal.commands.people",
}


@click.group(cls=LazyGroup, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="renzheng")
def program() -> None:
    """Renzheng 人证: is the person in front of the terminal the one the document says?"""


def main() -> None:
    """Entry point of the command; ends the process with one of the documented exit codes."""
    for library in ("OPENCV_LOG_LEVEL", "OPENCV_FFMPEG_LOGLEVEL"):
        os.environ.setdefault(library, QUIET[library])
    _log_to_file()
    try:
        code = run(sys.argv[1:])
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EX_NO_READER
    except Exception as error:  # noqa: BLE001  top-level hook: told in a line, the traceback is in the log
        code = _bug(error)
    sys.exit(code)


def _log_to_file() -> None:
    """What the program notes goes to the log file, never between the lines of an answer."""
    try:
        logs.set_up(load().settings.logs, paths().logs, console=False)
    except (WrongSettings, OSError):
        structlog.configure(processors=[_drop])


def _drop(_logger: object, _method: str, _event: MutableMapping[str, Any]) -> NoReturn:
    """Takes the place of a log that cannot be written."""
    raise structlog.DropEvent


def _bug(error: Exception) -> int:
    reference = new_reference()
    structlog.get_logger(__name__).exception("cli.unexpected", reference=reference)
    message = f"Something unexpected happened: {type(error).__name__} (ref {reference})."
    remedy = "Records already kept are safe. Send the reference and the log file to support: renzheng doctor"
    return complain("unexpected", EX_UNAVAILABLE, "--json" in sys.argv, message, remedy)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    as_json = "--json" in arguments
    foreign = strangers()
    if foreign:
        return complain("names.taken", EX_UNAVAILABLE, as_json, "; ".join(foreign))
    try:
        code = program.main(args=arguments, prog_name="renzheng", standalone_mode=False)
    except click.UsageError as error:
        hint = f"Try: {error.ctx.command_path} --help" if error.ctx else "Try: renzheng --help"
        return complain("usage", EX_USAGE, as_json, error.format_message(), hint)
    except Failure as failure:
        return complain(failure.code, failure.exit_code, as_json, failure.message, failure.remedy)
    except (click.Abort, KeyboardInterrupt):
        return complain("aborted", EX_USAGE, as_json, "Stopped before it was finished.")
    return code if isinstance(code, int) else 0
