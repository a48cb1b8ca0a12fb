"""The match step: chip photo against the live face, as a score that stands for an error rate."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from drivers.api import IdCard
from drivers.card.photo import Decoder, PhotoUnavailable, decode
from models.api import Answer, Embedding, Match, PhotoKind
from models.calibration import Centres
from models.decide import Targets
from models.face.compare import judge, scorer, similarity
from models.protect import wipe
from terminal.case.events import Compared, Ruled
from terminal.control import Control
from terminal.pictures import Pictures
from terminal.rules.pack import RulePack
from terminal.view import Image

if TYPE_CHECKING:
    from terminal.flow import Equipment

log = structlog.get_logger(__name__)


def decode_photo(card: IdCard, allow_simulated: bool, decoder: Decoder | None = None) -> Image | None:
    """The chip photo as a picture, or None when it cannot be had; the log says why."""
    photo = decode(card.photo, allow_simulated=allow_simulated, decoder=decoder)
    if isinstance(photo, PhotoUnavailable):
        log.warning("card.photo_unavailable", reason=photo.reason.value)
        return None
    return photo


def compare(equipment: Equipment, rules: RulePack, pictures: Pictures, control: Control) -> Compared | Ruled:
    """`Compared`, or `Ruled` when one side has no usable face. All templates are overwritten afterwards."""
    if pictures.chip_photo is None:
        return Ruled(at_ms=control.elapsed_ms(), findings=("card.photo_unavailable",))
    began = time.monotonic()
    faces = [(seen.frame.image, seen.observation.face) for seen in pictures.frames]
    live_faces = [(image, face) for image, face in faces if face is not None]
    with equipment.sight.stack() as stack:
        document_faces = stack.detect(pictures.chip_photo)
        if not document_faces:
            return Ruled(at_ms=control.elapsed_ms(), findings=("card.photo_no_face",))
        if not live_faces:
            return Ruled(at_ms=control.elapsed_ms(), findings=("face.not_usable",))
        calibration = equipment.calibrations.find(scorer(stack), PhotoKind.CHIP)
        document, live = stack.embed_together((pictures.chip_photo, document_faces[0]), live_faces)
    try:
        elapsed_ms = (time.monotonic() - began) * 1000
        match = judge(document, live, calibration, targets_of(rules), elapsed_ms=elapsed_ms)
        strays = shows_somebody_else(match, document, live, calibration.centres)
    finally:
        wipe(document, *live)
    if strays:
        return Ruled(at_ms=control.elapsed_ms(), findings=("liveness.face_changed",))
    return Compared(at_ms=control.elapsed_ms(), match=match)


def targets_of(rules: RulePack) -> Targets:
    """The error rates that `rules` ask of a comparison."""
    return Targets(rules.match.target_false_match_rate, rules.match.refer_false_match_rate)


def shows_somebody_else(
    match: Match, document: Embedding, live: list[Embedding], centres: Centres | None = None
) -> bool:
    """True when the frames would be accepted together, but one of them alone would be refused.

    The median of several frames must not let a minority of frames of another person pass unseen.
    """
    alone = (similarity(document, [each], centres) for each in live)
    return match.decision is Answer.MATCH and min(alone) < match.refer_threshold
