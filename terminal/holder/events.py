"""What can happen to a case. Every event carries `at_ms`, milliseconds since the case began."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.api import About, IdCard
from models.api import ChallengeKind, Liveness, Match
from terminal.view import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Common to all events."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun(Happened):
    """A case was opened for a business that demands `required` steps."""

    case_id: str
    business: str
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented(Happened):
    """The customer agreed to the use of biometrics; `source` says who recorded it and how."""

    source: str
    text_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(Happened):
    """The customer wants the staffed way instead; no biometric is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRead(Happened):
    """The chip was read by `reader`."""

    card: IdCard
    reader: About
    findings: tuple[str, ...] = ()
    """What the rules have against the card without ending the case now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stumbled(Happened):
    """Something the person can put right now; `code` is the hint."""

    code: str
    max_tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled(Happened):
    """The checking ends now: by findings such as a card that is not genuine, or by the evidence so far."""

    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke(Happened):
    """A device failed. The case keeps what it has and can go on once the device is back."""

    code: str
    device: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Happened):
    """Somebody put the device right and asked to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged(Happened):
    """The person is asked to do something unpredictable; None when it is over."""

    challenge: ChallengeKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excused(Happened):
    """The teller says that the customer cannot do what is asked; `exception` names the rule for it."""

    exception: str
    left_out: tuple[ChallengeKind, ...]
    to_a_person: bool
    """True when too little is left to ask for: the staffed way instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceCaptured(Happened):
    """The look at the person is complete."""

    liveness: Liveness
    camera: About
    good_frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Happened):
    """The live face was compared with the holder's photos, and these with one another."""

    matches: tuple[Match, ...]
    """At least one."""
    findings: tuple[str, ...] = ()
    """Comparisons that could not be made, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Happened):
    """The rules have spoken."""

    decision: Decision
    findings: tuple[tuple[str, str], ...]
    """(finding, clause) for each reason."""
    devices: tuple[About, ...] = ()
    """Every device that took part, also one that failed before it gave anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Happened):
    """The record is in the book, with its audit line and its place in the outbox."""

    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced(Happened):
    """The centre has answered about the record."""

    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(Happened):
    """Somebody ended the case before it was decided."""

    findings: tuple[str, ...] = field(default=("case.cancelled",))


Event = (
    Begun
    | Consented
    | Declined
    | CardRead
    | Stumbled
    | Ruled
    | Broke
    | Resumed
    | Challenged
    | Excused
    | FaceCaptured
    | Compared
    | Decided
    | Kept
    | Synced
    | Cancelled
)
