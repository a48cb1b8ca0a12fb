"""``renzheng devices record``: writes what passes between a driver and its device into a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from drivers.api import Kind
from drivers.capture import Finger
from drivers.errors import DeviceError, Retry
from terminal.commands.context import explain
from terminal.commands.output import EX_YES, Failure, err, json_option, out, print_json

WARNING = (
    "The recording holds every byte that is read. With a real card or finger it is personal data: "
    "use a specimen or an invented card, or keep the file as you keep records."
)
ENOUGH_S = 60.0
"""For all of a session but the wait for a person; a device that takes longer hangs."""


@click.command("record")
@click.argument("device")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--seconds", default=20.0, show_default=True, help="Wait this long for a card or finger.")
@json_option
def command(device: str, file: Path, seconds: float, as_json: bool) -> int:
    """Record a session with DEVICE (a name of the settings, or DRIVER@ADDRESS) into FILE.

    Opens it, tries it out and does its main job once. The file is a transcript that tests can play back.
    """
    from drivers.link.recorder import recording
    from terminal.commands.devices_seen import the_device

    # In a process of its own the bytes would pass us by.
    choice = replace(the_device(device), isolated=False)
    err.print(WARNING, style="yellow", markup=False)
    try:
        with recording(file, choice.driver, choice.options):
            ended = session(choice, seconds)
    except OSError as error:
        raise Failure("file.unwritable", f"{file} cannot be written: {error.strerror}") from error
    lines = sum(line[:1] in "<>" for line in file.read_text(encoding="utf-8").splitlines())
    if not lines:
        raise _nothing(choice.driver, ended)
    if as_json:
        print_json({"file": str(file), "lines": lines, "ended": ended or "done"})
    else:
        out.print(f"{file}: {lines} lines; {ended or 'done'}", markup=False)
    return EX_YES


def session(choice: Any, seconds: float) -> str:
    """Open, try out, do the main job once; what went wrong, if anything; that is worth recording, too.

    A device that hangs is named and left alone.
    """
    from terminal.lane import Hung, Lane

    lane = Lane(f"io:{choice.called}", lambda: None, idle_seconds=3600.0)
    limit_s = seconds + ENOUGH_S
    try:
        lane.call("record", lambda: _session(choice, seconds), limit_s)
    except DeviceError as error:
        return explain(error.code, **{"kind": choice.kind.value, "device": error.device, **error.facts})
    except Hung:
        facts = {"driver": choice.driver, "call": "record", "seconds": limit_s}
        return explain("device.hung", device=choice.called, **facts)
    finally:
        lane.give_up()
        lane.join(1.0)
    return ""


def _session(choice: Any, seconds: float) -> None:
    from terminal.choice import open_choice

    with closing(open_choice(choice)) as device:
        _work(choice.kind, device, seconds)


def _nothing(driver: str, ended: str) -> Failure:
    """Why nothing was recorded: the device could not be opened, or it has no byte pipe."""
    text = f"{driver} does not speak over a byte pipe, so nothing could be recorded."
    return Failure("device.nothing_recorded", ended or text)


def _work(kind: Kind, device: Any, seconds: float) -> None:
    from terminal.selftest import first_fault, try_out

    wrong = first_fault(try_out(kind, device))
    if wrong is not None:
        raise wrong
    if kind in JOBS:
        JOBS[kind](device, seconds)


def _read_card(device: Any, seconds: float) -> None:
    err.print("  > Lay the card on the reader.", style="bold")
    if device.wait_for_card(seconds):
        device.read()


def _capture_finger(device: Any, seconds: float) -> None:
    err.print("  > Put a finger on the sensor.", style="bold")
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            device.capture(Finger.UNKNOWN, max(1.0, ends - time.monotonic()))
        except Retry:
            continue
        return


def _sign(device: Any, seconds: float) -> None:
    err.print("  > Sign on the pad and confirm.", style="bold")
    device.begin()
    device.wait(seconds)


JOBS: Mapping[Kind, Callable[[Any, float], None]] = MappingProxyType(
    {
        Kind.CARD_READER: _read_card,
        Kind.BANK_CARD_READER: _read_card,
        Kind.FINGERPRINT: _capture_finger,
        Kind.SIGNATURE_PAD: _sign,
    }
)
"""What a device is there for, where a person must help."""
