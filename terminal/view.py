"""What a screen may know of the running terminal: frozen values, no devices, no models, no decisions.

`Snapshot` is the whole screen at one moment; a front end draws it and sends intents back through
`Door`. Codes are message keys for `terminal.messages`; their texts live in one table per language.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from terminal.asking import Ask, Reply
from terminal.caseview import BusinessLine, CaseView, ParkedCase

Image = npt.NDArray[np.uint8]
"""A picture: height × width × 3, BGR, 0-255."""


class Stage(enum.StrEnum):
    """Where a case stands."""

    IDLE = "idle"
    CONSENT = "consent"
    CARD = "card"
    FACE = "face"
    DECIDING = "deciding"
    KEEPING = "keeping"
    DONE = "done"
    ASKING = "asking"
    """A question waits for whoever works at the terminal: `Snapshot.ask`."""
    WORKING = "working"
    """The terminal does something of a whole case by itself: `Snapshot.case.busy`."""
    FAULT = "fault"
    """A device, the store or the program failed; the case is resumable or closed, as `shown` says."""


class StepState(enum.StrEnum):
    """How far one step of the case has come."""

    WAITING = "waiting"
    DOING = "doing"
    PAUSED = "paused"
    """Interrupted by a device fault; goes on when the case is resumed."""
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Decision(enum.StrEnum):
    """How a case ends."""

    ACCEPT = "accept"
    REFER = "refer"
    REFUSE = "refuse"


class Action(enum.StrEnum):
    """What a person may do next; also the message key's last part (``action.retry``)."""

    BEGIN = "begin"
    CONSENT = "consent"
    DECLINE = "decline"
    RETRY = "retry"
    CANNOT_DO = "cannot_do"
    """The customer cannot do what is asked for, for the sake of their health."""
    CANCEL = "cancel"
    FINISH = "finish"
    LOCK = "lock"
    """Nothing until the same person proves who they are; the case in hand waits."""
    SIGN_OUT = "sign_out"


class Health(enum.StrEnum):
    """Is a device usable now?"""

    OPENING = "opening"
    HEALTHY = "healthy"
    ATTENTION = "attention"
    """There, but a person must see to it first: no paper, cover open."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Shown:
    """One happening, told to three audiences by its code."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    """Fill-ins of the text; never personal data."""
    reference: str = ""
    """Short reference such as K7Q2, on screen and in the log."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of the progress list; `name` is a message key below ``step.``."""

    name: str
    state: StepState
    elapsed_ms: int | None = None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class CardView:
    """Card data for the teller; the number is masked."""

    kind: str
    name: str = field(repr=False)
    latin_name: str = field(repr=False)
    sex: str = field(repr=False)
    """Message key ``sex.1`` …"""
    nation: str = field(repr=False)
    """Chinese name of the ethnic group, or nationality code."""
    birth: str = field(repr=False)
    address: str = field(repr=False)
    number_masked: str = field(repr=False)
    issuer: str
    valid_from: str
    valid_to: str
    """ISO date, or ``long_term``."""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairView:
    """One comparison; kinds and answer are message keys (``photo_kind.chip``, ``answer.match``)."""

    photo: str
    other: str
    answer: str
    score: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Result:
    """The decision with everything the teller must see of it."""

    decision: Decision
    reasons: tuple[Shown, ...]
    record_id: str = ""
    synced: bool = False
    score: float | None = None
    threshold: float | None = None
    false_match_rate: float | None = None
    interval: tuple[float, float] | None = None
    liveness: str | None = None
    rule_pack: str = ""
    elapsed_ms: int = 0
    refer_from: float | None = None
    """Scores from here up to `threshold` go to a person; drawn as a band on the scale."""
    pairs: tuple[PairView, ...] = ()
    """Every comparison made, that of `score` first."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device in the status strip."""

    kind: str
    label: str
    health: Health
    code: str | None = None
    simulated: bool = False
    name: str = ""
    """What the settings call it; its kind when nothing else."""


@dataclass(frozen=True, slots=True)
class Status:
    """The status strip."""

    devices: tuple[DeviceView, ...] = ()
    online: bool | None = None
    """None until the centre was first tried."""
    offline_since: str | None = None
    """Local time hh:mm."""
    waiting: int = 0
    rejected: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a screen draws."""

    stage: Stage = Stage.IDLE
    case_id: str = ""
    business: str = ""
    """Message key below ``business.``"""
    prompt: Shown | None = None
    """The one instruction shown now."""
    challenge: str | None = None
    """``blink``, ``turn_left``, ``turn_right``, ``nod``, ``open_mouth`` while asked for."""
    tries: int = 0
    max_tries: int = 0
    steps: tuple[StepView, ...] = ()
    card: CardView | None = None
    chip_photo: Image | None = field(default=None, repr=False)
    live_face: Image | None = field(default=None, repr=False)
    """The live frame used for the comparison, cropped like the chip photo."""
    result: Result | None = None
    shown: Shown | None = None
    """A fault or hint, with reference."""
    case: CaseView | None = None
    """The whole case in hand; None between cases and where one person alone is checked."""
    ask: Ask | None = None
    """What waits for a reply."""
    parked: tuple[ParkedCase, ...] = ()
    """Cases that can be gone on with; while idle."""
    passes: bool = False
    """Cases can be given to other terminals and taken over from them."""
    operator: str = field(default="", repr=False)
    """Who is signed in, as shown to colleagues; empty: nobody."""
    actions: tuple[Action, ...] = (Action.BEGIN,)
    status: Status = field(default_factory=Status)


@dataclass(frozen=True, slots=True)
class Preview:
    """The newest camera picture with what the networks saw; pulled, never pushed."""

    image: Image = field(repr=False)
    number: int
    face: tuple[float, float, float, float] | None = None
    """x, y, width, height in pixels."""
    guidance: str | None = None
    """Message key ``guide.come_closer`` …"""
    good: bool = False
    """The face can be used as it is."""
    looks: int = 0
    """Frames that the networks have looked at since the start."""
    watched: bool = False
    """A look at the person is under way: every frame counts."""


class Door(Protocol):
    """What a front end may ask of the terminal. Every method returns at once."""

    def begin(self, business: str) -> None:
        """Open a new case."""

    def act(self, action: Action) -> None:
        """One of the actions the snapshot offers; others are ignored and logged."""

    def reply(self, reply: Reply) -> None:
        """Answer the question in the snapshot; a reply to another one is ignored and logged."""

    def resume(self, case_id: str) -> None:
        """Go on with a case of `Snapshot.parked`; ignored while one is open."""

    def hand_over(self, case_id: str) -> None:
        """Give a case of `Snapshot.parked` to another terminal; ignored while one is open."""

    def take_over(self) -> None:
        """Take over a case of another terminal; ignored while one is open."""

    def snapshot(self) -> Snapshot:
        """The newest snapshot."""

    def subscribe(self, listener: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Call `listener` from a terminal thread on each change; returns the way to stop that."""

    def preview(self) -> Preview | None:
        """The newest picture; None while the camera gives none."""

    def businesses(self) -> tuple[BusinessLine, ...]:
        """What can be begun here by the rule packs in force, in the packs' order."""
