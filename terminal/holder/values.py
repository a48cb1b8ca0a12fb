"""A verification case: what is known so far, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.api import About, IdCard
from models.api import Answer, ChallengeKind, Liveness, Match, PhotoKind
from models.face.pairing import Pairing
from terminal.view import Decision, Stage, StepState

CHECK_STEPS = ("consent", "card", "face", "liveness", "match")
"""What the check of one person consists of."""
STEP_ORDER = ("consent", "card", "face", "liveness", "match", "decision", "record", "sync")
"""All steps a case can show, in the order they happen."""
HOLDER = Pairing(PhotoKind.CHIP)
"""The comparison that every case with a card needs."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step with its times, in milliseconds since the case began."""

    name: str
    state: StepState = StepState.WAITING
    begun_ms: int | None = None
    ended_ms: int | None = None
    code: str | None = None

    @property
    def elapsed_ms(self) -> int | None:
        """How long it took, once it has ended."""
        if self.begun_ms is None or self.ended_ms is None:
            return None
        return self.ended_ms - self.begun_ms


@dataclass(frozen=True, slots=True)
class Trouble:
    """A device fault that interrupted the case."""

    code: str
    device: str
    reference: str


def doubt_of(match: Match) -> str | None:
    """The finding that names a comparison that is no match, or None: ``match.no_match``, which is the chip
    photo and the live face; ``match.cannot_tell.chip_returned``, two photos."""
    if match.decision is Answer.MATCH:
        return None
    pairing = Pairing(match.photo_kind, match.other_kind)
    code = f"match.{match.decision.value}"
    return code if pairing == HOLDER else f"{code}.{pairing.name}"


@dataclass(frozen=True, slots=True)
class HolderCheck:
    """Everything the program knows of one verification. The empty value is "no case"."""

    stage: Stage = Stage.IDLE
    case_id: str = ""
    business: str = ""
    required: tuple[str, ...] = ()
    consent: bool | None = None
    consent_source: str = ""
    consent_version: str = ""
    card: IdCard | None = None
    reader: About | None = None
    camera: About | None = None
    devices: tuple[About, ...] = ()
    """All that took part, known when the case is decided."""
    liveness: Liveness | None = None
    good_frames: int = 0
    matches: tuple[Match, ...] = ()
    """Every comparison made: each photo with the live face, the chip photo first; then photos together."""
    findings: tuple[str, ...] = ()
    """What spoke against accepting, as finding codes."""
    reasons: tuple[tuple[str, str], ...] = ()
    """(finding, clause) of the decision."""
    decision: Decision | None = None
    challenge: ChallengeKind | None = None
    challenges: tuple[ChallengeKind, ...] = ()
    """All that were asked, in order; a recording that blinks by chance must not be asked to blink again."""
    excused: tuple[str, ...] = ()
    """Exceptions of the rule pack that the teller claimed for the customer, in order."""
    left_out: tuple[ChallengeKind, ...] = ()
    """Actions that are not asked for any more, by those exceptions."""
    prompt: str | None = None
    tries: int = 0
    stumbles: tuple[str, ...] = ()
    """Every hint given, in order."""
    trouble: Trouble | None = None
    troubles: tuple[Trouble, ...] = ()
    resume: Stage = Stage.IDLE
    record_id: str = ""
    synced: bool | None = None
    steps: tuple[Step, ...] = field(default=())

    @property
    def simulated(self) -> bool:
        """True when any device that took part was simulated."""
        took_part = (self.reader, self.camera, *self.devices)
        return any(about is not None and about.simulated for about in took_part)

    @property
    def match(self) -> Match | None:
        """The comparison of the first photo with the live face."""
        return self.matches[0] if self.matches else None

    def step(self, name: str) -> Step | None:
        """The step called `name`."""
        return next((step for step in self.steps if step.name == name), None)
