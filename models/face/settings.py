"""What the face stages may be told: sizes and scores; the limits of the guidance stand in `config.guide`.

These are numbers of the algorithms and the camera, not business rules: nothing here accepts a customer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from config.guide import GuideLimits


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """How faces are looked for. The first size at which a face appears ends the search."""

    sides: tuple[int, ...] = (320, 640)
    """Pixels of the picture's long side at each try. At 320 a face of 24 px in a 640×480 frame is found, in
    a quarter of the time that 640 takes."""
    near_below_px: float = 64.0
    """A largest face with fewer pixels than this at the size where it was found is looked at again."""
    near_side: int = 192
    """Pixels of the side of that second look; costs half of the first."""
    border: float = 0.35
    """Last try: the picture with this share of its long side added all around, for faces that fill it."""
    score: float = 0.7
    """Least score of a face, 0 to 1 (YuNet); for SCRFD see `scrfd_score`."""
    scrfd_score: float = 0.5
    """Least score of a face, 0 to 1 (SCRFD; insightface's own default)."""
    overlap: float = 0.3
    """Two boxes sharing more than this (intersection over union) are one face."""


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """How long a face is followed by its mesh before the frame is searched again."""

    every_frames: int = 3
    """Every so many frames is searched at least; 1 searches each."""
    every_seconds: float = 0.2
    """A search older than this is too old. With the frames above: how late a second face may be noticed."""
    least_presence: float = 0.9
    """Less of the mesh network's probability of a face: search."""
    most_way: float = 0.25
    """Further than this from one frame to the next, in widths of the face: search."""
    most_growth: float = 0.15
    """Larger or smaller by more than this share from one frame to the next: search."""
    most_change: float = 0.12
    """Eyes, nose and mouth shifted against each other by more than this since the search (root mean square,
    in distances between the eyes): search."""


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """How the face on a document is made into a template; measured in docs/calibration.md."""

    soften_px: float = 1.0
    """Blur before one of the two looks, in pixels of the photo (standard deviation): takes the edges that a
    wavelet codec makes up at 1 KB, and changes nothing in a large photo. 0: none."""
    mirror: bool = True
    """Look at the face's mirror image as well."""


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """All settings of the face stages."""

    detect: DetectSettings = DetectSettings()
    document: DocumentSettings = DocumentSettings()
    track: TrackSettings = TrackSettings()
    guide: GuideLimits = field(default_factory=GuideLimits)
