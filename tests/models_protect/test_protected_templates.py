"""Veiled templates: same scores under one key, strangers under another, nothing left in memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.protect import BitVeil, VectorVeil, new_seed, veil_key, wipe

SECRET = bytes(range(32))
LENGTHS = (128, 512)
"""Of the recognisers that ship."""
ROOT = np.sqrt(2)
FROZEN = [-ROOT, ROOT, -2 * ROOT, ROOT, -ROOT, -6 * ROOT, ROOT, -5 * ROOT]
"""The numbers 0 to 7 under key 1, as every machine must veil them."""


def unit(rng, length):
    vector = rng.normal(size=length)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def like(rng, vector, similarity):
    """A template with that cosine to `vector`."""
    other = rng.normal(size=len(vector))
    other -= other @ vector * vector
    other /= np.linalg.norm(other)
    return (similarity * vector + np.sqrt(1 - similarity**2) * other).astype(np.float32)


def key(number, purpose="staff"):
    return veil_key(SECRET, number.to_bytes(16, "big"), purpose)


@settings(deadline=None)
@given(st.integers(0, 2**64), st.sampled_from(LENGTHS), st.floats(-1, 1))
def test_scores_under_one_key_are_those_of_the_templates(seed, length, similarity):
    rng = np.random.default_rng(seed)
    one = unit(rng, length)
    two = like(rng, one, similarity)
    veil = VectorVeil(key(seed), length)
    assert float(veil.over(one) @ veil.over(two)) == pytest.approx(float(one @ two), abs=1e-5)
    assert np.linalg.norm(veil.over(one)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("length", LENGTHS)
def test_one_person_under_two_keys_is_two_strangers(length):
    """Unlinkable: the same face in two books scores as two faces do; nothing of the template shows."""
    rng = np.random.default_rng(7)
    linked, strangers, bare = [], [], []
    for number in range(400):
        face = unit(rng, length)
        first, second = VectorVeil(key(2 * number), length), VectorVeil(key(2 * number + 1), length)
        linked.append(float(first.over(face) @ second.over(like(rng, face, 0.8))))
        strangers.append(float(first.over(face) @ second.over(unit(rng, length))))
        bare.append(float(first.over(face) @ face))
    by_chance = 1 / np.sqrt(length)
    for scores in (linked, strangers, bare):
        assert abs(np.mean(scores)) < 4 * by_chance / np.sqrt(len(scores))
        assert np.std(scores) == pytest.approx(by_chance, rel=0.15)
    assert linkability(linked, strangers) < 0.1
    assert linkability([0.8] * 400, strangers) > 0.9, "the measure must see a link where there is one"


def linkability(linked, strangers):
    """The global measure D of Gomez-Barrero et al. (2018): 0 unlinkable, 1 fully linkable."""
    edges = np.linspace(-1, 1, 41)
    mated = np.histogram(linked, edges)[0] / len(linked)
    others = np.histogram(strangers, edges)[0] / len(strangers)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(others > 0, mated / others, np.inf)
        local = np.where(np.isinf(ratio), 1.0, 2 * ratio / (1 + ratio) - 1)
    return float(np.sum(mated * np.where(mated > others, local, 0)))


@pytest.mark.parametrize("length", LENGTHS)
def test_one_number_of_a_template_reaches_the_whole_veil(length):
    veil = VectorVeil(key(3), length)
    spike = np.zeros(length, np.float32)
    spike[5] = 1
    assert np.count_nonzero(np.abs(veil.over(spike)) > 1e-9) > length / 2


def test_another_secret_seed_or_purpose_is_another_veil():
    face = unit(np.random.default_rng(1), 128)
    seed = new_seed()
    keys = [
        veil_key(SECRET, seed, "staff"),
        veil_key(SECRET, new_seed(), "staff"),
        veil_key(SECRET, seed, "other"),
        veil_key(bytes(32), seed, "staff"),
    ]
    veiled = [VectorVeil(each, 128).over(face) for each in keys]
    assert all(abs(float(veiled[0] @ each)) < 0.5 for each in veiled[1:])
    assert np.array_equal(veiled[0], VectorVeil(keys[0], 128).over(face)), "the same key, the same veil"


def test_the_veil_is_the_same_on_every_machine():
    """Enrolments outlive programs: this must never change without a new name of the scheme."""
    veiled = VectorVeil(key(1), 8).over(np.arange(8, dtype=np.float32))
    assert veiled == pytest.approx(FROZEN, abs=1e-5)


def test_iris_codes_keep_their_distance_under_one_key_and_lose_it_under_another():
    rng = np.random.default_rng(2)
    code, mask = rng.random(16384) < 0.5, rng.random(16384) < 0.8
    other = code ^ (rng.random(16384) < 0.3)
    veil, strange = BitVeil(key(1), 16384), BitVeil(key(2), 16384)
    assert distance(veil.over(code, mask), veil.over(other, mask)) == distance((code, mask), (other, mask))
    assert distance(veil.over(code, mask), strange.over(code, mask)) == pytest.approx(0.5, abs=0.02)


def distance(one, two):
    (code, mask), (other, beside) = one, two
    both = mask & beside
    return np.count_nonzero((code ^ other) & both) / np.count_nonzero(both)


@pytest.mark.parametrize("length", [0, 1, 3, 100])
def test_lengths_that_cannot_be_mixed_are_refused(length):
    with pytest.raises(ValueError, match="powers of two"):
        VectorVeil(key(1), length)


def test_wrong_shapes_and_keys_are_refused():
    with pytest.raises(ValueError, match="shape"):
        VectorVeil(key(1), 128).over(np.zeros(64, np.float32))
    with pytest.raises(ValueError, match="mask"):
        BitVeil(key(1), 64).over(np.zeros(64, bool), np.zeros(32, bool))
    with pytest.raises(ValueError, match="key"):
        VectorVeil(b"short", 128)


def test_wiping_leaves_zeros_and_spares_what_may_not_be_written():
    one, fixed = np.ones(4), np.ones(4)
    fixed.flags.writeable = False
    wipe(one, fixed, None)
    assert not one.any()
    assert fixed.all()
