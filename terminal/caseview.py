"""A whole case as a screen shows it: who takes part, what is demanded, how far it has come. Frozen values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from terminal.asking import Label


class StepMark(enum.StrEnum):
    """How a demanded step stands."""

    WAITING = "waiting"
    NOW = "now"
    DONE = "done"
    EXCEPTED = "excepted"
    """Something stands in for it."""
    DOUBTED = "doubted"
    """Done, and it brought up something that nobody has resolved."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One demanded step."""

    key: str
    step: str
    """Message key ``step_name.…``."""
    party: str
    """Id of a `PartyLine`; ``case`` for what is demanded once."""
    mark: StepMark
    clause: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class StageLine:
    """One of the four parts of a complete identification (A04)."""

    name: str
    """Message key ``case_stage.check``, ``….understand``, ``….register``, ``….retain``."""
    done: int
    demanded: int


@dataclass(frozen=True, slots=True)
class PartyLine:
    """One person who takes part."""

    id: str
    role: str
    """Message key ``party.…``."""
    number: int = 0
    """Second, third … of those with this role; 0 where there is one."""
    name: str = field(default="", repr=False)
    """As on the document, once it was read."""
    complete: bool = False
    """Everything demanded of this person is done."""


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """Something that speaks against accepting; its words never tell that somebody is on a list (T05)."""

    code: str
    """Message key."""
    party: str
    clause: str
    refuses: bool
    resolved: bool


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """How the case ended."""

    ending: str
    """Message key ``ending.…``."""
    ground: str
    """Message key ``ground.…``, or empty."""
    record_id: str
    synced: bool
    offered: tuple[Label, ...] = ()
    """Businesses that were offered instead."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """The whole case."""

    case_id: str
    business: Label
    packs: str
    stages: tuple[StageLine, ...] = ()
    parties: tuple[PartyLine, ...] = ()
    steps: tuple[CaseStep, ...] = ()
    """In the order they are done."""
    findings: tuple[CaseFinding, ...] = ()
    checking: str = ""
    """Id of the person whose document and face are being checked now."""
    busy: Label | None = None
    """What the terminal is doing by itself: asking the centre, searching lists."""
    end: CaseEnd | None = None


@dataclass(frozen=True, slots=True)
class ParkedCase:
    """A case that waits for something, or was interrupted; it can be gone on with."""

    case_id: str
    business: Label
    since: str
    """Local, ``2026-11-27 10:42``."""
    missing: tuple[Label, ...] = ()
    until: str = ""
    """Day of the appointment, ISO; empty for a case that was interrupted."""


@dataclass(frozen=True, slots=True)
class BusinessLine:
    """A business that can be begun here."""

    name: str
    title: Label
