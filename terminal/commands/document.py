"""``renzheng document``: read the chip of an e-passport or travel permit, or what stands in a picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terminal.commands import document_paper
from terminal.commands.context import explain, read_picture, settings, telling
from terminal.commands.masking import masked
from terminal.commands.output import (
    EX_CANNOT_TELL,
    EX_NO,
    EX_USAGE,
    EX_YES,
    Failure,
    json_option,
    out,
    print_json,
)

if TYPE_CHECKING:
    from config.settings import Settings
    from drivers.api import About
    from drivers.capture import DocumentReader, EDocument
    from drivers.document.mrz import Mrz
    from terminal.document import SeenZone

DRIVER = "emrtd"
EXITS = {"verified": EX_YES, "failed": EX_NO, "not_verified": EX_CANNOT_TELL}


@click.group("document")
def command() -> None:
    """Read e-passports, cards with the ICAO chip and travel permits; zones and cards in pictures."""


command.add_command(document_paper.bank_card)
command.add_command(document_paper.card)


@command.command("read")
@click.option(
    "--reader",
    metavar="ADDRESS",
    help="Reader, for example pcsc:ACS. Default: that of the settings, else the first one found.",
)
@click.option("--mrz", "zone", metavar="LINES", help="Printed zone, lines parted by /; it opens the chip.")
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Picture of the data page, to read the zone from."
)
@click.option(
    "--signers",
    type=click.Path(path_type=Path),
    help="Folder of country signers. Default: that of the settings; without one nothing is verified.",
)
@click.option(
    "--seconds", type=click.FloatRange(0, 600), default=20.0, show_default=True, help="Wait for a document."
)
@json_option
def read(
    reader: str | None,
    zone: str | None,
    picture: Path | None,
    signers: Path | None,
    seconds: float,
    as_json: bool,
) -> int:
    """Read the chip of a document and say whether its state signed what it holds.

    Chips open only for who knows number, birth date and expiry: give the zone, or a picture of it.
    Exit 0: verified. 1: not genuine. 2: cannot tell. 69: reader missing.
    """
    if (zone is None) == (picture is None):
        raise click.UsageError("give the zone by --mrz or a picture of it by --picture")
    key = _typed(zone).key if zone is not None else _photographed(picture or Path()).key
    chosen = settings()
    with _open(chosen, reader, signers) as device:
        from drivers.errors import Retry

        if not device.wait_for_document(seconds):
            raise Retry("document.none", device.about.address)
        document = device.read(key)
        answer = _document_answer(document, device.about, production=chosen.terminal.production)
    if as_json:
        print_json(answer)
    else:
        _tell_document(answer)
    return EXITS[answer["decision"]]


@command.command("mrz")
@click.argument("picture", type=click.Path(path_type=Path))
@json_option
def mrz(picture: Path, as_json: bool) -> int:
    """Read the machine-readable zone in PICTURE, upright or upside down.

    Exit 0: read, and every check digit holds. 2: cannot tell.
    """
    seen = _look(picture)
    answer = _zone_answer(seen)
    if as_json:
        print_json(answer)
    else:
        _tell_zone(answer)
    return EX_YES if seen is not None and seen.certain else EX_CANNOT_TELL


def _typed(text: str) -> Mrz:
    """The zone that was typed, put right where that is certain."""
    from drivers.document.mrz import NotAZone, parse
    from drivers.document.mrz_repair import repair

    lines = [line for line in text.replace("\n", "/").split("/") if line.strip()]
    try:
        zone = parse(repair(lines).lines)
    except NotAZone as error:
        code = "document.zone.shape"
        raise Failure(code, explain(code), "Passports have 2 lines of 44 signs.", EX_USAGE) from error
    if not zone.checks_hold:
        raise _uncertain(zone)
    return zone


def _photographed(picture: Path) -> Mrz:
    seen = _look(picture)
    if seen is None:
        code = "document.zone.none"
        raise Failure(code, explain(code), exit_code=EX_CANNOT_TELL)
    if not seen.certain:
        raise _uncertain(seen.zone)
    return seen.zone


def _uncertain(zone: Mrz) -> Failure:
    code = "document.zone.uncertain"
    remedy = " ".join(explain(doubt) for doubt in zone.doubts)
    return Failure(code, explain(code), remedy, EX_CANNOT_TELL)


def _look(picture: Path) -> SeenZone | None:
    from models.text.lines import LineReader
    from models.text.mrz_zone import ZoneReader
    from terminal.document import see_zone

    image = read_picture(picture)
    with telling():
        reader = ZoneReader(LineReader())
    return see_zone(image, reader)


@contextmanager
def _open(chosen: Settings, address: str | None, signers: Path | None) -> Iterator[DocumentReader]:
    """The reader, closed at the end; what it reports becomes a `Failure` with cause."""
    from drivers.api import Kind
    from drivers.errors import DeviceError, Retry
    from terminal.choice import Choice, from_settings, open_choice

    device: DocumentReader | None = None
    try:
        set_up = (each for each in from_settings(chosen.devices) if each.kind is Kind.DOCUMENT_READER)
        choice = None if address else next(set_up, None)
        choice = choice or Choice(Kind.DOCUMENT_READER, DRIVER, address or "pcsc:")
        if signers is not None:
            choice = replace(choice, options={**choice.options, "signers": str(signers)})
        device = open_choice(choice)
        yield device
    except Retry as error:
        message = explain(error.code, device=error.device, **error.facts)
        raise Failure(error.code, message, exit_code=EX_CANNOT_TELL) from error
    except DeviceError as error:
        message = explain(error.code, device=error.device, **error.facts)
        raise Failure(error.code, message, "See: renzheng devices") from error
    finally:
        if device is not None:
            device.close()


def _document_answer(document: EDocument, about: About, *, production: bool) -> dict[str, Any]:
    refused = about.simulated and production
    decision = "not_verified" if refused else document.authentic.value
    reasons = ("document.simulated", *document.authentic_reasons) if refused else document.authentic_reasons
    return {
        "decision": decision,
        "reasons": list(reasons),
        "kind": document.kind,
        "issuer": document.issuer,
        "number": masked(document.number),
        "surname": document.surname,
        "given_names": document.given_names,
        "native_name": document.native_name,
        "nationality": document.nationality,
        "birth": document.birth.isoformat() if document.birth else None,
        "expiry": document.expiry.isoformat() if document.expiry else None,
        "expired": document.expiry is None or document.expiry < date.today(),
        "portrait_bytes": len(document.portrait),
        "groups": list(document.groups),
        "access": document.access,
        "doubts": list(document.doubts),
        "reader": about.model or about.driver,
        "simulated": about.simulated,
    }


def _zone_answer(seen: SeenZone | None) -> dict[str, Any]:
    if seen is None:
        return {"certain": False, "reasons": ["document.zone.none"]}
    zone = seen.zone
    expiry = zone.expiry_date()
    return {
        "certain": seen.certain,
        "reasons": [] if seen.certain else ["document.zone.uncertain"],
        "format": zone.format.value,
        "kind": zone.code,
        "issuer": zone.issuer,
        "number": masked(zone.number),
        "surname": zone.surname,
        "given_names": zone.given_names,
        "nationality": zone.nationality,
        "expiry": expiry.isoformat() if expiry else None,
        "expired": zone.expired(),
        "doubts": list(zone.doubts),
        "corrected": [
            {"line": each.line + 1, "place": each.place + 1, "because": each.because} for each in seen.changes
        ],
        "key_sure": round(seen.key_sure, 3),
        "upside_down": seen.turned,
    }


def _tell_document(answer: dict[str, Any]) -> None:
    out.print(explain(f"document.answer.{answer['decision']}"), style="bold", markup=False)
    for reason in answer["reasons"]:
        out.print(f"  {explain(reason)}", markup=False)
    _tell_person(answer)
    out.print(
        f"  read by {answer['access']} with {answer['reader']}: groups "
        f"{', '.join(map(str, answer['groups']))}; portrait {answer['portrait_bytes']} bytes",
        markup=False,
    )


def _tell_zone(answer: dict[str, Any]) -> None:
    out.print(
        explain("document.zone.certain" if answer["certain"] else answer["reasons"][0]),
        style="bold",
        markup=False,
    )
    if "number" not in answer:
        return
    _tell_person(answer)
    count = len(answer["corrected"])
    if count:
        out.print(f"  {count} put right by place or check digit", markup=False)


def _tell_person(answer: dict[str, Any]) -> None:
    native = f" ({answer['native_name']})" if answer.get("native_name") else ""
    out.print(f"  {answer['surname']}, {answer['given_names']}{native}", markup=False)
    valid = f"{'expired' if answer['expired'] else 'valid until'} {answer['expiry'] or 'an unknown day'}"
    out.print(f"  {answer['kind']} {answer['issuer']} {answer['number']}, {valid}", markup=False)
    for doubt in answer["doubts"]:
        out.print(f"  {explain(doubt)}", style="yellow", markup=False)
