"""The contract of fingerprint sensors, iris cameras and e-document readers (common to all: `drivers.api`)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from drivers.api import Device, Sex

Grey = npt.NDArray[np.uint8]
"""A picture: height × width, 0-255; ridges and pupils are dark."""


class Finger(enum.IntEnum):
    """ISO/IEC 19794-2 finger positions."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10


class Eye(enum.IntEnum):
    """ISO/IEC 19794-6 eye labels."""

    UNKNOWN = 0
    RIGHT = 1
    LEFT = 2


Progress = Callable[[str, int, int], None]
"""Called during enrolment with an instruction key, and how many of how many touches are done."""


@dataclass(frozen=True, slots=True)
class FingerImage:
    """One capture of one finger."""

    image: Grey = field(repr=False)
    finger: Finger
    dpi: int = 500
    quality: int | None = None
    """0-100 as the device says; None when it does not."""


@dataclass(frozen=True, slots=True)
class FingerTemplate:
    """A maker's own template: only `match` of a device with the same `format` can use it."""

    data: bytes = field(repr=False)
    format: str
    """Such as ``ef01`` or ``iso19794-4``."""
    finger: Finger = Finger.UNKNOWN


@dataclass(frozen=True, slots=True)
class FingerMatch:
    """What the device says of a live finger against a template. Its score is the maker's own number."""

    matched: bool
    score: int | None = None


class FingerprintSensor(Device, Protocol):
    """Captures customers' fingers; keeps nothing between customers."""

    def wait_for_finger(self, seconds: float) -> bool:
        """True as soon as a finger lies on the sensor; False after `seconds` without one."""

    def capture(self, finger: Finger, seconds: float) -> FingerImage:
        """The picture of one finger (needs Can.CAPTURE_IMAGE).

        `Retry` ``finger.none``, ``finger.messy`` or ``finger.too_few_points`` when touching again may help.
        """

    def enrol(self, finger: Finger, seconds: float, progress: Progress) -> FingerTemplate:
        """A template of several touches (needs Can.ENROL_TEMPLATE). `Retry` ``finger.differs`` and above."""

    def match(self, template: FingerTemplate, seconds: float) -> FingerMatch:
        """Compare a live finger with `template` (needs Can.MATCH_TEMPLATE)."""

    def forget(self) -> None:
        """Empty the sensor of everything of this customer."""


class StaffFingerprint(Device, Protocol):
    """Knows members of staff by their fingers; for sign-in, never for customers."""

    def enrolled(self, user: str) -> tuple[Finger, ...]:
        """The fingers of `user` that are enrolled."""

    def enrol(self, user: str, finger: Finger, seconds: float, progress: Progress) -> None:
        """Enrol one finger of `user`."""

    def verify(self, user: str, seconds: float) -> bool:
        """True when the live finger is one of `user`'s; False when it is not. `Retry` as for customers."""

    def forget(self, user: str) -> None:
        """Delete every finger of `user`."""


@dataclass(frozen=True, slots=True)
class IrisImage:
    """One near-infrared picture of one eye."""

    image: Grey = field(repr=False)
    eye: Eye
    quality: int | None = None


class IrisScanner(Device, Protocol):
    """Captures irises."""

    def capture(self, eyes: Sequence[Eye], seconds: float) -> tuple[IrisImage, ...]:
        """A picture of each eye asked for. `Retry` ``iris.none``, ``iris.blurred``, ``iris.too_far`` …"""


class Authentic(enum.StrEnum):
    """What passive authentication says of an e-document's data."""

    VERIFIED = "verified"
    """Hashes, signature, and a chain to a configured country signer."""
    NOT_VERIFIED = "not_verified"
    """In itself sound, but no country signer is configured that could vouch for it."""
    FAILED = "failed"
    """Altered, wrongly signed, or signed by somebody else: not genuine."""


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """What opens the chip, from the printed machine-readable zone. `repr` shows no personal data."""

    number: str = field(repr=False)
    birth: str = field(repr=False)
    """YYMMDD as printed."""
    expiry: str = field(repr=False)
    """YYMMDD as printed."""


@dataclass(frozen=True, slots=True)
class EDocument:
    """What the chip of a passport or travel permit said."""

    kind: str
    """Document code of the zone: P, CS, I …"""
    issuer: str
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    nationality: str = field(repr=False)
    sex: Sex = field(repr=False)
    birth: date | None = field(repr=False)
    expiry: date | None
    native_name: str = field(default="", repr=False)
    """From DG11, in the holder's own script, where the chip has it."""
    optional: str = field(default="", repr=False)
    mrz: tuple[str, ...] = field(default=(), repr=False)
    portrait: bytes = field(default=b"", repr=False)
    """JPEG or JPEG 2000 as stored in DG2."""
    details: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Further items of DG11 and DG12, by name."""
    authentic: Authentic = Authentic.NOT_VERIFIED
    authentic_reasons: tuple[str, ...] = ()
    """Why, as message keys (``document.auth.no_signers`` …)."""
    access: str = ""
    """``bac`` or ``pace``."""
    groups: tuple[int, ...] = ()
    """Data groups that were read."""
    doubts: tuple[str, ...] = ()
    """Cross-checks that failed, as message keys (``document.doubt.check_digit`` …)."""


class DocumentReader(Device, Protocol):
    """Reads e-documents."""

    def wait_for_document(self, seconds: float) -> bool:
        """True as soon as a chip is in the field; False after `seconds` without one."""

    def read(self, key: DocumentKey, progress: Callable[[int, int], None] | None = None) -> EDocument:
        """Read the chip; `progress` hears bytes read, of bytes known so far.

        `Retry` ``document.none``, ``document.removed`` or ``document.wrong_key``; `Unsupported`
        ``document.not_icao``; `Garbled` for an answer that is none. Not genuine is a result, not an error.
        """


@runtime_checkable
class ShowsPreview(Protocol):
    """A capture device that can show what it sees while it waits."""

    def preview(self) -> Grey | None:
        """The newest picture, reduced; None while there is none."""
