"""The simulated ID-card reader: a process of its own that speaks the reader's bytes.

    python -m drivers.card.simulator --card FILE.json [--fault NAME] [--link PATH | --tcp]

On a pseudo-terminal it answers only at its own rate, at the pace of the wire; on TCP, as behind a gateway
or a USB bridge, at once. Commands on standard input: see `drivers.sim.play` and `simulated_reader.WORDS`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click
from pydantic import ValidationError

from drivers.card.faults import Fault
from drivers.card.settings import RATES
from drivers.card.simulated_module import SimulatedModule
from drivers.card.simulated_reader import SimulatedReaderInstrument, load
from drivers.sim.play import play
from drivers.sim.port import PtyPort, TcpPort


@click.command()
@click.option(
    "--card", "card_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True
)
@click.option(
    "--fault", "fault", type=click.Choice([each.value for each in Fault]), help="Begin with a fault."
)
@click.option("--link", type=click.Path(path_type=Path), help="Keep a symbolic link to the port here.")
@click.option("--tcp", is_flag=True, help="Listen on a TCP port of this machine instead.")
@click.option("--absent", is_flag=True, help="Begin without a card on the reader.")
@click.option("--chip-ms", type=click.IntRange(0, 10_000), default=800, show_default=True,
              help="Time the chip takes to give text and photo.")  # fmt: skip
@click.option("--cut-after", type=click.IntRange(1), help="Bytes that still come when an answer breaks off.")
@click.option(
    "--scratch", type=click.Path(path_type=Path), multiple=True, help="Folder to delete at the end."
)
@click.option("--rate", type=click.Choice([str(rate) for rate in RATES]), default=str(RATES[0]))
def main(
    card_file: Path,
    fault: str | None,
    link: Path | None,
    tcp: bool,
    absent: bool,
    chip_ms: int,
    cut_after: int | None,
    rate: str,
    scratch: tuple[Path, ...],
) -> None:
    """Simulate an ID-card reader with one card."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    module = _module(card_file, int(rate))
    if not absent:
        module.insert()
    instrument = SimulatedReaderInstrument(module, chip_ms / 1000, cut_after, paced=not tcp)
    if fault is not None:
        instrument.break_down(Fault(fault))
    try:
        play(instrument, TcpPort() if tcp else PtyPort(link), parent)
    finally:
        for folder in scratch:
            shutil.rmtree(folder, ignore_errors=True)


def _module(card_file: Path, rate: int) -> SimulatedModule:
    try:
        module = SimulatedModule(load(card_file))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, each["loc"])) or each["msg"] for each in error.errors())
        raise click.ClickException(f"{card_file} is not a card: {places}") from None
    module.rate = rate
    return module


if __name__ == "__main__":
    main()
