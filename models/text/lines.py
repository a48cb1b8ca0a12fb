"""Reads one straightened line of a machine-readable zone with the recognition network of RapidOCR.

The network knows 18 000 signs; only the 37 of a zone are listened to, and for each place it also tells the
best letter and the best digit, so that whoever knows the layout can ask for the one that may stand there.
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


NOTHING = ReadLine("", "", "", ())


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

    def read(self, line: Image) -> ReadLine:
        """The text of one upright line, dark on light. Empty for a picture too small to hold any."""
        height, width = line.shape[:2]
        if height < 4 or width < 2 * height:
            return NOTHING
        wide = min(LONGEST, max(HEIGHT, round(width * HEIGHT / height)))
        scaling = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
        scaled = cv2.resize(line, (wide, HEIGHT), interpolation=scaling)
        values = scaled.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1.0
        (output,) = self._engine(values)
        return _decoded(output[0][:, self._columns])


def _decoded(steps: Probabilities) -> ReadLine:
    """Best path over time (CTC): a sign that goes on is one sign, a blank parts two equal ones."""
    best = steps.argmax(axis=1)
    begins = np.flatnonzero((best != _BLANK) & (best != np.concatenate(([_BLANK], best[:-1]))))
    peaks = [_peak(steps, best, int(start)) for start in begins]
    rows = [steps[peak, 1:] for peak in peaks]
    if not rows:
        return NOTHING
    return ReadLine(
        text="".join(SIGNS[int(row.argmax())] for row in rows),
        letters="".join(SIGNS[_LETTERS][int(row[_LETTERS].argmax())] for row in rows),
        digits="".join(SIGNS[_DIGITS][int(row[_DIGITS].argmax())] for row in rows),
        sure=tuple(float(row.max()) for row in rows),
    )


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
