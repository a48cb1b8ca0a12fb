"""The probability that a face is alive, from one picture, by networks trained on printed and shown faces.

One frame of one network is never a verdict: cameras and attacks differ too much (see the liveness module).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import cv2

from models.api import Face, Image
from models.engine import OnnxEngine
from models.face.feed import Feed

SIDE = 128
"""Pixels of the network's picture."""
ROOM = 2.7
"""Side of the square cut out, in lengths of the face's longer side."""
LIVE = 0
"""Index of the class "live" among the network's three."""


FR, MINIFASNET = "fr_liveness", "minifasnet"
"""Names of the two opinions; V2 and V1SE of MiniFASNet are one, as their makers use them."""
SMALL_SIDE = 80
"""Pixels of a MiniFASNet's picture."""
V2_ROOM, V1SE_ROOM = 2.7, 4.0
"""How much of the surroundings each sees, in lengths of the face's sides."""
SMALL_LIVE = 1
"""Index of "live" among a MiniFASNet's three classes."""


class Scorer(Protocol):
    """A network that scores one face."""

    net_ms: float

    def score(self, image: Image, face: Face) -> float:
        """Probability of "live", 0 to 1."""


class Passive:
    """All passive networks there are; each gives its own opinion."""

    def __init__(self, networks: Mapping[str, tuple[Scorer, ...]]) -> None:
        self._networks = dict(networks)
        self.net_ms = 0.0

    def scores(self, image: Image, face: Face) -> dict[str, float]:
        """The probability of "live" by each opinion's name."""
        found, spent = {}, 0.0
        for name, networks in self._networks.items():
            found[name] = sum(network.score(image, face) for network in networks) / len(networks)
            spent += sum(network.net_ms for network in networks)
        self.net_ms = spent
        return found


class MiniFasNet:
    """One network of Silent-Face-Anti-Spoofing. Feeding: BGR, 0 to 255, cut out `room` times the face."""

    def __init__(self, engine: OnnxEngine, room: float) -> None:
        self._engine, self._room = engine, room
        self._feed = Feed()
        self.net_ms = 0.0

    def score(self, image: Image, face: Face) -> float:
        """Probability of "live", 0 to 1."""
        left, top, right, bottom = around(face.box, self._room, image.shape[1], image.shape[0])
        small = self._feed.room(SMALL_SIDE, SMALL_SIDE)
        cv2.resize(image[top:bottom, left:right], (SMALL_SIDE, SMALL_SIDE), dst=small)
        (output,) = self._engine(self._feed.numbers(small))
        self.net_ms = self._engine.last_ms
        return _share(output[0].tolist(), SMALL_LIVE)


class PassiveLiveness:
    """The fr_liveness network. Feeding: BGR, 0 to 255 (its package's own script feeds RGB, wrongly)."""

    def __init__(self, engine: OnnxEngine) -> None:
        self._engine = engine
        self._feed = Feed()
        self.net_ms = 0.0

    def score(self, image: Image, face: Face) -> float:
        """Probability of "live", 0 to 1."""
        left, top, side = surroundings(face.box, image.shape[1], image.shape[0])
        cut = image[top : top + side, left : left + side]
        small = self._feed.room(SIDE, SIDE)
        cv2.resize(cut, (SIDE, SIDE), dst=small, interpolation=cv2.INTER_LINEAR)
        (output,) = self._engine(self._feed.numbers(small))
        self.net_ms = self._engine.last_ms
        return _share(output[0].tolist(), LIVE)


def surroundings(box: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int, int]:
    """Left, top and side of the square around `box`, moved to lie inside a picture of `width` × `height`."""
    x, y, across, down = box
    side = max(1, min(math.floor(ROOM * max(across, down)), width, height))
    left = min(max(round(x + across / 2 - side / 2), 0), width - side)
    top = min(max(round(y + down / 2 - side / 2), 0), height - side)
    return left, top, side


def around(
    box: tuple[float, float, float, float], room: float, width: int, height: int
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of `box` enlarged `room` times, or as far as it fits, moved to lie inside."""
    x, y, across, down = box
    scale = min((height - 1) / max(down, 1.0), (width - 1) / max(across, 1.0), room)
    wide, high = across * scale, down * scale
    left = min(max(x + across / 2 - wide / 2, 0.0), max(width - 1 - wide, 0.0))
    top = min(max(y + down / 2 - high / 2, 0.0), max(height - 1 - high, 0.0))
    return int(left), int(top), int(left + wide) + 1, int(top + high) + 1


def _share(logits: Sequence[float], which: int) -> float:
    """The probability of one class. Plain numbers: for three, arrays take longer."""
    highest = max(logits)
    shares = [math.exp(each - highest) for each in logits]
    return shares[which] / sum(shares)
