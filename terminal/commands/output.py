"""How commands speak: text for people on a terminal, JSON for programs, one line for a failure."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console

EX_YES, EX_NO, EX_CANNOT_TELL = 0, 1, 2
EX_USAGE, EX_UNAVAILABLE = 64, 69
EX_NO_READER = 141
"""Whoever read the answer has gone (as a shell shows SIGPIPE): never to be taken for yes or no."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


class _Screen(Console):
    """Tells a reader that has gone from an answer; the library would end with 1, which means no."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


out = _Screen(highlight=False, soft_wrap=True)
err = _Screen(stderr=True, highlight=False, soft_wrap=True)


class Failure(Exception):
    """A command cannot do what was asked; carries what a person should read and the exit code."""

    def __init__(self, code: str, message: str, remedy: str = "", exit_code: int = EX_UNAVAILABLE) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON document on standard output."""
    try:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise BrokenPipeError from None  # without its number, on which click would end with 1, which means no


def complain(code: str, exit_code: int, as_json: bool, message: str, remedy: str = "") -> int:
    """Say what went wrong, cause first, and return the exit code."""
    if as_json:
        print_json({"error": {"code": code, "message": message, "remedy": remedy}})
    else:
        err.print(message, style="bold red", markup=False)
        if remedy:
            err.print(remedy, markup=False)
    return exit_code
