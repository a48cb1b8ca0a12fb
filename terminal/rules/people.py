"""What a rule pack says of staff: passwords, lock-out, sessions, two persons, approvals, overrides."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from terminal.people.roles import Role
from terminal.rules.part import Clause, Part, Tighter, tighter
from terminal.rules.situation import Risk

ScopeName = Literal["branch", "other_branch", "remote"]
_RISKS = tuple(Risk)
"""From low to high."""


class PasswordRules(Part):
    """What a password must be, and what hashing it costs (Argon2id, RFC 9106)."""

    least_length: int = tighter(Tighter.HIGHER, "Characters a password has at least", ge=8, le=64)
    most_length: int = tighter(Tighter.ANY, "Characters a password has at most", ge=64, le=1024)
    least_distinct: int = tighter(Tighter.HIGHER, "Different characters at least", ge=1, le=32)
    common: tuple[str, ...] = tighter(
        Tighter.MORE, "Words no password may be made of, whatever digits and signs stand around them"
    )
    advise_after_days: int = tighter(
        Tighter.LOWER, "Days after which a change is advised; nobody is shut out by it", ge=1, le=3650
    )
    memory_kib: int = tighter(Tighter.HIGHER, "Memory for one hash, in KiB", ge=64, le=4_194_304)
    passes: int = tighter(Tighter.HIGHER, "Passes over that memory", ge=1, le=100)
    lanes: int = tighter(Tighter.ANY, "Lanes computed side by side", ge=1, le=16)


class LockRules(Part):
    """When wrong passwords shut a person out."""

    tries: int = tighter(Tighter.LOWER, "Wrong passwords in a row that lock", ge=1, le=20)
    minutes: float = tighter(Tighter.HIGHER, "Minutes a lock lasts", gt=0, le=10_080)


class SessionRules(Part):
    """How long a sign-in lasts, and what a second one does."""

    idle_lock_seconds: float = tighter(Tighter.LOWER, "Seconds without use that lock", gt=0, le=3600)
    idle_end_seconds: float = tighter(Tighter.LOWER, "Seconds without use that end", gt=0, le=86_400)
    longest_hours: float = tighter(Tighter.LOWER, "Hours after which a session ends", gt=0, le=24)
    elsewhere: Literal["refuse", "close"] = tighter(
        Tighter.ANY, "A person signed in elsewhere: refuse the new sign-in, or close the old session"
    )

    @model_validator(mode="after")
    def _locks_before_it_ends(self) -> SessionRules:
        if self.idle_end_seconds < self.idle_lock_seconds:
            raise ValueError("idle_end_seconds is before idle_lock_seconds")
        return self


class StepRule(Part):
    """One step of the escalation: who may answer from then on, and for how long nobody else."""

    roles: tuple[Role, ...] = tighter(Tighter.FEWER, "Roles that may answer", min_length=1)
    scope: ScopeName = Field(description="Own branch, any branch, or the remote centre")
    seconds: float = tighter(Tighter.LOWER, "Seconds until the next step", gt=0, le=604_800)


class LevelRule(Part):
    """One approval of a ladder: asked for from an amount on, or from a risk class on."""

    amount_from: int | None = tighter(
        Tighter.LOWER, "From this amount on, in yuan; 0: always, null: whatever the amount", 0, ge=0
    )
    risk_from: Risk | None = tighter(Tighter.LOWER, "From this risk class on; null: whatever the risk", None)
    steps: dict[str, StepRule] = tighter(Tighter.FEWER, "Steps of the escalation, in order", min_length=1)

    @model_validator(mode="after")
    def _is_asked_at_all(self) -> LevelRule:
        if self.amount_from is None and self.risk_from is None:
            raise ValueError("neither an amount nor a risk asks for it")
        return self

    def asked(self, amount: Decimal | None, risk: Risk) -> bool:
        """True when a demand of this amount (None: not known, counts as any) and risk needs this level."""
        by_amount = self.amount_from is not None and (amount is None or amount >= self.amount_from)
        by_risk = self.risk_from is not None and _RISKS.index(risk) >= _RISKS.index(self.risk_from)
        return by_amount or by_risk


class LadderRule(Clause):
    """The approvals one kind of demand needs, each by another person."""

    high_value: bool = tighter(Tighter.TRUE, "Grants given under duress do not count", False)
    levels: dict[str, LevelRule] = tighter(Tighter.MORE, "Levels, in order", min_length=1)

    @model_validator(mode="after")
    def _somebody_is_always_asked(self) -> LadderRule:
        if next(iter(self.levels.values())).amount_from != 0:
            raise ValueError("the first level must always be asked for")
        return self


class ApprovalRules(Clause):
    """Who approves what, in which order and time."""

    proof_seconds: float = tighter(
        Tighter.LOWER, "An approver has proved who they are at most this long ago", gt=0, le=600
    )
    grant_grounds: tuple[str, ...] = tighter(Tighter.FEWER, "Grounds to grant for", min_length=1)
    refuse_grounds: tuple[str, ...] = tighter(Tighter.FEWER, "Grounds to refuse for", min_length=1)
    ladders: dict[str, LadderRule] = tighter(
        Tighter.FEWER, "Kinds of demands; what is not here cannot be approved", min_length=1
    )


class OverrideRules(Clause):
    """Which soft rules may be departed from, for what reason, and how often before it is told."""

    findings: tuple[str, ...] = tighter(Tighter.FEWER, "Findings that may be overridden; all others never")
    reasons: tuple[str, ...] = tighter(Tighter.FEWER, "Reasons that may be given", min_length=1)
    alarm_count: int = tighter(Tighter.LOWER, "Overrides of one operator that are told", ge=1, le=1000)
    alarm_days: int = tighter(Tighter.HIGHER, "Days they are counted over", ge=1, le=366)


class PeopleRules(Clause):
    """The section ``people`` of a rule pack."""

    password: PasswordRules
    lock: LockRules
    session: SessionRules
    two_persons_seconds: float = tighter(
        Tighter.LOWER, "The second of two persons proves who they are within", gt=0, le=600
    )
    administrators: tuple[Role, ...] = tighter(
        Tighter.FEWER, "Roles that change the roll, two persons at a time", min_length=1
    )
    apart: dict[Role, tuple[Role, ...]] = tighter(
        Tighter.MORE, "By role: the roles nobody may hold together with it"
    )
    approvals: ApprovalRules
    overrides: OverrideRules
