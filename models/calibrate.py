"""Measures what scores mean: builds the calibration of a model pack from pictures whose truth is known.

``python -m models.calibrate folder PEOPLE`` compares everybody with everybody (one sub-folder a person);
``python -m models.calibrate pairs PAIRS.csv`` takes a list of pairs. A bank runs this on its own customers'
pictures, and again whenever the recogniser changes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.api import ModelError, PhotoKind
from models.calibration import AcceptFloor, Calibration, Modality
from models.calibration_files import file_name
from models.evaluate.face import CHIP_SIZES, score_pairs
from models.evaluate.pairs import PairsError, read_pairs
from models.evaluate.templates import LIVE, Side, Templates
from models.face.compare import scorer
from models.face.stack import load
from models.measurement import Measurement, calibrated

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


def measure_folder(
    folder: Path,
    templates: Templates,
    kind: PhotoKind,
    *,
    made: bool = True,
    most_each: int = MOST_EACH,
    most_people: int | None = None,
) -> Measurement:
    """Everybody against everybody: `folder` has one sub-folder a person.

    With `made` the document photos are made from the pictures; otherwise every picture is taken for one. A
    picture is never compared with itself, nor with its own chip photo. Raises ValueError when there are
    fewer than two people.
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
    return _all_against_all(files, sides, templates, symmetric=kind is PhotoKind.CAMERA)


def measure_pairs(
    pairs_csv: Path, templates: Templates, kind: PhotoKind, *, made: bool = False
) -> Measurement:
    """The pairs of a CSV (see `models.evaluate.pairs`), whose enrolled pictures are photos of `kind` already.

    With `made` they are portraits from which such photos are made; chip photos in the card's 1024 bytes.
    """
    pairs = read_pairs(pairs_csv)
    side = _side(kind, 0, made)
    templates.make(kind.value, (pair.enrolled for pair in pairs), side)
    templates.make("live", (pair.live for pair in pairs), LIVE)
    scores = score_pairs(pairs, side, templates)
    same = np.array([pair.same_person for pair in pairs])
    compared = np.isfinite(scores)
    failed = len(templates.failures(side) | templates.failures(LIVE))
    return Measurement(scores[same & compared], scores[~same & compared], None, failed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says and write the files; 0, or 69 with one line of cause and remedy."""
    asked = _parser().parse_args(arguments)
    try:
        floor = _floor(asked)
        templates = Templates(load(asked.pack, asked.networks), jobs=asked.jobs, progress=_show)
        for kind in map(PhotoKind, asked.kind):
            made = _measured(asked, templates, kind, floor)
            target = asked.out / file_name(Modality.FACE, asked.pack, kind)
            target.write_text(made.model_dump_json(indent=1, by_alias=True) + "\n", encoding="utf-8")
            sys.stdout.write(f"\n{target.name}: {made.name}\n")
    except (ModelError, PairsError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    return 0


MADE = {
    PhotoKind.DOCUMENT: "document photos made by scaling to 102 × 126, without printing and scanning",
    PhotoKind.CHIP: "chip photos made at 102 × 126 before a white wall, JPEG 2000 of 1024, 1536, 2048 bytes",
}
"""How photos are made that are not taken from a real document."""

UNAVAILABLE = 69
"""EX_UNAVAILABLE of sysexits.h."""


def _measured(
    asked: argparse.Namespace, templates: Templates, kind: PhotoKind, floor: AcceptFloor
) -> Calibration:
    """One kind of photo measured as the command line says."""
    how = f"; {MADE[kind]}" if asked.make and kind in MADE else ""
    if asked.what == "pairs":
        measured = measure_pairs(asked.source, templates, kind, made=asked.make)
    else:
        limits = {"most_each": asked.most_each, "most_people": asked.most_people}
        measured = measure_folder(asked.source, templates, kind, made=asked.make, **limits)
    return calibrated(
        measured,
        scorer(templates.stack),
        kind,
        description=asked.description + how,
        measured_on=asked.date or datetime.now(UTC).date(),
        floor=floor,
    )


def _parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m models.calibrate", description=__doc__)
    parser.add_argument("what", choices=("folder", "pairs"))
    parser.add_argument("source", type=Path, help="folder with one sub-folder a person, or a pairs CSV")
    parser.add_argument("--pack", default="open")
    parser.add_argument("--kind", nargs="+", choices=[kind.value for kind in PhotoKind], required=True)
    parser.add_argument("--networks", type=Path, required=True, help="folder of the networks")
    parser.add_argument("--description", required=True, help="what data, and what it does not stand for")
    parser.add_argument(
        "--make", action="store_true", help="make document and chip photos from the (enrolled) portraits"
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the calibration files")
    parser.add_argument(
        "--most-each", type=int, default=MOST_EACH, help="pictures used of one person (folder)"
    )
    parser.add_argument("--most-people", type=int, help="people used (folder; default: all)")
    parser.add_argument("--date", type=date.fromisoformat, help="day of the measurement (default: today)")
    parser.add_argument("--jobs", type=int, default=1, help="threads")
    parser.add_argument("--floor", type=float, help="least threshold that may accept")
    parser.add_argument("--floor-source", help="why")
    return parser


def _floor(asked: argparse.Namespace) -> AcceptFloor:
    """The accept floor given, or the pack's own."""
    if asked.floor is not None:
        if not asked.floor_source:
            raise ValueError("--floor needs --floor-source: say on what data it rests")
        return AcceptFloor(score=asked.floor, source=asked.floor_source)
    if asked.pack not in FLOORS:
        raise ValueError(f"pack {asked.pack} has no accept floor yet: give --floor and --floor-source")
    return FLOORS[asked.pack]


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
    files: Sequence[tuple[int, Path]], sides: Sequence[Side], templates: Templates, *, symmetric: bool
) -> Measurement:
    """Scores of every document against every other picture; each pair once when both sides are alike."""
    documents = [templates.get(file, side) for (_, file), side in zip(files, sides, strict=True)]
    lives = [templates.get(file, LIVE) for _, file in files]
    rows = [index for index, document in enumerate(documents) if document is not None]
    columns = [index for index, live in enumerate(lives) if live is not None]
    left = np.stack([document for document in documents if document is not None]).astype(np.float64)
    right = np.stack([live for live in lives if live is not None]).astype(np.float64)
    scores = left @ right.T
    who = np.array([person for person, _ in files])
    row, column = np.array(rows), np.array(columns)
    same = who[row][:, None] == who[column][None, :]
    apart: npt.NDArray[np.bool_] = (
        row[:, None] < column[None, :] if symmetric else row[:, None] != column[None, :]
    )
    failed = len({index for index in range(len(files)) if documents[index] is None or lives[index] is None})
    return Measurement(scores[same & apart], scores[~same & apart], len(set(who[row])), failed)


def _show(stage: str, done: int, of: int) -> None:
    """One moving line."""
    if done == of or done % 50 == 0:
        sys.stdout.write(f"\r{stage}: {done} of {of}  ")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
