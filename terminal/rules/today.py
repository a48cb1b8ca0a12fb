"""The rules in force today, from the packs shipped with the program."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from terminal.rules.errors import RuleError
from terminal.rules.pack import RulePack
from terminal.rules.reading import PackFile, read_pack, rules_of, rules_of_these
from terminal.rules.sections import MatchRules


def load_all(folder: Traversable | None = None) -> tuple[PackFile, ...]:
    """All packs of `folder` (those shipped with the program when None)."""
    place = folder or files("config") / "rules"
    names = sorted(item.name for item in place.iterdir() if item.name.endswith(".yaml"))
    return tuple(read_pack((place / name).read_text("utf-8"), name) for name in names)


@cache
def shipped() -> tuple[PackFile, ...]:
    """The packs shipped with the program."""
    return load_all()


def rules_today() -> RulePack:
    """The rules of cases begun now; raises `RuleError` when none are in force."""
    return rules_of(shipped(), date.today())


def rules_named(sha256: str) -> RulePack:
    """The rules of that SHA-256 (`RulePack.sha256`), also when others are in force. RuleError when unknown.

    A case names them, so that it can be decided again years later.
    """
    wanted = {part.split(":")[0] for part in sha256.split("+")}
    chosen = [pack for pack in shipped() if pack.sha256 in wanted]
    if len(chosen) == len(wanted) and chosen:
        rules = rules_of_these(chosen, shipped())
        if rules.sha256 == sha256:
            return rules
    raise RuleError("rules.unknown", sha256[:16], "no rule packs with these hashes are here")


def match_rules() -> MatchRules:
    """The error rates asked of a comparison today."""
    return rules_today().match
