"""Which pictures of a person are compared with which: each photo with the live face, and photos together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Self

from models.api import PhotoKind

_BETWEEN = "+"


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two pictures by their kinds; the live face is a camera's picture and comes second."""

    photo: PhotoKind
    other: PhotoKind = PhotoKind.CAMERA

    @property
    def sample(self) -> str:
        """As calibrations name it: ``chip`` against the live face, ``chip+returned`` against that photo."""
        if self.other is PhotoKind.CAMERA:
            return self.photo.value
        return f"{self.photo.value}{_BETWEEN}{self.other.value}"

    @property
    def name(self) -> str:
        """As findings and texts name it: ``chip``, ``chip_returned``."""
        return self.sample.replace(_BETWEEN, "_")

    @classmethod
    def of(cls, sample: str) -> Self:
        """The pairing that a calibration's sample names; ValueError for another word."""
        photo, _, other = sample.partition(_BETWEEN)
        return cls(PhotoKind(photo), PhotoKind(other or PhotoKind.CAMERA))


def pairings(photos: Iterable[PhotoKind]) -> tuple[Pairing, ...]:
    """All that can be compared of `photos` and the live face: first each with the face, then photos together.

    Of two photos that stands first which stands first in `PhotoKind`, so that a pairing has one name.
    """
    given = tuple(dict.fromkeys(photos))
    ordered = [kind for kind in PhotoKind if kind in given]
    together = (Pairing(one, other) for one, other in combinations(ordered, 2))
    return (*(Pairing(kind) for kind in given), *together)
