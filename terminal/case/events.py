"""What can happen to a case. Values without names, numbers or pictures: the audit log holds them as they are.

Every event says when (`at`, UTC, ISO 8601) and by whom (`by`: an operator's id; ``customer`` for what a
customer does alone at a kiosk; ``terminal`` for what the program does by itself).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from terminal.rules.situation import Channel, PartyFacts, Situation

INTERRUPTED = "interrupted"
"""Missing of a case that nobody parked: the program was closed, or it was handed over in the middle."""


class Ending(StrEnum):
    """How a case can end."""

    ACCEPTED = "accepted"
    """Everything demanded was done and nothing speaks against it."""
    PROVISIONAL = "provisional"
    """Accepted, but the centre must confirm what could not be asked offline (E02)."""
    NOT_NEEDED = "not_needed"
    """The rules demand no identification for this."""
    OFFERED = "offered"
    """Not done here; something else was offered instead (E08, E09)."""
    REFERRED = "referred"
    """A person outside the case takes over."""
    REFUSED = "refused"
    """With a stated ground, by two people (A08, A09)."""
    WITHDRAWN = "withdrawn"
    """The customer does not want to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    at: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(_Event):
    """A case was opened, by the rules whose packs are named."""

    case_id: str
    situation: Situation
    packs: str
    packs_sha256: str
    kind: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned(_Event):
    """Facts became known or changed; `situation` is the whole as it stands now."""

    situation: Situation
    kind: Literal["learned"] = "learned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(_Event):
    """One more person takes part."""

    party: PartyFacts
    kind: Literal["joined"] = "joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Did(_Event):
    """A demanded step was done."""

    key: str
    """Of `terminal.rules.plan.Required`."""
    method: str | None = None
    """The method of a family of the pack that succeeded by it."""
    answer: str | None = None
    """What the centre answered, where the step is to ask it; or which of several kinds was shown."""
    role: str | None = None
    """In which role a reviewer or approver acted."""
    evidence: tuple[str, ...] = ()
    """SHA-256 of what was kept for it, or ids of records."""
    findings: tuple[str, ...] = ()
    """What it brought up against accepting."""
    kind: Literal["did"] = "did"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved(_Event):
    """A method succeeded that no step of its own asks for: a code by SMS, an account of one's own (F14)."""

    party: str
    method: str
    evidence: tuple[str, ...] = ()
    kind: Literal["proved"] = "proved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(_Event):
    """A try of a step that did not succeed; it can be tried again (F04)."""

    key: str
    code: str
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excepted(_Event):
    """A step cannot be done by this person, for a reason of the pack; something else stands in (F05, Q02)."""

    key: str
    reason: str
    second: str
    """The other person who agreed."""
    second_role: str
    evidence: tuple[str, ...] = ()
    kind: Literal["excepted"] = "excepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(_Event):
    """A person other than the maker looked at a finding and lets the case go on (A08, G07)."""

    finding: str
    party: str
    ground: str
    role: str
    evidence: tuple[str, ...] = ()
    kind: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(_Event):
    """Something is missing; the case keeps its place until the appointment (Q04)."""

    missing: tuple[str, ...]
    until: str
    kind: Literal["parked"] = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparked(_Event):
    """The customer is back."""

    kind: Literal["unparked"] = "unparked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(_Event):
    """The case goes on in another channel or at another terminal, with nothing entered again (J07)."""

    channel: Channel
    terminal: str
    kind: Literal["moved"] = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(_Event):
    """Somebody, or the program, ended the case."""

    ending: Ending
    ground: str = ""
    """Of the pack's list, where one is needed."""
    second: str | None = None
    second_role: str | None = None
    kind: Literal["ended"] = "ended"


Event = (
    Opened
    | Learned
    | Joined
    | Did
    | Proved
    | Failed
    | Excepted
    | Resolved
    | Parked
    | Unparked
    | Moved
    | Ended
)
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def as_json(event: Event) -> dict[str, Any]:
    """The event as it stands in the audit log."""
    found: dict[str, Any] = _ADAPTER.dump_python(event, mode="json")
    return found


def from_json(data: object) -> Event:
    """The event that `as_json` wrote; pydantic.ValidationError when it is none."""
    return _ADAPTER.validate_python(data)
