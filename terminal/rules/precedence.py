"""Lays rule packs over one another: regulation before bank before branch; a lower one may only tighten (A12).

What is tighter is declared at each value (`terminal.rules.part`). A lower pack says only what it changes or
adds; anything that would ask for less is refused, with the file, the line and the clause it loosens.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from terminal.rules.lines import Place
from terminal.rules.part import Tighter

HEAVINESS = (
    *("continue", "supplementary", "second_person"),
    *("offer", "refer", "refuse"),
    *("visual", "ocr", "electronic", "chip"),
)
"""From light to heavy: ways a case goes on, decisions, strengths of evidence."""


@dataclass(frozen=True, slots=True)
class Loosening:
    """A value that a lower pack may not set so."""

    place: Place
    clause: str
    """The clause of the higher pack that it would loosen."""
    stands: Any
    asked: Any
    way: str
    """Which change would be allowed; empty: none."""


@dataclass(slots=True)
class Layered:
    """The packs laid over one another so far."""

    data: dict[str, Any]
    origins: dict[Place, str] = field(default_factory=dict)
    """Which pack a value that was changed or added comes from; what is not named comes from the first."""
    loosenings: list[Loosening] = field(default_factory=list)


def lay_over(base: Mapping[str, Any], lower: Mapping[str, Any], model: type[BaseModel], name: str) -> Layered:
    """`lower` over `base`, both as read; `model` says what may be tightened, `name` is the lower pack's."""
    layered = Layered({})
    layered.data = _part(layered, dict(base), lower, model, (), name, "")
    return layered


def _part(
    layered: Layered,
    base: dict[str, Any],
    lower: Mapping[str, Any],
    model: type[BaseModel],
    place: Place,
    name: str,
    clause: str,
) -> dict[str, Any]:
    clause = str(base.get("clause", clause))
    result = dict(base)
    for key, asked in lower.items():
        declared = model.model_fields.get(key)
        here = (*place, key)
        if declared is None or (key not in base and declared.is_required()):
            result[key] = asked  # the first to speak of it; a key nobody knows is refused when all is checked
            layered.origins[here] = name
            continue
        stands = base[key] if key in base else declared.get_default(call_default_factory=True)
        if stands == asked or key == "clause":
            continue  # what a lower pack says of the source adds nothing to it
        result[key] = stands
        way = _way(declared.json_schema_extra)
        inner, by_name = _inner(declared.annotation)
        if not (isinstance(stands, dict) and isinstance(asked, Mapping)):
            _value(layered, result, key, asked, _Spot(here, clause, way, name))
        elif by_name or inner is None:
            result[key] = _table(layered, stands, asked, inner, _Spot(here, clause, way, name))
        else:
            result[key] = _part(layered, stands, asked, inner, here, name, clause)
    return result


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a value stands, by which clause, how it may be tightened, and which pack asks."""

    place: Place
    clause: str
    way: Tighter | None
    name: str

    def at(self, key: str) -> _Spot:
        return _Spot((*self.place, key), self.clause, self.way, self.name)


def _table(
    layered: Layered,
    stands: dict[str, Any],
    asked: Mapping[str, Any],
    inner: type[BaseModel] | None,
    spot: _Spot,
) -> dict[str, Any]:
    """Sections or values by name; new names are an addition, which only some tables allow."""
    result = dict(stands)
    for key, value in asked.items():
        here = spot.at(key)
        if (
            key in stands
            and inner is not None
            and isinstance(stands[key], dict)
            and isinstance(value, Mapping)
        ):
            result[key] = _part(layered, stands[key], value, inner, here.place, spot.name, spot.clause)
        elif key in stands:
            _value(layered, result, key, value, here)
        elif spot.way in (Tighter.MORE, Tighter.LOWER, Tighter.ANY):
            result[key] = value
            layered.origins[here.place] = spot.name
        else:
            layered.loosenings.append(_loosening(here, None, value))
    return result


def _value(layered: Layered, result: dict[str, Any], key: str, asked: Any, spot: _Spot) -> None:
    stands = result[key]
    if stands == asked:
        return
    if spot.way is not None and _tightens(spot.way, stands, asked):
        result[key] = asked
        layered.origins[spot.place] = spot.name
    else:
        layered.loosenings.append(_loosening(spot, stands, asked))


def _loosening(spot: _Spot, stands: Any, asked: Any) -> Loosening:
    return Loosening(spot.place, spot.clause, stands, asked, spot.way.value if spot.way else "")


def _way(extra: object) -> Tighter | None:
    return Tighter(str(extra["tighter"])) if isinstance(extra, dict) and "tighter" in extra else None


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The kind of section a declaration holds, and whether it holds them by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) is dict:
        return _inner(get_args(annotation)[1])[0], True
    if get_origin(annotation) in (Union, types.UnionType):
        found = (_inner(each) for each in get_args(annotation))
        return next((each for each in found if each[0] is not None), (None, False))
    return None, False


def _tightens(way: Tighter, stands: Any, asked: Any) -> bool:
    try:
        return _RULES[way](stands, asked)
    except (TypeError, ValueError, InvalidOperation):
        return False  # of another kind: what it is worth cannot be said


def _number(value: Any) -> Decimal:
    return Decimal(str(value))


def _less(stands: Any, asked: Any) -> bool:
    """A smaller number; none at all is no limit, which is looser."""
    return asked is not None and (stands is None or _number(asked) <= _number(stands))


def _more(stands: Any, asked: Any) -> bool:
    return asked is not None and (stands is None or _number(asked) >= _number(stands))


def _heavier(stands: Any, asked: Any) -> bool:
    return HEAVINESS.index(asked) >= HEAVINESS.index(stands)


_RULES: dict[Tighter, Callable[[Any, Any], bool]] = {
    Tighter.LOWER: _less,
    Tighter.HIGHER: _more,
    Tighter.FEWER: lambda stands, asked: bool(asked) and set(asked) <= set(stands),
    Tighter.MORE: lambda stands, asked: set(asked) >= set(stands),
    Tighter.TRUE: lambda stands, asked: asked is True or not stands,
    Tighter.HEAVIER: _heavier,
    Tighter.ANY: lambda stands, asked: True,
}
