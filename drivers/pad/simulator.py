"""The simulated signature pad: a process that streams a pad's packets on a pseudo-terminal or TCP port.

    python -m drivers.pad.simulator --layout plain --link PATH

Commands on standard input: those of `drivers.sim.play`, and ``sign NAME [BUTTON]``, ``dot``,
``press BUTTON``, ``tap X Y``, ``fault NAME [TIMES]``, ``clear``.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from drivers.pad.layout import LAYOUTS
from drivers.pad.simulated_pad import SimulatedPad
from drivers.sim.play import play
from drivers.sim.port import PtyPort, TcpPort


@click.command()
@click.option("--layout", type=click.Choice(list(LAYOUTS)), default="plain", show_default=True)
@click.option("--link", type=click.Path(path_type=Path), help="Keep a symbolic link to the port here.")
@click.option("--tcp", is_flag=True, help="On a TCP port of this machine.")
@click.option("--rate", type=int, default=19_200, show_default=True)
@click.option("--pace", type=int, default=200, show_default=True, help="Packets a second.")
def main(layout: str, link: Path | None, tcp: bool, rate: int, pace: int) -> None:
    """Simulate a signature pad."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    instrument = SimulatedPad(LAYOUTS[layout], None if tcp else rate, pace)
    play(instrument, TcpPort() if tcp else PtyPort(link), parent)


if __name__ == "__main__":
    main()
