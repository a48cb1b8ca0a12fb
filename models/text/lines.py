"""Reads one straightened line with the recognition network of RapidOCR: a zone's, a number, or any text.

The network knows 18 000 signs. Of a machine-readable zone only its 37 are listened to, and for each place it
also tells the best letter and the best digit, so that whoever knows the layout can ask for the one that may
stand there. Of a number only digits are, and signs that look like one count for it.
The file comes with the rapidocr package and is loaded only when it is the one listed here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image, ModelError
from models.engine import OnnxEngine, Threading

NETWORK = "PP-OCRv6_rec_small.onnx"
NETWORK_SHA256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
"""Apache-2.0, PaddleOCR through RapidOCR; reads lines of print."""
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
HEIGHT = 48
"""Pixels of the network's input."""
LONGEST = 2200
"""Wider lines are narrowed: no zone needs more."""
_DIGITS = slice(0, 10)
_LETTERS = slice(10, 37)
_BLANK = 0

LOOKALIKES = {
    "0": "OoDQ〇○",
    "1": "Il|i!",
    "2": "Zz",
    "4": "A",
    "5": "Ss",
    "6": "bG",
    "7": "T",
    "8": "B",
    "9": "gq",
}
"""Signs that stand for a digit where nothing but digits is printed."""

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What stands in a line. The three texts have the same length. `repr` shows nothing of them."""

    text: str = field(repr=False)
    letters: str = field(repr=False)
    """The best letter or filler at each place."""
    digits: str = field(repr=False)
    """The best digit at each place."""
    sure: tuple[float, ...] = field(repr=False)
    """Probability of each sign, 0-1."""

    @property
    def confidence(self) -> float:
        """Mean probability of the signs."""
        return sum(self.sure) / len(self.sure) if self.sure else 0.0


@dataclass(frozen=True, slots=True)
class ReadText:
    """Any text in a line. `repr` shows nothing of it."""

    text: str = field(repr=False)
    sure: tuple[float, ...] = field(repr=False)
    """Probability of each sign, 0-1."""
    places: tuple[float, ...] = field(repr=False)
    """Middle of each sign, as a share of the line's length."""


@dataclass(frozen=True, slots=True)
class ReadDigits:
    """The digits of a line, in arrays that can be overwritten. `repr` shows nothing of them."""

    digits: npt.NDArray[np.uint8] = field(repr=False)
    """0-9."""
    sure: Probabilities = field(repr=False)
    """Probability of each digit, 0-1, signs that look like it counted in."""
    places: Probabilities = field(repr=False)
    """Middle of each digit, as a share of the line's length."""

    def wipe(self) -> None:
        """Overwrite what was read."""
        self.digits[:] = 0
        self.sure[:] = 0


NOTHING = ReadLine("", "", "", ())
NO_TEXT = ReadText("", (), ())


class LineReader:
    """The network, ready to read. Used from one lane at a time."""

    def __init__(self, threads: int = 1) -> None:
        """Load it. `ModelError` ``model.missing`` or ``model.altered`` when it is not the listed file."""
        self._engine = OnnxEngine("line reader", _network(), Threading(threads))
        known = self._engine.metadata.get("character", "").splitlines()
        absent = [sign for sign in SIGNS if sign not in known]
        if absent:
            raise ModelError("model.unusable", NETWORK, cause="signs are missing from its list")
        self._columns = [_BLANK, *(known.index(sign) + 1 for sign in SIGNS)]
        self._known = known
        place = {sign: number + 1 for number, sign in enumerate(known)}
        self._digits = [
            [place[sign] for sign in digit + LOOKALIKES.get(digit, "") if sign in place]
            for digit in SIGNS[:10]
        ]

    def read(self, line: Image) -> ReadLine:
        """A line of a zone, upright, dark on light. Empty for a picture too small to hold any."""
        steps = self._steps(line)
        return NOTHING if steps is None else _decoded(steps[:, self._columns])

    def read_text(self, line: Image) -> ReadText:
        """Any text of one upright line."""
        steps = self._steps(line)
        if steps is None:
            return NO_TEXT
        peaks = _peaks(steps)
        signs = [int(steps[peak, 1:].argmax()) + 1 for peak in peaks]
        return ReadText(
            text="".join(self._known[sign - 1] if sign <= len(self._known) else " " for sign in signs),
            sure=tuple(float(steps[peak, sign]) for peak, sign in zip(peaks, signs, strict=True)),
            places=tuple((peak + 0.5) / len(steps) for peak in peaks),
        )

    def read_digits(self, line: Image) -> ReadDigits:
        """The digits of one upright line in which nothing but digits is printed."""
        steps = self._steps(line)
        folded = np.zeros((0, 11), np.float32) if steps is None else self._folded(steps)
        peaks = _peaks(folded)
        return ReadDigits(
            digits=(folded[peaks, 1:].argmax(axis=1)).astype(np.uint8),
            sure=folded[peaks, 1:].max(axis=1, initial=0).astype(np.float32),
            places=_middles(folded, peaks),
        )

    def _folded(self, steps: Probabilities) -> Probabilities:
        """Blank and the ten digits, each with what looks like it."""
        signs = [steps[:, columns].sum(axis=1) for columns in self._digits]
        return np.stack([steps[:, _BLANK], *signs], axis=1)

    def _steps(self, line: Image) -> Probabilities | None:
        """Probability of each sign at each step along the line; None for a line too small to hold any."""
        height, width = line.shape[:2]
        if height < 4 or width < 2 * height:
            return None
        wide = min(LONGEST, max(HEIGHT, round(width * HEIGHT / height)))
        scaling = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
        scaled = cv2.resize(line, (wide, HEIGHT), interpolation=scaling)
        values = scaled.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1.0
        (output,) = self._engine(values)
        steps: Probabilities = output[0]
        return steps


def _decoded(steps: Probabilities) -> ReadLine:
    """The zone's signs."""
    rows = [steps[peak, 1:] for peak in _peaks(steps)]
    if not rows:
        return NOTHING
    return ReadLine(
        text="".join(SIGNS[int(row.argmax())] for row in rows),
        letters="".join(SIGNS[_LETTERS][int(row[_LETTERS].argmax())] for row in rows),
        digits="".join(SIGNS[_DIGITS][int(row[_DIGITS].argmax())] for row in rows),
        sure=tuple(float(row.max()) for row in rows),
    )


def _middles(steps: Probabilities, peaks: list[int]) -> Probabilities:
    """Where signs stand between steps: the mean of the steps that hold a sign, by how likely they do."""
    best = steps.argmax(axis=1)
    middles = []
    for peak in peaks:
        sign, low, high = best[peak], peak, peak + 1
        while low > 0 and best[low - 1] == sign:
            low -= 1
        while high < len(best) and best[high] == sign:
            high += 1
        middles.append(float(np.average(np.arange(low, high), weights=steps[low:high, sign])) + 0.5)
    return np.array(middles, np.float32) / np.float32(max(1, len(steps)))


def _peaks(steps: Probabilities) -> list[int]:
    """Best path over time (CTC): a sign that goes on is one sign, a blank parts two equal ones."""
    if not len(steps):
        return []
    best = steps.argmax(axis=1)
    begins = np.flatnonzero((best != _BLANK) & (best != np.concatenate(([_BLANK], best[:-1]))))
    return [_peak(steps, best, int(start)) for start in begins]


def _peak(steps: Probabilities, best: npt.NDArray[np.intp], start: int) -> int:
    """Where the sign that begins at `start` is surest."""
    sign = best[start]
    end = start
    while end + 1 < len(best) and best[end + 1] == sign:
        end += 1
    return start + int(steps[start : end + 1, sign].argmax())


def _network() -> bytes:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelError("model.missing", NETWORK, cause="the package rapidocr is not installed")
    try:
        content = (Path(spec.origin).parent / "models" / NETWORK).read_bytes()
    except OSError as error:
        raise ModelError("model.missing", NETWORK, cause=error.strerror) from error
    found = hashlib.sha256(content).hexdigest()
    if found != NETWORK_SHA256:
        raise ModelError("model.altered", NETWORK, found=found, listed=NETWORK_SHA256)
    return content
