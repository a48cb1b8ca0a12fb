"""The people of the virtual branch working through a case: customers, tellers, reviewers, supervisors.

Documents are read from the simulated reader, faces seen by the virtual camera and judged by the networks,
the centre is asked over its line. Only what people would say, sign or hand over comes from the way played.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from drivers.api import IdCard
from terminal.case.events import Did, Ended, Ending, Joined, Parked, Resolved
from terminal.case.values import CHECKING, Case, Finding
from terminal.casework import StepEvents
from terminal.checks.centre import Centre
from terminal.photos import HolderPhoto
from terminal.rules.business import StepName
from terminal.rules.plan import Required, Stopped
from terminal.rules.situation import PartyFacts
from terminal.virtual.checks import TELLER, CheckOf, VirtualChecks
from terminal.virtual.ways import Conduct

if TYPE_CHECKING:
    from terminal.case.docket import Docket

CUSTOMER = "customer"
SAID_BY_CUSTOMERS = frozenset({StepName.CONSENT, StepName.READ_BACK, StepName.SIGNATURE, StepName.PASSWORD})
GROUNDS = {"match": "not_the_holder", "liveness": "not_the_holder", "card": "document_not_genuine"}
"""What a teller says of a finding of that kind, where the pack's list has it."""
OpenTask = Callable[[str, Case], str]
"""Opens a follow-up of that kind for the case, and returns its id."""


class VirtualHands:
    """Everybody who takes part, playing one way. `attend` before use."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._people = VirtualChecks(conduct)
        self.parked = False

    def attend(self, docket: Docket, centre: Centre, check_of: CheckOf, open_task: OpenTask) -> None:
        """Come to work on the case of `docket`."""
        self._docket = docket
        self._open_task = open_task
        self._checks = checks = self._people.attend(docket, centre, check_of)
        self._doing: dict[StepName, Callable[[Case, Required], StepEvents]] = {
            StepName.PRECONDITION: checks.ask,
            StepName.IDENTITY_DOCUMENT: checks.read,
            StepName.HOLDER_CHECK: checks.compare,
            StepName.ONLINE_CHECK: checks.look_up,
            StepName.WATCH_LIST: checks.search,
            StepName.DATA: self._people.register,
            StepName.TASK: self._follow_up,
            **dict.fromkeys(CHECKING, self._check),
        }

    def photos(self, card: IdCard) -> tuple[HolderPhoto, ...]:
        """The photo that the online check returns, as soon as a card was read."""
        return self._checks.photos(card)

    def do(self, case: Case, required: Required) -> StepEvents:
        """Do a step whose turn it is."""
        if required.step in self._conduct.parks_at and not self.parked:
            self.parked = True
            missing = required.demand.kinds[:1] or (required.id,)
            return (Parked(at=self._at(), by=TELLER, missing=missing, until=self._at()),)
        if required.step is StepName.CONSENT and self._conduct.declines:
            return (Ended(at=self._at(), by=CUSTOMER, ending=Ending.WITHDRAWN),)
        return self._doing.get(required.step, self._said)(case, required)

    def give_up(self, case: Case, required: Required) -> Ended:
        """Nothing stands in: somebody else takes over."""
        return Ended(at=self._at(), by=TELLER, ending=Ending.REFERRED, ground=f"missing.{required.id}")

    def bring(self, case: Case, required: Required) -> StepEvents:
        """The missing party comes; a missing method succeeds by a code or an account of one's own."""
        if required.step is StepName.PARTY:
            role = required.demand.roles[0]
            return (Joined(at=self._at(), by=TELLER, party=PartyFacts(id=role.value, role=role)),)
        return self._people.prove(case, required)

    def settle(self, case: Case, unknown: str) -> StepEvents:
        """Nothing more can be found out here: somebody else takes over."""
        return (Ended(at=self._at(), by=TELLER, ending=Ending.REFERRED, ground=f"unknown.{unknown}"),)

    def resolve(self, case: Case, finding: Finding) -> Resolved | Ended | Parked:
        """A supervisor looks at the doubt, or nobody does."""
        handling = self._docket.rules.handling
        if not self._conduct.resolves:
            return Ended(at=self._at(), by=TELLER, ending=Ending.REFERRED, ground=finding.code)
        role = handling.resolvers[0]
        return Resolved(
            at=self._at(),
            by=f"virtual-{role}",
            finding=finding.code,
            party=finding.party,
            ground=handling.resolution_grounds[0],
            role=role,
        )

    def stop(self, case: Case, stopped: tuple[Stopped, ...]) -> Ended:
        """Offer what the rules offer; refer or refuse otherwise."""
        decisions = {each.rule.decision for each in stopped}
        if "refuse" in decisions:
            return self._refusal()
        ending = Ending.REFERRED if "refer" in decisions else Ending.OFFERED
        return Ended(at=self._at(), by=TELLER, ending=ending, ground=stopped[0].rule.finding)

    def refuse(self, case: Case, findings: tuple[Finding, ...]) -> Ended:
        """End the case, with a ground and a second person."""
        return self._refusal(findings[0].code)

    def _refusal(self, code: str = "") -> Ended:
        handling = self._docket.rules.handling
        ground = GROUNDS.get(code.split(".")[0], "")
        role = handling.refusers[0]
        return Ended(
            at=self._at(),
            by=TELLER,
            ending=Ending.REFUSED,
            ground=ground if ground in handling.refusal_grounds else handling.refusal_grounds[0],
            second=f"virtual-{role}",
            second_role=role,
        )

    def _at(self) -> str:
        return self._docket.at()

    def _said(self, case: Case, required: Required) -> StepEvents:
        """Something that people say, sign, show or hand over."""
        by = CUSTOMER if required.step in SAID_BY_CUSTOMERS else TELLER
        return (Did(at=self._at(), by=by, key=required.key),)

    def _follow_up(self, case: Case, required: Required) -> StepEvents:
        task = self._open_task(required.demand.form or "", case)
        return (Did(at=self._at(), by="terminal", key=required.key, evidence=(task,)),)

    def _check(self, case: Case, required: Required) -> StepEvents:
        """The next of the people who review or approve."""
        if not self._conduct.approves:
            return (Ended(at=self._at(), by=TELLER, ending=Ending.REFERRED, ground="approval.none"),)
        roles = required.demand.approvers or ("reviewer",)
        number = len(case.times_done(required.key))
        role = roles[number % len(roles)]
        by = f"virtual-{role}" if number < len(roles) else f"virtual-{role}-{number}"
        return (Did(at=self._at(), by=by, key=required.key, role=role),)
