"""The same iris is near, another one far: at any turn, pupil width and lid, and only by its texture."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.iris.code import BITS, COLUMNS, CodeSettings, IrisCode, encode
from models.iris.distance import DistanceSettings, distance, distances
from models.iris.outline import find_outline
from models.iris.settings import SearchSettings
from models.iris.sheet import unroll
from tests.models_iris.drawn_eyes import PROFILE, Capture, draw

PLAIN = DistanceSettings()
CAPTURES = (
    Capture(),
    Capture(number=1, pupil=26, turn=6, lids=(0.7, 0.9)),
    Capture(number=2, pupil=48, turn=-5, gaze=(0.06, 0), blur=1.2),
    Capture(number=3, centre=(185, 160), iris=96, light=0.8, noise=4, lashes=40),
)
SEEDS = range(5)


def code_of(seed: int, capture: Capture) -> IrisCode:
    picture = draw(seed, capture)
    outline = find_outline(picture, PROFILE, SearchSettings()).outline
    assert outline is not None
    with ThreadPoolExecutor(1) as beside:
        return encode(unroll(picture, outline), CodeSettings(), beside)


@pytest.fixture(scope="module")
def codes() -> dict[tuple[int, int], IrisCode]:
    return {
        (seed, number): code_of(seed, capture) for seed in SEEDS for number, capture in enumerate(CAPTURES)
    }


def test_the_same_iris_is_near_and_every_other_far(codes):
    same, others = [], []
    for (one, first), (other, second) in itertools.combinations(codes.items(), 2):
        apart = distance(first, second, PLAIN)
        assert apart is not None
        (same if one[0] == other[0] else others).append(apart.normalised)
    assert len(same) == 30 and len(others) == 160
    assert max(same) < 0.32
    assert min(others) > 0.39


def test_the_turn_of_the_head_is_found(codes):
    apart = distance(codes[1, 1], codes[1, 0], PLAIN)
    other_way = distance(codes[1, 0], codes[1, 1], PLAIN)
    assert apart is not None and other_way is not None
    assert abs(apart.turn_degrees) == pytest.approx(6, abs=1.5)
    assert apart.turn_degrees == -other_way.turn_degrees
    without = distance(codes[1, 1], codes[1, 0], DistanceSettings(turn=0))
    assert without is not None and without.raw > apart.raw + 0.1


def test_one_against_many_says_the_same_as_one_by_one(codes):
    probe, gallery = codes[0, 0], list(codes.values())
    singly = [distance(probe, each, PLAIN) for each in gallery]
    assert distances(probe, gallery, PLAIN) == pytest.approx([each.normalised for each in singly if each])
    assert distances(probe, [], PLAIN).shape == (0,)


def test_a_code_is_as_large_as_promised(codes):
    code = codes[0, 0]
    assert code.bits.nbytes == code.mask.nbytes == BITS // 8 == 2048
    assert not (code.bits & ~code.mask).any()
    assert 6000 < code.usable_bits < BITS
    share = np.bitwise_count(code.bits).sum() / code.usable_bits
    assert 0.4 < share < 0.6


def test_a_wiped_code_cannot_be_compared(codes):
    code = code_of(3, CAPTURES[0])
    code.wipe()
    assert not code.bits.any() and not code.mask.any() and code.usable_bits == 0
    assert distance(code, codes[3, 1], PLAIN) is None
    assert "bits=" not in repr(code)


def test_too_little_in_common_cannot_be_told(codes):
    code, least = codes[0, 0], PLAIN.least_bits
    for bits, told in ((least - 1, False), (least, True)):
        flat = np.flatnonzero(np.unpackbits(code.mask.view(np.uint8)))
        narrow = np.zeros(BITS, np.uint8)
        narrow[flat[:bits]] = 1
        mask = np.packbits(narrow).view(np.uint64)
        part = IrisCode(code.bits & mask, mask)
        assert (distance(part, part, DistanceSettings(turn=0)) is not None) is told


def test_a_small_overlap_weighs_less():
    chance = np.random.default_rng(1)
    full = np.full(COLUMNS, 2**64 - 1, np.uint64)
    bits = chance.integers(0, 2**64, COLUMNS, np.uint64)
    other = bits ^ (
        chance.integers(0, 2**64, COLUMNS, np.uint64) & chance.integers(0, 2**64, COLUMNS, np.uint64)
    )
    part = np.where(np.arange(COLUMNS) < 50, full, 0).astype(np.uint64)
    whole = distance(IrisCode(bits, full), IrisCode(other, full), PLAIN)
    little = distance(IrisCode(bits & part, part), IrisCode(other & part, part), DistanceSettings(turn=0))
    assert whole is not None and little is not None
    assert whole.normalised == whole.raw == pytest.approx(0.25, abs=0.02)
    assert little.raw == pytest.approx(0.25, abs=0.03)
    assert little.normalised > little.raw + 0.05
    assert little.score == 1 - 2 * little.normalised


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), shift=st.integers(-21, 21), share=st.floats(0, 1))
def test_turning_any_code_changes_nothing(seed, shift, share):
    chance = np.random.default_rng(seed)
    mask = np.packbits(chance.random(BITS) < 0.4 + 0.6 * share).view(np.uint64)
    bits = chance.integers(0, 2**64, COLUMNS, np.uint64) & mask
    turned = IrisCode(np.roll(bits, shift), np.roll(mask, shift))
    apart = distance(IrisCode(bits, mask), turned, PLAIN)
    assert apart is not None
    assert apart.raw == 0 and apart.bits == np.bitwise_count(mask).sum()
    assert round(apart.turn_degrees / (360 / COLUMNS)) == shift
    assert apart.normalised == pytest.approx(0.01 * max(abs(shift) - 10, 0) + small_overlap(apart.bits))


def small_overlap(bits: int) -> float:
    return max(0.0, 0.5 - 0.5 * (bits / PLAIN.normal_bits) ** 0.5)


def test_random_codes_are_at_chance():
    chance = np.random.default_rng(2)
    full = np.full(COLUMNS, 2**64 - 1, np.uint64)
    many = [IrisCode(chance.integers(0, 2**64, COLUMNS, np.uint64), full) for _ in range(40)]
    apart = np.concatenate([distances(one, many[index + 1 :], PLAIN) for index, one in enumerate(many)])
    assert apart.min() > 0.48 and apart.max() < 0.5


def test_one_comparison_takes_microseconds(codes):
    first, second = codes[0, 0], codes[1, 0]
    fastest = 1.0
    for _ in range(200):
        began = time.perf_counter()
        distance(first, second, PLAIN)
        fastest = min(fastest, time.perf_counter() - began)
    assert fastest < 300e-6
