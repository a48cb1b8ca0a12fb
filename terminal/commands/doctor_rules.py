"""The rule packs' part of ``renzheng doctor``."""

from __future__ import annotations

from config.settings import Settings
from terminal.commands.check import Check
from terminal.rules.errors import RuleError
from terminal.rules.today import shelf


def rules(chosen: Settings) -> Check:
    """Which rules are in force today; what was passed over for them, with the way to look at it."""
    packs = shelf(chosen.rules)
    try:
        name = packs.rules().name
    except RuleError as error:
        return Check("rules", False, str(error), "See: renzheng rules list")
    problems = packs.held().problems
    if problems:
        told = "; ".join(str(each) for each in problems)
        return Check("rules", False, f"{name}; passed over: {told}", "See: renzheng rules list")
    return Check("rules", True, name)
