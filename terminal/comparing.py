"""The match step: the holder's photos against the live face and one another, as scores that stand for error
rates."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import structlog

from drivers.api import IdCard
from drivers.card.photo import Decoder, PhotoUnavailable, decode
from models.api import Embedding, Face, ModelError, PhotoKind
from models.calibration import Calibration, Scorer
from models.decide import Targets
from models.face.compare import scorer
from models.face.holder import Holder
from models.face.pairing import Pairing, pairings
from models.protect import wipe
from terminal.calibrations import Calibrations
from terminal.control import Control
from terminal.holder.events import Compared, Ruled
from terminal.pictures import Pictures
from terminal.rules.pack import RulePack
from terminal.rules.sections import MatchRules
from terminal.view import Image

if TYPE_CHECKING:
    from models.face.stack import FaceStack
    from terminal.flow import Equipment

log = structlog.get_logger(__name__)


def decode_photo(card: IdCard, allow_simulated: bool, decoder: Decoder | None = None) -> Image | None:
    """The chip photo as a picture, or None when it cannot be had; the log says why."""
    photo = decode(card.photo, allow_simulated=allow_simulated, decoder=decoder)
    if isinstance(photo, PhotoUnavailable):
        log.warning("card.photo_unavailable", reason=photo.reason.value)
        return None
    return photo


def compare(
    equipment: Equipment, rules: RulePack, pictures: Pictures, live: Sequence[Embedding], control: Control
) -> Compared | Ruled:
    """`Compared`, or `Ruled` when chip photo or live face cannot be used. All templates, those of the `live`
    face as well, are overwritten then.

    Every photo of the holder is compared with the live face and with every other photo. What cannot be
    compared beside the chip photo becomes a finding, and the rest is compared all the same.
    """
    if pictures.chip_photo is None:
        wipe(*live)
        return Ruled(at_ms=control.elapsed_ms(), findings=("card.photo_unavailable",))
    began, holder = time.monotonic(), Holder({}, live)
    try:
        with equipment.sight.stack() as stack:
            photos = _faces(stack, pictures)
            if cause := _unusable(photos, live):
                return Ruled(at_ms=control.elapsed_ms(), findings=(cause,))
            found, absent = calibrations_for(photos, equipment.calibrations, scorer(stack))
            holder = _with_photos(stack, photos, live)
        elapsed_ms = (time.monotonic() - began) * 1000
        matches = holder.judged(found, targets_of(rules.match), elapsed_ms=elapsed_ms)
        strays = holder.strays(matches, found)
    finally:
        holder.wipe()
    if strays:
        return Ruled(at_ms=control.elapsed_ms(), findings=("liveness.face_changed",))
    faceless = tuple(f"match.no_face.{kind}" for kind in pictures.photos if kind not in photos)
    return Compared(at_ms=control.elapsed_ms(), matches=matches, findings=(*faceless, *absent))


def calibrations_for(
    photos: Iterable[PhotoKind], book: Calibrations, scores: Scorer
) -> tuple[dict[Pairing, Calibration], tuple[str, ...]]:
    """The calibration of every pairing of `photos`, the first photo's with the live face first; and why some
    have none. Raises ModelError where that first pairing has none."""
    found: dict[Pairing, Calibration] = {}
    absent: list[str] = []
    for pairing in pairings(photos):
        try:
            found[pairing] = book.find(scores, pairing.sample)
        except ModelError as error:
            if not found:
                raise
            absent.append(error.code)
    return found, tuple(dict.fromkeys(absent))


def targets_of(rules: MatchRules) -> Targets:
    """The error rates that `rules` ask of a comparison."""
    return Targets(rules.target_false_match_rate, rules.refer_false_match_rate)


def _unusable(photos: Collection[PhotoKind], live: Sequence[Embedding]) -> str:
    """Why there is nothing to compare; empty where there is."""
    if PhotoKind.CHIP not in photos:
        return "card.photo_no_face"
    return "" if live else "face.not_usable"


def _with_photos(
    stack: FaceStack, photos: dict[PhotoKind, tuple[Image, Face]], live: Sequence[Embedding]
) -> Holder:
    """The `live` face beside the templates of the photos."""
    of_photos, _ = stack.embed_together(list(photos.values()), ())
    return Holder(dict(zip(photos, of_photos, strict=True)), live)


def _faces(stack: FaceStack, pictures: Pictures) -> dict[PhotoKind, tuple[Image, Face]]:
    """The photos that show a face, with the largest one on each."""
    seen = {kind: (image, stack.detect(image)) for kind, image in pictures.photos.items()}
    return {kind: (image, faces[0]) for kind, (image, faces) in seen.items() if faces}
