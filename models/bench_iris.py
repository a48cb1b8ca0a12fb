"""How quick irises are: a picture of one eye to its code, and one comparison. No network runs."""

from __future__ import annotations

import statistics
from typing import Any

from models.bench_rounds import high, measured, timed_ms, told
from models.iris.api import Eye, Grey
from models.iris.distance import distance
from models.iris.engine import IrisEngine, Reading

MATCHES = 200


def bench_iris(engine: IrisEngine, picture: Grey, rounds: int) -> dict[str, Any]:
    """Measure `rounds` readings of `picture`, and comparisons of its code with itself.

    Returns what `models.bench_rounds.told` does, ``profile``, ``width``, ``height``, ``match_ms`` and
    ``match_ms_p95``. Raises ValueError when the picture gives no code.
    """
    code = engine.look(picture, Eye.LEFT).code
    if code is None:
        raise ValueError("a picture without a code")

    def look(_: int) -> list[Reading]:
        return [engine.look(picture, Eye.LEFT)]

    done = measured((), look, rounds)
    matches = timed_ms(lambda: distance(code, code, engine.settings.distance), MATCHES)
    return {
        "profile": engine.profile.name,
        "width": picture.shape[1],
        "height": picture.shape[0],
        **told(done),
        "match_ms": statistics.median(matches),
        "match_ms_p95": high(matches),
    }
