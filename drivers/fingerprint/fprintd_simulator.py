"""The simulated fprintd: a process with a D-Bus of its own that has fprintd's name and speaks its words.

    python -m drivers.fingerprint.fprintd_simulator --folder FOLDER

Commands on standard input: ``touch NAME``, ``lift``, ``unplug``, ``replug``, ``stop`` and ``start`` (the
service leaves the bus), ``fault NAME [TIMES]``, ``clear``, ``quit``. Ends when standard input closes.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drivers.fingerprint.fprintd_fake import PATH, FakeFprintd, Problem, Refusal
from drivers.fingerprint.private_bus import PrivateBus

if TYPE_CHECKING:
    from jeepney import Message

NAME = "net.reactivated.Fprint"
BUS_S = 5.0
REPLY_SERIAL = 5
"""Header field of the D-Bus specification."""
SCAN_S = 0.03
"""From one touch to the next."""
IDLE_S = 1.0
_STDIN = 0


class Simulator:
    """The service on its bus."""

    def __init__(self, bus: PrivateBus) -> None:
        from jeepney import DBusAddress
        from jeepney.bus import get_bus
        from jeepney.io.blocking import DBusConnection, prep_socket

        self._bus = bus
        self._connection = DBusConnection(prep_socket(get_bus(bus.address)))
        self._reader = DBusAddress(PATH, interface=f"{NAME}.Device")
        self._fprintd = FakeFprintd(self._say)
        self._hanging = False
        self._backlog: list[Message] = []
        self._lines = bytearray()
        self._bus_call("AddMatch", "s", "type='signal',member='NameOwnerChanged'")
        self._bus_call("RequestName", "su", NAME, 4)

    def run(self, parent: int) -> None:
        """Serve until standard input closes, ``quit``, or the process `parent` is gone."""
        while os.getppid() == parent:
            self._serve()
            waiting = SCAN_S if self._fprintd.work is not None else IDLE_S
            ready, _, _ = select.select([_STDIN, self._connection.sock], [], [], waiting)
            if _STDIN in ready and not self._take_commands():
                return
            if not ready and not self._hanging:
                self._fprintd.scan()

    def _serve(self) -> None:
        """Answer every call that has come."""
        from jeepney import MessageType

        while True:
            try:
                message = self._backlog.pop(0) if self._backlog else self._connection.receive(timeout=0)
            except TimeoutError:
                return
            if message.header.message_type is MessageType.method_call:
                self._answer(message)
            elif len(message.body) == 3 and not message.body[2]:
                self._fprintd.left(str(message.body[0]))

    def _answer(self, message: Message) -> None:
        from jeepney import HeaderFields, new_error, new_method_return

        if self._hanging or self._fprintd.has(Problem.HANG):
            return
        fields = message.header.fields
        names = (HeaderFields.sender, HeaderFields.path, HeaderFields.interface, HeaderFields.member)
        who, path, interface, member = (str(fields.get(each, "")) for each in names)
        starting = member in ("EnrollStart", "VerifyStart")
        if starting and self._fprintd.has(Problem.STALE_MATCH):
            self._say("VerifyStatus", "verify-match", True)
        try:
            signature, body = self._fprintd.answer(who, path, interface, member, message.body)
        except Refusal as refusal:
            self._connection.send(new_error(message, str(refusal), "s", ("simulated",)))
            return
        self._connection.send(new_method_return(message, signature, body))
        if starting and self._fprintd.has(Problem.STOP_WHILE_TOUCHED):
            self._obey("stop", "")
        self._hanging = starting and self._fprintd.has(Problem.HANG_WHILE_TOUCHED)

    def _say(self, name: str, word: str, done: bool) -> None:
        from jeepney import new_signal

        self._connection.send(new_signal(self._reader, name, "sb", (word, done)))

    def _bus_call(self, method: str, signature: str, *body: object) -> None:
        from jeepney import new_method_call
        from jeepney.bus_messages import message_bus

        serial = next(self._connection.outgoing_serial)
        self._connection.send(new_method_call(message_bus, method, signature, body), serial=serial)
        # What comes meanwhile must not be lost: a caller that left the bus would keep its claim for ever.
        while (message := self._connection.receive(timeout=BUS_S)).header.fields.get(REPLY_SERIAL) != serial:
            self._backlog.append(message)

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
            try:
                self._obey(word, argument.strip())
            except ValueError as error:
                _tell(failed=word, reason=str(error))
            else:
                _tell(done=word, address=self._bus.address)
        return bool(data)

    def _obey(self, word: str, argument: str) -> None:
        match word:
            case "touch" | "lift":
                self._fprintd.touch(argument)
            case "fault":
                self._fprintd.add(argument)
            case "clear":
                self._fprintd.problems.clear()
                self._hanging = False
            case "unplug":
                self._fprintd.unplug()
            case "replug":
                self._fprintd.plugged = True
                self._obey("start", "")
            case "start":
                self._bus_call("RequestName", "su", NAME, 4)
            case "stop":
                self._bus_call("ReleaseName", "s", NAME)
                self._fprintd.unplug()
                self._fprintd.plugged = True
            case _:
                raise ValueError("known: touch, lift, unplug, replug, stop, start, fault, clear, quit")


def _tell(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _stop(signal_number: int, frame: object) -> None:
    sys.exit(0)


@click.command()
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
def main(folder: Path) -> None:
    """Simulate fprintd on a D-Bus of its own, whose socket is in the folder."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    signal.signal(signal.SIGTERM, _stop)
    with PrivateBus(folder) as bus:
        simulator = Simulator(bus)
        _tell(ready=True, address=bus.address)
        simulator.run(parent)


if __name__ == "__main__":
    main()
