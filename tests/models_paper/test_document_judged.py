"""What is wrong with a photograph is measured and named, one thing at a time."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from config.settings import Documents
from models.paper.judge import blur_mm, drowned, glare, judge
from models.paper.outline import Format, Outline, find_outline
from models.paper.straight import straighten
from terminal.drawn.scene import Scene, photograph

GOOD = Scene((1920, 1080), share=0.55, turn=4, tilt=6, noise=2)


def card(dense: bool = True) -> np.ndarray:
    picture = np.full((864, 1370, 3), (190, 170, 150), np.uint8)
    cv2.rectangle(picture, (100, 250), (330, 430), (70, 90, 110), -1)
    for row in range(8 if dense else 1):
        cv2.putText(picture, "Specimen of print 0123456789", (110, 100 + row * 95), 0, 1.8, (30, 30, 30), 5)
    return picture


def judged(scene: Scene, picture: np.ndarray | None = None, **limits: float):
    taken = photograph(card() if picture is None else picture, scene, np.random.default_rng(3))
    outline = find_outline(taken.picture)
    assert outline is not None
    return judge(taken.picture, outline, straighten(taken.picture, outline), Documents(**limits))


def test_a_good_photograph_has_no_problem():
    found = judged(GOOD)
    assert found.problem is None
    assert found.dots_per_mm == pytest.approx(0.55 * 1920 / 85.6, rel=0.1)
    assert found.tilt_degrees == pytest.approx(6, abs=3)
    assert found.glare_share == 0


@pytest.mark.parametrize(
    ("scene", "problem"),
    [
        (replace(GOOD, brightness=0.15), "paper.dark"),
        (replace(GOOD, glare=((0.5, 0.5, 0.2, 600.0),)), "paper.glare"),
        (replace(GOOD, defocus=14), "paper.blurred"),
        (replace(GOOD, motion=26), "paper.blurred"),
    ],
)
def test_what_is_wrong_is_named(scene, problem):
    assert judged(scene).problem == problem


def test_too_much_tilt_is_named_by_the_settings():
    scene = replace(GOOD, tilt=30)
    assert judged(scene).problem is None
    assert judged(scene, most_tilt_degrees=20).problem == "paper.tilted"
    assert judged(scene).tilt_degrees == pytest.approx(30, abs=5)


def test_one_problem_at_a_time_the_first_to_put_right_first():
    both = replace(GOOD, brightness=0.15)
    assert judged(both, least_dots_per_mm=20).problem == "paper.too_far"


@pytest.mark.parametrize("defocus", [3.0, 8.0])
def test_blur_is_measured_in_millimetres_whatever_is_printed(defocus):
    scene = replace(GOOD, defocus=defocus)
    plain, full = (judged(scene, picture).blur_mm for picture in (card(dense=False), card()))
    sigma_mm = defocus / 2 / (GOOD.share * GOOD.frame[0] / 85.6)
    assert plain == pytest.approx(sigma_mm, rel=0.35, abs=0.08)
    assert plain == pytest.approx(full, rel=0.25, abs=0.08)


def test_where_nothing_is_beside_the_document_sharpness_is_not_known():
    outline = Outline(
        np.array([[100, 100], [500, 100], [500, 352], [100, 352]], float), Format.ID1, 1.0, True
    )
    assert blur_mm(np.full((480, 640, 3), 128, np.uint8), outline) == float("inf")


def test_glare_is_told_from_white_print_and_by_field():
    flat = np.full((648, 1027, 3), 90, np.uint8)
    cv2.putText(flat, "1234", (50, 120), 0, 2.0, (255, 255, 255), 5)
    assert glare(flat).max() == 0
    cv2.circle(flat, (700, 300), 60, (255, 255, 255), -1)
    mask = glare(flat)
    assert drowned(mask, (700 / 12 - 3, 300 / 12 - 3, 6, 6)) > 0.95
    assert drowned(mask, (0, 0, 20, 20)) == 0
    assert drowned(mask, (500, 500, 4, 4)) == 0
