"""What a lower pack would loosen though no single value of it shows that (A12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from terminal.rules.errors import RuleError
from terminal.rules.precedence import HEAVINESS
from terminal.rules.sections import nearest

if TYPE_CHECKING:
    from terminal.rules.reading import PackFile


def loosened_beside(stands: Mapping[str, Any], own: Mapping[str, Any], pack: PackFile) -> Iterator[RuleError]:
    """Everything of that kind in `own`, the sections of `pack`, over what `stands` by higher packs."""
    yield from _lighter_outcomes(stands, own, pack)
    yield from _moved_below(stands, own, pack)


def _lighter_outcomes(
    stands: Mapping[str, Any], own: Mapping[str, Any], pack: PackFile
) -> Iterator[RuleError]:
    """A finding named more exactly may not weigh less than its family does."""
    before, asked = stands.get("outcomes"), own.get("outcomes")
    if not isinstance(before, Mapping) or not isinstance(asked, Mapping):
        return
    for finding, rule in asked.items():
        higher = nearest(before, str(finding))
        if higher is None or finding in before or not isinstance(rule, Mapping):
            continue  # of a finding named already, each value is compared with the one that stands
        weighs, needed = _weight(rule), _weight(higher)
        if weighs is not None and needed is not None and weighs < needed:
            cause = f"{rule.get('decision')!r} where {higher['decision']!r} stands for its family"
            yield pack.error("rules.loosens", ("outcomes", finding), cause, str(higher.get("clause", "")))


def _weight(rule: Any) -> int | None:
    """None for what is no outcome; it is refused as such when all is checked."""
    decision = rule.get("decision") if isinstance(rule, Mapping) else None
    return HEAVINESS.index(decision) if decision in HEAVINESS else None


def _moved_below(stands: Mapping[str, Any], own: Mapping[str, Any], pack: PackFile) -> Iterator[RuleError]:
    """A lower threshold asks for less where something is demanded only below it."""
    before, asked = stands.get("thresholds"), own.get("thresholds")
    if not isinstance(before, Mapping) or not isinstance(asked, Mapping):
        return
    used = set(_values_of("below", (stands.get("sets"), stands.get("businesses"))))
    for name in (each for each in asked if each in before and each in used):
        change, there = asked[name], before[name]
        amounts = change.get("amounts") if isinstance(change, Mapping) else None
        if isinstance(amounts, Mapping) and not amounts.items() <= there.get("amounts", {}).items():
            cause = "something is demanded only below this amount, and would be demanded less often"
            yield pack.error("rules.loosens", ("thresholds", name), cause, str(there.get("clause", "")))


def _values_of(key: str, data: Any) -> Iterator[Any]:
    """Every value that stands under `key` anywhere in `data`."""
    if isinstance(data, Mapping):
        if isinstance(data.get(key), str):
            yield data[key]
        data = data.values()
    if isinstance(data, Iterable) and not isinstance(data, str):
        for each in data:
            yield from _values_of(key, each)
