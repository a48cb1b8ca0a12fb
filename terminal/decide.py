"""Evidence + rules → accept, refer or refuse, with every reason naming its clause. Pure.

Accepting is never a default: it needs an empty list of findings *and* every required piece of evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from drivers.api import IdCard
from models.api import LiveAnswer, PhotoKind
from models.face.pairing import Pairing
from terminal.holder.values import HolderCheck, doubt_of
from terminal.rules.pack import RulePack
from terminal.view import Decision

NOT_FINDINGS = frozenset(
    {"card.doubt.expired", "card.doubt.not_yet_valid", "card.doubt.validity", "card.doubt.old_check_digit"}
)
"""Doubts that are no findings: the rules judge validity themselves; the check digit of an older foreigner's
number is known to be wrong on genuine cards (specs/id_reader_protocol.md §5)."""
_WEIGHT = {Decision.ACCEPT: 0, Decision.REFER: 1, Decision.REFUSE: 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, and (finding, clause) for each reason."""

    decision: Decision
    reasons: tuple[tuple[str, str], ...]


def card_findings(card: IdCard, rules: RulePack, on: date) -> tuple[str, ...]:
    """What speaks against this card on business date `on`."""
    found: list[str] = []
    if card.kind.value not in rules.card.kinds:
        found.append("card.kind_not_accepted")
    found.extend(_validity_findings(card, on))
    if card.birth is None:
        found.append("card.birth_unknown")
    elif age(card.birth, on) < rules.card.minimum_age_years:
        found.append("card.under_age")
    return (*found, *(doubt for doubt in card.doubts if doubt not in NOT_FINDINGS))


def _validity_findings(card: IdCard, on: date) -> list[str]:
    if card.valid_from is None or (card.valid_to is None and not card.long_term):
        return ["card.validity_unknown"]
    if on < card.valid_from:
        return ["card.not_yet_valid"]
    if card.valid_to is not None and card.valid_to < on:
        return ["card.expired"]
    return []


def age(birth: date, on: date) -> int:
    """Full years of life on the day `on`."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def decide(holder: HolderCheck, rules: RulePack) -> Verdict:
    """The verdict on `case` by `rules`: the heaviest outcome of all findings decides."""
    findings = tuple(dict.fromkeys((*holder.findings, *_evidence_findings(holder, rules))))
    if not findings:
        business = rules.businesses[holder.business]
        return Verdict(Decision.ACCEPT, (("case.all_checks_passed", business.clause),))
    outcomes = [(finding, rules.outcome(finding)) for finding in findings]
    heaviest = max((Decision(rule.decision) for _, rule in outcomes), key=lambda each: _WEIGHT[each])
    ordered = sorted(outcomes, key=lambda pair: -_WEIGHT[Decision(pair[1].decision)])
    return Verdict(heaviest, tuple((finding, rule.clause) for finding, rule in ordered))


def _evidence_findings(holder: HolderCheck, rules: RulePack) -> tuple[str, ...]:
    """What is missing or speaks against accepting in the evidence itself."""
    found: list[str] = []
    if holder.findings:
        return _judged(holder)
    if not holder.consent:
        found.append("consent.declined")
    if holder.card is None:
        found.append("card.not_presented")
    if holder.liveness is None:
        found.append("face.absent")
    elif holder.match is None and holder.liveness.decision is not LiveAnswer.ATTACK:
        found.append("face.not_usable")
    return (*found, *_missing(holder, rules), *_judged(holder))


def _missing(holder: HolderCheck, rules: RulePack) -> list[str]:
    """Photos that must be compared with the live face, and were not though others were."""
    made = {Pairing(match.photo_kind, match.other_kind) for match in holder.matches}
    needed = [Pairing(PhotoKind(kind)) for kind in rules.match.required] if made else []
    return [f"match.missing.{pairing.name}" for pairing in needed if pairing not in made]


def _judged(holder: HolderCheck) -> tuple[str, ...]:
    found: list[str] = []
    if holder.liveness is not None and holder.liveness.decision is not LiveAnswer.LIVE:
        found.append(f"liveness.{holder.liveness.decision.value}")
        found.extend(holder.liveness.reasons)
    found.extend(filter(None, map(doubt_of, holder.matches)))
    return tuple(found)
