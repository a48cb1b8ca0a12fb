"""The simulated PIN pad: a process that holds the key and takes the PIN, on a pseudo-terminal or TCP port.

    python -m drivers.pin_pad.simulator --link PATH

Commands on standard input: those of `drivers.sim.play`, and ``wait`` (the person waits to be told),
``enter random [FILE]``, ``enter PIN``, ``press cancel``, ``fault NAME [TIMES]``, ``clear``.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from drivers.pin_pad.simulated_pad import SimulatedPinPad
from drivers.sim.play import play
from drivers.sim.port import PtyPort, TcpPort

TEST_INITIAL_KEY = "1273671EA26AC29AFA4D1084127652A1"
TEST_IDENTITY = "1234567890123456"
"""The published test values of ANSI X9.24-3, so that nobody takes them for a key."""


@click.command()
@click.option("--link", type=click.Path(path_type=Path), help="Keep a symbolic link to the port here.")
@click.option("--tcp", is_flag=True, help="On a TCP port of this machine.")
@click.option("--rate", type=int, default=115_200, show_default=True)
@click.option("--initial-key", default=TEST_INITIAL_KEY, show_default=True, help="AES-128 key (hex).")
@click.option("--identity", default=TEST_IDENTITY, show_default=True, help="Eight bytes (hex).")
def main(link: Path | None, tcp: bool, rate: int, initial_key: str, identity: str) -> None:
    """Simulate a PIN pad."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    key = bytes.fromhex(initial_key)
    instrument = SimulatedPinPad(None if tcp else rate, key, bytes.fromhex(identity))
    play(instrument, TcpPort() if tcp else PtyPort(link), parent)


if __name__ == "__main__":
    main()
