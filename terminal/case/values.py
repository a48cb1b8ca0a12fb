"""A verification case: what was done, by whom, and what speaks against accepting. Frozen values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from terminal.case.events import Ending
from terminal.rules.business import Stage, StepName
from terminal.rules.plan import CASE, Plan, Required
from terminal.rules.situation import Situation

DERIVED = frozenset({StepName.PARTY, StepName.METHODS})
"""Steps nobody does: they are fulfilled by who takes part and by what succeeded."""
CONFIRMING = frozenset({StepName.READ_BACK, StepName.SIGNATURE, StepName.REVIEW, StepName.APPROVAL})
"""Steps in which a person confirms the whole: void once a fact of the case changes."""
CHECKING = frozenset({StepName.REVIEW, StepName.APPROVAL})
"""Steps that only somebody else than the maker may do (B02)."""


ANEW = CONFIRMING | {StepName.IDENTITY_DOCUMENT, StepName.HOLDER_CHECK, StepName.ONLINE_CHECK}
"""Steps void once people went away: whoever comes back must be who left, and confirms anew (A01)."""
BY_STEP = frozenset(
    {"chip_read", "e_document", "face_match", "fingerprint_match", "iris_match", "online_agrees"}
)
"""Methods that only a step of the case gives: nobody says of them that they succeeded."""


class State(StrEnum):
    """Where a case is."""

    NONE = "none"
    OPEN = "open"
    PARKED = "parked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was done, or for which something stands in."""

    key: str
    step: StepName
    party: str
    by: str
    at: str
    method: str | None = None
    answer: str | None = None
    role: str | None = None
    evidence: tuple[str, ...] = ()
    excepted: str | None = None
    """The reason why something else stands in."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that speaks against accepting."""

    code: str
    party: str
    key: str
    """The step that brought it up."""
    clause: str
    refuses: bool
    """No person may set it aside."""
    resolved_by: str | None = None
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the program knows of one case, but no personal data. The empty value is "no case"."""

    state: State = State.NONE
    case_id: str = ""
    opened_by: str = ""
    opened_at: str = ""
    packs: str = ""
    packs_sha256: str = ""
    situation: Situation | None = None
    plan: Plan | None = None
    done: tuple[Done, ...] = ()
    proved: tuple[tuple[str, str], ...] = ()
    """(party, method) that succeeded."""
    findings: tuple[Finding, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    """(key, code) of every try that did not succeed, in order."""
    makers: tuple[str, ...] = ()
    """Everybody who did a step other than checking it."""
    parked_until: str = ""
    parked_at: str = ""
    missing: tuple[str, ...] = ()
    terminal: str = ""
    """Where it was moved to last; empty: where it was opened."""
    ending: Ending | None = None
    ground: str = ""
    ended_at: str = ""

    def times_done(self, key: str) -> tuple[Done, ...]:
        """Who did this step; several where several people are demanded."""
        return tuple(each for each in self.done if each.key == key)

    def tries(self, key: str) -> int:
        """Tries of this step that did not succeed."""
        return sum(1 for failed, _ in self.failed if failed == key)

    def is_done(self, required: Required, families: dict[str, str]) -> bool:
        """True when `required` is fulfilled; `families` says which family a method belongs to."""
        demand = required.demand
        if demand.step is StepName.PARTY:
            return self.situation is not None and bool(self.situation.of(*demand.roles))
        if demand.step is StepName.METHODS:
            return len(self.families_of(required.party, families)) >= (demand.count or 1)
        times = self.times_done(required.key)
        if any(each.excepted for each in times):
            return True
        return len({each.by for each in times}) >= (demand.count or 1 if demand.step in CHECKING else 1)

    def families_of(self, party: str, families: dict[str, str]) -> frozenset[str]:
        """The families of methods that succeeded for `party`; of everybody for the whole case."""
        return frozenset(
            families[method] for who, method in self.proved if party in (who, CASE) and method in families
        )

    def missing_steps(self, families: dict[str, str]) -> tuple[Required, ...]:
        """What is still to be done, in order."""
        required = self.plan.required if self.plan else ()
        return tuple(each for each in required if not self.is_done(each, families))

    def open_steps(self, families: dict[str, str]) -> tuple[Required, ...]:
        """What can be done now: nothing of an earlier step is missing for the same person or the case."""
        return tuple(_open(self.missing_steps(families)))

    def stages(self, families: dict[str, str]) -> dict[Stage, tuple[int, int]]:
        """Done and demanded steps of each of the four stages (A04)."""
        missing = set(self.missing_steps(families))
        required = self.plan.required if self.plan else ()
        of = {stage: [each for each in required if each.stage is stage] for stage in Stage}
        return {
            stage: (sum(each not in missing for each in found), len(found)) for stage, found in of.items()
        }

    def unresolved(self) -> tuple[Finding, ...]:
        """Findings that stand."""
        return tuple(each for each in self.findings if each.refuses or each.resolved_by is None)


def _open(missing: tuple[Required, ...]) -> Iterator[Required]:
    for each in missing:
        before = (
            other
            for other in missing
            if other.rank < each.rank and (CASE in (each.party, other.party) or other.party == each.party)
        )
        if each.step not in DERIVED and not any(True for _ in before):
            yield each
