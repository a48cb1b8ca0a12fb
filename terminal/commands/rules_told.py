"""What the commands about rule packs share: the shelf of this terminal, and how they speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from terminal.commands.context import settings
from terminal.commands.output import EX_NO, EX_UNAVAILABLE, Failure
from terminal.messages import Texts, texts
from terminal.rules.errors import RuleError
from terminal.rules.shelf import Note, Shelf
from terminal.rules.today import shelf


def words() -> Texts:
    """The texts in the language of the settings."""
    return texts(settings().ui.language.value)


def say(code: str, **facts: object) -> str:
    """One text in the language of the settings; the code itself where it has none."""
    table = words()
    return table.say(code, facts=facts) if table.knows(code) else code


def shelf_here(note: Note | None = None) -> Shelf:
    """The rule packs of this terminal."""
    return shelf(settings().rules, note)


@contextmanager
def refusing() -> Iterator[None]:
    """Turns a refused pack into a `Failure` with file, line, place, cause and clause, and what it means."""
    try:
        yield
    except RuleError as error:
        raise Failure(error.code, str(error), say(error.code), EX_NO) from error
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise Failure("rules.not_kept", cause, say("rules.not_kept"), EX_UNAVAILABLE) from error


def problem_row(error: RuleError) -> dict[str, Any]:
    """A refusal for programs."""
    return {
        "code": error.code,
        "file": error.file,
        "line": error.line,
        "place": error.place,
        "cause": error.cause,
        "clause": error.clause,
    }
