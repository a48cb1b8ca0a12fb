"""A whole case as what a screen shows of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.asking import Label
from terminal.case.values import DERIVED, Case
from terminal.caseview import (
    CaseEnd,
    CaseFinding,
    CaseStep,
    CaseView,
    ParkedCase,
    PartyLine,
    StageLine,
    StepMark,
)
from terminal.rules.pack import RulePack
from terminal.rules.plan import CASE, Required
from terminal.rules.situation import PartyFacts, Situation


def view(
    case: Case,
    rules: RulePack,
    names: Mapping[str, str],
    checking: str = "",
    busy: Label | None = None,
    end: CaseEnd | None = None,
) -> CaseView:
    """The case; `names` are what the documents of the parties say."""
    families = rules.families_by_method
    return CaseView(
        case_id=case.case_id,
        business=business_label(case.situation, rules),
        packs=case.packs,
        stages=tuple(
            StageLine(f"rules.stage.{stage.value}", done, demanded)
            for stage, (done, demanded) in case.stages(families).items()
        ),
        parties=_parties(case, rules, names),
        steps=tuple(_step(case, each, families) for each in (case.plan.required if case.plan else ())),
        findings=tuple(
            CaseFinding(each.code, each.party, each.clause, each.refuses, each.resolved_by is not None)
            for each in case.findings
        ),
        checking=checking,
        busy=busy,
        end=end,
    )


def end_of(case: Case, rules: RulePack, record_id: str, synced: bool) -> CaseEnd:
    """How an ended case ended."""
    offers = tuple(
        dict.fromkeys(name for stop in (case.plan.stops if case.plan else ()) for name in stop.rule.offer)
    )
    titles = tuple(
        Label.titled(rules.businesses[name].title)
        if name in rules.businesses
        else Label(f"rules.channel.{name}")
        for name in offers
    )
    ending = case.ending.value if case.ending else ""
    ground = case.ground if "." in case.ground else f"ground.{case.ground}" if case.ground else ""
    return CaseEnd(f"ending.{ending}", ground, record_id, synced, titles)


def parked(case: Case, rules: RulePack, since: str) -> ParkedCase:
    """A case that can be gone on with."""
    required = case.plan.required if case.plan else ()
    steps = {each.id: each.step for each in required}
    missing = tuple(Label(f"rules.step.{steps[name].value}") for name in case.missing if name in steps)
    return ParkedCase(case.case_id, business_label(case.situation, rules), since, missing, case.parked_until)


def business_label(situation: Situation | None, rules: RulePack) -> Label:
    """The business's title in the packs."""
    if situation is None:
        return Label()
    return Label.titled(rules.businesses[situation.business].title)


def _parties(case: Case, rules: RulePack, names: Mapping[str, str]) -> tuple[PartyLine, ...]:
    everybody = case.situation.parties if case.situation else ()
    missing = {each.party for each in case.missing_steps(rules.families_by_method)}
    return tuple(
        PartyLine(
            each.id,
            f"rules.role.{each.role.value}",
            _number(each, everybody),
            names.get(each.id, ""),
            each.id not in missing,
        )
        for each in everybody
    )


def _number(party: PartyFacts, everybody: tuple[PartyFacts, ...]) -> int:
    alike = [each.id for each in everybody if each.role is party.role]
    return alike.index(party.id) + 1 if len(alike) > 1 else 0


def _step(case: Case, required: Required, families: dict[str, str]) -> CaseStep:
    return CaseStep(
        required.key,
        f"rules.step.{required.step.value}",
        required.party if required.party != CASE else CASE,
        _mark(case, required, families),
        required.demand.clause,
        case.tries(required.key),
    )


def _mark(case: Case, required: Required, families: dict[str, str]) -> StepMark:
    if any(each.key == required.key and each.resolved_by is None for each in case.findings):
        return StepMark.DOUBTED
    if case.is_done(required, families):
        excepted = any(each.excepted for each in case.times_done(required.key))
        return StepMark.EXCEPTED if excepted else StepMark.DONE
    open_ = case.open_steps(families)
    if (open_ and open_[0] == required) or (not open_ and required.step in DERIVED):
        return StepMark.NOW
    return StepMark.WAITING
