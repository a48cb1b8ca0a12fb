"""Error rates by their definitions, on scores nobody chose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.evaluate.metrics import (
    clopper_pearson,
    det,
    eer_interval,
    equal_error_rate,
    far_threshold,
    operating_point,
    rule_of_three,
)

score = st.integers(-20, 20).map(lambda value: value / 20) | st.just(float("-inf"))
"""A coarse grid, so that equal scores are common, and attempts without a face."""
scores = st.lists(score, min_size=1, max_size=60)
targets = st.sampled_from([0.5, 0.1, 0.05, 0.01, 1e-3, 1e-4])


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.308498),
        (10, 10, 0.691503, 1.0),
        (1, 10, 0.002529, 0.445016),
        (5, 10, 0.187086, 0.812914),
        (10, 100, 0.049005, 0.176223),
        (0, 1000, 0.0, 0.003682),
    ],
)
def test_clopper_pearson_against_published_values(errors, trials, low, high):
    assert clopper_pearson(errors, trials) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(0, 300), st.integers(1, 300))
def test_clopper_pearson_is_the_beta_quantile_and_holds_the_rate(errors, trials):
    errors = min(errors, trials)
    low, high = clopper_pearson(errors, trials)
    assert 0 <= low <= errors / trials <= high <= 1
    if 0 < errors < trials:
        assert low == pytest.approx(stats.beta.ppf(0.025, errors, trials - errors + 1))
        assert high == pytest.approx(stats.beta.ppf(0.975, errors + 1, trials - errors))


def test_clopper_pearson_refuses_nonsense():
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError):
        clopper_pearson(3, 2)


@pytest.mark.parametrize("trials", [100, 1000, 100_000])
def test_rule_of_three(trials):
    assert rule_of_three(trials) == pytest.approx(3 / trials, rel=0.02)
    assert (1 - rule_of_three(trials)) ** trials == pytest.approx(0.05)


@given(scores, targets)
def test_far_threshold_is_the_smallest_that_keeps_the_promise(impostor, target):
    threshold = far_threshold(impostor, target)
    values = np.asarray(impostor)
    assert (values >= threshold).mean() <= target + 1e-12
    if threshold > -1e300:
        below = np.nextafter(threshold, -np.inf)
        assert (values >= below).mean() > target


def test_ties_are_accepted_or_refused_together():
    impostor = [0.1] * 97 + [0.9] * 3
    assert far_threshold(impostor, 0.03) == np.nextafter(0.1, 1)
    assert far_threshold(impostor, 0.02) == np.nextafter(0.9, 1)


def test_a_rate_below_what_the_pairs_can_show_is_said_to_be_unresolved():
    point = operating_point([0.9], list(np.linspace(0, 0.8, 6000)), 1e-4)
    assert not point.resolved
    assert point.far == 0
    assert point.far_interval[1] == pytest.approx(3.69 / 6000, rel=0.01)
    assert operating_point([0.9], list(np.linspace(0, 0.8, 6000)), 1e-3).resolved


@given(scores, scores, targets)
def test_operating_point_counts_what_it_says(genuine, impostor, target):
    point = operating_point(genuine, impostor, target)
    assert point.tar == pytest.approx(np.mean(np.asarray(genuine) >= point.threshold))
    assert point.far == pytest.approx(np.mean(np.asarray(impostor) >= point.threshold))
    assert point.far <= target + 1e-12
    assert point.tar_interval[0] <= point.tar <= point.tar_interval[1]


@given(scores, scores)
def test_det_runs_from_accept_all_to_refuse_all(genuine, impostor):
    curve = det(genuine, impostor)
    assert (curve.fmr[0], curve.fnmr[0]) == (1, 0)
    assert (curve.fmr[-1], curve.fnmr[-1]) == (0, 1)
    assert (np.diff(curve.fmr) <= 0).all()
    assert (np.diff(curve.fnmr) >= 0).all()
    for at in (0, len(curve.thresholds) // 2):
        threshold = curve.thresholds[at]
        assert curve.fmr[at] == pytest.approx(np.mean(np.asarray(impostor) >= threshold))
        assert curve.fnmr[at] == pytest.approx(np.mean(np.asarray(genuine) < threshold))


@given(scores, scores)
def test_eer_lies_between_the_rates_around_the_crossing(genuine, impostor):
    curve = det(genuine, impostor)
    rate = equal_error_rate(curve)
    after = int(np.argmax(curve.fnmr >= curve.fmr))
    assert curve.fmr[after] - 1e-12 <= rate <= curve.fmr[after - 1] + 1e-12
    assert curve.fnmr[after - 1] - 1e-12 <= rate <= curve.fnmr[after] + 1e-12


@given(scores, scores, st.floats(0.1, 10), st.floats(-5, 5))
def test_rates_do_not_change_when_scores_are_stretched(genuine, impostor, factor, shift):
    def moved(values):
        return [round(value * factor + shift, 9) for value in values]

    before = operating_point(genuine, impostor, 0.1)
    after = operating_point(moved(genuine), moved(impostor), 0.1)
    assert (before.tar, before.far) == (after.tar, after.far)
    assert equal_error_rate(det(genuine, impostor)) == pytest.approx(
        equal_error_rate(det(moved(genuine), moved(impostor)))
    )


def test_eer_of_known_scores():
    assert equal_error_rate(det([0.8, 0.9], [0.1, 0.2])) == 0
    assert equal_error_rate(det([0.1, 0.2], [0.8, 0.9])) == 1
    assert equal_error_rate(det([0.5], [0.5])) == pytest.approx(0.5)
    draw = np.random.default_rng(3)
    genuine, impostor = draw.normal(2, 1, 40_000), draw.normal(0, 1, 40_000)
    assert equal_error_rate(det(genuine, impostor)) == pytest.approx(stats.norm.sf(1), abs=0.004)


def test_eer_interval_holds_the_rate_and_repeats():
    draw = np.random.default_rng(4)
    genuine, impostor = draw.normal(2, 1, 800), draw.normal(0, 1, 800)
    low, high = eer_interval(genuine, impostor)
    assert low < equal_error_rate(det(genuine, impostor)) < high
    assert eer_interval(genuine, impostor) == (low, high)


def test_a_failed_attempt_is_a_refusal_on_both_sides():
    point = operating_point([0.9, 0.9, float("-inf"), 0.9], [0.1, float("-inf")], 0.01)
    assert (point.tar, point.far) == (0.75, 0.0)


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError):
        det([float("nan")], [0.1])
    with pytest.raises(ValueError):
        det([], [0.1])
    with pytest.raises(ValueError):
        far_threshold([], 0.1)
