"""The `insightface` pack through the insightface package's own classes, on our engines.

Only the two classes are used, each given the one file it is for. FaceAnalysis is not: it takes any ONNX file
it finds in its folder for the recogniser, and asks the internet for a pack that is missing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.api import Embedding, Face, Image
from models.engine import OnnxEngine
from models.face.detect import MULTIPLE
from models.face.embed import unit
from models.face.settings import DetectSettings


class Scrfd:
    """The detector: SCRFD (Guo et al. 2021) decoded by insightface."""

    def __init__(self, engine: OnnxEngine, file: Path, settings: DetectSettings) -> None:
        from insightface.model_zoo import SCRFD

        self._engine = engine
        self._model = SCRFD(model_file=str(file), session=engine, static_shape_sessions=False)
        side = settings.sides[0]
        self._model.prepare(
            0, input_size=(side, side), det_thresh=settings.scrfd_score, nms_thresh=settings.overlap
        )
        self.net_ms = 0.0

    def find(self, image: Image, side: int) -> list[Face]:
        """See `models.face.detect.Detector.find`."""
        boxes, points = self._model.detect(image, input_size=_size(image, side))
        self.net_ms = self._engine.last_ms
        return [_face(box, five) for box, five in zip(boxes, points, strict=True)]


class ArcFace:
    """The recogniser: an ArcFace network fed by insightface."""

    def __init__(self, engine: OnnxEngine, file: Path) -> None:
        from insightface.model_zoo import ArcFaceONNX

        self._engine = engine
        self._model = ArcFaceONNX(model_file=str(file), session=engine)
        self._model.prepare(0)
        self.net_ms = 0.0

    def embed(self, aligned: Image) -> Embedding:
        """See `models.face.embed.Embedder.embed`."""
        output = self._model.get_feat(aligned)
        self.net_ms = self._engine.last_ms
        return unit(output[0])


def _size(image: Image, side: int) -> tuple[int, int]:
    """Width and height of the network's picture: `side` on the long one, a multiple of 32 on the other."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    return _up(width * scale), _up(height * scale)


def _up(pixels: float) -> int:
    """The next multiple of 32."""
    return max(MULTIPLE, -(-round(pixels) // MULTIPLE) * MULTIPLE)


def _face(
    box: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    points: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> Face:
    """One of insightface's rows (corners and score) as a face."""
    left, top, right, bottom, score = (float(value) for value in box)
    return Face((left, top, right - left, bottom - top), points.astype(np.float32), score)
