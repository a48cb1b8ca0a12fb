"""``renzheng evaluate cards``: how many drawn bank cards are read; whether a wrong number is ever certain."""

from __future__ import annotations

import click

from terminal.commands.context import settings, telling
from terminal.commands.output import EX_YES, json_option, out, print_json
from terminal.commands.progress import ProgressRows


@click.command("cards")
@click.option("--cards", type=click.IntRange(0), default=200, show_default=True, help="Readable cards.")
@click.option(
    "--hard", type=click.IntRange(0), default=240, show_default=True, help="Cards nobody should be sure of."
)
@click.option("--seed", type=click.IntRange(0), help="First seed; the default is kept for reports.")
@json_option
def command(cards: int, hard: int, seed: int | None, as_json: bool) -> int:
    """Draw bank cards by lot, photograph them by calculation, and read them.

    Prints by condition how many were read, with 95 % intervals, and the time a card takes.
    """
    import cv2

    from models.text.lines import LineReader
    from models.text.number_line import NumberReader
    from terminal.card_rates import FIRST_SEED, evaluate_cards

    limits = settings().documents
    cv2.setNumThreads(1)
    with telling():
        reader = NumberReader(LineReader())
    with ProgressRows() as progress:
        first = FIRST_SEED if seed is None else seed
        report = evaluate_cards(reader, limits, cards=cards, hard=hard, first_seed=first, progress=progress)
    if as_json:
        print_json(report.as_json())
    else:
        out.print("\n".join(report.lines()), markup=False)
    return EX_YES
