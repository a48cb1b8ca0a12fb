"""Measures what scores mean: builds the calibration of a model pack from pictures whose truth is known.

From a folder (one sub-folder a person: everybody against everybody) or from a list of pairs. A bank does this
on its own customers' pictures, and again whenever the recogniser changes: ``renzheng calibrate face``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from models.api import Embedding, PhotoKind
from models.calibration import AcceptFloor, Centres
from models.evaluate.face import CHIP_SIZES, score_pairs
from models.evaluate.metrics import Scores
from models.evaluate.pairs import Pair, people_among
from models.evaluate.templates import LIVE, Side, Templates
from models.face.compare import centred, centres_of
from models.measurement import Measurement, Part

Chosen = npt.NDArray[np.bool_]
BY: Final[tuple[Literal["group"], Literal["camera"]]] = ("group", "camera")
"""Labels of pairs by which rates are given apart."""

MOST_EACH = 10
"""Pictures used of one person, so that a few people do not make up the whole table."""
PICTURES = ("*.jpg", "*.jpeg", "*.png")

_ASIAN = (
    "thresholds measured on LFW are unsafe for East Asian customers: at a fixed threshold the false-match "
    "rate rises 10 to 100 times there"
)
FLOORS = {
    "open": AcceptFloor(
        score=0.45,
        source=f"SFace: {_ASIAN} (at 0.50 it is 7e-5 where LFW gives 2e-6); lower it only after "
        "calibrating on the bank's own customers",
    ),
    "insightface": AcceptFloor(
        score=0.40,
        source=f"w600k_mbf: {_ASIAN} (at 0.40 it is at most 1e-4); lower it only after calibrating on "
        "the bank's own customers",
    ),
}
"""Least thresholds of the packs that ship; any other pack must be given its own."""
CENTRED_FLOORS = {
    "open": AcceptFloor(
        score=0.42,
        source=f"SFace, centred templates: {_ASIAN}; 0.45 without centring has its false-match rate at 0.397 "
        "with it (chip photos of 1 KB), and people of East Asian names were taken for one another about "
        "three times as often after centring as before: 0.42 halves the rate again; lower it only after "
        "calibrating on the bank's own customers",
    )
}
"""The same where templates are centred, which moves SFace's scores down and hardly ArcFace's."""


def floor_of(pack: str, kind: PhotoKind) -> AcceptFloor:
    """The least threshold of a pack that ships; KeyError for another."""
    return FLOORS[pack] if kind is PhotoKind.CAMERA else CENTRED_FLOORS.get(pack, FLOORS[pack])


def measure_folder(
    folder: Path,
    templates: Templates,
    kind: PhotoKind,
    *,
    made: bool = True,
    most_each: int = MOST_EACH,
    most_people: int | None = None,
    otherwise: Centres | None = None,
) -> Measurement:
    """Everybody against everybody: `folder` has one sub-folder a person.

    With `made` the document photos are made from the pictures; otherwise every picture is taken for one. A
    picture is never compared with itself, nor with its own chip photo. Centres are measured along, or
    `otherwise` when the people are too few. Raises ValueError when there are fewer than two people.
    """
    people = _people(folder, most_each, most_people)
    if len(people) < 2:
        raise ValueError(f"{folder} needs at least two sub-folders with pictures, one a person")
    files = [(who, file) for who, (_, found) in enumerate(sorted(people.items())) for file in found]
    sides = [_side(kind, index, made) for index in range(len(files))]
    for side in dict.fromkeys(sides):
        templates.make(
            kind.value, (file for (_, file), own in zip(files, sides, strict=True) if own == side), side
        )
    templates.make("live", (file for _, file in files), LIVE)
    made_of = [templates.get(file, side) for (_, file), side in zip(files, sides, strict=True)]
    lives = [templates.get(file, LIVE) for _, file in files]
    centres = _centres(kind, made_of, lives, len(people), otherwise)
    who = np.array([person for person, _ in files])
    return _all_against_all(who, made_of, lives, centres, symmetric=kind is PhotoKind.CAMERA)


def measure_pairs(
    pairs: Sequence[Pair],
    templates: Templates,
    kind: PhotoKind,
    *,
    made: bool = False,
    otherwise: Centres | None = None,
) -> Measurement:
    """The `pairs` (see `models.evaluate.pairs`), whose enrolled pictures are photos of `kind` already.

    With `made` they are portraits from which such photos are made; chip photos in the card's 1024 bytes.
    Centres are measured along, or `otherwise` when the people are too few.
    """
    side = _side(kind, 0, made)
    templates.make(kind.value, (pair.enrolled for pair in pairs), side)
    templates.make("live", (pair.live for pair in pairs), LIVE)
    documents = [templates.get(file, side) for file in dict.fromkeys(pair.enrolled for pair in pairs)]
    lives = [templates.get(file, LIVE) for file in dict.fromkeys(pair.live for pair in pairs)]
    centres = _centres(kind, documents, lives, people_among(pairs), otherwise)
    scores = score_pairs(pairs, side, templates, centres)
    compared = np.isfinite(scores)
    failed = len(templates.failures(side) | templates.failures(LIVE))
    genuine, impostor, people = _split(pairs, scores, compared)
    parts = tuple(_parts(pairs, scores, compared))
    return Measurement(genuine, impostor, people, failed, parts, centres)


def by_kind(pairs: Sequence[Pair], otherwise: PhotoKind) -> dict[PhotoKind, list[Pair]]:
    """The pairs of each kind of photo; those without the label are photos of `otherwise`."""
    kinds: dict[PhotoKind, list[Pair]] = {}
    for pair in pairs:
        kinds.setdefault(pair.photo or otherwise, []).append(pair)
    return kinds


MADE = {
    PhotoKind.DOCUMENT: "document photos made by scaling to 102 × 126, without printing and scanning",
    PhotoKind.CHIP: "chip photos made at 102 × 126 before a white wall, JPEG 2000 of 1024, 1536, 2048 bytes",
}
"""How photos are made that are not taken from a real document."""


def _parts(pairs: Sequence[Pair], scores: Scores, compared: Chosen) -> Iterator[Part]:
    """The labelled parts of the pairs, each by itself."""
    for by in BY:
        labels = np.array([getattr(pair, by) for pair in pairs])
        for label in sorted(set(labels) - {""}):
            genuine, impostor, people = _split(pairs, scores, compared & (labels == label))
            yield Part(by, str(label), genuine, impostor, people)


def _split(pairs: Sequence[Pair], scores: Scores, chosen: Chosen) -> tuple[Scores, Scores, int]:
    """Genuine and impostor scores of the pairs chosen, and how many people they show."""
    same = np.array([pair.same_person for pair in pairs], bool)
    people = people_among([pair for pair, taken in zip(pairs, chosen, strict=True) if taken])
    return scores[same & chosen], scores[~same & chosen], people


def _people(folder: Path, most_each: int, most_people: int | None) -> dict[str, list[Path]]:
    """Pictures by person; of too many people, those with most pictures, then by name."""
    people: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            found = sorted(file for pattern in PICTURES for file in entry.glob(pattern))
            if found:
                people[entry.name] = found[:most_each]
    chosen = sorted(people.items(), key=lambda item: (-len(item[1]), item[0]))[:most_people]
    return dict(sorted(chosen))


def _side(kind: PhotoKind, index: int, made: bool) -> Side:
    """How picture `index` becomes a photo of `kind`; chip photos take turns with the codec's sizes."""
    if kind is PhotoKind.CAMERA or not made:
        return Side(kind)
    codec_bytes = CHIP_SIZES[index % len(CHIP_SIZES)] if kind is PhotoKind.CHIP else None
    return Side(kind, made=True, codec_bytes=codec_bytes)


def _all_against_all(
    who: npt.NDArray[np.int_],
    documents: Sequence[Embedding | None],
    lives: Sequence[Embedding | None],
    centres: Centres | None,
    *,
    symmetric: bool,
) -> Measurement:
    """Scores of every document against every other picture; each pair once when both sides are alike."""
    row, left = _there(documents)
    column, right = _there(lives)
    left = centred(left, centres.document if centres else None)
    scores = left @ centred(right, centres.live if centres else None).T
    same = who[row][:, None] == who[column][None, :]
    apart: Chosen = row[:, None] < column[None, :] if symmetric else row[:, None] != column[None, :]
    failed = len(who) - len(set(row) & set(column))
    people = len(set(who[row]))
    return Measurement(scores[same & apart], scores[~same & apart], people, failed, centres=centres)


def _there(templates: Sequence[Embedding | None]) -> tuple[npt.NDArray[np.int_], Scores]:
    """Places and values of the templates that could be made."""
    there = [(index, each) for index, each in enumerate(templates) if each is not None]
    if not there:
        raise ValueError("no picture shows a usable face")
    return np.array([index for index, _ in there]), np.stack([each for _, each in there]).astype(np.float64)


def _centres(
    kind: PhotoKind,
    documents: Sequence[Embedding | None],
    lives: Sequence[Embedding | None],
    people: int,
    otherwise: Centres | None,
) -> Centres | None:
    """Centres of the two sides; none for two camera pictures, whose sides are alike."""
    if kind is PhotoKind.CAMERA:
        return None
    return centres_of(_there(documents)[1], _there(lives)[1], people) or otherwise
