"""One comparison among a person's pictures, for people and for programs."""

from __future__ import annotations

from typing import Any

from models.api import Match
from terminal.commands.context import explain


def pair_line(match: Match) -> str:
    """In one line: which pictures, what was found, and from which score on it is taken for one person."""
    return (
        f"{pair_name(match)}: {explain('answer.' + match.decision.value)} "
        f"(score {match.score:.3f}, accepted from {match.threshold:.3f})"
    )


def pair_name(match: Match) -> str:
    """The two pictures in words."""
    kinds = {"one": match.photo_kind, "other": match.other_kind}
    return explain("pair", **{place: explain(f"photo_kind.{kind}") for place, kind in kinds.items()})


def pair_row(match: Match) -> dict[str, Any]:
    """Everything that is known of it."""
    return {
        "photo_kind": match.photo_kind.value,
        "other_kind": match.other_kind.value,
        "pair": pair_name(match),
        "score": round(match.score, 4),
        "threshold": round(match.threshold, 4),
        "refer_threshold": round(match.refer_threshold, 4),
        "decision": match.decision.value,
        "false_match_rate": match.false_match_rate,
        "interval": list(match.interval),
        "false_non_match_rate": match.false_non_match_rate,
        "calibration": match.calibration,
    }
