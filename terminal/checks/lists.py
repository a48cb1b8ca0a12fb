"""Is a person on one of the bank's watch lists? Asked in silence (requirements T01, T02, T05, L03, F16).

What a hit names is a list and an entry, never a person. Whatever comes out, every screen shows the same:
either the case goes on, or a colleague is called; only the role that the rules name learns why.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from drivers.api import IdCard
from terminal.checks.list_index import How, ListIndex, asked_of
from terminal.checks.names import Birth, Born, born_of_text
from terminal.checks.shelf import ListState, Shelved
from terminal.rules.lists import ListRules

log = structlog.get_logger(__name__)

FINDING = "check.colleague"
"""The only finding a case shows: for a sure hit, a possible one, and a list that is missing alike."""


class Sure(StrEnum):
    """How far a hit can be relied on."""

    SURE = "sure"
    """The number is on the list."""
    POSSIBLE = "possible"


class Action(StrEnum):
    """What follows, unseen."""

    GO_ON = "go_on"
    REFER = "refer"
    """The role examines the hit before the case is decided."""
    REFUSE = "refuse"
    """No account, contract or transaction, until the role has examined it (requirement T02)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is looked for. `repr` shows nothing of them."""

    names: tuple[str, ...] = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)
    born: Born | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that is or may be the person; it names nobody."""

    list_id: str
    kind: str
    entry_id: str
    how: How
    score: float
    sure: Sure
    birth: Birth


@dataclass(frozen=True, slots=True)
class Checked:
    """What the lists say."""

    hits: tuple[Hit, ...]
    searched: tuple[str, ...]
    """Lists that were searched."""
    lacking: tuple[str, ...]
    """Kinds of lists that must be there and were not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the case does, and who must be told."""

    action: Action
    finding: str = ""
    """`FINDING`, or empty when the case goes on."""
    roles: tuple[str, ...] = ()
    """Who examines it. Nobody else may see the hits."""
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    clauses: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class WatchLists:
    """Lists, indexed. Searching changes nothing and may be done from any thread."""

    def __init__(self, lists: Sequence[Shelved], rules: ListRules) -> None:
        self._rules = rules
        self.states: Mapping[str, ListState] = {each.id: each.state for each in lists}
        self._lists = tuple(each for each in lists if each.serves)
        self._indexes = tuple(ListIndex(each.entries, rules.of(each.kind).names) for each in self._lists)
        there = {each.kind for each in self._lists}
        asked = {kind for kind, rule in rules.kinds.items() if rule.required}
        broken = {each.kind for each in lists if not each.serves and rules.of(each.kind).required}
        self.lacking = tuple(sorted((asked - there) | broken))

    def check(self, subject: Subject) -> Checked:
        """Everything on the lists that is or may be `subject`; surest first."""
        began = time.perf_counter()
        asked = asked_of(subject.names, subject.numbers, subject.born)
        hits = [
            Hit(
                shelved.id,
                shelved.kind,
                shelved.entries[found.place].id,
                found.how,
                round(found.score, 3),
                Sure.SURE if found.how is How.NUMBER else Sure.POSSIBLE,
                found.birth,
            )
            for shelved, index in zip(self._lists, self._indexes, strict=True)
            for found in index.find(asked)
        ]
        # How many hits there were stands in no log: whoever reads logs must not learn it.
        log.info("lists.checked", lists=len(self._lists), ms=round((time.perf_counter() - began) * 1000, 1))
        hits.sort(key=lambda each: each.sure is not Sure.SURE)
        return Checked(tuple(hits), tuple(each.id for each in self._lists), self.lacking)


def judge(checked: Checked, rules: ListRules) -> Verdict:
    """What follows from `checked`. Without a hit and with every list that is asked for, the case goes on."""
    if not checked.hits and not checked.lacking:
        return Verdict(Action.GO_ON)
    by_kind = [(rules.of(hit.kind), hit) for hit in checked.hits]
    acts = {rule.sure if hit.sure is Sure.SURE else rule.possible for rule, hit in by_kind}
    missed = [rules.of(kind) for kind in checked.lacking]
    concerned = [rule for rule, _ in by_kind] + missed
    return Verdict(
        Action.REFUSE if "refuse" in acts else Action.REFER,
        FINDING,
        tuple(dict.fromkeys(rule.role for rule in concerned)),
        checked.hits,
        tuple(dict.fromkeys(rule.clause for rule in concerned)),
        checked.lacking,
    )


def subject_of(card: IdCard, others: Iterable[str] = ()) -> Subject:
    """Who a card names: both names, all its numbers, the birth date; `others` are further names."""
    names = (card.name, card.latin_name, *others)
    numbers = (card.number, card.pass_number, card.former_number)
    born = born_of_text(card.birth.isoformat()) if card.birth is not None else None
    return Subject(tuple(filter(None, names)), tuple(filter(None, numbers)), born)
