"""Compares a document's face with the live one and says what the score means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.api import Embedding, Match
from models.calibration import LEAST_PEOPLE, Calibration, Centres, Modality, Scorer
from models.decide import Targets, decide
from models.face.pairing import Pairing
from models.protect import wipe

if TYPE_CHECKING:
    from models.face.stack import FaceStack

Templates = npt.NDArray[np.float64]
"""n × length."""

METHOD = 2
"""Version of what is done beside the networks: alignment, looks at a document, centring, median. Change it
with them."""
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
    """Median over the live frames of the cosine between templates, each less its side's centre.

    The median keeps the promise of the calibration, and no single frame can carry it. Measured with three
    other pictures of 239 people at a threshold where one picture has a false-match rate of 7.2e-4 (ArcFace,
    522,215 impostor comparisons): median 3.6e-4, mean template 1.1e-3, best frame 1.8e-3.
    """
    if not live:
        raise ValueError("no live template")
    one = centred(document[None], centres.document if centres else None)
    others = centred(live, centres.live if centres else None)
    score = float(np.median(others @ one[0]))
    wipe(one, others)
    return score


def centred(templates: npt.ArrayLike, centre: Sequence[float] | None) -> Templates:
    """A copy of templates (n × length) less `centre`, brought to length one again.

    ValueError for a centre of another length.
    """
    wide: Templates = np.array(templates, np.float64)
    if centre is not None:
        wide -= np.asarray(centre, np.float64)
        wide /= np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return wide


def centres_of(documents: npt.ArrayLike, live: npt.ArrayLike, people: int) -> Centres | None:
    """The centres of templates (n × length), to five places; None of too few people."""
    if people < LEAST_PEOPLE:
        return None
    means = [
        tuple(round(float(value), 5) for value in np.asarray(side, np.float64).mean(axis=0))
        for side in (documents, live)
    ]
    return Centres(document=means[0], live=means[1], people=people)
