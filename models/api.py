"""The values that networks give, each with what is needed to explain it years later."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""A picture: height × width × 3, BGR, 0-255."""

Embedding = npt.NDArray[np.float32]
"""A face template: unit-length vector. Lives in memory only."""


class PictureError(Exception):
    """A picture, clip or file that cannot be used; `code` is a message key, `detail` holds facts.

    Codes: ``picture.missing``, ``picture.empty``, ``picture.not_a_picture``, ``picture.damaged``,
    ``picture.too_large``, ``picture.too_small``, ``picture.several_pictures``, ``picture.not_a_clip``,
    ``picture.clip_too_large``, ``picture.no_face``, ``picture.several_faces``.
    """

    def __init__(self, code: str, source: str = "", **detail: object) -> None:
        super().__init__(code if not source else f"{code}: {source}")
        self.code = code
        self.source = source
        self.detail = detail


class ModelError(Exception):
    """A model file is absent, altered, unlisted or not accepted; `code` is a message key."""

    def __init__(self, code: str, model: str, **detail: object) -> None:
        super().__init__(f"{code}: {model}")
        self.code = code
        self.model = model
        self.detail = detail


class PhotoKind(enum.StrEnum):
    """Where a picture of a comparison comes from; each has its own calibration."""

    CAMERA = "camera"
    """A live look, or any other picture of a camera."""
    DOCUMENT = "document"
    """Printed on a document, seen by a camera or scanner."""
    CHIP = "chip"
    """Stored in the chip of an identity card: tiny, about 1 KB."""
    RETURNED = "returned"
    """Sent back by the online identity check."""
    PORTRAIT = "portrait"
    """Stored in the chip of an e-document, such as a passport (ICAO 9303 data group 2)."""


class Answer(enum.StrEnum):
    """What a comparison says."""

    MATCH = "match"
    NO_MATCH = "no_match"
    CANNOT_TELL = "cannot_tell"


class LiveAnswer(enum.StrEnum):
    """What a liveness check says (presentation attack detection)."""

    LIVE = "live"
    ATTACK = "attack"
    CANNOT_TELL = "cannot_tell"


class ChallengeKind(enum.StrEnum):
    """What the person is asked to do; the value is also the message key's last part (``challenge.blink``)."""

    BLINK = "blink"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    NOD = "nod"
    OPEN_MOUTH = "open_mouth"


@dataclass(frozen=True, slots=True)
class Face:
    """A face found in a picture."""

    box: tuple[float, float, float, float]
    """x, y, width, height in pixels."""
    points: npt.NDArray[np.float32] = field(repr=False)
    """5 × 2: right eye, left eye (image left first), nose tip, mouth corners; pixels."""
    score: float
    tracked: bool = False
    """True when it was followed from an earlier frame; `score` is then that of the search there."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """468 points of one face: x, y in pixels of the picture, z in the same scale (smaller is nearer)."""

    points: npt.NDArray[np.float32] = field(repr=False)
    presence: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How usable a face picture is, as numbers; `problem` is one message key (``guide.come_closer``) or None.

    In brackets the component of ISO/IEC 29794-5 that asks the same question, where there is one; the numbers
    are our own measures, not that standard's. None: not measured, for mesh or eyes were not asked for.
    """

    inter_eye_distance: float
    """Pixels between the eyes [inter-eye distance]."""
    sharpness: float
    """Standard deviation of the aligned face's Laplacian [sharpness]."""
    luminance: float
    """Mean grey value of the aligned face, 0 to 255 [luminance mean]."""
    contrast: float
    """Standard deviation of its grey values [luminance variance]."""
    yaw: float
    pitch: float
    roll: float
    """Head pose in degrees [head pose]; yaw is positive when the person turns to their own left."""
    centre_offset: float
    """Distance of the face from the picture's centre, as a share of the picture's width."""
    problem: str | None = None
    eye_share: float = 0.1
    """Distance between the eyes as a share of the picture's width [head size]."""
    offset_x: float = 0.0
    offset_y: float = 0.0
    """Where the face's middle lies from the picture's, right and down, as shares of the picture's width."""
    cut_off: float = 0.0
    """Share of the face that lies beyond the picture's edge [crop of the face, margins]."""
    other_face: float = 0.0
    """Area of the largest other face as a share of this one's [single face present]."""
    blur: float = 0.6
    """Share of the fine edges that a further blurring leaves, in the blurrier direction: near 1 when out of
    focus or moved [sharpness]."""
    highlight: float = 180.0
    """Grey value that 5 % of the face exceed [under-exposure prevention]."""
    clipped: float = 0.0
    """Share of the face that is as bright as the camera can say [over-exposure prevention]."""
    dynamic_range: float = 120.0
    """Grey values between the darkest and the brightest 5 % of the face [dynamic range]."""
    backlight: float = 0.0
    """How much brighter the surroundings are than the skin, in exposure steps (powers of two)."""
    unevenness: float = 0.0
    """How much brighter one half of the face is, in exposure steps [illumination uniformity]."""
    glare: float = 0.0
    """Share of the region of the eyes that is a reflection, brighter than skin can be [eyes visible]."""
    eye_cover: float = 0.0
    """How much darker the region of the darker eye is than the skin around, in exposure steps [eyes
    visible]."""
    strands: float = 0.6
    """Edges that run down against those that run across, in the region of an eye: hair [eyes visible]."""
    mouth_cover: float = 0.0
    """How far cheeks, mouth and chin are from the skin between the brows in colour, in its saturations
    [mouth occlusion prevention, face occlusion prevention]."""
    mouth_line: float = 0.3
    """How dark the line between the lips is, as a share of the cheeks' grey value [mouth occlusion
    prevention]."""
    brow_cover: float = 0.0
    """How far the forehead is in colour from the skin between the brows and from the cheeks [no head
    coverings]."""
    eyes_open: float | None = None
    """Opening of the eyes, lid to lid over corner to corner [eyes open]."""
    gaze: float | None = None
    """How far the irises lie beside the middle of the eyes, in widths of an eye."""
    mouth_open: float | None = None
    """Gap between the lips, in distances between the outer corners of the eyes [mouth closed]."""
    smile: float | None = None
    """Width of the mouth in the same unit [expression neutrality]."""
    score: float = 0.0
    """How well the frame should compare, 0 to 100 [unified quality score]; see `models.face.score`."""


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison, with the error rate it stands for."""

    score: float
    threshold: float
    refer_threshold: float
    """Scores between this and `threshold` are ``cannot_tell`` and go to a person."""
    decision: Answer
    false_match_rate: float
    interval: tuple[float, float]
    """95 % confidence interval of the false-match rate at this score (Clopper-Pearson)."""
    model_pack: str
    calibration: str
    """Name of the calibration the rate comes from, with the data it was measured on."""
    photo_kind: PhotoKind
    """What was compared."""
    elapsed_ms: float
    false_non_match_rate: float | None = None
    """Share of genuine comparisons that score lower; None when the calibration does not say."""
    false_non_match_interval: tuple[float, float] | None = None
    other_kind: PhotoKind = PhotoKind.CAMERA
    """What the photo was compared with: the live face, or another photo."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the networks saw in one frame."""

    number: int
    at: float
    faces: tuple[Face, ...]
    """Largest first."""
    quality: Quality | None = None
    mesh: Mesh | None = None
    passive_live: float | None = None
    """Probability of a live face given by the passive networks for the largest face."""
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    """Wall time of each stage, including the bare network as ``<stage>.net``."""
    embedding: Embedding | None = field(default=None, repr=False)
    """Template of the largest face, when it was asked for."""
    eyes_open: float | None = None
    """Opening of the largest face's eyes, lid to lid over corner to corner, when it was asked for. The
    mesh's own eyelids hardly follow a blink; this comes from a network that looks at the eyes alone."""
    passive_scores: Mapping[str, float] = field(default_factory=dict)
    """The same by each passive network's name; `passive_live` is their mean."""

    @property
    def face(self) -> Face | None:
        """The largest face."""
        return self.faces[0] if self.faces else None


@dataclass(frozen=True, slots=True)
class Liveness:
    """The verdict over a sequence of frames."""

    decision: LiveAnswer
    signals: Mapping[str, float]
    """Named numbers: ``passive_median``, ``passive_share``, ``challenge_seconds``, ``motion`` …"""
    reasons: tuple[str, ...]
    """Message keys (``liveness.passive_low``, ``liveness.challenge_missed`` …); empty when live."""
    frames: int
    challenges: tuple[ChallengeKind, ...] = ()
    """What the person was to do, in order; empty when nothing was asked for."""
