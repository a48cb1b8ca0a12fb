"""``renzheng evaluate``: error rates with their intervals, on the bank's own pairs and presentations."""

from __future__ import annotations

import click

from terminal.commands.lazy import LazyGroup

COMMANDS = {
    "face": "terminal.commands.evaluate_face",
    "liveness": "terminal.commands.evaluate_liveness",
    "finger": "terminal.commands.evaluate_finger",
    "iris": "terminal.commands.evaluate_iris",
    "quality": "terminal.commands.evaluate_quality",
    "cards": "terminal.commands.evaluate_cards",
}


@click.group("evaluate", cls=LazyGroup, modules=COMMANDS)
def command() -> None:
    """Measure the networks on labelled samples: tables, and with --report a page, pictures and JSON."""
