"""Invented fingers: the same again for a seed, alike from touch to touch, unlike from person to person."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from drivers.fingerprint import synthetic

PEOPLE = [f"person {number}" for number in range(40)]


def test_a_touch_is_the_same_again() -> None:
    one, same = (synthetic.touch("alice", 3) for _ in range(2))
    assert one == same
    assert np.array_equal(synthetic.render(one, 192, 192), synthetic.render(same, 192, 192))


def test_touches_of_one_finger_are_alike_but_not_the_same() -> None:
    touches = [synthetic.touch("alice", number) for number in range(20)]
    for one, other in itertools.combinations(touches, 2):
        assert one.code != other.code
        assert 0.8 < synthetic.likeness(one.code, other.code) < 1.0


def test_fingers_of_two_people_are_not_alike() -> None:
    codes = [synthetic.touch(name, 1).code for name in PEOPLE]
    assert max(synthetic.likeness(one, other) for one, other in itertools.combinations(codes, 2)) < 0.3


@pytest.mark.parametrize(("one", "other"), [(b"", b""), (b"\0", b"\0\0")])
def test_what_cannot_be_compared_is_not_alike(one: bytes, other: bytes) -> None:
    assert synthetic.likeness(one, other) == 0


@pytest.mark.parametrize("name", PEOPLE[:6])
def test_a_picture_has_ridges_at_the_distance_of_a_finger_at_500_dpi(name: str) -> None:
    shown = synthetic.render(synthetic.touch(name, 1, noise=0.1), 256, 288)
    middle = shown[80:208, 64:192].astype(float)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft2(middle - middle.mean())))
    y, x = np.mgrid[-64:64, -64:64]
    frequency = np.hypot(x, y) / 128
    ring = (frequency > 1 / 14) & (frequency < 1 / 6)
    assert spectrum[ring].mean() > 5 * spectrum[~ring].mean()
    assert shown[0, 0] > 230
    assert middle.std() > 30


def test_two_touches_lie_differently() -> None:
    one, other = (
        synthetic.render(synthetic.touch("alice", number, noise=0.0), 192, 192) for number in (1, 2)
    )
    assert np.abs(one.astype(int) - other).mean() > 5


def test_a_touch_shows_nobody_in_its_repr() -> None:
    touch = synthetic.touch("alice", 1)
    assert str(touch.seed) not in repr(touch)
    assert "code" not in repr(touch)
