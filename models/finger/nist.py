"""NIST's software through the optional package nbis-py: mindtct, bozorth3 and NFIQ 2.

The package is for 64-bit Intel Linux with glibc 2.34 and newer, and not part of the usual set-up
(``make fingerprints``). Its native code ends the whole program when a picture is smaller than its 8-pixel
blocks allow, so pictures go in only after ridges were found, and never below `LEAST_SIDE`.
Its records look like ISO/IEC 19794-2 but are not: they never leave this module.
"""

from __future__ import annotations

import importlib
import math
import struct
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from models.api import ModelError
from models.finger.minutiae import Minutiae, MinutiaKind
from models.finger.picture import Finger
from models.finger.ridges import Grey

PACKAGE = "nbis-py"
LEAST_SIDE = 128
"""Smaller pictures are framed to this side."""
LEAST_MINUTIAE, MOST_MINUTIAE = 10, 150
"""bozorth3's own limits."""
_MAGIC = b"FMR\0 20\0"
_HEADER = 26
_ROW = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])


def available() -> bool:
    """Whether the package is installed and runs on this machine."""
    try:
        _nbis()
    except ModelError:
        return False
    return True


class Nist:
    """mindtct, bozorth3, NFIQ 2. Raises ModelError ``model.package_missing`` when they are not installed."""

    def __init__(self) -> None:
        nbis = _nbis()
        self._errors = (nbis.NbisError, nbis.InternalError)
        common = {"min_quality": 0.0, "get_center": False, "check_fingerprint": False, "ppi": 500.0}
        settings = nbis.NbisExtractorSettings
        self._plain = nbis.new_nbis_extractor(settings(compute_nfiq2=False, **common))
        self._rated = nbis.new_nbis_extractor(settings(compute_nfiq2=True, **common))
        self._ending = nbis.MinutiaKind.RIDGE_ENDING

    def minutiae(self, finger: Finger) -> Minutiae:
        """All minutiae that mindtct finds, placed in the whole picture; none when it finds nothing."""
        png, left, top = _png(finger.grey)
        try:
            found = self._plain.extract_minutiae(png).get()
        except self._errors:
            found = []
        rows = [self._row(each) for each in found]
        table = np.array(rows, np.float32).reshape(-1, 5)
        table[:, :2] += (finger.left - left, finger.top - top)
        return Minutiae(table, finger.width, finger.height)

    def nfiq2(self, finger: Finger) -> int | None:
        """The NFIQ 2 score, 0 to 100; None where NFIQ 2 gives none."""
        png, _, _ = _png(finger.grey)
        try:
            score = int(self._rated.extract_minutiae(png).quality().score)
        except self._errors:
            return None
        return score if 0 <= score <= 100 else None

    def bozorth3(self, one: Minutiae, other: Minutiae) -> int:
        """bozorth3's score: the number of minutiae in agreeing pairs; 0 when it has too few.

        bozorth3 does not promise the same number in both orders, so it is always given the same one.
        """
        if min(len(one), len(other)) < LEAST_MINUTIAE:
            return 0
        records = sorted(_record(each) for each in (one, other))
        first, second = (self._plain.load_iso_19794_2_2005(each) for each in records)
        return int(first.compare(second))

    def _row(self, minutia: Any) -> tuple[float, float, float, int, float]:
        kind = MinutiaKind.ENDING if minutia.kind() is self._ending else MinutiaKind.BIFURCATION
        angle = math.radians(minutia.angle()) % (2 * math.pi)
        return minutia.x(), minutia.y(), angle, kind, min(max(minutia.reliability(), 0.0), 1.0)


def _nbis() -> ModuleType:
    """The package's module."""
    try:
        return importlib.import_module("nbis")
    except (ImportError, OSError) as error:
        raise ModelError("model.package_missing", PACKAGE, cause=type(error).__name__) from error


def _png(grey: Grey) -> tuple[bytes, int, int]:
    """The picture as PNG, at least `LEAST_SIDE` each way, and how many columns and rows stand before it."""
    height, width = grey.shape
    down, across = max(LEAST_SIDE - height, 0), max(LEAST_SIDE - width, 0)
    framed = cv2.copyMakeBorder(
        grey, down // 2, down - down // 2, across // 2, across - across // 2, cv2.BORDER_REPLICATE
    )
    _, png = cv2.imencode(".png", framed)
    return png.tobytes(), across // 2, down // 2


def _record(minutiae: Minutiae) -> bytes:
    """The package's own form of a record: 14 bits a coordinate, 256 directions, ordered by x, then y.

    bozorth3 relies on that order: without it the equal error rate rose from 3.5 to 4.9 %.
    """
    table = minutiae.best(MOST_MINUTIAE).table
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    rows = np.zeros(len(table), _ROW)
    places = np.clip(np.rint(table[:, :2]), 0, 0x3FFF).astype(np.uint16)
    rows["x"], rows["y"] = places[:, 0] | table[:, 3].astype(np.uint16) << 14, places[:, 1]
    rows["angle"] = np.rint(table[:, 2] * (128 / math.pi)).astype(np.int64) & 0xFF
    rows["quality"] = np.clip(np.rint(table[:, 4] * 100), 1, 100)
    body = rows.tobytes()
    head = struct.pack(">IHHH", _HEADER + len(body), 0, minutiae.width & 0xFFFF, minutiae.height & 0xFFFF)
    return _MAGIC + head + bytes(7) + bytes([len(rows)]) + body
