"""Eye pictures go through exchange records and come back as the same irises."""

from __future__ import annotations

import numpy as np
import pytest

from drivers import capture
from drivers.iris.settings import IrisCameraSettings
from drivers.iso19794 import iris
from drivers.iso19794.pictures import Coding
from models.iris.api import Eye
from models.iris.distance import distance
from models.iris.engine import IrisEngine
from models.iris.settings import DistanceSettings
from terminal.irises import eye_of, profile_of, read_record, write_record
from tests.models_iris.drawn_eyes import Capture, draw

ENGINE = IrisEngine(
    profile_of("booth", IrisCameraSettings(pupil_min_px=14, pupil_max_px=62, iris_max_px=130))
)


def test_a_profile_comes_from_the_cameras_settings():
    assert ENGINE.profile.name == "booth"
    assert (ENGINE.profile.pupil_px, ENGINE.profile.iris_px) == ((14, 62), (70, 130))


@pytest.mark.parametrize("coding", [Coding.RAW, Coding.PNG, Coding.JPEG_2000])
def test_both_eyes_survive_a_record(coding):
    pictures = {Eye.LEFT: draw(1), Eye.RIGHT: draw(2, Capture(number=1, centre=(190, 150)))}
    readings = {eye: ENGINE.look(picture, eye) for eye, picture in pictures.items()}
    data = write_record([(eye, pictures[eye], readings[eye].outline) for eye in pictures], coding=coding)
    again = dict(read_record(data))
    assert again.keys() == pictures.keys()
    for eye, picture in again.items():
        reading = ENGINE.look(picture, eye)
        apart = distance(readings[eye].code, reading.code, DistanceSettings())
        assert apart is not None and apart.normalised < 1e-9
    place = iris.decode(data)[1].place
    assert place == pytest.approx((190, 190, 150, 150, 180, 180), abs=5)


def test_an_eye_that_nobody_named_is_not_guessed():
    image = capture.IrisImage(draw(1), capture.Eye.UNKNOWN)
    assert eye_of(image) is None
    assert eye_of(capture.IrisImage(image.image, capture.Eye.RIGHT)) is Eye.RIGHT
    data = iris.of_images([image])
    ((eye, picture),) = read_record(data)
    assert eye is None and np.array_equal(picture, image.image)


def test_an_outline_that_was_not_found_leaves_the_place_unknown():
    data = write_record([(Eye.LEFT, draw(1), None)])
    assert iris.decode(data)[0].place == iris.UNKNOWN_PLACE
