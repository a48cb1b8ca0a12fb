"""Whatever a lower pack says: it is refused, or nothing is asked for less than before (A12)."""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Union, get_args, get_origin

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from small_packs import SHIPPED, TODAY, pack_text

from terminal.rules.business import Demand
from terminal.rules.errors import RuleError
from terminal.rules.pack import SECTIONS, RulePack
from terminal.rules.plan import Plan, plan
from terminal.rules.precedence import HEAVINESS
from terminal.rules.reading import read_pack, rules_of
from terminal.rules.sample import situations
from terminal.rules.situation import Channel, Situation
from terminal.rules.today import shipped

Tree = dict[str, Any]
SAID: Tree = SHIPPED.model_dump(mode="json", include=set(SECTIONS))


def paths(tree: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield (*place, key)
            yield from paths(value, (*place, key))


PLACES = sorted(set(paths(SAID)))
ODD = [None, True, False, "false", "no", "0", 0, -1, 1e9, float("nan"), "1_0", [], {}, "x", ["x"], {"x": 1}]


def value_at(place: tuple[str, ...]) -> Any:
    found: Any = SAID
    for key in place:
        found = found[key]
    return found


def near(value: Any) -> st.SearchStrategy[Any]:
    """Values of the same kind, a little more or less, and values of no kind at all."""
    odd = st.sampled_from(ODD)
    if isinstance(value, bool):
        return st.one_of(st.booleans(), odd)
    if isinstance(value, int | float):
        return st.one_of(
            st.sampled_from([value - 1, value + 1, value * 2, value / 2, value, str(value)]), odd
        )
    if isinstance(value, list):
        part = st.lists(st.sampled_from([*map(str, value), "strange"]), max_size=len(value) + 1)
        return st.one_of(part, st.just([*value, "strange"]), st.just(value[:-1]), odd)
    if isinstance(value, str):
        number = value.replace(".", "", 1).isdigit()
        numbers = st.sampled_from([str(Decimal(value) * 2), str(Decimal(value) / 2)] if number else [value])
        return st.one_of(st.sampled_from([*HEAVINESS, "strange"]), numbers, odd)
    if isinstance(value, dict) and value:
        key = st.sampled_from([*value, "strange"])
        return st.one_of(st.dictionaries(key, st.sampled_from([*value.values(), None, {}]), max_size=2), odd)
    return odd


@st.composite
def changes(draw: st.DrawFn) -> Tree:
    """A few values of the shipped rules, changed: the body of a lower pack."""
    body: Tree = {}
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(PLACES))
        inner = body
        for key in place[:-1]:
            there = inner.get(key)
            inner[key] = there if isinstance(there, dict) else {}
            inner = inner[key]
        inner[place[-1]] = draw(near(value_at(place)))
    return body


@given(body=changes(), number=st.integers(0, 10_000))
@example(body={"thresholds": {"cash": {"amounts": {"EUR": 10**9}}}}, number=0)
@example(body={"outcomes": {"card.doubt.sex": {"decision": "shrug", "clause": "x"}}}, number=0)
@example(body={"outcomes": {"card.not_genuine": "refer"}}, number=0)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_lower_pack_is_refused_or_nothing_is_asked_for_less(body: Tree, number: int) -> None:
    try:
        after = with_lower(body)
    except RuleError:
        return
    assert_no_looser(RulePack, SHIPPED, after, "")
    names = sorted(SHIPPED.businesses)
    touched = [name for name in names if name in dict(body.get("businesses") or {})]
    for name in dict.fromkeys([names[number % len(names)], *touched]):
        for each in situations((SHIPPED, after), name, TODAY):
            assert_demands_no_less(plan(SHIPPED, each.situation), plan(after, each.situation))
    for finding in (*SHIPPED.outcomes, *after.outcomes, "never.heard.of"):
        before, now = SHIPPED.outcome(finding).decision, after.outcome(finding).decision
        assert HEAVINESS.index(now) >= HEAVINESS.index(before), finding


def with_lower(body: Tree) -> RulePack:
    text = pack_text(yaml.safe_dump(body, allow_unicode=True))
    return rules_of((*shipped(), read_pack(text, "branch.yaml")), TODAY)


def assert_demands_no_less(before: Plan, after: Plan) -> None:
    now = {each.key: each.demand for each in after.required}
    for each in before.required:
        assert each.key in now, each.key
        assert_no_looser(Demand, each.demand, now[each.key], each.key)
    stops = {(each.id, each.party): each.rule.decision for each in after.stops}
    for stop in before.stops:
        assert HEAVINESS.index(stops[stop.id, stop.party]) >= HEAVINESS.index(stop.rule.decision)
    assert set(after.seats) >= set(before.seats)
    assert set(after.reached) >= set(before.reached)


def assert_no_looser(model: type[BaseModel], before: Any, after: Any, place: str) -> None:
    """By what the finished rules say, not by how a pack was written."""
    for name, field in model.model_fields.items():
        if model is RulePack and name == "packs":
            continue
        extra = field.json_schema_extra
        way = extra.get("tighter", "") if isinstance(extra, dict) else ""
        was, now, here = getattr(before, name), getattr(after, name), f"{place}.{name}"
        if name != "clause":
            assert_value(section_in(field.annotation), str(way), was, now, here)


def section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, Union, types.UnionType):
        found = (section_in(each) for each in get_args(annotation))
        return next((each for each in found if each is not None), None)
    return None


def assert_value(inner: type[BaseModel] | None, way: str, was: Any, now: Any, here: str) -> None:
    if isinstance(was, dict):
        added = set(now) - set(was)
        assert set(was) <= set(now), here
        assert not added or way in ("more", "lower", "any"), f"{here}: {added}"
        for key, value in was.items():
            assert_value(inner, way, value, now[key], f"{here}.{key}")
    elif isinstance(was, BaseModel):
        assert inner is not None
        assert_no_looser(inner, was, now, here)
    else:
        assert NO_LOOSER.get(way, operator.eq)(was, now), f"{here}: {was!r}, then {now!r}"


NO_LOOSER: dict[str, Callable[[Any, Any], bool]] = {
    "lower": lambda was, now: now == was or (now is not None and (was is None or now < was)),
    "higher": lambda was, now: now == was or (now is not None and (was is None or now > was)),
    "fewer": lambda was, now: set(now) <= set(was) and bool(now or not was),
    "more": lambda was, now: set(now) >= set(was),
    "true": lambda was, now: now or not was,
    "heavier": lambda was, now: now == was or HEAVINESS.index(now) > HEAVINESS.index(was),
    "any": lambda was, now: True,
}


def test_the_changes_that_are_tried_are_sometimes_taken() -> None:
    """So that the property above says something."""
    tighter = with_lower(
        {"card": {"max_tries": 1}, "outcomes": {"never.heard": {"decision": "refuse", "clause": "x"}}}
    )
    assert tighter.card.max_tries == 1
    with pytest.raises(AssertionError):
        assert_no_looser(RulePack, tighter, SHIPPED, "")


def test_a_further_currency_is_reached_beside_the_converted_amount_never_in_its_place() -> None:
    lower = with_lower({"thresholds": {"cash": {"amounts": {"EUR": 2000, "JPY": 10**9}}}})
    business = next(iter(lower.businesses))
    rates = {"EUR": Decimal("1.1"), "JPY": Decimal("0.0067")}

    def reached(amount: int, currency: str, known: Mapping[str, Decimal] = rates) -> bool:
        asked = Situation(
            business=business,
            channel=Channel.COUNTER,
            on=TODAY,
            amount=Decimal(amount),
            currency=currency,
            rates=known,
        )
        return "cash" in plan(lower, asked).reached

    assert reached(2000, "EUR", {})
    assert not reached(1999, "EUR")
    assert reached(1_500_000, "JPY"), "10 000 dollars and more"
    assert not reached(1_000_000, "JPY")
    assert reached(1, "JPY", {}), "a rate that is not known counts as the strictest"


@pytest.mark.parametrize("said", ['"false"', '"no"', "0", "null", "[]"])
def test_what_only_looks_like_yes_does_not_count_as_yes(said: str) -> None:
    name = next(iter(SHIPPED.retention))
    true = f"retention: {{{name}: {{for_good: true}}}}\n"
    bank = read_pack(pack_text(true, name="head-office", authority="bank"), "bank.yaml")
    branch = read_pack(pack_text(true.replace("true", said)), "branch.yaml")
    with pytest.raises(RuleError) as caught:
        rules_of((*shipped(), bank, branch), TODAY)
    assert (caught.value.code, caught.value.line) == ("rules.loosens", 8)


def test_a_threshold_below_which_something_is_demanded_may_not_be_moved() -> None:
    business = next(name for name, each in SHIPPED.businesses.items())
    below = (
        f"businesses: {{{business}: {{demands: {{small: {{clause: x, step: read_back,"
        " when: [{below: cash}]}}}}\n"
    )
    bank = read_pack(pack_text(below, name="head-office", authority="bank"), "bank.yaml")
    branch = read_pack(pack_text("thresholds: {cash: {amounts: {CNY: 1}}}\n"), "branch.yaml")
    with pytest.raises(RuleError, match="demanded only below this amount") as caught:
        rules_of((*shipped(), bank, branch), TODAY)
    assert (caught.value.line, caught.value.place) == (8, "thresholds.cash")
    assert caught.value.clause


@pytest.mark.slow
@pytest.mark.timeout(400)
@given(body=changes(), number=st.integers(0, 10_000))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_hundreds_of_lower_packs_ask_for_no_less(body: Tree, number: int) -> None:
    test_a_lower_pack_is_refused_or_nothing_is_asked_for_less.hypothesis.inner_test(body, number)  # type: ignore[attr-defined]
