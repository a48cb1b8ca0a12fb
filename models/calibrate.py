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
from models.evaluate.face import score_pairs
from models.evaluate.metrics import Scores
from models.evaluate.pairs import Pair, people_among, whose
from models.evaluate.templates import LIVE, Side, Templates
from models.face.centring import centred, centres_of, directions
from models.face.pairing import Pairing
from models.measurement import Measurement, Part

Chosen = npt.NDArray[np.bool_]
Genuine = tuple[Sequence[Embedding | None], Sequence[Embedding | None], npt.NDArray[np.int_]]
"""Templates of the same people side by side, and whose they are."""
BY: Final[tuple[Literal["group"], Literal["camera"]]] = ("group", "camera")
"""Labels of pairs by which rates are given apart."""

MOST_EACH = 10
"""Pictures used of one person, so that a few people do not make up the whole table."""
CARD_BYTES = 1024
"""What a resident's card holds of its photo."""
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


def floor_of(pack: str, pairing: Pairing) -> AcceptFloor:
    """The least threshold of a pack that ships; KeyError for another."""
    return FLOORS[pack] if pairing.photo is pairing.other else CENTRED_FLOORS.get(pack, FLOORS[pack])


def measure_folder(
    folder: Path,
    templates: Templates,
    pairing: Pairing,
    *,
    made: bool = True,
    most_each: int = MOST_EACH,
    most_people: int | None = None,
    otherwise: Centres | None = None,
) -> Measurement:
    """Everybody against everybody: `folder` has one sub-folder a person.

    With `made` the photos are made from the pictures; otherwise every picture is taken for one. A picture is
    never compared with itself, nor with a photo made of it. Centres are measured along, or
    `otherwise` when the people are too few. Raises ValueError when there are fewer than two people.
    """
    people = _people(folder, most_each, most_people)
    if len(people) < 2:
        raise ValueError(f"{folder} needs at least two sub-folders with pictures, one a person")
    files = [(who, file) for who, (_, found) in enumerate(sorted(people.items())) for file in found]
    first, second = (
        _of_files([file for _, file in files], templates, kind, made)
        for kind in (pairing.photo, pairing.other)
    )
    who = np.array([person for person, _ in files])
    row, column = _same_people(who, first, second)
    beside = [first[each] for each in row], [second[each] for each in column], who[row]
    centres = _centres(pairing, first, second, len(people), beside, otherwise)
    return _all_against_all(who, first, second, centres, symmetric=pairing.photo is pairing.other)


def measure_pairs(
    pairs: Sequence[Pair],
    templates: Templates,
    pairing: Pairing,
    *,
    made: bool = False,
    otherwise: Centres | None = None,
) -> Measurement:
    """The `pairs` (see `models.evaluate.pairs`), whose pictures are of the kinds of `pairing` already.

    With `made` they are portraits from which such photos are made. A pair that is listed twice counts once.
    Centres are measured along, or `otherwise` when the people are too few.
    """
    pairs = list({(pair.enrolled, pair.live, pair.same_person): pair for pair in pairs}.values())
    side, other = (_side(kind, made) for kind in (pairing.photo, pairing.other))
    templates.make(pairing.photo.value, (pair.enrolled for pair in pairs), side)
    templates.make(pairing.other.value, (pair.live for pair in pairs), other)
    documents = [templates.get(file, side) for file in dict.fromkeys(pair.enrolled for pair in pairs)]
    lives = [templates.get(file, other) for file in dict.fromkeys(pair.live for pair in pairs)]
    same = [pair for pair in pairs if pair.same_person]
    beside = (
        [templates.get(pair.enrolled, side) for pair in same],
        [templates.get(pair.live, other) for pair in same],
        whose(same),
    )
    centres = _centres(pairing, documents, lives, people_among(pairs), beside, otherwise)
    scores = score_pairs(pairs, side, templates, centres, other)
    compared = np.isfinite(scores)
    failed = len(templates.failures(side) | templates.failures(other))
    genuine, impostor, people = _split(pairs, scores, compared)
    parts = tuple(_parts(pairs, scores, compared))
    return Measurement(genuine, impostor, people, failed, parts, centres)


def by_pairing(pairs: Sequence[Pair], otherwise: Pairing) -> dict[Pairing, list[Pair]]:
    """The pairs of each kind of photo; those without the label are of `otherwise`."""
    kinds: dict[Pairing, list[Pair]] = {}
    for pair in pairs:
        kinds.setdefault(pair.photo or otherwise, []).append(pair)
    return kinds


MADE = {
    PhotoKind.DOCUMENT: "document photos made by scaling to 102 × 126, without printing and scanning",
    PhotoKind.CHIP: "chip photos made at 102 × 126 before a white wall, JPEG 2000 of 1024 bytes",
    PhotoKind.RETURNED: "returned photos made at 178 × 220 before a white wall, JPEG of quality 60",
    PhotoKind.PORTRAIT: "portraits made at 178 × 220 before a white wall, JPEG 2000 of 12,000 bytes",
}
"""How photos are made that are not taken from a real document."""


def made_in_words(pairing: Pairing) -> str:
    """How the photos of a pairing are made; empty where both are pictures as they are."""
    return "; ".join(MADE[kind] for kind in (pairing.photo, pairing.other) if kind in MADE)


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


def _of_files(
    files: Sequence[Path], templates: Templates, kind: PhotoKind, made: bool
) -> list[Embedding | None]:
    """The template of each file as a photo of `kind`."""
    side = _side(kind, made)
    templates.make(kind.value, files, side)
    return [templates.get(file, side) for file in files]


def _side(kind: PhotoKind, made: bool) -> Side:
    """How a picture becomes a photo of `kind`; chip photos get what the card holds."""
    if kind is PhotoKind.CAMERA:
        return LIVE
    return Side(kind, made=made, codec_bytes=CARD_BYTES if made and kind is PhotoKind.CHIP else None)


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
    damping = centres.damping if centres else None
    left = centred(left, centres.document if centres else None, damping)
    scores = left @ centred(right, centres.live if centres else None, damping).T
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


def _same_people(
    who: npt.NDArray[np.int_], first: Sequence[Embedding | None], second: Sequence[Embedding | None]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Places of one person's pictures on the two sides; a picture is not set beside itself."""
    there = np.array([each is not None for each in first])[:, None] & [each is not None for each in second]
    apart = ~np.eye(len(who), dtype=bool)
    rows, columns = np.nonzero((who[:, None] == who[None, :]) & there & apart)
    return rows, columns


def _centres(
    pairing: Pairing,
    documents: Sequence[Embedding | None],
    lives: Sequence[Embedding | None],
    people: int,
    genuine: Genuine,
    otherwise: Centres | None,
) -> Centres | None:
    """What is taken from the two sides; nothing from two camera pictures, whose sides are alike."""
    if pairing.photo is pairing.other:
        return None
    one, other, who = genuine
    sides = enumerate(zip(one, other, strict=True))
    both = [place for place, (x, y) in sides if x is not None and y is not None]
    damped: tuple[tuple[float, ...], ...] = ()
    if both:
        damped = directions(_stacked(one, both), _stacked(other, both), who[both])
    return centres_of(_there(documents)[1], _there(lives)[1], people, damped) or otherwise


def _stacked(templates: Sequence[Embedding | None], places: Sequence[int]) -> Scores:
    return np.stack([each for each in (templates[place] for place in places) if each is not None]).astype(
        np.float64
    )
