"""The simulated receipt printer: a process that takes ESC/POS on a pseudo-terminal or TCP port.

    python -m drivers.printer.simulator --link PATH

Commands on standard input: those of `drivers.sim.play`, and ``slips FILE``, ``picture FILE``, ``tear``,
``fault NAME [TIMES]``, ``clear``.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from drivers.printer.simulated_printer import SimulatedPrinter
from drivers.sim.play import play
from drivers.sim.port import PtyPort, TcpPort


@click.command()
@click.option("--link", type=click.Path(path_type=Path), help="Keep a symbolic link to the port here.")
@click.option("--tcp", is_flag=True, help="On a TCP port of this machine.")
@click.option("--rate", type=int, default=115_200, show_default=True)
@click.option("--dots", type=int, default=576, show_default=True, help="Dots across the paper.")
def main(link: Path | None, tcp: bool, rate: int, dots: int) -> None:
    """Simulate a receipt printer."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    instrument = SimulatedPrinter(dots, None if tcp else rate)
    play(instrument, TcpPort() if tcp else PtyPort(link), parent)


if __name__ == "__main__":
    main()
