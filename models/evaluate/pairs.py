"""Reads a list of picture pairs whose truth is known: a CSV with the columns enrolled, live, same_person.

Optional columns: `photo` says what the enrolled picture is (camera, document, chip, returned, portrait), and
after a plus what the live one is where it is another photo (chip+returned); `group` and `camera`
label the pair, so that rates can be given for each by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.api import PhotoKind
from models.face.pairing import Pairing

COLUMNS = ("enrolled", "live", "same_person")
LABELS = ("photo", "group", "camera")
LONGEST_LABEL = 64
TRUE = frozenset({"1", "true", "yes", "y", "same"})
FALSE = frozenset({"0", "false", "no", "n", "different"})


class PairsError(Exception):
    """A pairs file that cannot be used; `code` is a message key, `line` counts from 1 (0: the whole file).

    Codes: ``pairs.missing``, ``pairs.unreadable``, ``pairs.column_missing``, ``pairs.bad_line``,
    ``pairs.bad_value``, ``pairs.picture_missing``, ``pairs.one_sided``. The text says what to do.
    """

    def __init__(self, code: str, source: Path, line: int, remedy: str) -> None:
        place = f"{source}, line {line}" if line else str(source)
        super().__init__(f"{place}: {remedy}")
        self.code = code
        self.source = source
        self.line = line
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures and whether they show the same person."""

    enrolled: Path
    live: Path
    same_person: bool
    line: int
    photo: Pairing | None = None
    group: str = ""
    camera: str = ""


def read_pairs(source: Path) -> list[Pair]:
    """All pairs of the file; picture paths are relative to it. Raises PairsError for the first fault."""
    rows = _rows(source)
    if not rows:
        raise PairsError("pairs.column_missing", source, 1, f"the file is empty; {_wanted()}")
    header = [name.strip().lower() for name in rows[0][1]]
    absent = [name for name in COLUMNS if name not in header]
    if absent:
        raise PairsError("pairs.column_missing", source, 1, f"no column {', '.join(absent)}; {_wanted()}")
    places = {name: header.index(name) for name in (*COLUMNS, *LABELS) if name in header}
    pairs = [_pair(source, line, row, places) for line, row in rows[1:]]
    if not any(pair.same_person for pair in pairs) or all(pair.same_person for pair in pairs):
        raise PairsError(
            "pairs.one_sided",
            source,
            0,
            "error rates need pairs of the same person and pairs of different people",
        )
    return pairs


def _rows(source: Path) -> list[tuple[int, list[str]]]:
    """Numbered rows that are not empty."""
    try:
        with source.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except FileNotFoundError as error:
        raise PairsError("pairs.missing", source, 0, "there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PairsError(
            "pairs.unreadable", source, 0, "not a readable UTF-8 text file; save it as CSV UTF-8"
        ) from error
    except csv.Error as error:
        raise PairsError("pairs.unreadable", source, 0, f"not a CSV file ({error})") from error


def people_among(pairs: Sequence[Pair]) -> int:
    """How many people the pairs show at most: pictures that a pair says show the same person count as one."""
    first = _first_pictures(pairs)
    return len({first(picture) for pair in pairs for picture in (pair.enrolled, pair.live)})


def whose(pairs: Sequence[Pair]) -> npt.NDArray[np.int_]:
    """A number for the person enrolled in each pair, the same for the same person."""
    first = _first_pictures(pairs)
    numbers: dict[Path, int] = {}
    return np.array([numbers.setdefault(first(pair.enrolled), len(numbers)) for pair in pairs], int)


def _first_pictures(pairs: Sequence[Pair]) -> Callable[[Path], Path]:
    """What leads from a picture to the one that stands for its person."""
    above: dict[Path, Path] = {}

    def first(picture: Path) -> Path:
        while above.setdefault(picture, picture) != picture:
            above[picture] = picture = above[above[picture]]
        return picture

    for pair in pairs:
        enrolled, live = first(pair.enrolled), first(pair.live)
        if pair.same_person:
            above[enrolled] = live
    return first


def _pair(source: Path, line: int, row: list[str], places: dict[str, int]) -> Pair:
    """One row as a pair."""
    if len(row) <= max(places.values()):
        raise PairsError("pairs.bad_line", source, line, f"only {len(row)} values; {_wanted()}")
    value = {name: row[place].strip() for name, place in places.items()}
    same = value["same_person"]
    if same.lower() not in TRUE | FALSE:
        raise PairsError("pairs.bad_value", source, line, f"same_person is {same!r}; write 1 or 0")
    return Pair(
        _picture(source, line, value["enrolled"]),
        _picture(source, line, value["live"]),
        same.lower() in TRUE,
        line,
        _photo(source, line, value.get("photo", "")),
        *(_label(source, line, name, value.get(name, "")) for name in ("group", "camera")),
    )


def _photo(source: Path, line: int, value: str) -> Pairing | None:
    """What the pictures are; None where nothing is said."""
    try:
        return Pairing.of(value.lower()) if value else None
    except ValueError as error:
        known = ", ".join(PhotoKind)
        remedy = f"photo is {value!r}; write {known}, two of them with a plus, or nothing"
        raise PairsError("pairs.bad_value", source, line, remedy) from error


def _label(source: Path, line: int, name: str, value: str) -> str:
    """A label of the pair."""
    if len(value) > LONGEST_LABEL:
        raise PairsError(
            "pairs.bad_value",
            source,
            line,
            f"{name} is longer than {LONGEST_LABEL} letters; shorten it",
        )
    return value


def _picture(source: Path, line: int, name: str) -> Path:
    """The picture `name`, which must exist."""
    path = source.parent / name
    if not name or not path.is_file():
        raise PairsError(
            "pairs.picture_missing",
            source,
            line,
            f"no picture {name!r}; paths are relative to the CSV's folder",
        )
    return path


def _wanted() -> str:
    """What a good file looks like."""
    return f"the first line must be {','.join(COLUMNS)}"
