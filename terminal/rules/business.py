"""What one business demands of whom, as a rule pack says it.

A demand is a step that somebody must do, for every party with one of its roles or once for the case, when one
of its conditions holds. Demands that several businesses share stand in a set. Their order is the pack's
`order` of steps; none is done before those of an earlier step.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from terminal.rules.part import Clause, Part, Tighter, tighter
from terminal.rules.situation import Channel, Phone, Risk, Role


class Stage(StrEnum):
    """The four parts of a complete identification (A04)."""

    CHECK = "check"
    """核对"""
    UNDERSTAND = "understand"
    """了解"""
    REGISTER = "register"
    """登记"""
    RETAIN = "retain"
    """留存"""


class StepName(StrEnum):
    """What can be demanded."""

    NOTICE = "notice"
    """Tell `texts`, each acknowledged by itself (K02, K05, K06)."""
    PARTY = "party"
    """Somebody with one of `roles` must take part."""
    PRECONDITION = "precondition"
    """The centre must answer `question` with one of `answers`."""
    CONSENT = "consent"
    """Consent to `texts`, one by one (K01, K04)."""
    IDENTITY_DOCUMENT = "identity_document"
    """One of `kinds`, read at least as surely as `evidence` says (C19)."""
    DOCUMENT_IMAGES = "document_images"
    """Pictures of every side, marked as checked against the original (C13, C14)."""
    SUPPORTING_DOCUMENT = "supporting_document"
    """`count` of `kinds`."""
    HOLDER_CHECK = "holder_check"
    """The living person against the document's photo (A01)."""
    ONLINE_CHECK = "online_check"
    """The online identity check (G01)."""
    WATCH_LIST = "watch_list"
    """The watch lists (T01)."""
    EARLIER_RECORDS = "earlier_records"
    """Against what the bank knows already (A05, D10)."""
    METHODS = "methods"
    """`count` independent families of methods must have succeeded (A06, E03, E04)."""
    MEDIUM = "medium"
    """The card or passbook of the account (C16)."""
    QUESTIONS = "questions"
    """The question set `form` answered (D05, M08)."""
    AUTHORITY = "authority"
    """Show that the agency exists, by one of `kinds` (I02)."""
    DATA = "data"
    """The mandatory fields of `form` (D01, D08, I04)."""
    READ_BACK = "read_back"
    """The customer confirms what was entered (D09)."""
    FORM = "form"
    """The forms `texts`, filled from verified data (C10)."""
    SIGNATURE = "signature"
    """Signed, or a substitute with reason and witness (C21, C22)."""
    REVIEW = "review"
    """A second person checks the entry (B02)."""
    APPROVAL = "approval"
    """Approval by `count` different people, each of one of `roles`, by the ladder `ladder` (B03)."""
    PASSWORD = "password"
    """The customer sets a password on the PIN pad (N11, F15)."""
    ACTIVATION = "activation"
    """The centre carries out what was verified (E12)."""
    HAND_OVER = "hand_over"
    """Something is handed over and signed for (N12)."""
    TASK = "task"
    """A follow-up of the kind `form` is opened (G09, I05)."""


STAGES = {
    Stage.CHECK: (
        StepName.NOTICE,
        StepName.PARTY,
        StepName.PRECONDITION,
        StepName.CONSENT,
        StepName.IDENTITY_DOCUMENT,
        StepName.SUPPORTING_DOCUMENT,
        StepName.HOLDER_CHECK,
        StepName.ONLINE_CHECK,
        StepName.WATCH_LIST,
        StepName.EARLIER_RECORDS,
        StepName.METHODS,
        StepName.MEDIUM,
    ),
    Stage.UNDERSTAND: (StepName.QUESTIONS, StepName.AUTHORITY),
    Stage.REGISTER: (StepName.DATA, StepName.READ_BACK, StepName.FORM, StepName.SIGNATURE, StepName.REVIEW),
    Stage.RETAIN: (
        StepName.DOCUMENT_IMAGES,
        StepName.APPROVAL,
        StepName.PASSWORD,
        StepName.ACTIVATION,
        StepName.HAND_OVER,
        StepName.TASK,
    ),
}
"""Which stage a step belongs to; the progress bar shows the stages."""
STAGE_OF = {step: stage for stage, steps in STAGES.items() for step in steps}

_NEEDS: dict[StepName, tuple[str, ...]] = {
    StepName.NOTICE: ("texts",),
    StepName.PARTY: ("roles",),
    StepName.PRECONDITION: ("question", "answers"),
    StepName.CONSENT: ("texts",),
    StepName.IDENTITY_DOCUMENT: ("kinds", "evidence"),
    StepName.SUPPORTING_DOCUMENT: ("kinds", "count"),
    StepName.METHODS: ("count",),
    StepName.QUESTIONS: ("form",),
    StepName.AUTHORITY: ("kinds",),
    StepName.DATA: ("form",),
    StepName.FORM: ("texts",),
    StepName.APPROVAL: ("approvers", "count"),
    StepName.HAND_OVER: ("texts",),
    StepName.TASK: ("form",),
}
"""What each step must say beyond its name; anything else would be read by nobody and is refused."""
_SAYS = ("texts", "roles", "question", "answers", "kinds", "evidence", "count", "form", "approvers", "ladder")
_MAY = {StepName.APPROVAL: ("ladder",), StepName.REVIEW: ("approvers",)}


class When(Part):
    """A condition: everything it names must hold. What is not named does not matter."""

    channel: tuple[Channel, ...] = ()
    risk: tuple[Risk, ...] = ()
    """The risk class; while it is not known, every one may apply."""
    flags: tuple[str, ...] = ()
    """All of these facts, of the case or of the party."""
    without: tuple[str, ...] = ()
    """None of these facts."""
    reaches: str | None = None
    """The amount is at least this threshold; an amount that is not known reaches it."""
    below: str | None = None
    """The amount is known to be under this threshold."""
    currency: tuple[str, ...] = ()
    foreign: bool | None = None
    """Another currency than the yuan."""
    with_role: tuple[Role, ...] = ()
    """Somebody with one of these roles takes part."""
    without_role: tuple[Role, ...] = ()
    age_below: int | None = Field(None, ge=0, le=120)
    """Of the party; for the whole case, of any party."""
    age_from: int | None = Field(None, ge=0, le=120)
    document: tuple[str, ...] = ()
    """Kind of the party's identity document."""
    not_document: tuple[str, ...] = ()
    phone: tuple[Phone, ...] = ()


class Demand(Clause):
    """One step that is demanded."""

    step: StepName
    of: tuple[Role, ...] = Field(
        default=(), description="Asked of parties with these roles; empty: of the case"
    )
    when: tuple[When, ...] = Field(default=(), description="Any of these; empty: always")
    texts: tuple[str, ...] = tighter(Tighter.MORE, "Ids of texts or forms", ())
    roles: tuple[Role, ...] = tighter(Tighter.FEWER, "Roles that may fill the place", ())
    question: str | None = Field(None, description="What the centre is asked")
    answers: tuple[str, ...] = tighter(Tighter.FEWER, "Answers with which the case goes on", ())
    kinds: tuple[str, ...] = tighter(Tighter.FEWER, "Kinds of documents or proofs that are taken", ())
    evidence: Literal["visual", "ocr", "electronic", "chip"] | None = tighter(
        Tighter.HEAVIER, "The weakest reading that is taken", None
    )
    count: int | None = tighter(Tighter.HIGHER, "How many", None, ge=1, le=10)
    form: str | None = Field(None, description="Name of a data profile, question set or kind of task")
    approvers: tuple[str, ...] = tighter(Tighter.FEWER, "Roles of staff that may approve", ())
    ladder: str | None = Field(None, description="Name of the approval ladder")

    @model_validator(mode="after")
    def _says_what_its_step_needs(self) -> Self:
        needed = _NEEDS.get(self.step, ())
        allowed = (*needed, *_MAY.get(self.step, ()))
        for name in _SAYS:
            given = bool(getattr(self, name))
            if name in needed and not given:
                raise ValueError(f"the step {self.step.value} must say {name}")
            if given and name not in allowed:
                raise ValueError(f"the step {self.step.value} has no use for {name}")
        return self


class Stop(Clause):
    """A condition under which the business is not done here at all; nobody can set it aside (A02)."""

    when: tuple[When, ...] = Field(min_length=1)
    of: tuple[Role, ...] = Field(
        default=(), description="Looked at for parties with these roles; empty: the case"
    )
    finding: str = Field(min_length=1, description="Message key told to staff")
    decision: Literal["offer", "refer", "refuse"] = tighter(Tighter.HEAVIER, "What follows")
    offer: tuple[str, ...] = Field(default=(), description="Businesses or channels offered instead")


class DemandSet(Part):
    """Demands and stops that several businesses share."""

    demands: dict[str, Demand] = tighter(Tighter.MORE, "By name", {})
    stops: dict[str, Stop] = tighter(Tighter.MORE, "When none of them is done", {})


class Family(Clause):
    """Methods that count as one, however many of them succeed (A06)."""

    methods: tuple[str, ...] = Field(min_length=1)


class Flag(Part):
    """A fact that is yes or no, which rules may ask for."""

    title: dict[str, str] = tighter(Tighter.ANY, "In Chinese and English")
    of: Literal["case", "party"]
    source: Literal["centre", "staff", "program"] = Field(description="Who says so")


class Seats(Part):
    """How many people with a role take part."""

    least: int = tighter(Tighter.HIGHER, "At least", 0, ge=0, le=20)
    most: int = tighter(Tighter.LOWER, "At most", 1, ge=0, le=20)


class Threshold(Clause):
    """An amount from which on more is demanded, "at least" included."""

    amounts: dict[str, Decimal] = tighter(Tighter.LOWER, "By currency (ISO 4217)", min_length=1)
    convert_to: str = Field(description="Other currencies are converted to this one, at the rate of the day")


class Retention(Clause):
    """How long what the case leaves is kept."""

    centre_years: int = tighter(Tighter.HIGHER, "At the centre, at least", ge=1, le=100)
    for_good: bool = tighter(Tighter.TRUE, "Never destroyed", False)
    after: Literal["case", "relationship_end"] = Field(description="From when the time runs")


class Business(Clause):
    """One kind of case."""

    title: dict[str, str] = tighter(Tighter.ANY, "In Chinese and English")
    channels: tuple[Channel, ...] = tighter(Tighter.FEWER, "Where it may be begun")
    parties: dict[Role, Seats] = Field(min_length=1, description="Who takes part")
    uses: tuple[str, ...] = tighter(Tighter.MORE, "Sets of demands", ())
    demands: dict[str, Demand] = tighter(Tighter.MORE, "Demands of its own", {})
    stops: dict[str, Stop] = tighter(Tighter.MORE, "When it is not done", {})
    window_minutes: int | None = tighter(
        Tighter.LOWER, "All parties must have been identified within this time (E11)", None, ge=1, le=1440
    )
    retention: str = Field(description="Name of a retention rule")
