"""What the boundaries are looked for with, against the plain way of saying the same."""

from __future__ import annotations

import itertools

import numpy as np

from models.iris.polar import around, low_value, low_values
from models.iris.pupil import BENDING, closed_path


def test_low_values_are_those_of_each_collection_alone():
    values = np.random.default_rng(1).integers(0, 255, (5, 7, 9)).astype(np.float32)
    for share in (0, 0.3, 1):
        sorted_place = int(share * 62)
        expected = [np.sort(each, None)[sorted_place] for each in values]
        assert low_values(values, share).tolist() == expected
        assert [low_value(each, share) for each in values] == expected


def test_the_mean_around_goes_over_the_end():
    values = np.random.default_rng(2).random((2, 3, 16)).astype(np.float32)
    expected = np.mean([np.roll(values, step, -1) for step in range(-2, 3)], 0)
    np.testing.assert_allclose(around(values, 2), expected, rtol=1e-5)


def test_no_other_way_around_is_cheaper():
    cost = np.random.default_rng(3).random((2, 3, 8)).astype(np.float32) * 3
    found = closed_path(cost)
    ways = np.array(list(itertools.product(range(3), repeat=8)))
    bends = np.abs(np.diff(ways, axis=1, append=ways[:, :1]))
    ways, bends = ways[(bends < 2).all(1)], bends[(bends < 2).all(1)]
    for each, path in zip(cost, found, strict=True):
        price = each[ways, np.arange(8)].sum(1) + BENDING * bends.sum(1)
        assert path.tolist() == ways[price.argmin()].tolist()
