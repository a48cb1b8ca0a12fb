"""How often bank cards are read: drawn by lot, by condition, and such as nobody should be sure of."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from models.evaluate.journal import Journal
from terminal.bank_card import see_number
from terminal.drawn.trials import Beyond, Condition, Trial, beyond, readable
from terminal.read_rates import CANNOT_TELL, RIGHT, WRONG, Rate, rates_of, told, with_all

if TYPE_CHECKING:
    from config.settings import Documents
    from models.text.number_line import NumberReader

FIRST_SEED = 900_000
"""From here on cards are for reports alone; the reader was developed on seeds below."""
NAMED: Mapping[str, frozenset[str]] = {
    Beyond.DROWNED.value: frozenset({"paper.glare", "card_number.glare"}),
    Beyond.BLURRED.value: frozenset({"paper.blurred"}),
    Beyond.FAR.value: frozenset({"paper.too_far"}),
    Beyond.DARK.value: frozenset({"paper.dark"}),
    Beyond.OUTSIDE.value: frozenset({"paper.cut_off"}),
    Beyond.MISPRINTED.value: frozenset({"card_number.check_digit"}),
}
"""The instruction that removes what is wrong with a picture."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class CardReport:
    """What a run of `evaluate_cards` found."""

    readable: Mapping[str, Rate]
    beyond: Mapping[str, Rate]
    readable_times_ms: tuple[float, ...]
    """Wall time of finding and reading each readable card."""
    beyond_times_ms: tuple[float, ...]
    first_seed: int
    said: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By kind of cards nobody should be sure of: how often each instruction was given."""

    def as_json(self) -> dict[str, Any]:
        """Everything by name."""
        return {
            "readable": {name: rate.as_json() for name, rate in with_all(self.readable).items()},
            "beyond_reading": {name: rate.as_json() for name, rate in with_all(self.beyond).items()},
            "median_ms": _median(self.readable_times_ms),
            "longest_ms": round(max(self.readable_times_ms, default=0)),
            "median_ms_all": _median((*self.readable_times_ms, *self.beyond_times_ms)),
            "first_seed": self.first_seed,
            "said": {kind: dict(counts) for kind, counts in self.said.items()},
        }

    def lines(self) -> list[str]:
        """The report for people."""
        lines = [*told("Readable cards", with_all(self.readable)), ""]
        lines += [*told("Cards nobody should be sure of", with_all(self.beyond)), ""]
        lines += ["What was said of them"]
        for kind, counts in self.said.items():
            lines.append(f"  {kind:14} " + ", ".join(f"{code} {count}" for code, count in counts.items()))
        if self.readable_times_ms:
            middle, longest = median(self.readable_times_ms), max(self.readable_times_ms)
            lines.append(
                f"Time to find and read a readable card: median {middle:.0f} ms, longest {longest:.0f} ms"
            )
        return [*lines, "Drawn cards, not real ones. 'wrong': a wrong number given as certain."]


def evaluate_cards(
    reader: NumberReader,
    limits: Documents,
    *,
    cards: int = 200,
    hard: int = 240,
    first_seed: int = FIRST_SEED,
    progress: Progress | None = None,
    run: Journal | None = None,
) -> CardReport:
    """Draw `cards` readable and `hard` unreadable cards, spread evenly over the conditions, and read them.

    What `run` knows already is not done again.
    """
    noted = Journal() if run is None else run
    wanted = list(_wanted(cards, hard, first_seed))
    outcomes: list[tuple[Condition | Beyond, str, float, str | None]] = []
    for number, (kind, seed) in enumerate(wanted):
        key = f"bank card {kind.value} {seed}"
        if key not in noted:
            noted.note(key, _read(kind, seed, reader, limits))
        outcomes.append((kind, *noted[key]))
        if progress is not None:
            progress("bank cards", number + 1, len(wanted))
    fair = [each for each in outcomes if isinstance(each[0], Condition)]
    unfair = [each for each in outcomes if isinstance(each[0], Beyond)]
    return CardReport(
        rates_of((kind.value, outcome) for kind, outcome, *_ in fair),
        rates_of((kind.value, outcome) for kind, outcome, *_ in unfair),
        tuple(ms for _, _, ms, _ in fair),
        tuple(ms for _, _, ms, _ in unfair),
        first_seed,
        _said((kind.value, instruction) for kind, _, _, instruction in unfair if instruction),
    )


def _said(instructions: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """By kind, the commonest first."""
    counted: dict[str, Counter[str]] = {}
    for kind, instruction in instructions:
        counted.setdefault(kind, Counter())[instruction] += 1
    return {kind: dict(counts.most_common()) for kind, counts in counted.items()}


def _wanted(cards: int, hard: int, first_seed: int) -> Iterator[tuple[Condition | Beyond, int]]:
    conditions, kinds = list(Condition), list(Beyond)
    for number in range(cards):
        yield conditions[number % len(conditions)], first_seed + number // len(conditions)
    for number in range(hard):
        yield kinds[number % len(kinds)], first_seed + number // len(kinds)


def _read(kind: Condition | Beyond, seed: int, reader: NumberReader, limits: Documents) -> list[Any]:
    """Outcome, milliseconds, and the instruction that was given."""
    trial = readable(kind, seed) if isinstance(kind, Condition) else beyond(kind, seed)
    began = time.perf_counter()
    seen = see_number(trial.picture, reader, limits)
    spent = (time.perf_counter() - began) * 1e3
    number = seen.number.reveal() if seen.number is not None and seen.certain else None
    return [_outcome(trial, number), round(spent, 1), seen.instruction]


def _outcome(trial: Trial, number: str | None) -> str:
    """A number with a wrong check digit is wrong however well it was read."""
    if number is None:
        return CANNOT_TELL
    return RIGHT if number == trial.number and trial.kind is not Beyond.MISPRINTED else WRONG


def _median(times_ms: tuple[float, ...]) -> int | None:
    return round(median(times_ms)) if times_ms else None
