"""The report of an evaluation of cards by camera."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.evaluate.comparison_page import percent
from models.evaluate.page import Page, Picture, Table
from models.evaluate.plots import draw_rates
from terminal.card_rates import NAMED, CardReport
from terminal.read_rates import OUTCOMES, RIGHT, Rate, with_all
from terminal.resident_rates import ResidentReport

CAVEATS = (
    "Cards are drawn and photographed by calculation: real ones are worn, and printed in other typefaces.",
    "Wrong means a wrong number that was called certain, or a wrong field of which nothing was doubted.",
)


@dataclass(frozen=True, slots=True)
class CardsReport:
    """What was found of bank cards and of resident's cards."""

    bank: CardReport
    residents: ResidentReport

    def as_json(self) -> dict[str, Any]:
        """Everything by name."""
        return {**self.bank.as_json(), "residents": self.residents.as_json()}

    def lines(self) -> list[str]:
        """For people, one line each."""
        return [*self.bank.lines(), "", *self.residents.lines()]


def card_page(report: CardsReport, provenance: Mapping[str, Any]) -> Page:
    """The page of `report`."""
    cards, residents = report.bank, report.residents
    fair, unfair, sides = with_all(cards.readable), with_all(cards.beyond), with_all(residents.sides)
    figures = report.as_json()
    parts: list[Table | Picture] = [
        _table("Bank cards that a person can read", fair),
        _picture("Bank cards read to the last digit", fair, RIGHT, "bank-cards.png"),
        _table("Bank cards nobody should be sure of", unfair),
        _said(cards),
        _table("Resident's cards, whole sides", sides),
        _picture("Sides of resident's cards read without a mistake", sides, RIGHT, "residents.png"),
        _table("Resident's cards, fields", residents.fields),
        Table(
            "Time to find and read a card",
            [
                ["Card", "Median ms"],
                ["bank card that a person can read", str(figures["median_ms"])],
                ["resident's card", str(figures["residents"]["median_ms"])],
            ],
        ),
    ]
    subtitle = f"Drawn cards, seeds from {cards.first_seed}"
    return Page("Cards by camera", subtitle, CAVEATS, parts, figures, provenance)


def _table(title: str, rates: Mapping[str, Rate]) -> Table:
    rows = [["", "Cards", "Right [95 %]", "Wrong [95 %]", "Cannot tell [95 %]"]]
    for name, rate in rates.items():
        shares = [percent(rate.share(each), rate.interval(each)) for each in OUTCOMES]
        rows.append([name.replace("_", " "), str(rate.cards), *shares])
    return Table(title, rows)


def _said(cards: CardReport) -> Table:
    """What cards nobody should be sure of were answered with."""
    rows = [["", "Given the instruction that helps", "Others"]]
    for kind, counts in cards.said.items():
        helping = sum(count for code, count in counts.items() if code in NAMED[kind])
        others = ", ".join(f"{code} {count}" for code, count in counts.items() if code not in NAMED[kind])
        rows.append([kind, f"{helping} of {sum(counts.values())}", others])
    return Table("What is said of a number that was not read", rows)


def _picture(title: str, rates: Mapping[str, Rate], outcome: str, name: str) -> Picture:
    drawn = [(condition, rate.share(outcome), rate.interval(outcome)) for condition, rate in rates.items()]
    return Picture(title, draw_rates(drawn, None, "Share with its 95 % interval"), name)
