"""The simulated biometric service: a process of its own with a face camera, finger and iris scanner.

    python -m drivers.sbi.simulator [--port N] [--keys FOLDER] [--env NAME] [--portrait FILE]

Prints one JSON line with its address when ready and one for each command on standard input: ``status WORD``,
``fault NAME [TIMES]``, ``clear``, ``delay MS``, ``root FOLDER``, ``unplug``, ``replug``, ``quit``.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from pathlib import Path

import click

from drivers.sbi import simulated_keys, simulated_pictures
from drivers.sbi.codes import STATUSES
from drivers.sbi.settings import FIRST_PORT, LAST_PORT
from drivers.sbi.simulated_answers import Answers, Faults
from drivers.sbi.simulated_http import Plug
from drivers.sbi.wire import name

PARENT_CHECK_S = 1.0
"""How often to look whether the parent still lives."""
WORDS = ("status", "fault", "clear", "delay", "root", "unplug", "replug", "quit")
_STDIN = 0


class Simulator:
    """Lines on standard input become what happens to the service."""

    def __init__(self, plug: Plug) -> None:
        self._plug = plug
        self._lines = bytearray()

    def run(self, parent: int) -> None:
        """Serve until standard input closes, ``quit``, or the process `parent` is no longer ours."""
        while os.getppid() == parent:
            ready, _, _ = select.select([_STDIN], [], [], PARENT_CHECK_S)
            if ready and not self._take_commands():
                return

    def _take_commands(self) -> bool:
        """Carry out the lines that came; False when there will be no more."""
        data = os.read(_STDIN, 4096)
        self._lines += data
        *lines, rest = self._lines.split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            word, _, argument = line.decode().strip().partition(" ")
            if word == "quit":
                return False
            if word:
                self._obey(word, argument.strip())
        return bool(data)

    def _obey(self, word: str, argument: str) -> None:
        try:
            self._carry_out(word, argument)
        except (ValueError, OSError) as error:
            _tell(failed=word, reason=str(error))
        else:
            _tell(done=word, address=name(self._plug.port), plugged=self._plug.plugged)

    def _carry_out(self, word: str, argument: str) -> None:
        match word:
            case "status":
                if argument not in STATUSES:
                    raise ValueError(f"known: {', '.join(STATUSES)}")
                self._plug.answers.status = argument
            case "fault":
                fault, _, times = argument.partition(" ")
                self._plug.faults.add(fault, int(times or 0))
            case "clear":
                self._plug.faults.clear()
                self._plug.answers.status = "Ready"
            case "delay":
                self._plug.capture_s = int(argument) / 1000
            case "root":
                self._plug.answers.keys.save_root(Path(argument))
            case "unplug":
                self._plug.unplug()
            case "replug":
                self._plug.plug()
            case _:
                raise ValueError(f"known: {', '.join(WORDS)}")


def _tell(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _stop(signal_number: int, frame: object) -> None:
    sys.exit(0)


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
    signal.signal(signal.SIGTERM, _stop)
    picture = simulated_pictures.picture_of(portrait) if portrait else None
    answers = Answers(simulated_keys.make(keys), env, portrait=picture)
    if roots is not None:
        answers.keys.save_root(roots)
    ports = range(FIRST_PORT, LAST_PORT + 1) if port is None else range(port, port + 1)
    plug = Plug(answers, Faults(), ports, capture_ms / 1000)
    try:
        _tell(ready=True, address=name(plug.port))
        Simulator(plug).run(parent)
    finally:
        plug.unplug()


if __name__ == "__main__":
    main()
