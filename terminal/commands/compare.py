"""``renzheng compare``: is the person on the live picture the one on the document's photo, and on others?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.api import Answer, Image, Match, PhotoKind
from terminal.commands.context import explain, load_stack, read_picture, settings, telling
from terminal.commands.output import EX_CANNOT_TELL, EX_NO, EX_YES, json_option, out, print_json
from terminal.commands.pairs import pair_line, pair_name, pair_row
from terminal.photos import FURTHER
from terminal.rules.today import match_rules

if TYPE_CHECKING:
    from models.api import Face
    from models.face.stack import FaceStack

    Seen = tuple[Image, tuple[Face, ...]]
    """A picture and the faces on it, largest first."""

CHIP_SIDE_PX = 140
"""A document photo no larger than this is taken for a chip photo (102 × 126)."""
EXITS = {Answer.MATCH: EX_YES, Answer.NO_MATCH: EX_NO, Answer.CANNOT_TELL: EX_CANNOT_TELL}
NOTHING: dict[str, Any] = dict.fromkeys(("score", "threshold", "false_match_rate", "interval"))


@click.command("compare")
@click.argument("document_photo", type=click.Path(path_type=Path))
@click.argument("live_photos", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--returned", type=click.Path(path_type=Path), help="The photo that the online check returned.")
@click.option("--portrait", type=click.Path(path_type=Path), help="The portrait of an e-document's chip.")
@click.option("--pack", help="Model pack instead of the one in the settings.")
@click.option(
    "--kind",
    type=click.Choice(["auto", *(kind.value for kind in PhotoKind)]),
    default="auto",
    show_default=True,
    help="What the document photo is; auto takes a very small one for a chip photo.",
)
@json_option
def command(
    document_photo: Path,
    live_photos: tuple[Path, ...],
    returned: Path | None,
    portrait: Path | None,
    pack: str | None,
    kind: str,
    as_json: bool,
) -> int:
    """Compare the face on DOCUMENT_PHOTO with the face on LIVE_PHOTO; of several live pictures all count.

    Further photos of the holder are compared with the live face and with the document's photo; the answer is
    a match only where every pair is one. Exit 0: match. 1: no match. 2: cannot tell.
    """
    document = read_picture(document_photo)
    photos = {_kind(kind, document): document}
    for further, file in zip(FURTHER, (returned, portrait), strict=True):
        if file is not None and photos.setdefault(further, read_picture(file)) is document:
            raise click.UsageError(f"the document photo is said to be the {further.value} one already")
    live = [read_picture(file) for file in live_photos]
    stack = load_stack(settings(), pack)
    try:
        answer = _compare(stack, photos, live)
    finally:
        stack.close()
    if as_json:
        print_json({key: value for key, value in answer.items() if key != "lines"})
    else:
        _tell(answer)
    return EXITS[Answer(answer["decision"])]


def _compare(stack: FaceStack, photos: dict[PhotoKind, Image], live: list[Image]) -> dict[str, Any]:
    """The answer; its `lines` are for people alone."""
    began = time.monotonic()
    seen = {kind: (image, stack.detect(image)) for kind, image in photos.items()}
    looks = [(image, stack.detect(image)) for image in live]
    reasons = _reasons(seen, looks)
    first = next(iter(photos))
    if not seen[first][1] or not any(faces for _, faces in looks):
        answer = {**NOTHING, "decision": Answer.CANNOT_TELL.value, "reasons": reasons}
        return {**answer, **_made_with(stack, began), "lines": []}
    matches, absent = _matches(stack, seen, looks)
    decision, disagree = _together(matches, reasons, absent)
    lead, *others = matches
    return {
        **pair_row(lead),
        "decision": decision.value,
        "reasons": [*reasons, *absent],
        "pairs": [pair_row(match) for match in matches],
        "disagree": [pair_name(match) for match in disagree],
        **_made_with(stack, began),
        "lines": [pair_line(match) for match in matches] if others else [],
    }


def _matches(
    stack: FaceStack, seen: dict[PhotoKind, Seen], looks: list[Seen]
) -> tuple[tuple[Match, ...], tuple[str, ...]]:
    """Every comparison that can be made, and why others cannot."""
    from models.face.compare import scorer
    from models.face.holder import Holder
    from terminal.calibrations import calibrations
    from terminal.comparing import calibrations_for, targets_of

    photos = {kind: (image, faces[0]) for kind, (image, faces) in seen.items() if faces}
    live = [(image, faces[0]) for image, faces in looks if faces]
    with telling():
        found, absent = calibrations_for(photos, calibrations(settings()), scorer(stack))
        of_photos, of_live = stack.embed_together(list(photos.values()), live)
        holder = Holder(dict(zip(photos, of_photos, strict=True)), of_live)
        try:
            matches = holder.judged(found, targets_of(match_rules()))
            if holder.strays(matches, found):
                absent = (*absent, "liveness.face_changed")
        finally:
            holder.wipe()
    return matches, absent


def _together(
    matches: tuple[Match, ...], reasons: list[str], absent: tuple[str, ...]
) -> tuple[Answer, list[Match]]:
    """What all say together, and the pairs that do not match; what could not be compared is no match."""
    from models.face.holder import together

    answer = together(matches)
    incomplete = bool(absent) or any(reason.startswith("match.no_face") for reason in reasons)
    if answer is Answer.MATCH and incomplete:
        answer = Answer.CANNOT_TELL
    return answer, [match for match in matches if match.decision is not Answer.MATCH]


def _kind(asked: str, document: Image) -> PhotoKind:
    if asked != "auto":
        return PhotoKind(asked)
    return PhotoKind.CHIP if max(document.shape[:2]) <= CHIP_SIDE_PX else PhotoKind.DOCUMENT


def _reasons(seen: dict[PhotoKind, Seen], looks: list[Seen]) -> list[str]:
    """Message keys of pictures without a face, and with several."""
    (_, document), *further = seen.values()
    found = {"document": document, "live": next((faces for _, faces in looks if faces), ())}
    missing = [f"picture.no_face.{side}" for side, faces in found.items() if not faces]
    kinds = list(seen)[1:]
    missing += [f"match.no_face.{kind}" for kind, (_, faces) in zip(kinds, further, strict=True) if not faces]
    several = {**found, "live": max((faces for _, faces in looks), key=len)}
    return missing + [f"picture.several_faces.{side}" for side, faces in several.items() if len(faces) > 1]


def _made_with(stack: FaceStack, began: float) -> dict[str, Any]:
    return {"model_pack": stack.pack, "elapsed_ms": round((time.monotonic() - began) * 1000, 1)}


def _tell(answer: dict[str, Any]) -> None:
    out.print(f"[bold]{explain('answer.' + answer['decision'])}[/bold]")
    for reason in answer["reasons"]:
        out.print(f"  {explain(reason)}")
    for line in answer["lines"]:
        out.print(f"  {line}", markup=False)
    if answer["score"] is not None:
        low, high = answer["interval"]
        out.print(
            f"  score {answer['score']:.3f}, accepted from {answer['threshold']:.3f}, "
            f"to a person from {answer['refer_threshold']:.3f}"
        )
        out.print(
            f"  false-match rate at this score {answer['false_match_rate']:.2g} "
            f"(95 % interval {low:.2g} to {high:.2g}; {answer['calibration']})"
        )
    out.print(f"  pack {answer['model_pack']}, {answer['elapsed_ms']:.0f} ms")
