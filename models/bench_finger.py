"""How quick fingerprints are: a picture to its template against the bare network, and one comparison."""

from __future__ import annotations

import statistics
from typing import Any

from models.bench_rounds import high, measured, timed_ms, told
from models.finger.engine import FingerEngine, Impression
from models.finger.ridges import Grey

MATCHES = 200


def bench_finger(engine: FingerEngine, one: Grey, other: Grey, rounds: int) -> dict[str, Any]:
    """Measure `rounds` extractions of `one`, and comparisons of the two touches of a finger.

    Returns what `models.bench_rounds.told` does, ``engine``, ``width``, ``height``, ``minutiae``,
    ``match_ms`` and ``match_ms_p95``. Raises ValueError when a picture gives no template.
    """
    first, second = engine.look(one).template, engine.look(other).template
    if first is None or second is None:
        raise ValueError("a picture without a template")

    def look(_: int) -> list[Impression]:
        return [engine.look(one)]

    done = measured(engine.networks, look, rounds)
    matches = timed_ms(lambda: engine.score(first, second), MATCHES)
    return {
        "engine": engine.kind.value,
        "width": one.shape[1],
        "height": one.shape[0],
        "minutiae": [len(each.minutiae) for each in (first, second)],
        **told(done),
        "match_ms": statistics.median(matches),
        "match_ms_p95": high(matches),
    }
