"""Cylinders and their comparison, on minutiae whose truth is known by construction."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.finger.cylinders import describe
from models.finger.mcc import Comparison, compare
from models.finger.minutiae import Minutiae
from models.finger.settings import CylinderSettings, MatchSettings
from tests.models_finger.drawn_minutiae import drawn, moved

CYLINDERS, MATCH = CylinderSettings(), MatchSettings()
IMPOSTOR = 0.06
"""Above every score of two different fingers among the development pictures but one in ten thousand."""


def compared(one: Minutiae, other: Minutiae) -> Comparison:
    return compare(describe(one, CYLINDERS), describe(other, CYLINDERS), MATCH)


@pytest.mark.parametrize("turn", [0.0, 0.5, -1.2])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (40.0, -25.0)])
def test_the_same_finger_turned_and_shifted_is_recognised(turn, shift):
    for seed in range(4):
        finger = drawn(seed)
        again = compared(finger, moved(finger, turn, shift, jitter=1.5, seed=seed + 100))
        assert again.score > 3 * IMPOSTOR
        assert again.together >= 36, "the movement lays nearly all of 40 minutiae on each other"
        assert again.share > 0.75


def test_different_fingers_score_low():
    scores = [compared(drawn(a), drawn(b)).score for a, b in itertools.combinations(range(20, 34), 2)]
    assert max(scores) < IMPOSTOR
    assert np.median(scores) < 0.02


def test_half_of_the_finger_scores_between():
    finger = drawn(7, count=60)
    half = Minutiae(finger.table[finger.table[:, 0] > 150].copy(), 300, 300)
    whole = compared(finger, finger).score
    assert IMPOSTOR < compared(finger, half).score < whole


def test_more_than_a_quarter_turn_is_not_looked_for():
    finger = drawn(3)
    assert compared(finger, moved(finger, 2.4, (0, 0), jitter=0.5, seed=1)).score < IMPOSTOR


def test_identical_impressions_reach_the_top():
    finger = drawn(11)
    itself = compared(finger, finger)
    assert itself.together == len(finger)
    assert itself.share == pytest.approx(1.0)
    assert itself.score <= 1 + MATCH.rigid_weight


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(5, 80), st.integers(5, 80))
def test_the_order_makes_no_difference_and_nothing_is_drawn_by_lot(first, second, few, many):
    one, other = drawn(first, few, apart=5), drawn(second, many, apart=5)
    scores = {compared(one, other).score for _ in range(2)} | {compared(other, one).score}
    assert len(scores) == 1
    assert 0 <= scores.pop() <= 1 + MATCH.rigid_weight


@pytest.mark.parametrize("count", range(5))
def test_hardly_any_minutiae_match_nothing_not_even_themselves(count):
    finger = drawn(1, count)
    assert compared(finger, finger).score == 0
    assert compared(finger, drawn(1)).score == 0


@pytest.mark.parametrize(
    "places",
    [
        [(10, 10)] * 9,
        [(10 + 5 * step, 10) for step in range(9)],
        [(10, 10), (10, 10), (290, 290), (290, 290), (10, 290)],
    ],
    ids=["one place", "one line", "far apart"],
)
def test_odd_places_neither_crash_nor_divide_by_zero(places):
    table = np.array([(x, y, 0.3 * at, 1, 0.9) for at, (x, y) in enumerate(places)], np.float32)
    finger = Minutiae(table, 300, 300)
    assert math.isfinite(compared(finger, finger).score)
    assert compared(finger, drawn(2)).score < IMPOSTOR


def test_a_table_that_is_none_is_refused():
    for table in (np.zeros((3, 4), np.float32), np.full((3, 5), np.nan, np.float32), np.zeros(5, np.float32)):
        with pytest.raises(ValueError, match="table of minutiae"):
            Minutiae(table, 10, 10)


def test_wiping_leaves_nothing():
    finger = drawn(5)
    cylinders = describe(finger, CYLINDERS)
    assert cylinders.values.any()
    assert finger.table.any()
    cylinders.wipe()
    finger.wipe()
    for left in (cylinders.points, cylinders.values, cylinders.squares, cylinders.valid, finger.table):
        assert not left.any()
    assert not cylinders.everything.any()
    assert compare(cylinders, describe(drawn(5), CYLINDERS), MATCH).score == 0


def test_the_best_are_the_most_confident_in_a_fixed_order():
    finger = drawn(9)
    best = finger.best(10)
    assert len(best) == 10
    assert best.quality.min() >= np.sort(finger.quality)[-10]
    shuffled = Minutiae(finger.table[::-1].copy(), 300, 300)
    assert np.array_equal(shuffled.best(10).table, best.table)
    assert len(finger.best(100, least_quality=0.7)) == int((finger.quality >= 0.7).sum())


def test_nothing_of_a_finger_shows_in_its_repr():
    finger = drawn(4)
    for value in (finger, describe(finger, CYLINDERS)):
        assert "array" not in repr(value)
