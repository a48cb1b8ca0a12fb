"""Turns an aligned face into a template: a vector of length one whose dot products are similarities."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from models.api import Embedding, Image
from models.engine import OnnxEngine
from models.face.feed import Feed


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


def embed_both_ways(embedder: Embedder, aligned: Image) -> tuple[Embedding, float]:
    """Mean template of a face and its mirror image, and the bare network's milliseconds.

    Worth about one point of true accepts on chip photos of 1 KB; takes twice as long.
    """
    first = embedder.embed(aligned)
    net_ms = embedder.net_ms
    second = embedder.embed(np.ascontiguousarray(aligned[:, ::-1]))
    return unit(first + second), net_ms + embedder.net_ms


def unit(vector: Embedding) -> Embedding:
    """`vector` brought to length one."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32, copy=False)
