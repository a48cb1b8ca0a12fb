"""Hostile pictures of eyes: found, unrolled, coded and compared; and codes of any bits."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from drivers.capture import Eye as Side
from drivers.capture import IrisImage
from drivers.iso19794 import iris
from drivers.iso19794.cursor import BadRecord
from models.api import Answer
from models.calibration_files import shipped_calibration
from models.decide import Targets
from models.iris.api import Eye
from models.iris.code import BITS, COLUMNS, IrisCode
from models.iris.distance import distance, distances
from models.iris.engine import SCORER, IrisEngine, Reading
from models.iris.match import SAMPLE, IrisMatcher
from models.iris.settings import CameraProfile, DistanceSettings
from tests.fuzz.scenes import FILLED, GRAINED, ROUND, scene, shape
from tests.fuzz.target import Target

ENGINE = IrisEngine(CameraProfile("fuzzed", (8, 45), (30, 90)))
SETTINGS = DistanceSettings()
PROBLEMS_WITHOUT_CODE = {"iris.picture", "iris.none", "iris.range", "iris.closed"}
MOST_DECODED = 1 << 16
"""Pixels of a record's picture that is looked at in fuzzing; larger ones would only be slow."""
TARGETS_OF_RATES = Targets(match_fmr=1e-4, refer_fmr=1e-3)


def iris_pictures(data: bytes) -> None:
    """Of any picture there is a code with a quality or a reason; and it never matches a stranger's eye."""
    canvas = scene(data[1:])
    kind = data[0] if data else 0
    picture: npt.NDArray[np.generic] = canvas if kind & 1 else canvas[..., 0]
    if kind & 2:
        picture = picture.astype(np.uint16) << (kind >> 5)
    _held(ENGINE.look(picture, Eye.LEFT))


def eyes_in_records(data: bytes) -> None:
    """The same for the pictures of a record that is a record."""
    try:
        for record in iris.decode(data):
            if record.width * record.height <= MOST_DECODED:
                _held(ENGINE.look(record.image(), Eye.LEFT))
    except BadRecord:
        return


def _held(reading: Reading) -> None:
    if reading.code is None:
        assert reading.problem is not None
        assert reading.outline is not None or reading.problem in PROBLEMS_WITHOUT_CODE
        return
    assert reading.outline is not None and reading.quality is not None
    assert np.isfinite([reading.outline.pupil.radius, reading.outline.iris.radius]).all()
    assert reading.outline.pupil.radius < reading.outline.iris.radius
    assert not (reading.code.bits & ~reading.code.mask).any()
    told = _matcher().compare({Eye.LEFT: _stranger()}, {Eye.LEFT: reading}, TARGETS_OF_RATES)
    assert told.answer is not Answer.MATCH
    reading.wipe()
    assert reading.code.usable_bits == 0


@lru_cache(maxsize=1)
def _matcher() -> IrisMatcher:
    return IrisMatcher(shipped_calibration(SCORER, SAMPLE))


@lru_cache(maxsize=1)
def _stranger() -> Reading:
    """An eye that no input shows."""
    found = ENGINE.look(cv2.cvtColor(scene(_eye((9, 9, 9), 2)), cv2.COLOR_BGR2GRAY), Eye.LEFT)
    assert found.code is not None
    return found


def iris_codes(data: bytes) -> None:
    """Codes of any bits: distances are shares, the same both ways, and none of a code to itself."""
    words = np.resize(np.frombuffer(data.ljust(8, b"\xa5"), np.uint8), 4 * 8 * COLUMNS).view(np.uint64)
    bits, mask, other_bits, other_mask = words.reshape(4, COLUMNS)
    one, other = IrisCode(bits & mask, mask.copy()), IrisCode(other_bits & other_mask, other_mask.copy())
    assert 0 <= one.usable_bits <= BITS
    apart = distance(one, other, SETTINGS)
    among = distances(one, [other, one], SETTINGS)
    assert (apart is None) == (not np.isfinite(among[0]))
    if apart is not None:
        assert 0 <= apart.raw <= 1 and SETTINGS.least_bits <= apart.bits <= BITS
        assert abs(apart.normalised - among[0]) < 1e-9
    if one.usable_bits >= SETTINGS.least_bits:
        itself = distance(one, one, SETTINGS)
        assert itself is not None and itself.normalised <= 0.5
        assert np.isfinite(among[1])
    one.wipe()
    assert distance(one, other, SETTINGS) is None


def _eye(grain: tuple[int, int, int], blur: int = 2) -> bytes:
    """An iris of grain around a pupil, in a picture of 241 × 181."""
    white = shape(ROUND, ((0.1, 0.12), (0.5, 0.0), (0.9, 0.88), (0.5, 1.0)), (200, 200, 200))
    skin = shape(FILLED, ((-0.1, -0.1), (1.1, -0.1), (1.1, 1.1), (-0.1, 1.1)), (170, 170, 170))
    iris_ = shape(GRAINED, ((0.29, 0.22), (0.5, 0.0), (0.71, 0.78), (0.5, 1.0)), grain)
    pupil = shape(ROUND, ((0.42, 0.39), (0.5, 0.0), (0.58, 0.61), (0.5, 1.0)), (15, 15, 15))
    return bytes([120, 90, blur, 170]) + skin + white + iris_ + pupil


def _record(size: tuple[int, int]) -> bytes:
    """A record with a drawn eye small enough for fuzzing."""
    grey = cv2.resize(
        cv2.cvtColor(scene(_eye((5, 6, 7))), cv2.COLOR_BGR2GRAY), size, interpolation=cv2.INTER_AREA
    )
    return iris.of_images([IrisImage(np.asarray(grey // 16 * 16, np.uint8), Side.LEFT, 7)])


_EYE = _eye((5, 6, 7))
TARGETS: tuple[Target, ...] = (
    Target(
        "iris_pictures", iris_pictures, (b"\0" + _EYE, b"\3" + _EYE, b"\x62" + _EYE), share=0.03, quick=20
    ),
    Target("eyes_in_records", eyes_in_records, (_record((160, 120)),), share=0.03, quick=20),
    Target("iris_codes", iris_codes, (bytes(range(256)), b"\xff" * 16), share=0.2, quick=60),
)
