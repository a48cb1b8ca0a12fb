"""``renzheng document bank-card`` and ``card``: what a camera reads on cards, numbers masked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terminal.commands.context import explain, read_picture, settings, telling
from terminal.commands.masking import masked
from terminal.commands.output import EX_CANNOT_TELL, EX_NO, EX_YES, json_option, out, print_json

if TYPE_CHECKING:
    from models.paper.judge import Judged
    from terminal.bank_card import SeenNumber
    from terminal.resident import SeenResident


@click.command("bank-card")
@click.argument("pictures", type=click.Path(path_type=Path), nargs=-1, required=True)
@json_option
def bank_card(pictures: tuple[Path, ...], as_json: bool) -> int:
    """Read the number of one bank card in PICTURES, raised or flat, upright or upside down.

    Several pictures must agree. The number is shown masked; it is believed only when its check digit,
    beginning and layout fit and every digit was read surely twice.
    Exit 0: read. 1: read, but such cards are not taken. 2: cannot tell.
    """
    from models.text.lines import LineReader
    from models.text.number_line import NumberReader
    from terminal.bank_card import agreed, see_number, with_expiry

    limits = settings().documents
    images = [read_picture(picture) for picture in pictures]
    with telling():
        reader = NumberReader(LineReader())
    seen = with_expiry(agreed([see_number(image, reader, limits) for image in images]), reader)
    answer = _answer(seen)
    if as_json:
        print_json(answer)
    else:
        _tell(answer)
    if seen.number is not None:
        seen.number.wipe()
    if seen.doubts == ("card_number.not_taken",):
        return EX_NO
    return EX_YES if seen.certain else EX_CANNOT_TELL


@click.command("card")
@click.argument("picture", type=click.Path(path_type=Path))
@json_option
def card(picture: Path, as_json: bool) -> int:
    """Read one side of a resident's card in PICTURE, upright or upside down.

    What is read is weaker evidence than the chip: it is never called verified.
    Exit 0: read, and the fields agree with one another. 2: cannot tell.
    """
    from datetime import date

    from models.text.fields import FieldReader
    from models.text.lines import LineReader
    from terminal.resident import see_resident

    image = read_picture(picture)
    with telling():
        reader = FieldReader(LineReader())
    seen = see_resident(image, reader, settings().documents, date.today())
    answer = _card_answer(seen)
    if as_json:
        print_json(answer)
    else:
        _tell_card(answer)
    return EX_YES if seen.holds else EX_CANNOT_TELL


def _card_answer(seen: SeenResident) -> dict[str, Any]:
    fields = {
        name: {
            "value": masked(each.text) if name == "number" else each.text,
            "source": each.source,
            "sure": round(each.sure, 3),
            "box_mm": [round(side, 1) for side in each.box],
            "doubts": list(each.doubts),
        }
        for name, each in seen.fields.items()
    }
    return {
        "evidence": "picture",
        "side": seen.side.value if seen.side else None,
        "holds": seen.holds,
        "reasons": list(seen.doubts),
        "instruction": seen.instruction,
        "fields": fields,
        "photographed": photographed(seen.judged),
    }


def _tell_card(answer: dict[str, Any]) -> None:
    if answer["side"]:
        first = "resident.holds" if answer["holds"] else "resident.doubtful"
    else:
        first = answer["instruction"]
    out.print(explain(first), style="bold", markup=False)
    for name, each in answer["fields"].items():
        out.print(f"  {explain(f'resident.field.{name}')}: {each['value']}", markup=False)
        for doubt in each["doubts"]:
            out.print(f"    {explain(doubt)}", style="yellow", markup=False)
    if answer["instruction"] and answer["instruction"] != first:
        out.print(f"  {explain(answer['instruction'])}", markup=False)


def photographed(judged: Judged | None) -> dict[str, Any] | None:
    """How a document was photographed, by name; None when none was found."""
    if judged is None:
        return None
    return {
        "dots_per_mm": round(judged.dots_per_mm, 2),
        "tilt_degrees": round(judged.tilt_degrees, 1),
        "luminance": round(judged.luminance),
        "glare_share": round(judged.glare_share, 4),
        "glare_place": judged.glare_place,
        "blur_mm": round(judged.blur_mm, 3) if judged.blur_mm < 100 else None,
        "problem": judged.problem,
    }


def _answer(seen: SeenNumber) -> dict[str, Any]:
    """A number is shown only when it was read well: anything else would be a guess."""
    number = seen.number if seen.settled else None
    box = seen.box if number is not None else None
    return {
        "certain": seen.certain,
        "reasons": list(seen.doubts),
        "instruction": seen.instruction,
        "number": str(number) if number is not None else None,
        "digits": len(number) if number is not None else 0,
        "groups": list(seen.groups) if number is not None else [],
        "scheme": seen.scheme or None if number is not None else None,
        "expiry": seen.expiry or None if number is not None else None,
        "sure": round(seen.sure, 3),
        "box_mm": [round(side, 1) for side in box] if box else None,
        "pictures": seen.frames,
        "photographed": photographed(seen.judged),
    }


def _tell(answer: dict[str, Any]) -> None:
    first = answer["instruction"] or "card_number.certain"
    out.print(explain(first), style="bold", markup=False)
    for reason in answer["reasons"]:
        if answer["number"] and reason != first:
            out.print(f"  {explain(reason)}", style="yellow", markup=False)
    if answer["number"]:
        scheme = answer["scheme"] or "unknown scheme"
        expiry = f", valid thru {answer['expiry']}" if answer["expiry"] else ""
        out.print(f"  {answer['number']}, {scheme}, {answer['digits']} digits{expiry}", markup=False)
