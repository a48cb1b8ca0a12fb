"""``renzheng calibrate``: what scores mean, measured on the bank's own pairs, signed, put in force."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from models.api import PhotoKind
from models.face.pairing import pairings
from terminal.commands.calibrate_face import Wish, build
from terminal.commands.calibrate_finger import command as finger
from terminal.commands.calibrate_iris import command as iris
from terminal.commands.calibrate_made import day_of, keep, making_options
from terminal.commands.calibrate_told import as_rows, tell
from terminal.commands.context import explain, settings, telling
from terminal.commands.output import EX_NO, EX_USAGE, EX_YES, Failure, json_option, out, print_json

PASSWORD = "RENZHENG_CALIBRATION_PASSWORD"
"""Environment variable with the signing key's password, for scripts; people are asked."""

KINDS = ["camera", *(each.sample for each in pairings(kind for kind in PhotoKind if kind != "camera"))]
"""What a face calibration may be for: a photo against the live face, or two photos."""

_file = click.argument("file", type=click.Path(path_type=Path))


@click.group("calibrate")
def command() -> None:
    """Measure what scores mean, sign the result, and put it in force."""


@command.command("face")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--pack", help="Model pack instead of the one in the settings.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    default=(PhotoKind.CHIP.value,),
    help="What the pictures are where the column photo does not say; chip when left out.",
)
@click.option("--make", is_flag=True, help="The enrolled pictures are portraits: make such photos of them.")
@making_options
def face(as_json: bool, folder: Path, day: datetime | None, **asked: Any) -> int:
    """Build calibrations from SOURCE: a CSV of pairs, or a folder with one sub-folder a person.

    Columns: enrolled, live, same_person; optional photo (see --kind), group and camera. Of a folder everybody
    is compared with everybody. Without --floor the pack's own floor holds. Writes one unsigned file for each
    kind of photo.
    Exit 1: written, but the data are too few for the rates that the rules ask for.
    """
    return keep(build(Wish(measured_on=day_of(day), **asked)), folder, as_json)


command.add_command(finger)
command.add_command(iris)


@command.command("key")
@_file
@json_option
def key(file: Path, as_json: bool) -> int:
    """Make a signing key in FILE, under a password; it stays with the bank, not on terminals."""
    from terminal.calibration_keys import KeyTrouble, make_key

    try:
        public = make_key(file, password("calibrate.new_password", confirm=True))
    except KeyTrouble as error:
        raise Failure(error.code, explain(error.code, file=error.source), exit_code=EX_USAGE) from error
    except OSError as error:
        raise Failure("calibrate.not_written", explain("calibrate.not_written", file=file)) from error
    if as_json:
        print_json({"file": str(file), "public_key": public})
    else:
        out.print(explain("calibrate.key_made", file=file), markup=False)
        out.print(f'[models]\ncalibration_keys = ["{public}"]', markup=False)
    return EX_YES


@command.command("sign")
@_file
@click.option("--key", "source", type=click.Path(path_type=Path), required=True, help="The bank's key, PEM.")
@json_option
def sign(file: Path, source: Path, as_json: bool) -> int:
    """Sign the calibration in FILE with the bank's key, after somebody has looked at its figures."""
    from terminal.calibration_keys import KeyTrouble, locked, read_key
    from terminal.calibration_keys import sign as sign_file
    from terminal.calibrations import read_file, write_file

    try:
        private = read_key(source, password("calibrate.password") if locked(source) else None)
    except KeyTrouble as error:
        raise Failure(error.code, explain(error.code, file=error.source)) from error
    with telling():
        signed = sign_file(read_file(file), private)
    try:
        write_file(signed, file)
    except OSError as error:
        raise Failure("calibrate.not_written", explain("calibrate.not_written", file=file)) from error
    note = signed.signature
    if as_json:
        print_json({"file": str(file), "key_id": note.key_id if note else None})
    else:
        out.print(explain("calibrate.signed", file=file, key=note.key_id if note else ""), markup=False)
    return EX_YES


@command.command("verify")
@_file
@json_option
def verify(file: Path, as_json: bool) -> int:
    """Is FILE a calibration that a trusted key signed? Exit 0: yes; 1: no, with the reason."""
    from models.api import ModelError
    from terminal.calibrations import calibrations, read_file

    with telling():
        book = calibrations(settings())
        held = read_file(file)
        calibration = held.opened()
    problem = None
    try:
        book.checked(held)
    except ModelError as error:
        problem = error.code
    (row,) = as_rows([calibration], [str(file)])
    if as_json:
        print_json({**row, "trusted": problem is None, "reason": problem})
        return EX_YES if problem is None else EX_NO
    tell([row])
    out.print(explain(problem or "calibrate.trusted"), markup=False)
    return EX_YES if problem is None else EX_NO


@command.command("install")
@_file
@click.option("--older", is_flag=True, help="Even where a later version is installed.")
@json_option
def install(file: Path, older: bool, as_json: bool) -> int:
    """Put the signed calibration in FILE in force on this terminal."""
    from terminal.calibrations import calibrations, read_file

    with telling():
        try:
            target = calibrations(settings()).install(read_file(file), older=older)
        except OSError as error:
            raise Failure("calibrate.not_written", explain("calibrate.not_written", file=file)) from error
    if as_json:
        print_json({"installed": str(target)})
    else:
        out.print(explain("calibrate.installed", file=target), markup=False)
    return EX_YES


def password(question: str, *, confirm: bool = False) -> str:
    """The password of a signing key: from the environment, or asked on the terminal."""
    given = os.environ.get(PASSWORD)
    if given:
        return given
    answer: str = click.prompt(explain(question), hide_input=True, confirmation_prompt=confirm, err=True)
    return answer
