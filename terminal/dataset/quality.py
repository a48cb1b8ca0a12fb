"""How good the data held of a customer are, by three measures that are never made one (L06).

Truth: what contradicts. Validity: what has expired or grown old. Completeness: what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.dataset.contradictions import Contradiction, CrossCode
from terminal.dataset.examined import Examined
from terminal.dataset.expiry import Expiry, Validity
from terminal.dataset.fields import Completeness
from terminal.rules.dataset import QualityRules

_STALE = (CrossCode.STALE,)


@dataclass(frozen=True, slots=True)
class Quality:
    """The three measures, and what they lead to."""

    truth: int
    """Contradictions, and values that are doubted or cannot be right."""
    validity: int
    """Documents expired or of unknown validity, sources grown old."""
    completeness: float
    """Share of the demands met, 0-1."""
    triggers: tuple[str, ...]
    """Message keys of what asks for identifying anew: ``quality.truth``, ``quality.validity``,
    ``quality.completeness``, ``quality.earlier_data``; empty when nothing does."""


def quality(
    completeness: Completeness,
    examined: Examined,
    contradictions: Sequence[Contradiction],
    documents: Sequence[Expiry],
    rules: QualityRules,
) -> Quality:
    """The measures of one customer's data. Pure: the same data give the same answer."""
    against = [each for each in contradictions if each.code not in _STALE]
    truth = len(against) + len({finding.field for finding in examined.findings})
    bad = (Validity.BLOCKED, Validity.GRACE, Validity.UNKNOWN)
    expired = sum(document.state in bad for document in documents)
    validity = expired + len(contradictions) - len(against)
    earlier = any(each.code is CrossCode.EARLIER for each in against)
    found = (
        ("quality.truth", truth > rules.most_doubts),
        ("quality.validity", expired > 0),
        ("quality.completeness", completeness.share < rules.least_complete),
        ("quality.earlier_data", earlier),
    )
    return Quality(truth, validity, completeness.share, tuple(code for code, holds in found if holds))
