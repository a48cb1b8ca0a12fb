"""Outlines found in drawn scenes to a fraction of a millimetre; nothing found where nothing is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.paper.outline import Format, find_outline, find_outlines
from models.paper.straight import DOTS_PER_MM, size, straighten
from models.paper.view import rectangle
from terminal.drawn.scene import Scene, photograph, pose

RANDOM = 7
ID1 = (1370, 864)


def sheet(colour: tuple[int, int, int] = (180, 150, 120), shape: tuple[int, int] = ID1) -> np.ndarray:
    """A plain card with a mark at its top left."""
    card = np.full((shape[1], shape[0], 3), colour, np.uint8)
    cv2.rectangle(card, (60, 60), (260, 160), (30, 30, 160), -1)
    return card


def furthest(found: np.ndarray, true: np.ndarray) -> float:
    return min(float(np.abs(np.roll(found, turn, 0) - true).max()) for turn in range(4))


@pytest.mark.parametrize("turn", [-30, -8, 0, 12, 44])
@pytest.mark.parametrize("tilt", [0, 18, 35])
def test_corners_are_found_to_a_third_of_a_millimetre(turn, tilt):
    scene = Scene(share=0.42, turn=turn, tilt=tilt, tilt_towards=turn * 3 + 40, noise=3)
    taken = photograph(sheet(), scene, np.random.default_rng(RANDOM))
    found = find_outline(taken.picture)
    assert found is not None
    assert found.whole
    assert furthest(found.corners, taken.corners) < 0.33 * scene.share * scene.frame[0] / 85.6


def test_what_is_straightened_is_upright_and_to_scale():
    scene = Scene(share=0.6, turn=-14, tilt=25, tilt_towards=70, noise=2)
    taken = photograph(sheet(), scene, np.random.default_rng(RANDOM))
    found = find_outline(taken.picture)
    assert found is not None
    flat = straighten(taken.picture, found)
    width, height = size(Format.ID1)
    assert flat.picture.shape == (height, width, 3)
    red = np.argwhere(flat.picture[..., 2].astype(int) - flat.picture[..., 0] > 60)
    top, left = red.min(axis=0) / DOTS_PER_MM
    bottom, right = red.max(axis=0) / DOTS_PER_MM
    mm = 85.6 / ID1[0]
    assert (left, top) == pytest.approx((60 * mm, 60 * mm), abs=0.5)
    assert (right, bottom) == pytest.approx((260 * mm, 160 * mm), abs=0.5)
    turned = flat.upside_down()
    assert turned.turned
    assert np.array_equal(turned.picture[::-1, ::-1], flat.picture)


def test_a_passport_is_told_from_a_card():
    page = sheet(shape=(1250, 880))
    taken = photograph(page, Scene(share=0.6, turn=5, tilt=12), np.random.default_rng(RANDOM))
    found = find_outline(taken.picture, (Format.ID1, Format.ID3))
    assert found is not None
    assert found.format is Format.ID3


def test_a_card_that_leaves_the_picture_is_not_whole():
    scene = Scene(share=0.6, shift=(0.22, 0.0))
    taken = photograph(sheet(), scene, np.random.default_rng(RANDOM))
    assert (taken.corners[:, 0] > scene.frame[0]).any()
    found = find_outline(taken.picture)
    assert found is not None
    assert not found.whole


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_nothing_is_found_in_an_empty_picture(shade):
    assert find_outlines(np.full((480, 640, 3), shade, np.uint8)) == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (2, 2), (30, 40), (24, 4000)])
def test_pictures_of_any_shape_are_no_obstacle(shape):
    noise = np.random.default_rng(1).integers(0, 255, (*shape, 3), dtype=np.uint8)
    assert isinstance(find_outlines(noise), tuple)


def test_noise_is_no_document():
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    assert find_outlines(noise) == ()


def test_proportions_survive_perspective():
    scene = Scene(share=0.5, tilt=40, tilt_towards=33, turn=20)
    ratio, skew = rectangle(pose((856, 540), scene), scene.frame)
    assert float(ratio) == pytest.approx(856 / 540, rel=0.01)
    assert float(skew) == pytest.approx(0, abs=0.01)
