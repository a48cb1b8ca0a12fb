"""Compares a document's face with the live one and says what the score means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.api import Embedding, Match
from models.calibration import Calibration, Centres, Modality, Scorer
from models.decide import Targets, decide
from models.face.centring import centred
from models.face.pairing import Pairing
from models.protect import wipe

if TYPE_CHECKING:
    from models.face.stack import FaceStack

METHOD = 2
"""Version of what is done beside the networks to score one picture against one: alignment, looks at a
document. Change it with them. What is taken from templates is no part of it: the calibration holds that."""
NETWORKS = ("detector", "recogniser")
"""Roles of the networks that a score depends on; the detector's points decide how a face is cut out."""


def scorer(stack: FaceStack) -> Scorer:
    """What computes the scores of `stack`, as calibrations name it."""
    networks = {role: stack.about[role] for role in NETWORKS}
    return Scorer(modality=Modality.FACE, engine=stack.pack, networks=networks, method=METHOD)


def judge(
    document: Embedding,
    live: Sequence[Embedding],
    calibration: Calibration,
    targets: Targets,
    *,
    elapsed_ms: float = 0.0,
) -> Match:
    """Compare the document's face with the live one, seen in one or more frames (`models.decide.decide`).

    Where the calibration is of two photos, `live` holds the other photo's template alone.
    """
    judged = decide(similarity(document, live, calibration.centres), calibration, targets)
    missed, pairing = judged.false_non_match, Pairing.of(calibration.sample)
    return Match(
        score=judged.score,
        threshold=judged.threshold,
        refer_threshold=judged.refer_threshold,
        decision=judged.answer,
        false_match_rate=judged.false_match.value,
        interval=judged.false_match.interval,
        model_pack=calibration.scorer.engine,
        calibration=judged.calibration,
        photo_kind=pairing.photo,
        other_kind=pairing.other,
        elapsed_ms=elapsed_ms,
        false_non_match_rate=missed.value if missed else None,
        false_non_match_interval=missed.interval if missed else None,
    )


def similarity(document: Embedding, live: Sequence[Embedding], centres: Centres | None = None) -> float:
    """Mean over the live frames of the cosine between templates, each centred and damped.

    Measured with three other pictures each of 239 people against chip photos of 1 KB (ArcFace, 910,112
    impostor comparisons), at the threshold where one picture has a false-match rate of 1e-3: mean 3.5e-4 and
    95.3 % of the genuine, median 5.0e-4 and 95.0 %, mean template 1.2e-3, best frame 2.4e-3. The mean keeps
    the promise of the calibration; that a few frames do not carry it is looked after elsewhere
    (`models.face.holder`, `terminal.looking`).
    """
    if not live:
        raise ValueError("no live template")
    damping = centres.damping if centres else None
    one = centred(document[None], centres.document if centres else None, damping)
    others = centred(live, centres.live if centres else None, damping)
    score = float(np.mean(others @ one[0]))
    wipe(one, others)
    return score
