"""Pupil and iris are found where they were drawn, however the eye is taken."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.iris.api import Grey, Outline
from models.iris.outline import find_outline
from models.iris.settings import CameraProfile, SearchSettings
from models.iris.sheet import COLUMNS, ROWS, unroll
from tests.models_iris.drawn_eyes import PROFILE, Capture, draw

SEARCH = SearchSettings()
CAPTURES = {
    "plain": Capture(),
    "narrow pupil": Capture(number=1, pupil=24),
    "wide pupil": Capture(number=2, pupil=50),
    "away from the middle": Capture(number=3, centre=(150, 170)),
    "dark and noisy": Capture(number=4, light=0.6, noise=6),
    "out of focus": Capture(number=5, blur=2.5),
    "half closed": Capture(number=6, lids=(0.5, 0.7), lashes=50),
    "many lights": Capture(number=7, glints=4),
}


def eye_in(picture: Grey, profile: CameraProfile) -> Outline | None:
    found = find_outline(picture, profile, SEARCH)
    assert found.doubt is None
    return found.outline


@pytest.mark.parametrize("capture", CAPTURES.values(), ids=CAPTURES)
def test_both_circles_lie_within_two_pixels(capture):
    for seed in range(3):
        found = eye_in(draw(seed, capture), PROFILE)
        assert found is not None
        off = math.hypot(found.pupil.x - capture.centre[0], found.pupil.y - capture.centre[1])
        assert off < 1.5
        assert found.pupil.radius == pytest.approx(capture.pupil, abs=1.5)
        assert found.iris.radius == pytest.approx(capture.iris, abs=2.5)
        assert found.iris.x == pytest.approx(capture.centre[0], abs=2.5)


def test_an_oval_pupil_keeps_its_shape():
    found = eye_in(draw(1, Capture(gaze=(0.1, 0))), PROFILE)
    assert found is not None
    across, down = found.contour[[0, 64]].mean(), found.contour[[32, 96]].mean()
    assert across / down == pytest.approx(0.9, abs=0.025)


@pytest.mark.parametrize("factor", [0.75, 1.6, 2.5])
def test_a_larger_picture_gives_the_larger_outline(factor):
    picture = draw(4)
    large = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    plain, scaled = (
        eye_in(picture, PROFILE),
        eye_in(large, PROFILE.scaled(factor)),
    )
    assert plain is not None and scaled is not None
    assert scaled.pupil.radius == pytest.approx(plain.pupil.radius * factor, rel=0.03)
    assert scaled.iris.radius == pytest.approx(plain.iris.radius * factor, rel=0.03)
    assert scaled.pupil.x == pytest.approx(plain.pupil.x * factor, abs=2 * factor)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_picture_shows_no_eye(grey):
    assert eye_in(np.full((300, 400), grey, np.uint8), PROFILE) is None


def test_lids_lights_and_what_lies_outside_are_not_usable():
    open_eye = unroll(*shown(Capture(lids=(1.1, 1.1), lashes=0)))
    half = unroll(*shown(Capture(lids=(0.5, 0.9), lashes=0)))
    cut = unroll(*shown(Capture(centre=(200, 225))))
    assert open_eye.texture.shape == open_eye.usable.shape == (ROWS, COLUMNS)
    assert open_eye.usable.mean() > 0.93
    above, below = (
        slice(int(COLUMNS * 0.70), int(COLUMNS * 0.80)),
        slice(int(COLUMNS * 0.22), int(COLUMNS * 0.28)),
    )
    assert half.usable[-10:, above].mean() < 0.1
    assert half.usable.mean() < open_eye.usable.mean() - 0.1
    assert not cut.usable[-6:, below].any()


def test_a_light_on_the_iris_is_not_usable():
    picture, outline = shown(Capture(glints=0, lashes=0))
    clean = unroll(picture, outline)
    cv2.circle(picture, (200 + 60, 152), 5, 255, -1)
    lit = unroll(picture, outline)
    spot = lit.usable[20:36, :10]
    assert clean.usable[20:36, :10].all() and not spot.all()


def shown(capture: Capture):
    picture = draw(2, capture)
    outline = eye_in(picture, PROFILE)
    assert outline is not None
    return picture, outline


def test_ranges_that_no_eye_can_have_are_refused():
    for pupil, iris in (
        ((30, 20), (60, 120)),
        ((20, 130), (60, 120)),
        ((20, 60), (20, 120)),
        ((0, 9), (30, 60)),
    ):
        with pytest.raises(ValueError, match="sizes must grow"):
            CameraProfile("wrong", pupil, iris)
    assert replace(PROFILE, name="same").scaled(2).iris_px == (120, 260)


@pytest.mark.parametrize("lid", [0.45, 0.5])
def test_a_bright_lid_beside_a_dark_eyes_pupil_does_not_draw_its_boundary(lid):
    capture = Capture(grey=48, lids=(lid, 0.9))
    for seed in range(3):
        found = eye_in(draw(seed, capture), PROFILE)
        assert found is not None
        off = math.hypot(found.pupil.x - capture.centre[0], found.pupil.y - capture.centre[1])
        assert off < 2 and found.pupil.radius == pytest.approx(capture.pupil, abs=1.5)
