"""Turns an aligned face into a template: a vector of length one whose dot products are similarities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Embedding, Image
from models.engine import OnnxEngine
from models.face.align import align
from models.face.feed import Feed
from models.face.settings import DocumentSettings
from models.protect import wipe

Points = npt.NDArray[np.float32]


class Embedder(Protocol):
    """A recognition network."""

    net_ms: float
    """Time of the bare network in the latest call."""

    def embed(self, aligned: Image) -> Embedding:
        """The template of an aligned face (112 × 112 BGR)."""


class SFace:
    """The recogniser of the `open` pack: 128 numbers (Zhong et al. 2021, opencv_zoo 2021dec).

    Feeding: RGB, 0 to 255, the normalisation is inside the network.
    """

    def __init__(self, engine: OnnxEngine) -> None:
        self._engine = engine
        self._feed = Feed(rgb=True)
        self.net_ms = 0.0

    def embed(self, aligned: Image) -> Embedding:
        """See `Embedder.embed`."""
        (output,) = self._engine(self._feed.numbers(aligned))
        self.net_ms = self._engine.last_ms
        return unit(output[0])


def embed_document(embedder: Embedder, image: Image, points: Points, settings: DocumentSettings) -> Embedding:
    """The template of the face with five `points` on a document: mean of two looks at it."""
    return together([embedder.embed(each) for each in document_looks(image, points, settings)])


def document_looks(image: Image, points: Points, settings: DocumentSettings) -> list[Image]:
    """The softened photo lined up, and the mirror image of the photo as it is."""
    soft = settings.soften_px
    softened = cv2.GaussianBlur(image, (0, 0), soft) if soft > 0 else image
    looks = [align(softened, points)]  # type: ignore[arg-type]
    if settings.mirror:
        looks.append(np.ascontiguousarray(align(image, points)[:, ::-1]))
    return looks


def together(templates: Sequence[Embedding]) -> Embedding:
    """One template of several looks at the same picture, which are overwritten where they are not it."""
    if len(templates) == 1:
        return templates[0]
    whole = unit(np.sum(templates, axis=0, dtype=np.float32))
    wipe(*templates)
    return whole


def unit(vector: Embedding) -> Embedding:
    """`vector` brought to length one."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32, copy=False)
