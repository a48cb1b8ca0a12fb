"""How often something before a camera was read: right, wrong though sure, or cannot tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.evaluate.metrics import Interval, clopper_pearson

RIGHT, WRONG, CANNOT_TELL = "right", "wrong", "cannot_tell"
OUTCOMES = (RIGHT, WRONG, CANNOT_TELL)
HEAD = f"  {'':14} {'cards':>5} {'right':>6} {'wrong':>6} {'cannot tell':>12}   right, 95 % interval"


@dataclass(frozen=True, slots=True)
class Rate:
    """What became of the cards of one condition."""

    counted: Mapping[str, int]

    @property
    def cards(self) -> int:
        """All of them."""
        return sum(self.counted.values())

    def count(self, outcome: str) -> int:
        """Of one outcome."""
        return self.counted.get(outcome, 0)

    def share(self, outcome: str) -> float:
        """Of the cards, 0-1."""
        return self.count(outcome) / max(1, self.cards)

    def interval(self, outcome: str) -> Interval:
        """95 % interval of the share (Clopper-Pearson); everything for no cards."""
        return clopper_pearson(self.count(outcome), self.cards) if self.cards else (0.0, 1.0)

    def as_json(self) -> dict[str, Any]:
        """Counts, and shares with their intervals."""
        told: dict[str, Any] = {"cards": self.cards}
        for outcome in OUTCOMES:
            interval = [round(end, 4) for end in self.interval(outcome)]
            told[outcome] = {
                "count": self.count(outcome),
                "share": round(self.share(outcome), 4),
                "interval": interval,
            }
        return told


def rates_of(outcomes: Iterable[tuple[str, str]]) -> dict[str, Rate]:
    """Rates by condition, in the order in which conditions come, from pairs of condition and outcome."""
    counted: dict[str, Counter[str]] = {}
    for condition, outcome in outcomes:
        counted.setdefault(condition, Counter())[outcome] += 1
    return {condition: Rate(counts) for condition, counts in counted.items()}


def together(rates: Mapping[str, Rate]) -> Rate:
    """All conditions as one."""
    total: Counter[str] = Counter()
    for rate in rates.values():
        total.update(rate.counted)
    return Rate(total)


def with_all(rates: Mapping[str, Rate]) -> dict[str, Rate]:
    """The rates, and behind them those of all conditions."""
    return {**rates, "all": together(rates)}


def told(title: str, rates: Mapping[str, Rate]) -> Iterator[str]:
    """For people, one line each."""
    yield from (title, HEAD)
    for name, rate in rates.items():
        right, wrong, cannot = (rate.count(each) for each in OUTCOMES)
        low, high = rate.interval(RIGHT)
        yield f"  {name:14} {rate.cards:5} {right:6} {wrong:6} {cannot:12}   {low:6.1%} to {high:.1%}"
