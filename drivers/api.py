"""The contract of every device: what the program may ask, and what a driver promises.

Promises of every driver, tested for all of them: `probe` is quick and never prompts; every call takes a
time limit and keeps it; `close` is safe twice and never raises; only `DeviceError`s come out; after
`Missing` the object is dead and must be reopened; a driver is not thread-safe, its lane is.

Here are what every device has, ID-card readers and cameras; `drivers.capture` has fingers, irises and
e-documents, `drivers.around` what stands around them: signature pad, printer, PIN pad, bank cards, sound.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, Self, TypeGuard

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

Image = npt.NDArray[np.uint8]
"""A picture: height × width × 3, BGR, 0-255."""


class Kind(enum.StrEnum):
    """What a device is for."""

    CARD_READER = "card_reader"
    DOCUMENT_READER = "document_reader"
    """E-passports and travel permits."""
    CAMERA = "camera"
    FINGERPRINT = "fingerprint"
    STAFF_FINGERPRINT = "staff_fingerprint"
    """Enrols and verifies staff by name; keeps its own templates."""
    IRIS = "iris"
    SIGNATURE_PAD = "signature_pad"
    PRINTER = "printer"
    PIN_PAD = "pin_pad"
    BANK_CARD_READER = "bank_card_reader"
    SPEAKER = "speaker"


class Grade(enum.StrEnum):
    """How far a driver has been proved, shown by ``renzheng devices``."""

    SIMULATED = "simulated"
    PROTOCOL_TESTED = "protocol-tested"
    DEVICE_TESTED = "device-tested"
    CERTIFIED = "certified"


class Can(enum.Flag):
    """What an open device says it is able to do."""

    NOTHING = 0
    DETECT_REMOVAL = enum.auto()
    READ_ADDITIONAL_ADDRESS = enum.auto()
    IDENTIFY_MODULE = enum.auto()
    FOLLOW_INSTRUCTIONS = enum.auto()
    READ_FINGERPRINTS = enum.auto()
    """Gives the fingerprint templates stored on an identity card."""
    READ_MANAGEMENT_NUMBER = enum.auto()
    SEE_INFRARED = enum.auto()
    """Frames carry a near-infrared picture of the same moment."""
    CONTROL_EXPOSURE = enum.auto()
    CAPTURE_IMAGE = enum.auto()
    ENROL_TEMPLATE = enum.auto()
    MATCH_TEMPLATE = enum.auto()
    """Compares a live finger with a template handed to it."""
    SIGNED_CAPTURE = enum.auto()
    """Each capture carries the maker's signature, which was verified."""
    CUT_PAPER = enum.auto()
    DETECT_PAPER = enum.auto()


@dataclass(frozen=True, slots=True)
class Found:
    """A device seen by a probe, not opened."""

    driver: str
    address: str
    label: str


@dataclass(frozen=True, slots=True)
class About:
    """Who the device says it is; copied into each record."""

    driver: str
    address: str
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    simulated: bool = False
    """True also for a recording: whatever it gives, nobody need be there."""


class Device(Protocol):
    """Anything that was opened and must be closed."""

    @property
    def about(self) -> About:
        """Who it is."""

    @property
    def can(self) -> Can:
        """What it is able to do."""

    def check(self) -> None:
        """Raise the `DeviceError` that says why it cannot be used now (`Missing` when it has gone).

        Takes at most a second, prompts nobody and disturbs nothing; asked while the device is idle.
        """

    def close(self) -> None:
        """Release the device. Safe twice; never raises."""


class CardKind(enum.StrEnum):
    """The four card layouts of specs/id_reader_protocol.md §4."""

    RESIDENT = "resident"
    FOREIGNER_2017 = "foreigner_2017"
    FOREIGNER_2023 = "foreigner_2023"
    RESIDENCE_PERMIT = "residence_permit"


class Sex(enum.StrEnum):
    """GB/T 2261.1."""

    UNKNOWN = "0"
    MALE = "1"
    FEMALE = "2"
    NOT_STATED = "9"


@dataclass(frozen=True, slots=True)
class IdCard:
    """What the chip said, code units kept as read. `repr` shows no personal data."""

    kind: CardKind
    name: str = field(repr=False)
    number: str = field(repr=False)
    sex: Sex = field(repr=False)
    birth: date | None = field(repr=False)
    valid_from: date | None
    valid_to: date | None
    """None when the card is valid for the long term (长期)."""
    long_term: bool = False
    latin_name: str = field(default="", repr=False)
    nation: str = field(default="", repr=False)
    """GB/T 3304 code, resident cards."""
    nationality: str = field(default="", repr=False)
    """ISO 3166 alpha-3, foreigners."""
    address: str = field(default="", repr=False)
    issuer: str = ""
    pass_number: str = field(default="", repr=False)
    former_number: str = field(default="", repr=False)
    """The old 15-character number that a 2023 foreigner's card replaces, when the card tells it."""
    issue_count: str = ""
    photo: bytes = field(default=b"", repr=False)
    """The chip photo as read (1024 bytes, WLT or the simulator's WLs); decode with drivers.card.photo."""
    text_sha256: str = ""
    """Of the raw 256 text bytes, for the audit trail."""
    module_id: str = ""
    """Identity of the reader's security module (SAM)."""
    doubts: tuple[str, ...] = ()
    """Cross-checks that failed, as message keys (``card.doubt.check_digit`` …)."""
    fingerprints: bytes = field(default=b"", repr=False)
    """Two 512-byte GA/T 1012 records as read; empty when the card holds none or they were not asked for."""


class CardReader(Device, Protocol):
    """Reads identity documents with a contact-less chip."""

    def wait_for_card(self, seconds: float) -> bool:
        """True as soon as a card lies on the reader; False after `seconds` without one."""

    def read(self) -> IdCard:
        """Read the chip once. `Retry` when presenting it again may help; `Refused` when not genuine."""

    def card_still_there(self) -> bool:
        """True while the card that was read has not been lifted (needs Can.DETECT_REMOVAL)."""

    def additional_address(self) -> str | None:
        """The newest additional address on the card just read; None when the card holds none."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera; its memory belongs to whoever receives it, who may overwrite it."""

    image: Image = field(repr=False)
    number: int
    """Counts up from 1; a gap means frames were dropped."""
    at: float
    """time.monotonic() when the picture was taken, or its place on the clock of a paced file."""
    infrared: Image | None = field(default=None, repr=False)
    """The near-infrared picture of the same moment, height × width × 3 (needs Can.SEE_INFRARED)."""


class Camera(Device, Protocol):
    """Gives pictures of the person in front of the terminal."""

    def frame(self, seconds: float) -> Frame:
        """The next picture. `TimedOut` after `seconds`; `Missing` if unplugged or the source ended;
        `Garbled` with code ``camera.frozen`` when it no longer changes, ``camera.black`` when dark.
        """


class FollowsInstructions(Protocol):
    """A virtual customer in front of a simulated camera hears what the screen asks for."""

    def hear(self, instruction: str) -> None:
        """Take note of an instruction key such as ``challenge.blink``; never blocks."""


def follows_instructions(camera: object) -> TypeGuard[FollowsInstructions]:
    """True when somebody before `camera` hears instructions, also through whatever passes its calls on."""
    return callable(getattr(camera, "hear", None))


class Driver(Protocol):
    """One driver class, registered with `drivers.registry.driver`. Vendor code is imported inside `open`."""

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Devices this driver could open now; quick, silent, no side effects."""

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the device at `address`, or raise a `DeviceError`."""
