"""``renzheng evaluate cards``: how many drawn cards are read; whether a wrong number is ever certain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from terminal.commands.context import settings, telling
from terminal.commands.evaluation import journal_of, made_by_lot, report_options, tell_report
from terminal.commands.output import EX_YES, json_option
from terminal.commands.progress import ProgressRows

if TYPE_CHECKING:
    from models.evaluate.provenance import Provenance
    from terminal.card_page import CardsReport


@click.command("cards")
@click.option("--cards", type=click.IntRange(0), default=200, show_default=True, help="Readable bank cards.")
@click.option(
    "--hard",
    type=click.IntRange(0),
    default=240,
    show_default=True,
    help="Bank cards nobody should be sure of.",
)
@click.option(
    "--residents", type=click.IntRange(0), default=240, show_default=True, help="Sides of resident's cards."
)
@click.option("--seed", type=click.IntRange(0), help="First seed; the default is kept for reports.")
@report_options
@json_option
def command(
    cards: int, hard: int, residents: int, seed: int | None, folder: Path | None, fresh: bool, as_json: bool
) -> int:
    """Draw cards by lot, photograph them by calculation, and read them.

    Prints by condition how many were read, with 95 % intervals, and the time a card takes.
    """
    from terminal.card_page import card_page
    from terminal.card_rates import FIRST_SEED

    first = FIRST_SEED if seed is None else seed
    report, made = _measured((cards, hard, residents), first, folder, fresh)
    tell_report(report, card_page(report, made.as_json()), folder, as_json)
    return EX_YES


def _measured(
    counts: tuple[int, int, int], first: int, folder: Path | None, fresh: bool
) -> tuple[CardsReport, Provenance]:
    """Both reports and with what they were made; one core."""
    import cv2

    from models.text.fields import FieldReader
    from models.text.lines import NETWORK_SHA256, LineReader
    from models.text.number_line import NumberReader
    from terminal.card_page import CardsReport
    from terminal.card_rates import evaluate_cards
    from terminal.resident_rates import evaluate_residents

    (cards, hard, residents), limits = counts, settings().documents
    drawn = {"name": "drawn cards", "first_seed": first, "readable": cards, "hard": hard, "sides": residents}
    made = made_by_lot(drawn, {"line reader": NETWORK_SHA256}, documents=limits.model_dump(mode="json"))
    cv2.setNumThreads(1)
    with telling(), journal_of(folder, fresh, made) as run, ProgressRows() as progress:
        lines = LineReader()
        bank = evaluate_cards(
            NumberReader(lines), limits, cards=cards, hard=hard, first_seed=first, progress=progress, run=run
        )
        resident = evaluate_residents(
            FieldReader(lines), limits, cards=residents, first_seed=first, progress=progress, run=run
        )
    return CardsReport(bank, resident), made
