"""What other people confirm in a case at the counter: review, approval, doubts, stand-ins, stops."""

from __future__ import annotations

from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Option, Rank
from terminal.case.docket import Docket
from terminal.case.events import Did, Ended, Ending, Excepted, Parked, Resolved
from terminal.case.values import Case, Finding
from terminal.casework import StepEvents
from terminal.counter.asker import BACK, Agreed, Aside, Asker, grounds
from terminal.counter.questions import option
from terminal.counter.wording import finding as said_of
from terminal.rules.business import StepName
from terminal.rules.handling import NEVER_EXCEPTED
from terminal.rules.plan import CASE, Required, Stopped

REVIEWERS = ("reviewer",)
"""Who reviews where the pack names nobody."""


class Confirming:
    """Second persons of one case."""

    def __init__(self, docket: Docket, asker: Asker) -> None:
        self._docket = docket
        self._asker = asker

    def check(self, case: Case, required: Required) -> StepEvents:
        """The next of the people who review or approve proves who they are."""
        ask = Ask(
            0,
            Label(f"ask.{required.step.value}.title"),
            "" if required.party == CASE else required.party,
            lines=(Label(f"ask.{required.step.value}.line"),),
            clause=required.demand.clause,
        )
        agreed = self._must(ask, required.demand.approvers or REVIEWERS)
        return (Did(at=self._docket.at(), by=agreed.by, key=required.key, role=agreed.role),)

    def resolve(self, case: Case, finding: Finding) -> Resolved:
        """Somebody else looks at the doubt and lets the case go on, on a listed ground."""
        handling = self._docket.rules.handling
        ask = Ask(
            0,
            Label("ask.resolve.title"),
            "" if finding.party == CASE else finding.party,
            lines=(said_of(finding.code),),
            entries=(grounds("ground", handling.resolution_grounds),),
            clause=finding.clause,
        )
        agreed = self._must(ask, handling.resolvers)
        return Resolved(
            at=self._docket.at(),
            by=agreed.by,
            finding=finding.code,
            party=finding.party,
            ground=agreed.reply.values["ground"],
            role=agreed.role,
        )

    def instead(
        self, case: Case, required: Required, why: Label | None = None, usual: str = ""
    ) -> Excepted | None:
        """Something stands in for the step, for a reason of the pack, `usual` being chosen beforehand.

        None when they went back.
        """
        if not self.may_stand_in(required.step):
            return None
        reason = self._reason(required, why, usual)
        if reason is None:
            return None
        rule = self._docket.rules.handling.stand_ins[reason]
        ask = Ask(
            0,
            Label("ask.instead.title"),
            lines=(Label(f"stand_in.{reason}"),),
            options=(option(BACK, takes_entries=False),),
            clause=rule.clause,
        )
        agreed = self._asker.agreed(ask, rule.approvers)
        if agreed is None:
            return None
        return Excepted(
            at=self._docket.at(),
            by=self._asker.staff.number,
            key=required.key,
            reason=reason,
            second=agreed.by,
            second_role=agreed.role,
        )

    def _reason(self, required: Required, why: Label | None, usual: str) -> str | None:
        """The chosen one of the pack's reasons for this step; None when they went back."""
        stand_ins = self._docket.rules.handling.stand_ins
        fitting = tuple(
            Choice(name, Label(f"stand_in.{name}"))
            for name, rule in stand_ins.items()
            if required.step in rule.steps
        )
        ask = Ask(
            0,
            Label("ask.instead.title"),
            "" if required.party == CASE else required.party,
            lines=(why,) if why else (),
            entries=(Entry("reason", EntryKind.CHOICE, Label("ask.instead.reason"), usual, fitting),),
            options=(option("next", rank=Rank.PRIMARY), option(BACK, takes_entries=False)),
            clause=required.demand.clause,
        )
        chosen = self._asker.ask(ask)
        return None if chosen.option == BACK else chosen.values["reason"]

    def may_stand_in(self, step: StepName) -> bool:
        """True when the pack has a reason for which something stands in for this step."""
        stand_ins = self._docket.rules.handling.stand_ins.values()
        return step not in NEVER_EXCEPTED and any(step in rule.steps for rule in stand_ins)

    def stop(self, case: Case, stopped: tuple[Stopped, ...]) -> Ended | Parked:
        """The business is not done here: offer, hand over or refuse, as the rules say."""
        decisions = {each.rule.decision for each in stopped}
        lines = tuple(said_of(code) for code in dict.fromkeys(each.rule.finding for each in stopped))
        clause = ", ".join(dict.fromkeys(each.rule.clause for each in stopped))
        if "refuse" in decisions:
            return self._refused(lines, clause)
        way, ending = ("refer", Ending.REFERRED) if "refer" in decisions else ("offer", Ending.OFFERED)
        offers = tuple(dict.fromkeys(name for each in stopped for name in each.rule.offer))
        ask = Ask(
            0,
            Label(f"ask.stop.{way}"),
            lines=(*lines, *map(self.offer, offers)),
            options=(Option(f"{way}_now", Label(f"answer.{way}_now"), Rank.PRIMARY),),
            clause=clause,
        )
        self._asker.plain(ask)
        by = self._asker.staff.number
        return Ended(at=self._docket.at(), by=by, ending=ending, ground=stopped[0].rule.finding)

    def refuse(self, case: Case, findings: tuple[Finding, ...]) -> Ended | Parked:
        """What was found refuses: end the case, with a ground and a second person."""
        lines = tuple(said_of(code) for code in dict.fromkeys(each.code for each in findings))
        return self._refused(lines, ", ".join(dict.fromkeys(each.clause for each in findings)))

    def offer(self, name: str) -> Label:
        """What is offered instead: a business, or a channel."""
        business = self._docket.rules.businesses.get(name)
        return Label.titled(business.title) if business else Label(f"rules.channel.{name}")

    def _refused(self, lines: tuple[Label, ...], clause: str) -> Ended | Parked:
        while True:
            asked = Ask(
                0,
                Label("ask.refused.title"),
                lines=lines,
                options=(option("refuse", rank=Rank.PRIMARY), option("refer_now")),
                clause=clause,
            )
            if self._asker.plain(asked).option == "refer_now":
                by = self._asker.staff.number
                return Ended(at=self._docket.at(), by=by, ending=Ending.REFERRED)
            try:
                self._asker.refuse(lines)
            except Aside as aside:
                for event in aside.events:
                    if isinstance(event, Ended | Parked):
                        return event

    def _must(self, ask: Ask, roles: tuple[str, ...]) -> Agreed:
        """A second person, or one of the ways out of the case."""
        agreed = self._asker.agreed(ask, roles)
        while agreed is None:
            agreed = self._asker.agreed(ask, roles)
        return agreed
