"""How often bank cards are read: drawn by lot, by condition, and such as nobody should be sure of."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from models.evaluate.metrics import clopper_pearson
from terminal.bank_card import see_number
from terminal.drawn.trials import Beyond, Condition, Trial, beyond, readable

if TYPE_CHECKING:
    from config.settings import Documents
    from models.text.number_line import NumberReader

FIRST_SEED = 500_000
"""From here on cards are for reports; the reader was developed on seeds below."""
RIGHT, WRONG, CANNOT_TELL = "right", "wrong", "cannot_tell"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Rate:
    """What became of the cards of one condition."""

    counted: Mapping[str, int]

    @property
    def cards(self) -> int:
        """All of them."""
        return sum(self.counted.values())

    def share(self, outcome: str) -> float:
        """Of the cards, 0-1."""
        return self.counted.get(outcome, 0) / max(1, self.cards)

    def as_json(self) -> dict[str, Any]:
        """Counts, and shares with their 95 % intervals (Clopper-Pearson)."""
        told: dict[str, Any] = {"cards": self.cards}
        for outcome in (RIGHT, WRONG, CANNOT_TELL):
            count = self.counted.get(outcome, 0)
            told[outcome] = {
                "count": count,
                "share": round(self.share(outcome), 4),
                "interval": [round(end, 4) for end in clopper_pearson(count, self.cards)],
            }
        return told


@dataclass(frozen=True, slots=True)
class CardReport:
    """What a run of `evaluate_cards` found."""

    readable: Mapping[str, Rate]
    beyond: Mapping[str, Rate]
    times_ms: tuple[float, ...]
    """Wall time of finding and reading each card of both kinds."""
    readable_times_ms: tuple[float, ...]
    first_seed: int

    @property
    def all_readable(self) -> Rate:
        """All conditions together."""
        return _together(self.readable)

    @property
    def all_beyond(self) -> Rate:
        """All kinds together."""
        return _together(self.beyond)

    def as_json(self) -> dict[str, Any]:
        """Everything by name."""
        return {
            "readable": {**_json(self.readable), "all": self.all_readable.as_json()},
            "beyond_reading": {**_json(self.beyond), "all": self.all_beyond.as_json()},
            "median_ms": round(median(self.readable_times_ms)) if self.readable_times_ms else None,
            "longest_ms": round(max(self.readable_times_ms, default=0)),
            "median_ms_all": round(median(self.times_ms)) if self.times_ms else None,
            "first_seed": self.first_seed,
        }

    def lines(self) -> list[str]:
        """The report for people."""
        head = f"  {'':12} {'cards':>5} {'right':>6} {'wrong':>6} {'cannot tell':>12}   right, 95 % interval"
        lines = ["Readable cards", head, *_lines(self.readable), _line("all", self.all_readable)]
        lines += ["", "Cards nobody should be sure of", head, *_lines(self.beyond)]
        lines.append(_line("all", self.all_beyond))
        if self.readable_times_ms:
            lines += [
                "",
                f"Time to find and read a readable card: median {median(self.readable_times_ms):.0f} ms, "
                f"longest {max(self.readable_times_ms):.0f} ms",
            ]
        lines.append("Drawn cards, not real ones. 'wrong': a wrong number given as certain.")
        return lines


def evaluate_cards(
    reader: NumberReader,
    limits: Documents,
    *,
    cards: int = 200,
    hard: int = 240,
    first_seed: int = FIRST_SEED,
    progress: Progress | None = None,
) -> CardReport:
    """Draw `cards` readable and `hard` unreadable cards, spread evenly over the conditions, and read them."""
    counted: dict[Condition | Beyond, Counter[str]] = {}
    times: list[float] = []
    readable_times: list[float] = []
    for number, trial in enumerate(_trials(cards, hard, first_seed)):
        began = time.perf_counter()
        seen = see_number(trial.picture, reader, limits)
        times.append((time.perf_counter() - began) * 1e3)
        if isinstance(trial.kind, Condition):
            readable_times.append(times[-1])
        number_ = seen.number.reveal() if seen.number is not None and seen.certain else None
        counted.setdefault(trial.kind, Counter())[_outcome(trial, number_)] += 1
        if progress is not None:
            progress("cards", number + 1, cards + hard)
    return CardReport(
        {kind.value: Rate(counted[kind]) for kind in Condition if kind in counted},
        {kind.value: Rate(counted[kind]) for kind in Beyond if kind in counted},
        tuple(times),
        tuple(readable_times),
        first_seed,
    )


def _trials(cards: int, hard: int, first_seed: int) -> Iterator[Trial]:
    conditions, kinds = list(Condition), list(Beyond)
    for number in range(cards):
        yield readable(conditions[number % len(conditions)], first_seed + number // len(conditions))
    for number in range(hard):
        yield beyond(kinds[number % len(kinds)], first_seed + number // len(kinds))


def _outcome(trial: Trial, number: str | None) -> str:
    """A number with a wrong check digit is wrong however well it was read."""
    if number is None:
        return CANNOT_TELL
    return RIGHT if number == trial.number and trial.kind is not Beyond.MISPRINTED else WRONG


def _together(rates: Mapping[str, Rate]) -> Rate:
    total: Counter[str] = Counter()
    for rate in rates.values():
        total.update(rate.counted)
    return Rate(total)


def _json(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {name: rate.as_json() for name, rate in rates.items()}


def _lines(rates: Mapping[str, Rate]) -> list[str]:
    return [_line(name, rate) for name, rate in rates.items()]


def _line(name: str, rate: Rate) -> str:
    right, wrong, cannot = (rate.counted.get(each, 0) for each in (RIGHT, WRONG, CANNOT_TELL))
    low, high = clopper_pearson(right, rate.cards)
    return f"  {name:12} {rate.cards:5} {right:6} {wrong:6} {cannot:12}   {low:6.1%} to {high:.1%}"
