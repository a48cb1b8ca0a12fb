"""Whether a condition of a rule pack holds in a situation; what is not known yet is said.

A risk class that is not known counts as the strictest, and a new customer has none yet. An amount that is not
known counts so too, but the case cannot be accepted without it. Age, document and phone of a person are known
once the card is read: until then their conditions do not hold, and the plan names them as unknown, which
keeps a case from being accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from terminal.rules.business import Threshold, When
from terminal.rules.situation import PartyFacts, Situation

YUAN = "CNY"


@dataclass(slots=True)
class Asked:
    """Asks conditions of one situation, and remembers what was not known."""

    situation: Situation
    thresholds: Mapping[str, Threshold]
    unknown: dict[str, None] = field(default_factory=dict)
    """Facts that would have to be known, in the order they were missed."""

    assumed: dict[str, None] = field(default_factory=dict)
    """Facts that were taken to be the strictest, which no case has to wait for."""

    def any_holds(self, conditions: Sequence[When], party: PartyFacts | None) -> bool:
        """True when one of `conditions` holds, or there are none."""
        answers = [self.holds(each, party) for each in conditions]  # all are asked: what is unknown is noted
        return not answers or any(answers)

    def holds(self, when: When, party: PartyFacts | None) -> bool:
        """True when everything `when` names holds, for `party` or for the case."""
        now = self.situation
        return (
            _among(now.channel, when.channel)
            and self._flags(when, party)
            and self._roles(when)
            and _among(now.currency, when.currency)
            and when.foreign in (None, now.currency != YUAN)
            and self._amount(when)
            and self._risk(when)
            and self._person(when, party)
        )

    def reaches(self, name: str) -> bool:
        """True when the amount is at least the threshold; also when the amount or its rate is not known.

        An amount set for a further currency is reached beside the converted one, never in its place.
        """
        rule, now = self.thresholds[name], self.situation
        if now.amount is None:
            self.unknown["amount"] = None
            return True
        own = rule.amounts.get(now.currency)
        if own is not None and (now.amount >= own or now.currency in (YUAN, rule.convert_to)):
            return now.amount >= own
        rate = now.rates.get(now.currency)
        if rate is None:
            self.unknown[f"rate.{now.currency}"] = None
            return True
        return now.amount * rate >= rule.amounts[rule.convert_to]

    def _amount(self, when: When) -> bool:
        reached = when.reaches is None or self.reaches(when.reaches)
        return reached and (when.below is None or not self.reaches(when.below))

    def _risk(self, when: When) -> bool:
        if when.risk and self.situation.risk is None:
            self.assumed["risk"] = None
            return True
        return not when.risk or self.situation.risk in when.risk

    def _flags(self, when: When, party: PartyFacts | None) -> bool:
        people = (party,) if party else self.situation.parties
        held = self.situation.flags.union(*(each.flags for each in people))
        return all(flag in held for flag in when.flags) and not any(flag in held for flag in when.without)

    def _roles(self, when: When) -> bool:
        present = {party.role for party in self.situation.parties}
        with_all = not when.with_role or bool(present & set(when.with_role))
        return with_all and not present & set(when.without_role)

    def _person(self, when: When, party: PartyFacts | None) -> bool:
        people: Iterable[PartyFacts] = (party,) if party else self.situation.parties
        if not _asks_of_a_person(when):
            return True
        answers = [self._of(when, each) for each in people]
        return any(answers)

    def _of(self, when: When, party: PartyFacts) -> bool:
        answers = [
            self._known(party, "age", when.age_below, lambda age: age < (when.age_below or 0)),
            self._known(party, "age", when.age_from, lambda age: age >= (when.age_from or 0)),
            self._known(party, "document", when.document or None, lambda kind: kind in when.document),
            self._known(
                party, "document", when.not_document or None, lambda kind: kind not in when.not_document
            ),
            self._known(party, "phone", when.phone or None, lambda proof: proof in when.phone),
        ]
        return all(answers)

    def _known(self, party: PartyFacts, name: str, asked: object, test: Callable[[Any], bool]) -> bool:
        if asked is None:
            return True
        value = getattr(party, name)
        if value is None:
            self.unknown[f"{party.id}.{name}"] = None
            return False
        return test(value)


def _asks_of_a_person(when: When) -> bool:
    return not (
        when.age_below is None
        and when.age_from is None
        and not when.document
        and not when.not_document
        and not when.phone
    )


def _among(value: object, allowed: Sequence[object]) -> bool:
    return not allowed or value in allowed
