"""Error rates of comparison and of attack detection, each with its exact definition.

Conventions, used everywhere in the product:

* a comparison score says how similar two faces are; it is accepted when **score ≥ threshold**;
* FMR(t) = share of impostor scores ≥ t, FNMR(t) = share of genuine scores < t (ISO/IEC 19795-1);
* a pair in which no face was found has the score −∞: it is never accepted, so the rates include failures to
  acquire, and FAR = FMR, FRR = FNMR, TAR = 1 − FRR hold for whole attempts;
* APCER, BPCER and non-responses are those of ISO/IEC 30107-3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

Scores = npt.NDArray[np.float64]
Interval = tuple[float, float]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Operating:
    """What a system does at one threshold."""

    threshold: float
    tar: float
    tar_interval: Interval
    """Clopper-Pearson over the genuine pairs."""
    far: float
    """The rate measured at the threshold: at most the rate asked for."""
    far_interval: Interval
    resolved: bool
    """False when there are too few impostor pairs to see even one error at the rate asked for."""


@dataclass(frozen=True, slots=True)
class Det:
    """The detection error trade-off: both error rates at every threshold that changes one of them."""

    thresholds: Scores
    """Ascending; the last one is above every score."""
    fmr: Scores
    fnmr: Scores


def clopper_pearson(errors: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact two-sided binomial interval (Clopper and Pearson 1934); (0, 1) for no trials."""
    if not 0 <= errors <= trials:
        raise ValueError(f"{errors} errors in {trials} trials")
    if trials == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if errors == 0 else float(betaincinv(errors, trials - errors + 1, tail))
    high = 1.0 if errors == trials else float(betaincinv(errors + 1, trials - errors, 1 - tail))
    return low, high


def rule_of_three(trials: int, confidence: float = CONFIDENCE) -> float:
    """The largest rate that `trials` without any error leave possible: 1 − (1 − c)^(1/n), nearly 3/n."""
    return 1.0 if trials == 0 else float(-math.expm1(math.log1p(-confidence) / trials))


def far_threshold(impostor: npt.ArrayLike, target: float) -> float:
    """The smallest threshold at which no more than `target` of the impostor scores are accepted.

    With k = ⌊target·n⌋ errors allowed it is the next number above the (k+1)-th largest score, so equal
    scores are accepted or refused together and never push the rate above `target`.
    """
    scores = _scores(impostor)
    if not len(scores):
        raise ValueError("no impostor scores")
    allowed = math.floor(target * len(scores) + 1e-9)
    if allowed >= len(scores):
        return float("-inf")
    return float(np.nextafter(scores[len(scores) - 1 - allowed], np.inf))


def operating_point(genuine: npt.ArrayLike, impostor: npt.ArrayLike, target: float) -> Operating:
    """TAR at the threshold for a false-accept rate of at most `target`, with intervals."""
    mated, others = _scores(genuine), _scores(impostor)
    threshold = far_threshold(others, target)
    hits, wrong = at_or_above(mated, threshold), at_or_above(others, threshold)
    return Operating(
        threshold,
        hits / len(mated) if len(mated) else 0.0,
        clopper_pearson(hits, len(mated)),
        wrong / len(others),
        clopper_pearson(wrong, len(others)),
        target * len(others) >= 1,
    )


def at_or_above(ascending: Scores, threshold: float) -> int:
    """How many of the `ascending` scores are accepted at `threshold`."""
    return int(len(ascending) - np.searchsorted(ascending, threshold, side="left"))


def det(genuine: npt.ArrayLike, impostor: npt.ArrayLike) -> Det:
    """Both error rates at every distinct score and above the highest one."""
    mated, others = _scores(genuine), _scores(impostor)
    if not len(mated) or not len(others):
        raise ValueError("a trade-off needs genuine and impostor scores")
    distinct = np.unique(np.concatenate([mated, others]))
    thresholds = np.append(distinct, np.nextafter(distinct[-1], np.inf))
    fmr = 1 - np.searchsorted(others, thresholds, side="left") / len(others)
    fnmr = np.searchsorted(mated, thresholds, side="left") / len(mated)
    return Det(thresholds, fmr, fnmr)


def equal_error_rate(curve: Det) -> float:
    """Where FMR and FNMR meet: on the straight line between the two thresholds at which they change order.

    At the lowest threshold FMR is 1 and FNMR 0, above the highest it is the other way round, so they meet
    exactly once.
    """
    after = int(np.argmax(curve.fnmr >= curve.fmr))
    before = after - 1
    gap_before = float(curve.fmr[before] - curve.fnmr[before])
    gap_after = float(curve.fnmr[after] - curve.fmr[after])
    share = gap_before / (gap_before + gap_after)
    return float(curve.fmr[before] + share * (curve.fmr[after] - curve.fmr[before]))


def eer_interval(genuine: npt.ArrayLike, impostor: npt.ArrayLike, rounds: int = 200) -> Interval:
    """A 95 % bootstrap interval of the equal error rate: pairs drawn anew, always in the same way."""
    mated, others = _scores(genuine), _scores(impostor)
    draw = np.random.default_rng(20240501)
    rates = [
        equal_error_rate(det(draw.choice(mated, len(mated)), draw.choice(others, len(others))))
        for _ in range(rounds)
    ]
    low, high = np.quantile(rates, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _scores(values: npt.ArrayLike) -> Scores:
    """Scores as ascending float64; −∞ stands for an attempt without a face; NaN is refused."""
    scores = np.sort(np.asarray(values, np.float64).ravel())
    if np.isnan(scores).any():
        raise ValueError("a score is not a number")
    return scores
