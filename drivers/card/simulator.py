"""The simulated ID-card reader: a process of its own that speaks the reader's bytes on a pseudo-terminal.

    python -m drivers.card.simulator --card FILE.json [--fault NAME] [--link PATH]

Prints one JSON line with its address when ready and one for each command it takes on standard input:
``insert [FILE]``, ``remove``, ``unplug``, ``replug``, ``fault NAME [TIMES]``, ``clear``, ``quit``. Ends
when standard input closes or its parent dies. Answers only at its own rate, at the pace of the wire.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import sys
import time
from collections import deque
from pathlib import Path

import click
from pydantic import ValidationError

from drivers.card import faults, simulated_wire
from drivers.card.cardfile import CardFile
from drivers.card.faults import Fault
from drivers.card.frame import PREAMBLE, encode
from drivers.card.settings import RATES
from drivers.card.simulated_module import READ_REQUEST, SimulatedModule
from drivers.card.simulated_port import SimulatedPort
from drivers.card.simulated_wire import Happening, Piece

PARENT_CHECK_S = 1.0
"""How often to look whether the parent still lives."""

OTHER_REQUESTS_SHARE = 0.05
"""Time the chip takes for anything but reading, as a share of the time for reading."""

_HEAD = len(PREAMBLE) + 2
_LONGEST_LENGTH = 64
_STDIN = 0
_UNREADABLE = encode(b"")
"""Stands for a request whose length cannot be: the module answers it as one of wrong length."""


class Simulator:
    """The process: turns bytes on the port and lines on standard input into what the module does."""

    def __init__(self, module: SimulatedModule, port: SimulatedPort, chip_s: float, cut_after: int | None):
        self._module = module
        self._port = port
        self._chip_s = chip_s
        self._cut_after = cut_after
        self._inbox = bytearray()
        self._lines = bytearray()
        self._request: tuple[float, bytes] | None = None
        self._line: deque[tuple[float, Piece]] = deque()
        self._times: dict[Fault, int] = {}

    def run(self, parent: int) -> None:
        """Serve until standard input closes, ``quit``, or the process `parent` is no longer ours."""
        with selectors.SelectSelector() as selector:
            selector.register(_STDIN, selectors.EVENT_READ)
            while os.getppid() == parent:
                watched = self._watch_port(selector)
                ready = {key.fd for key, _ in selector.select(self._idle_seconds())}
                if watched is not None:
                    selector.unregister(watched)
                if _STDIN in ready and not self._take_commands():
                    return
                if watched in ready and self._port.plugged:
                    self._hear()
                self._work()

    def break_down(self, fault: Fault, times: int = 0) -> None:
        """Have `fault` from now on, or for the next `times` requests that it concerns."""
        self._module.faults.add(fault)
        self._times.pop(fault, None)
        if times:
            self._times[fault] = times

    def _watch_port(self, selector: selectors.BaseSelector) -> int | None:
        if not self._port.plugged:
            return None
        selector.register(self._port.fileno(), selectors.EVENT_READ)
        return self._port.fileno()

    def _idle_seconds(self) -> float:
        due = [self._line[0][0]] if self._line else []
        if self._request is not None:
            due.append(self._request[0])
        return max(0.0, min([each - time.monotonic() for each in due], default=PARENT_CHECK_S))

    def _hear(self) -> None:
        data = self._port.read()
        # At another rate a real reader sees framing errors and stays silent.
        if not self._port.host_talks_at(self._module.rate):
            return
        self._inbox += data
        request = self._next_request()
        if request is not None:
            chip_s = self._chip_s * (1.0 if _is_reading(request) else OTHER_REQUESTS_SHARE)
            wire_s = simulated_wire.request_seconds(len(request), self._module.rate)
            self._request = (time.monotonic() + wire_s + chip_s, request)
            self._line.clear()

    def _next_request(self) -> bytes | None:
        start = self._inbox.find(PREAMBLE)
        if start < 0:
            del self._inbox[: -len(PREAMBLE) + 1]
            return None
        del self._inbox[:start]
        if len(self._inbox) < _HEAD:
            return None
        length = int.from_bytes(self._inbox[len(PREAMBLE) : _HEAD], "big")
        if not 0 < length <= _LONGEST_LENGTH:
            self._inbox.clear()
            return _UNREADABLE
        if len(self._inbox) < _HEAD + length:
            return None
        request = bytes(self._inbox[: _HEAD + length])
        del self._inbox[: _HEAD + length]
        return request

    def _work(self) -> None:
        now = time.monotonic()
        if self._request is not None and self._request[0] <= now:
            request = self._request[1]
            self._request = None
            self._answer(request, now)
        while self._line and self._line[0][0] <= now and self._port.plugged:
            piece = self._line.popleft()[1]
            self._port.write(piece.data)
            self._happen(piece.happening)

    def _answer(self, request: bytes, now: float) -> None:
        reading = _is_reading(request)
        concerned = {fault for fault in self._module.faults if reading or fault not in faults.READING_ONLY}
        self._count(concerned)
        if Fault.SILENCE in concerned or Fault.MUTE_READ in concerned:
            return
        rate = self._module.rate
        answer = self._module.answer(request, concerned)
        plan = simulated_wire.pieces(answer, rate, concerned, self._cut_after)
        self._line.extend((now + piece.after_s, piece) for piece in plan)

    def _count(self, concerned: set[Fault]) -> None:
        for fault in concerned & self._times.keys():
            self._times[fault] -= 1
            if not self._times[fault]:
                del self._times[fault]
                self._module.faults.discard(fault)

    def _happen(self, happening: Happening) -> None:
        if happening is Happening.REMOVED:
            self._module.remove()
        elif happening is Happening.UNPLUGGED:
            self._unplug()

    def _unplug(self) -> None:
        self._port.unplug()
        self._inbox.clear()
        self._line.clear()
        self._request = None

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
            # A validation error of a card file would quote the card.
            reason = type(error).__name__ if isinstance(error, ValidationError) else str(error)
            _say(failed=word, reason=reason)
        else:
            _say(done=word, address=self._port.address, plugged=self._port.plugged)

    def _carry_out(self, word: str, argument: str) -> None:
        match word:
            case "insert":
                self._module.insert(load(Path(argument)) if argument else None)
            case "remove":
                self._module.remove()
            case "unplug":
                self._unplug()
            case "replug":
                self._port.plug()
            case "fault":
                name, _, times = argument.partition(" ")
                self.break_down(Fault(name), int(times or 0))
            case "clear":
                self._module.faults.clear()
                self._times.clear()
            case _:
                raise ValueError("known: insert, remove, unplug, replug, fault, clear, quit")


def load(path: Path) -> CardFile:
    """The card in a JSON file. Raises `OSError` or pydantic's `ValidationError`."""
    return CardFile.model_validate_json(path.read_bytes())


def _is_reading(request: bytes) -> bool:
    return request[_HEAD:-1] == READ_REQUEST


def _say(**facts: object) -> None:
    click.echo(json.dumps(facts))
    sys.stdout.flush()


def _stop(signal_number: int, frame: object) -> None:
    sys.exit(0)


@click.command()
@click.option(
    "--card", "card_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True
)
@click.option(
    "--fault", "fault", type=click.Choice([each.value for each in Fault]), help="Begin with a fault."
)
@click.option("--link", type=click.Path(path_type=Path), help="Keep a symbolic link to the port here.")
@click.option("--absent", is_flag=True, help="Begin without a card on the reader.")
@click.option("--chip-ms", type=click.IntRange(0, 10_000), default=800, show_default=True,
              help="Time the chip takes to give text and photo.")  # fmt: skip
@click.option("--cut-after", type=click.IntRange(1), help="Bytes that still come when an answer breaks off.")
@click.option("--scratch", type=click.Path(path_type=Path), help="Folder to delete at the end.")
@click.option("--rate", type=click.Choice([str(rate) for rate in RATES]), default=str(RATES[0]))
def main(
    card_file: Path,
    fault: str | None,
    link: Path | None,
    absent: bool,
    chip_ms: int,
    cut_after: int | None,
    rate: str,
    scratch: Path | None,
) -> None:
    """Simulate an ID-card reader with one card on a pseudo-terminal."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    module = _module(card_file, int(rate))
    if not absent:
        module.insert()
    signal.signal(signal.SIGTERM, _stop)
    port = SimulatedPort(link)
    simulator = Simulator(module, port, chip_ms / 1000, cut_after)
    if fault is not None:
        simulator.break_down(Fault(fault))
    try:
        _say(ready=True, address=port.address)
        simulator.run(parent)
    finally:
        port.unplug()
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


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
