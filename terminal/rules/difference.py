"""What another pack or another day changes: values with their lines, and what businesses demand, when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from terminal.rules.lines import Place
from terminal.rules.pack import SECTIONS, RulePack
from terminal.rules.plan import Plan, plan
from terminal.rules.reading import PackFile, dotted, file_of, files_of, rules_of
from terminal.rules.sample import Sampled, situations


@dataclass(frozen=True, slots=True)
class Side:
    """Rules of one day, and the files they are put together from."""

    rules: RulePack
    files: tuple[PackFile, ...]
    on: date

    def where(self, place: Place) -> str:
        """``file:line`` of who has the last word on `place`."""
        file = file_of(self.files, place)
        return f"{file.file}:{file.lined.line_of(place)}"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is another one, is new or is gone."""

    place: str
    before: Any
    """None: it was not there."""
    after: Any
    where: str
    """In the later rules; where it is gone, in the earlier ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a business demands in some situations, and did not before, or the other way round."""

    business: str
    change: str
    """``gained``, ``lost`` or ``changed``."""
    key: str
    """``customer/holder``; of a stop ``stop case/channel``."""
    clause: str
    situations: tuple[tuple[str, ...], ...]
    """In words of ``renzheng rules explain``, the shortest first; an empty one is the plain situation."""


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it."""

    values: tuple[Value, ...]
    gained: tuple[str, ...]
    """Businesses."""
    lost: tuple[str, ...]
    steps: tuple[Step, ...]
    asked: int
    """Situations that were compared."""

    @property
    def none(self) -> bool:
        """True when nothing is different."""
        return not (self.values or self.gained or self.lost or self.steps)


def side(packs: Sequence[PackFile], on: date) -> Side:
    """The rules that `packs` make on `on`; RuleError when they do not fit together."""
    return Side(rules_of(packs, on), files_of(packs, on), on)


def difference(before: Side, after: Side) -> Difference:
    """What changes from `before` to `after`."""
    was, now = before.rules.businesses.keys(), after.rules.businesses.keys()
    steps: list[Step] = []
    asked = 0
    for business in (name for name in was if name in now):
        cases = situations((before.rules, after.rules), business, after.on)
        asked += len(cases)
        steps.extend(_steps(before.rules, after.rules, business, cases))
    return Difference(
        tuple(_values(before, after)),
        tuple(name for name in now if name not in was),
        tuple(name for name in was if name not in now),
        tuple(steps),
        asked,
    )


def _values(before: Side, after: Side) -> Iterator[Value]:
    was, now = _flat(before.rules), _flat(after.rules)
    for place in dict.fromkeys((*was, *now)):
        old, new = was.get(place), now.get(place)
        if old != new:
            where = (after if place in now else before).where(place)
            yield Value(dotted(place), old, new, where)


def _flat(rules: RulePack) -> dict[Place, Any]:
    said = rules.model_dump(mode="json", include=set(SECTIONS), exclude_defaults=True)
    return dict(_leaves(said, ()))


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*place, key))
    else:
        yield place, value


def _steps(before: RulePack, after: RulePack, business: str, cases: Sequence[Sampled]) -> Iterator[Step]:
    found: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    clauses: dict[str, str] = {}
    for case in cases:
        was, now = _asked(plan(before, case.situation)), _asked(plan(after, case.situation))
        for key in dict.fromkeys((*was, *now)):
            change = _change(was.get(key), now.get(key))
            if change:
                found.setdefault((change, key), []).append(case.said)
                clauses[key] = str((now.get(key) or was[key])["clause"])
    for (change, key), said in found.items():
        yield Step(business, change, key, clauses[key], tuple(sorted(said, key=len)))


def _asked(made: Plan) -> dict[str, dict[str, Any]]:
    """Steps and stops by key; where they come from makes no difference."""
    said = made.as_json()
    asked = {f"{row['of']}/{row['id']}": row for row in said["steps"]}
    asked |= {f"stop {row['of']}/{row['id']}": row for row in said["stops"]}
    return {key: {name: value for name, value in row.items() if name != "pack"} for key, row in asked.items()}


def _change(was: dict[str, Any] | None, now: dict[str, Any] | None) -> str:
    if was is None:
        return "gained"
    if now is None:
        return "lost"
    return "changed" if was != now else ""
