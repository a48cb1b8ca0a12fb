"""The rule pack in force today, among those shipped with the program."""

from __future__ import annotations

from datetime import date
from functools import cache

from terminal.rules.pack import MatchRules, RulePack, in_force, load_all


@cache
def _packs() -> tuple[RulePack, ...]:
    return load_all()


def rules_today() -> RulePack:
    """The pack that decides cases begun now; raises `RuleError` when none is in force."""
    return in_force(_packs(), date.today())


def match_rules() -> MatchRules:
    """The error rates asked of a comparison today."""
    return rules_today().match
