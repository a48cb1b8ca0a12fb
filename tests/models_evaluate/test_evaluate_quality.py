"""Good pictures are counted apart from spoiled ones; what spoils one is seen by the check meant for it."""

from __future__ import annotations

import pytest

from models.api import PictureError, Quality
from models.evaluate.degrade import DEGRADATIONS
from models.evaluate.quality import Rate, evaluate_quality
from models.face.problems import CHECKS

SURE = ("small", "dark", "bright", "backlit", "blurred", "sunglasses", "glare")
"""What was noticed in every picture it was measured on."""


@pytest.fixture(scope="module")
def report(stack, people):
    return evaluate_quality(people, stack, spoiled=2)


def test_good_pictures_and_walls_are_counted_apart(report):
    assert (report.no_face, report.frontal) == (1, 8)
    assert report.failed == {"broken.jpg": "picture.not_a_picture"}
    assert set(report.stopped) == {check.limit for check in CHECKS}
    assert report.stopped["sharpness"] == Rate(0, 8)
    assert report.stopped["dark"] == Rate(0, 8)


def test_what_spoils_a_picture_is_noticed(report):
    assert set(report.noticed) == {way.name for way in DEGRADATIONS}
    for name in SURE:
        rate = report.noticed[name].right
        assert rate.hits == rate.of, name
    assert any(report.noticed[name].right.of for name in SURE)


def test_the_report_says_all_of_it(report):
    told = "\n".join(report.lines())
    assert all(way.name in told for way in DEGRADATIONS)
    assert report.as_json()["noticed"]["dark"]["of"] <= 2


def test_every_way_names_signals_that_a_check_judges():
    judged = {check.signal for check in CHECKS}
    for way in DEGRADATIONS:
        assert way.signals <= judged <= set(Quality.__slots__)


def test_a_folder_without_pictures_is_said_to_be_one(stack, tmp_path):
    with pytest.raises(PictureError, match=r"picture\.missing"):
        evaluate_quality(tmp_path, stack)
