"""The simulated biometric service: a process of its own with a face camera, finger and iris scanner.

    python -m drivers.sbi.simulator [--port N] [--keys FOLDER] [--env NAME] [--portrait FILE]

Prints one JSON line with its address when ready and one for each command on standard input: ``status WORD``,
``fault NAME [TIMES]``, ``clear``, ``delay MS``, ``root FOLDER``, ``unplug``, ``replug``, ``quit``.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import click

from drivers.sbi import simulated_keys, simulated_pictures
from drivers.sbi.codes import STATUSES
from drivers.sbi.settings import FIRST_PORT, LAST_PORT
from drivers.sbi.simulated_answers import Answers
from drivers.sbi.simulated_http import Mind, SbiHandler
from drivers.sbi.wire import name
from drivers.sim.service import Service, play_service

WORDS = ("status", "fault", "clear", "delay", "root", "unplug", "replug", "quit")


def _obey(mind: Mind, word: str, argument: str) -> None:
    match word:
        case "status":
            if argument not in STATUSES:
                raise ValueError(f"known: {', '.join(STATUSES)}")
            mind.answers.status = argument
        case "fault":
            fault, _, times = argument.partition(" ")
            mind.faults.add(fault, int(times or 0))
        case "clear":
            mind.faults.clear()
            mind.answers.status = "Ready"
        case "delay":
            mind.capture_s = int(argument) / 1000
        case "root":
            mind.answers.keys.save_root(Path(argument))
        case _:
            raise ValueError(f"known: {', '.join(WORDS)}")


@click.command()
@click.option("--port", type=click.IntRange(1024, 65535), help="Instead of the first free one of the range.")
@click.option("--keys", type=click.Path(path_type=Path), help="Folder to keep keys in, to start faster.")
@click.option("--env", default="Production", show_default=True, help="For which the devices are registered.")
@click.option("--portrait", type=click.Path(exists=True, dir_okay=False), help="Picture of the face to show.")
@click.option("--roots", type=click.Path(path_type=Path), help="Folder to write the root certificate to.")
@click.option("--capture-ms", type=click.IntRange(0, 60_000), default=60, show_default=True,
              help="How long a capture takes.")  # fmt: skip
def main(
    port: int | None, keys: Path | None, env: str, portrait: str | None, roots: Path | None, capture_ms: int
) -> None:
    """Simulate a Secure Biometric Interface with three devices."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    picture = simulated_pictures.picture_of(portrait) if portrait else None
    answers = Answers(simulated_keys.make(keys), env, portrait=picture)
    if roots is not None:
        answers.keys.save_root(roots)
    ports = range(FIRST_PORT, LAST_PORT + 1) if port is None else range(port, port + 1)
    mind = Mind(answers, capture_ms / 1000)
    service = Service(SbiHandler, mind, ports)
    answers.port = service.port
    play_service(service, name, functools.partial(_obey, mind), parent)


if __name__ == "__main__":
    main()
