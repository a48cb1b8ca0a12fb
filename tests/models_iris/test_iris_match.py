"""What is said of a person's eyes, and that missing evidence never speaks against anybody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.api import Answer, ModelError
from models.calibration_files import shipped_calibration
from models.decide import Targets
from models.iris.api import Eye
from models.iris.engine import SCORER, IrisEngine, Reading
from models.iris.identify import Purpose, identify
from models.iris.match import SAMPLE, Absence, IrisMatcher
from models.iris.outline import RangeDoubt
from models.iris.settings import CameraProfile
from tests.models_iris.drawn_eyes import PROFILE, Capture, draw

ENGINE = IrisEngine(PROFILE)
TARGETS = Targets(1e-3, 1e-2)
LATER = Capture(number=1, pupil=28, turn=4, lids=(0.75, 0.9))
LEFT, RIGHT = Eye.LEFT, Eye.RIGHT


def read(seed: int, eye: Eye = LEFT, capture: Capture | None = None) -> Reading:
    return ENGINE.look(draw(seed, capture), eye)


def both(person: int, capture: Capture | None = None) -> dict[Eye, Reading]:
    return {LEFT: read(2 * person, LEFT, capture), RIGHT: read(2 * person + 1, RIGHT, capture)}


@pytest.fixture(scope="module")
def matcher() -> IrisMatcher:
    return IrisMatcher(shipped_calibration(SCORER, SAMPLE))


@pytest.fixture(scope="module")
def enrolled() -> dict[Eye, Reading]:
    return both(1)


@pytest.fixture(scope="module")
def live() -> dict[Eye, Reading]:
    return both(1, LATER)


@pytest.fixture(scope="module")
def stranger() -> dict[Eye, Reading]:
    return both(2, LATER)


def test_the_same_person_matches_and_another_does_not(matcher, enrolled, live, stranger):
    same, other = matcher.compare(enrolled, live, TARGETS), matcher.compare(enrolled, stranger, TARGETS)
    assert same.answer is Answer.MATCH and not same.reasons
    assert other.answer is Answer.NO_MATCH
    assert set(same.eyes) == {LEFT, RIGHT}
    assert same.judgement is not None and same.judgement.false_match.upper < 1e-3
    assert "CASIA-IrisV1" in same.calibration


def test_the_threshold_is_stricter_for_two_eyes(matcher, enrolled, live):
    two = matcher.compare(enrolled, live, TARGETS)
    one = matcher.compare({LEFT: enrolled[LEFT]}, {LEFT: live[LEFT]}, TARGETS)
    assert two.eyes[LEFT].judgement.threshold > one.eyes[LEFT].judgement.threshold


@pytest.mark.parametrize("absence", Absence)
def test_one_eye_is_enough_when_the_other_cannot_be_shown(matcher, enrolled, live, stranger, absence):
    told = matcher.compare(enrolled, {LEFT: live[LEFT], RIGHT: absence}, TARGETS)
    assert told.answer is Answer.MATCH
    assert told.reasons == (f"iris.eye_{absence}",)
    denied = matcher.compare(enrolled, {LEFT: stranger[LEFT], RIGHT: absence}, TARGETS)
    assert denied.answer is Answer.CANNOT_TELL


def test_an_eye_that_was_never_enrolled_does_not_hide_a_stranger(matcher, enrolled, stranger):
    told = matcher.compare({LEFT: enrolled[LEFT], RIGHT: Absence.GLASS}, {LEFT: stranger[LEFT]}, TARGETS)
    assert told.answer is Answer.NO_MATCH


def test_nothing_shown_cannot_be_told(matcher, enrolled):
    for live in ({}, {LEFT: Absence.CLOSED, RIGHT: Absence.MISSING}):
        assert matcher.compare(enrolled, live, TARGETS).answer is Answer.CANNOT_TELL
    assert matcher.compare({}, {}, TARGETS).answer is Answer.CANNOT_TELL


def test_a_poor_picture_never_says_no_match(matcher, enrolled, stranger):
    poor = {eye: replace(reading, problem="iris.closed") for eye, reading in stranger.items()}
    told = matcher.compare(enrolled, poor, TARGETS)
    assert told.answer is Answer.CANNOT_TELL and told.reasons == ("iris.closed",)


def test_left_is_never_compared_with_right(matcher, enrolled, live):
    with pytest.raises(ValueError, match="other eye"):
        matcher.compare(enrolled, {LEFT: live[RIGHT]}, TARGETS)


def test_wiped_templates_cannot_be_told(matcher, enrolled):
    reading = read(2, LEFT, LATER)
    reading.wipe()
    told = matcher.compare({LEFT: enrolled[LEFT]}, {LEFT: reading}, TARGETS)
    assert told.answer is Answer.CANNOT_TELL


def test_rates_that_the_data_cannot_show_are_refused(matcher, enrolled, live):
    with pytest.raises(ModelError, match="calibration_too_small"):
        matcher.compare(enrolled, live, Targets(1e-6, 1e-3))


def test_a_calibration_of_another_method_is_refused():
    shipped = shipped_calibration(SCORER, SAMPLE)
    other = shipped.model_copy(update={"scorer": SCORER.model_copy(update={"method": 99})})
    with pytest.raises(ModelError, match="another_method"):
        IrisMatcher(other)
    with pytest.raises(ModelError, match="another_sample"):
        IrisMatcher(shipped.model_copy(update={"sample": "visible"}))


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.4, 2.0])
def test_wrong_camera_ranges_are_named_and_nothing_is_compared(matcher, enrolled, factor):
    tight = CameraProfile("tight", (20, 55), (75, 110))
    for seed in range(4):
        right, wrong = (IrisEngine(each).look(draw(seed), LEFT) for each in (tight, tight.scaled(factor)))
        assert right.problem is None and right.doubt is None and right.code is not None
        assert wrong.problem == "iris.range" and wrong.code is None and wrong.doubt in RangeDoubt
        assert wrong.seen_px is not None
        if factor in (0.5, 2.0):
            assert wrong.seen_px[1] == pytest.approx(90, rel=0.05)
        told = matcher.compare({LEFT: enrolled[LEFT]}, {LEFT: wrong}, TARGETS)
        assert told.answer is Answer.CANNOT_TELL and told.reasons == ("iris.range",)


@pytest.mark.parametrize(
    ("capture", "problem"),
    [
        (Capture(lids=(0.35, 0.5)), "iris.closed"),
        (Capture(centre=(68, 150)), "iris.centre"),
        (Capture(light=0.2), "iris.too_dark"),
        (Capture(gaze=(0.22, 0)), "iris.look_at_light"),
        (Capture(pupil=63, lids=(1.1, 1.1)), "iris.pupil"),
    ],
)
def test_each_fault_of_a_picture_has_its_advice(capture, problem):
    wide = IrisEngine(CameraProfile("wide", (10, 80), (60, 130)))
    assert {wide.look(draw(seed, capture), LEFT).problem for seed in (1, 3)} == {problem}


def test_good_pictures_need_no_advice():
    for seed in range(3):
        for capture in (Capture(), LATER, Capture(number=5, pupil=45, light=0.85)):
            assert read(seed, LEFT, capture).problem is None


class TestStrangePictures:
    @pytest.mark.parametrize(
        ("picture", "problem"),
        [
            (np.zeros((1, 1), np.uint8), "iris.picture"),
            (np.zeros((0, 5), np.uint8), "iris.picture"),
            (np.zeros((240, 320, 2), np.uint8), "iris.picture"),
            (np.zeros((240, 320), np.float64), "iris.picture"),
            (np.zeros(7, np.uint8), "iris.picture"),
            (np.zeros((4000, 4000), np.uint8), "iris.picture"),
            (np.zeros((240, 320), np.uint8), "iris.none"),
            (np.full((240, 320), 255, np.uint8), "iris.none"),
            (np.full((32, 2000), 128, np.uint8), "iris.none"),
        ],
    )
    def test_each_has_its_name(self, picture, problem):
        seen = ENGINE.look(picture, LEFT)
        assert (seen.problem, seen.code) == (problem, None)

    def test_more_bits_and_colours_give_the_same_code(self):
        grey = draw(3)
        plain = ENGINE.look(grey, LEFT)
        deep = ENGINE.look(grey.astype(np.uint16) << 4, LEFT)
        colour = ENGINE.look(np.repeat(grey[..., None], 3, 2), LEFT)
        for other in (deep, colour):
            assert np.array_equal(plain.code.bits, other.code.bits)

    def test_noise_shows_no_eye(self):
        for seed in range(8):
            picture = np.random.default_rng(seed).integers(0, 256, (300, 400)).astype(np.uint8)
            assert ENGINE.look(picture, LEFT).code is None

    @settings(max_examples=40, deadline=None)
    @given(
        hnp.arrays(
            st.sampled_from([np.uint8, np.uint16, np.int32, np.float32, np.bool_]),
            hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=90),
        )
    )
    def test_any_array_has_a_named_outcome(self, picture):
        seen = ENGINE.look(picture, LEFT)
        assert seen.code is None and seen.problem is not None and seen.problem.startswith("iris.")


class TestStaffSignIn:
    def test_finds_the_one_and_no_stranger(self, matcher):
        staff = {f"staff-{seed}": read(seed).code for seed in range(8)}
        found = identify(
            read(5, LEFT, LATER), staff, matcher, Targets(1e-2, 5e-2), purpose=Purpose.STAFF_SIGN_IN
        )
        assert (found.answer, found.who) == (Answer.MATCH, "staff-5")
        none = identify(read(50), staff, matcher, Targets(1e-2, 5e-2), purpose=Purpose.STAFF_SIGN_IN)
        assert (none.answer, none.who) == (Answer.NO_MATCH, None)

    def test_two_that_match_cannot_be_told_apart(self, matcher):
        staff = {"one": read(5).code, "again": read(5, LEFT, Capture(number=9)).code}
        found = identify(
            read(5, LEFT, LATER), staff, matcher, Targets(1e-2, 5e-2), purpose=Purpose.STAFF_SIGN_IN
        )
        assert (found.answer, found.who, found.reason) == (Answer.CANNOT_TELL, None, "iris.several")

    def test_has_one_purpose_only(self, matcher):
        with pytest.raises(TypeError):
            identify(read(1), {}, matcher, TARGETS)
        with pytest.raises(ValueError, match="staff sign-in"):
            identify(read(1), {}, matcher, TARGETS, purpose="customers")

    def test_an_unusable_picture_and_no_staff(self, matcher):
        blank = ENGINE.look(np.zeros((300, 400), np.uint8), LEFT)
        told = identify(blank, {"one": read(1).code}, matcher, TARGETS, purpose=Purpose.STAFF_SIGN_IN)
        assert (told.answer, told.reason) == (Answer.CANNOT_TELL, "iris.none")
        assert (
            identify(read(1), {}, matcher, TARGETS, purpose=Purpose.STAFF_SIGN_IN).answer is Answer.NO_MATCH
        )
