"""The rules part of ``renzheng bench``: from the packs' files to the rules of two days, and to plans."""

from __future__ import annotations

import statistics
import time
from datetime import date, timedelta
from typing import Any

from terminal.rules.plan import plan
from terminal.rules.reading import rules_of
from terminal.rules.sample import situations
from terminal.rules.today import load_all

LOADS = 7
MOST_SITUATIONS = 400
"""Spread over all businesses; more would only take longer."""


def bench_rules(on: date) -> dict[str, Any]:
    """How long it takes to read every shipped pack and put together the rules of `on` and of the day before
    the newest came into force, and to say what they demand in one situation. Milliseconds.
    """
    loads = []
    for _ in range(LOADS):
        began = time.perf_counter()
        packs = load_all()
        newest = max(pack.header.effective_from for pack in packs)
        days = (newest - timedelta(days=1), on)
        old, rules = (rules_of(packs, day) for day in days)
        loads.append((time.perf_counter() - began) * 1000)
    took = []
    asked = [each.situation for name in rules.businesses for each in situations((rules,), name, on)]
    for situation in asked[:: max(1, len(asked) // MOST_SITUATIONS)]:
        began = time.perf_counter()
        plan(rules, situation).as_json()
        took.append((time.perf_counter() - began) * 1000)
    return {
        "load_ms": statistics.median(loads),
        "packs": sorted({*(each.name for each in old.packs), *(each.name for each in rules.packs)}),
        "explain_ms": statistics.median(took),
        "explain_ms_p95": sorted(took)[int(len(took) * 0.95)],
        "businesses": len(rules.businesses),
    }
