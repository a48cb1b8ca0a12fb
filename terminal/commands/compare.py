"""``renzheng compare``: is the person on the live photo the one on the document photo?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.api import Answer, Face, Image, Match, PhotoKind
from terminal.commands.context import explain, load_stack, read_picture, settings, telling
from terminal.commands.output import EX_CANNOT_TELL, EX_NO, EX_YES, json_option, out, print_json
from terminal.rules.today import match_rules

if TYPE_CHECKING:
    from models.face.stack import FaceStack

CHIP_SIDE_PX = 140
"""A document photo no larger than this is taken for a chip photo (102 × 126)."""
EXITS = {Answer.MATCH: EX_YES, Answer.NO_MATCH: EX_NO, Answer.CANNOT_TELL: EX_CANNOT_TELL}


@click.command("compare")
@click.argument("document_photo", type=click.Path(path_type=Path))
@click.argument("live_photo", type=click.Path(path_type=Path))
@click.option("--pack", help="Model pack instead of the one in the settings.")
@click.option(
    "--kind",
    type=click.Choice(["auto", *(kind.value for kind in PhotoKind)]),
    default="auto",
    show_default=True,
    help="What the document photo is; auto takes a very small one for a chip photo.",
)
@json_option
def command(document_photo: Path, live_photo: Path, pack: str | None, kind: str, as_json: bool) -> int:
    """Compare the face on DOCUMENT_PHOTO with the face on LIVE_PHOTO.

    Exit 0: match. 1: no match. 2: cannot tell.
    """
    document, live = read_picture(document_photo), read_picture(live_photo)
    stack = load_stack(settings(), pack)
    try:
        answer = _compare(stack, document, live, kind)
    finally:
        stack.close()
    if as_json:
        print_json(answer)
    else:
        _tell(answer)
    return EXITS[Answer(answer["decision"])]


def _compare(stack: FaceStack, document: Image, live: Image, kind: str) -> dict[str, Any]:
    began = time.monotonic()
    found = {"document": stack.detect(document), "live": stack.detect(live)}
    missing = [f"picture.no_face.{side}" for side, faces in found.items() if not faces]
    if missing:
        return _cannot(stack.pack, missing, began)
    match = _match(stack, document, live, found["document"][0], found["live"][0], _kind(kind, document))
    return {
        "score": round(match.score, 4),
        "threshold": round(match.threshold, 4),
        "refer_threshold": round(match.refer_threshold, 4),
        "decision": match.decision.value,
        "reasons": _warnings(found),
        "false_match_rate": match.false_match_rate,
        "interval": list(match.interval),
        "false_non_match_rate": match.false_non_match_rate,
        "model_pack": match.model_pack,
        "calibration": match.calibration,
        "photo_kind": match.photo_kind.value,
        "elapsed_ms": round((time.monotonic() - began) * 1000, 1),
    }


def _match(
    stack: FaceStack, document: Image, live: Image, document_face: Face, live_face: Face, kind: PhotoKind
) -> Match:
    from models.decide import Targets
    from models.face.compare import judge, scorer
    from terminal.calibrations import calibrations

    rules = match_rules()
    with telling():
        return judge(
            stack.embed_document(document, document_face),
            [stack.embed(live, live_face)],
            calibrations(settings()).find(scorer(stack), kind),
            Targets(rules.target_false_match_rate, rules.refer_false_match_rate),
        )


def _kind(asked: str, document: Image) -> PhotoKind:
    if asked != "auto":
        return PhotoKind(asked)
    return PhotoKind.CHIP if max(document.shape[:2]) <= CHIP_SIDE_PX else PhotoKind.DOCUMENT


def _warnings(found: dict[str, tuple[Face, ...]]) -> list[str]:
    return [f"picture.several_faces.{side}" for side, faces in found.items() if len(faces) > 1]


def _cannot(pack: str, reasons: list[str], began: float) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(("score", "threshold", "false_match_rate", "interval"))
    elapsed_ms = round((time.monotonic() - began) * 1000, 1)
    return {
        **nothing,
        "decision": Answer.CANNOT_TELL.value,
        "reasons": reasons,
        "model_pack": pack,
        "elapsed_ms": elapsed_ms,
    }


def _tell(answer: dict[str, Any]) -> None:
    out.print(f"[bold]{explain('answer.' + answer['decision'])}[/bold]")
    for reason in answer["reasons"]:
        out.print(f"  {explain(reason)}")
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
