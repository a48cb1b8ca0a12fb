"""A covered lens is told from darkness, dim rooms, defocus, plain clothes and glare, on drawn pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage

from drivers.api import Frame, Image
from drivers.camera.cards import covering
from drivers.camera.scenery import room
from drivers.camera.watch import PictureWatch, looks_covered
from drivers.errors import Garbled

SIZE = (640, 480)


def seen(picture: Image, light: float, noise: float, seed: int = 1) -> Image:
    """`picture` in `light` (1 is as drawn) by a sensor with `noise` grey levels, through JPEG."""
    random = np.random.default_rng(seed)
    noisy = np.clip(picture * light + random.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, 85))
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def smooth(colour: tuple[int, int, int], tilt: float) -> Image:
    """One colour, brighter towards a corner, as light leaks under a thing on the lens."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    slope = 1 + tilt * ((x / SIZE[0] - 0.5) + (y / SIZE[1] - 0.5))
    return np.asarray(np.clip(np.array(colour, np.float32) * slope[..., None], 0, 255), np.uint8)


COVERS = {
    "finger": covering(*SIZE),
    "grey_tape": smooth((92, 96, 98), 0.3),
    "white_label": smooth((180, 186, 190), 0.15),
    "hand_in_dim_light": smooth((30, 34, 62), 0.5),
    "yellow_note": smooth((60, 190, 205), 0.2),
}


@pytest.mark.parametrize("noise", [1.0, 3.0, 6.0])
@pytest.mark.parametrize("name", COVERS)
def test_a_thing_on_the_lens_is_seen(name: str, noise: float) -> None:
    assert looks_covered(seen(COVERS[name], 1.0, noise))


@pytest.mark.parametrize("light", [1.0, 0.5, 0.25, 0.15, 0.11])
@pytest.mark.parametrize("noise", [1.0, 3.0, 7.0])
def test_a_room_is_never_covered_however_dim(light: float, noise: float) -> None:
    for seed in range(3):
        assert not looks_covered(seen(room(*SIZE, seed), light, noise, seed))


@pytest.mark.parametrize("light", [0.05, 0.01, 0.0])
def test_darkness_is_black_and_never_covered(light: float) -> None:
    watch = PictureWatch("camera", 0, covered_seconds=0.5)
    with pytest.raises(Garbled) as caught:
        for number in range(60):
            picture = seen(room(*SIZE, 1), light, 2.0, number)
            watch.check(Frame(picture, number + 1, number / 30))
    assert caught.value.code == "camera.black"


def test_a_room_far_out_of_focus_is_not_covered() -> None:
    blurred = np.asarray(cv2.GaussianBlur(room(*SIZE, 2), (0, 0), 20), np.uint8)
    assert not looks_covered(seen(blurred, 1.0, 3.0))


@pytest.mark.parametrize("light", [1.0, 0.3, 0.15])
def test_a_face_that_fills_the_picture_is_not_covered(light: float) -> None:
    portrait = cv2.imread(str(Path(skimage.__file__).parent / "data" / "astronaut.png"))
    face = np.asarray(cv2.resize(portrait[60:220, 140:300], SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)
    assert not looks_covered(seen(face, light, 3.0))


def test_glare_is_not_a_cover() -> None:
    assert not looks_covered(np.full((480, 640, 3), 254, np.uint8))


def test_it_must_last_and_ends_when_uncovered() -> None:
    watch = PictureWatch("camera", 0, covered_seconds=1.0)
    said = []
    for number in range(70):
        covered = 5 <= number < 15 or 20 <= number < 55
        picture = seen(COVERS["finger"] if covered else room(*SIZE, 1), 1.0, 2.0, number)
        try:
            watch.check(Frame(picture, number + 1, number / 20))
            said.append("")
        except Garbled as error:
            said.append(error.code)
            assert set(error.facts) == {"mean", "spread"}
    assert said[:40] == [""] * 40
    assert said[40:55] == ["camera.covered"] * 15
    assert said[55:] == [""] * 15


def test_the_check_can_be_switched_off() -> None:
    watch = PictureWatch("camera", 0, covered_seconds=0)
    for number in range(60):
        watch.check(Frame(seen(COVERS["finger"], 1.0, 2.0, number), number + 1, number / 10))
