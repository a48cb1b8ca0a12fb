"""The rules in force today, from the packs shipped with the program and those installed on this terminal."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from config.paths import paths
from config.settings import Rules
from config.sources import load
from terminal.rules.pack import RulePack
from terminal.rules.reading import PackFile, read_pack
from terminal.rules.sections import MatchRules
from terminal.rules.shelf import Note, Shelf
from terminal.rules.trust import trust


def load_all(folder: Traversable | None = None) -> tuple[PackFile, ...]:
    """All packs of `folder` (those shipped with the program when None)."""
    place = folder or files("config") / "rules"
    names = sorted(item.name for item in place.iterdir() if item.name.endswith(".yaml"))
    return tuple(read_pack((place / name).read_text("utf-8"), name) for name in names)


@cache
def shipped() -> tuple[PackFile, ...]:
    """The packs shipped with the program."""
    return load_all()


def shelf(chosen: Rules, note: Note | None = None) -> Shelf:
    """The shelf as the settings say; `note` writes to the audit log."""
    return Shelf(shelf_folder(chosen), shipped(), trust(chosen), note=note)


def shelf_folder(chosen: Rules) -> Path:
    """Where installed packs lie."""
    return Path(chosen.folder) if chosen.folder else paths().data / "rules"


def rules_today() -> RulePack:
    """The rules of cases begun now; raises `RuleError` when none are in force.

    Read for whoever has no shelf in hand: commands. Raises `config.sources.WrongSettings`.
    """
    return shelf(load().settings.rules).rules()


def rules_on(on: date) -> RulePack:
    """The rules of business date `on`; errors as `rules_today`."""
    return shelf(load().settings.rules).rules(on)


def rules_named(sha256: str) -> RulePack:
    """The rules of that SHA-256 (`RulePack.sha256`), also when others are in force. RuleError when unknown.

    A case names them, so that it can be decided again years later.
    """
    return shelf(load().settings.rules).rules_named(sha256)


def match_rules() -> MatchRules:
    """The error rates asked of a comparison today."""
    return rules_today().match
