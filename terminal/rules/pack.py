"""The schema of a rule pack, and which pack is in force on a business date."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terminal.view import Decision


class RuleError(Exception):
    """A rule pack that cannot be used: names file, place and cause."""

    def __init__(self, code: str, file: str, cause: str = "") -> None:
        super().__init__(f"{file}: {cause or code}")
        self.code = code
        self.file = file
        self.cause = cause


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Clause(_Part):
    clause: str = Field(min_length=1, description="Rows of the requirements catalogue this part carries out")


ActionName = Literal["blink", "turn_left", "turn_right", "nod", "open_mouth"]
StepName = Literal["consent", "card", "face", "liveness", "match"]


class Business(_Clause):
    """What one business demands."""

    title: dict[str, str]
    channels: tuple[str, ...]
    steps: tuple[StepName, ...]
    parties: tuple[str, ...]


class ConsentRules(_Clause):
    """Which consent text is in force."""

    text_version: str


class CardRules(_Clause):
    """Which cards are taken, and how often they may be presented again."""

    kinds: tuple[str, ...]
    minimum_age_years: int = Field(ge=0, le=120)
    max_tries: int = Field(ge=1, le=10)
    wait_seconds: float = Field(gt=0, le=600)


class FaceRules(_Clause):
    """How long and how often a face is looked for."""

    max_tries: int = Field(ge=1, le=10)
    capture_seconds: float = Field(gt=0, le=120)
    good_frames: int = Field(ge=1, le=50, description="Usable frames that enter the comparison")


class ExceptionRule(_Clause):
    """What a customer cannot do for the sake of their health, and what that means for the check."""

    actions: tuple[ActionName, ...] = Field(min_length=1, description="Actions that are not asked for")
    then: Literal["others", "person"] = Field(
        description="Ask for the other actions, or hand the case to a person"
    )


class LivenessRules(_Clause):
    """Which actions may be asked for, and how many; they and their order are drawn at random."""

    challenges: tuple[ActionName, ...] = Field(min_length=1)
    count: int = Field(ge=1, le=6, description="Actions asked for, one after the other")
    challenge_seconds: float = Field(gt=0, le=60, description="Time for each action")
    exceptions: dict[str, ExceptionRule] = Field(
        default_factory=dict, description="By name; the first that holds the action asked for applies"
    )
    least_kinds: int = Field(
        default=3, ge=1, description="With fewer kinds of actions left, the case goes to a person"
    )
    passive_frames: int = Field(ge=3, le=100)

    def exception_for(self, action: str) -> tuple[str, ExceptionRule]:
        """The exception that covers `action`; the staffed way where the pack names none."""
        for name, rule in self.exceptions.items():
            if action in rule.actions:
                return name, rule
        return "unnamed", ExceptionRule(clause=self.clause, actions=(action,), then="person")


class MatchRules(_Clause):
    """The error rates asked of the holder-to-document comparison."""

    required: tuple[Literal["chip", "returned", "portrait"], ...] = Field(
        min_length=1,
        description="Photos that must be compared with the live face; others are, where they are given",
    )
    target_false_match_rate: float = Field(gt=0, lt=1)
    refer_false_match_rate: float = Field(gt=0, lt=1)


class StaffRules(_Clause):
    """How sure a member of staff must be known by their face."""

    false_accept_rate: float = Field(
        gt=0, lt=1, description="At most this often a stranger is taken for any of the enrolled"
    )


class OutcomeRule(_Clause):
    """What one finding leads to."""

    decision: Literal["refer", "refuse"]


class RulePack(_Part):
    """One pack, as read from a file in ``config/rules``."""

    pack: str
    version: str
    authority: Literal["regulation", "bank", "branch"]
    effective_from: date
    effective_until: date | None
    title: dict[str, str]
    basis: tuple[str, ...]
    businesses: dict[str, Business]
    consent: ConsentRules
    card: CardRules
    face: FaceRules
    liveness: LivenessRules
    match: MatchRules
    staff: StaffRules
    outcomes: dict[str, OutcomeRule]
    sha256: str = ""
    """Of the file, filled in when it is loaded; recorded with every decision."""

    @property
    def name(self) -> str:
        """``pack version``, as decisions cite it."""
        return f"{self.pack} {self.version}"

    def in_force(self, on: date) -> bool:
        """True when the pack applies to the business date `on`."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)

    def outcome(self, finding: str) -> OutcomeRule:
        """The rule for `finding`, or for its family (``card.doubt.sex`` → ``card.doubt``).

        A finding no rule speaks of goes to a person: accepting needs an empty list of findings.
        """
        parts = finding.split(".")
        for length in range(len(parts), 0, -1):
            rule = self.outcomes.get(".".join(parts[:length]))
            if rule is not None:
                return rule
        return OutcomeRule(clause="A08", decision=Decision.REFER.value)


def parse(text: str, file: str) -> RulePack:
    """A checked pack, or `RuleError` naming the place."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RuleError("rules.not_yaml", file, str(error).replace("\n", " ")) from error
    if not isinstance(raw, dict):
        raise RuleError("rules.not_yaml", file, "the file holds no table")
    try:
        return RulePack.model_validate({**raw, "sha256": hashlib.sha256(text.encode()).hexdigest()})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RuleError("rules.invalid", file, f"{place}: {first['msg']}") from error


def load_all(folder: Traversable | None = None) -> tuple[RulePack, ...]:
    """All packs of `folder` (those shipped with the program when None)."""
    place = folder or files("config") / "rules"
    names = sorted(item.name for item in place.iterdir() if item.name.endswith(".yaml"))
    return tuple(parse((place / name).read_text("utf-8"), name) for name in names)


def in_force(packs: Sequence[RulePack], on: date) -> RulePack:
    """The pack that decides on business date `on`; the newest where several apply."""
    fitting = [pack for pack in packs if pack.in_force(on)]
    if not fitting:
        raise RuleError("rules.none_in_force", on.isoformat(), f"no rule pack is in force on {on}")
    return max(fitting, key=lambda pack: pack.effective_from)
