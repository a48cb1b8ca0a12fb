"""``renzheng verify``: one whole case on virtual or real devices, told step by step."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.api import PhotoKind
from terminal.commands.context import telling
from terminal.commands.output import EX_CANNOT_TELL, EX_NO, EX_USAGE, EX_YES, Failure, json_option, print_json
from terminal.view import Decision
from terminal.virtual.scripts import Script

if TYPE_CHECKING:
    from terminal.app import Options
    from terminal.photos import FurtherPhotos

EXITS = {Decision.ACCEPT: EX_YES, Decision.REFUSE: EX_NO, Decision.REFER: EX_CANNOT_TELL}


@click.command("verify")
@click.option(
    "--virtual",
    type=click.Choice([script.value for script in Script]),
    help="Play a visit on virtual devices.",
)
@click.option("--reader", metavar="ADDRESS", help="Card reader, for example /dev/ttyUSB0.")
@click.option(
    "--camera", metavar="SOURCE", help="Camera: v4l2:/dev/video0, file:CLIP, images:FOLDER or http://…"
)
@click.option("--business", default="verify_identity", show_default=True, help="What the customer wants.")
@click.option(
    "--consent",
    type=click.Choice(["ask", "given", "declined"]),
    default="ask",
    show_default=True,
    help="The customer's consent to the use of the face. `ask` asks on a terminal; "
    "in a script the command itself is the operator's statement that it was given.",
)
@click.option(
    "--returned",
    type=click.Path(path_type=Path),
    help="Picture file with the photo that the online check returned; it is compared as well.",
)
@click.option(
    "--portrait", type=click.Path(path_type=Path), help="The same with the portrait of an e-document's chip."
)
@json_option
def command(
    virtual: str | None,
    reader: str | None,
    camera: str | None,
    business: str,
    consent: str,
    returned: Path | None,
    portrait: Path | None,
    as_json: bool,
) -> int:
    """Verify one customer: chip, live face, liveness, comparison, decision, record.

    Exit 0: accept. 1: refuse. 2: refer to a person. 69: a device is missing.
    """
    from terminal.app import Options

    if virtual and (reader or camera):
        raise click.UsageError("--virtual plays on virtual devices; leave --reader and --camera out")
    if not virtual and bool(reader) != bool(camera):
        raise click.UsageError("--reader and --camera belong together")
    source = "virtual customer" if virtual else _consent(consent)
    declined = consent == "declined"
    options = Options(
        virtual,
        reader,
        camera,
        unattended=virtual is not None,
        consent_source=source,
        further_photos=_further(returned, portrait),
    )
    return _verify(options, business, declined, as_json)


def _further(returned: Path | None, portrait: Path | None) -> FurtherPhotos:
    """The photos of the files that were named."""
    from terminal.photos import from_files, none_further

    named = {PhotoKind.RETURNED: returned, PhotoKind.PORTRAIT: portrait}
    files = {kind: file for kind, file in named.items() if file is not None}
    if not files:
        return none_further
    with telling():
        return from_files(files)


def _consent(asked: str) -> str:
    if asked == "declined":
        return "declined"
    if asked == "given" or not sys.stdin.isatty():
        return "operator's statement on the command line"
    question = "Has the customer agreed, separately, to the use of the face for this verification?"
    if not click.confirm(question, err=True):
        raise Failure(
            "consent.declined",
            "No consent: no biometric was taken.",
            "Verify in person, or call with --consent declined to keep a record of it.",
            EX_USAGE,
        )
    return "asked by the operator"


def _verify(options: Options, business: str, declined: bool, as_json: bool) -> int:
    from terminal.commands.holder import opened, play, require_business, story, tell

    with opened(options) as terminal:
        require_business(terminal, business)
        told = None if as_json else tell
        guide = options.virtual is None
        case = play(terminal, business, declined=declined, told=told, guide=guide)
        answer = story(case)
    if as_json:
        print_json(answer)
    return EXITS[Decision(answer["decision"])]
