"""One instruction at a time: never two, never a flicker, silence when all is good."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.guide import GuideLimits
from models.api import Face, Observation, Quality
from models.face.guidance import Guide
from models.face.problems import CHECKS, NO_FACE, problem_of

LIMITS = GuideLimits()
GOOD = Quality(80, 20, 140, 40, 0, 0, 0, 0.05, eyes_open=0.25, gaze=0.02, mouth_open=0.02, smile=0.6)
FACE = Face((100, 100, 100, 120), np.zeros((5, 2), np.float32), 0.9)
ANY = {"yaw": 60.0, "pitch": 60.0, "roll": 60.0, "inter_eye_distance": 500.0, "highlight": 255.0}
"""Signals that range wider than others."""


def seen(at: float, quality: Quality | None) -> Observation:
    return Observation(0, at, (FACE,) if quality else (), quality)


def bad(check_index: int) -> Quality:
    """A picture in which one check fails, well beyond its limit."""
    check = CHECKS[check_index]
    limit = getattr(LIMITS, check.limit)
    dim = {"highlight": 90.0} if check.signal == "backlight" else {}
    return replace(GOOD, **dim, **{check.signal: limit * 0.5 if check.below else limit * 1.5 + 0.01})


qualities = st.one_of(
    st.none(),
    st.just(GOOD),
    st.integers(0, len(CHECKS) - 1).map(bad),
    st.fixed_dictionaries({check.signal: st.floats(0, ANY.get(check.signal, 1.5)) for check in CHECKS}).map(
        lambda values: replace(GOOD, **values)
    ),
)
steps = st.floats(0.0, 0.6)


def changes(guide: Guide, frames: list[tuple[float, Quality | None]]) -> list[tuple[float, str | None]]:
    """When what is said changed, and to what."""
    at, said = 0.0, []
    for step, quality in frames:
        at += step
        now = guide.next(seen(at, quality)).instruction
        if not said or said[-1][1] != now:
            said.append((at, now))
    return said


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(steps, qualities), min_size=1, max_size=50))
def test_nothing_said_goes_sooner_than_it_may(frames):
    said = changes(Guide(LIMITS), frames)
    for (since, what), (until, _) in pairwise(said):
        least = LIMITS.good_seconds if what is None else LIMITS.hold_seconds
        assert until - since >= least - 1e-9


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(steps, qualities), max_size=60), st.floats(0.02, 0.3))
def test_all_good_always_ends_in_silence_and_soon(frames, pace):
    guide = Guide(LIMITS)
    changes(guide, frames)
    since = sum(step for step, _ in frames)
    at = since
    while (guidance := guide.next(seen(at, GOOD))).instruction is not None:
        at += pace
        assert at - since <= LIMITS.hold_seconds + pace * (LIMITS.good_frames + 1)
    assert guidance.usable


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(steps, qualities), min_size=1, max_size=60))
def test_what_is_said_is_one_known_instruction(frames):
    known = {NO_FACE, None}.union(*(check.instructions for check in CHECKS))
    guide, at = Guide(LIMITS), 0.0
    for step, quality in frames:
        at += step
        guidance = guide.next(seen(at, quality))
        assert guidance.instruction in known
        assert not (guidance.usable and quality is None)


@given(st.lists(st.booleans(), min_size=30, max_size=60))
def test_noise_around_a_limit_says_one_thing(sides):
    """The signal jumps across its limit by a twentieth: the screen changes once at the most."""
    guide = Guide(LIMITS)
    frames = [(0.1, replace(GOOD, yaw=LIMITS.yaw_degrees * (1.05 if side else 0.95))) for side in sides]
    assert len(changes(guide, frames)) <= 2


def test_each_check_is_told_when_it_is_the_only_problem():
    for index, check in enumerate(CHECKS):
        assert problem_of(bad(index), LIMITS) in check.instructions
        assert problem_of(GOOD, LIMITS) is None


@pytest.mark.parametrize(
    ("change", "instruction"),
    [
        ({"centre_offset": 0.3, "offset_x": 0.3}, "guide.move_right"),
        ({"centre_offset": 0.3, "offset_x": -0.3}, "guide.move_left"),
        ({"centre_offset": 0.3, "offset_y": 0.3}, "guide.move_up"),
        ({"centre_offset": 0.3, "offset_y": -0.3}, "guide.move_down"),
        ({"yaw": 30}, "guide.turn_right"),
        ({"yaw": -30}, "guide.turn_left"),
        ({"pitch": 30}, "guide.chin_down"),
        ({"pitch": -30}, "guide.chin_up"),
        ({"highlight": 40, "backlight": 2}, "guide.light_behind"),
        ({"highlight": 40, "backlight": 0}, "guide.more_light"),
        ({"highlight": 100, "backlight": 2}, "guide.light_behind"),
        ({"backlight": 3}, None),
    ],
)
def test_directions_are_the_persons_own(change, instruction):
    """A face at the picture's right, or turned to the picture's right, is the person's own left."""
    assert problem_of(replace(GOOD, **change), LIMITS) == instruction


def test_a_mirroring_camera_turns_left_and_right_round():
    guide = Guide(LIMITS.model_copy(update={"camera_mirrors": True}))
    aside = replace(GOOD, centre_offset=0.3, offset_x=0.3)
    assert guide.next(seen(0, aside)).instruction == "guide.move_left"
    guide.start()
    assert guide.next(seen(0, replace(GOOD, yaw=30))).instruction == "guide.turn_left"


def test_advice_is_given_up_after_a_while_and_a_requirement_never():
    advice = replace(GOOD, smile=LIMITS.smile * 1.2)
    required = replace(GOOD, eye_cover=LIMITS.eye_cover * 2)
    for quality, gives_up in ((advice, True), (required, False)):
        guide = Guide(LIMITS)
        told = [guide.next(seen(number / 10, quality)) for number in range(200)]
        assert not told[10].usable
        assert told[10].instruction is not None
        assert told[-1].usable is gives_up
        assert (told[-1].instruction is None) is gives_up
        assert told[-1].longest in ("guide.relax", "guide.show_eyes")


def test_the_hint_is_what_was_met_longest_in_this_try():
    guide = Guide(LIMITS)
    changes(guide, [(0.1, None)] * 30)
    guide.count_anew()
    changes(guide, [(0.1, replace(GOOD, yaw=40))] * 10 + [(0.1, replace(GOOD, highlight=20))] * 25)
    assert guide.next(seen(10.0, GOOD)).longest == "guide.more_light"


def test_a_little_too_bright_is_put_up_with_and_much_is_not():
    guides = [Guide(LIMITS), Guide(LIMITS)]
    for guide, clipped in zip(guides, (0.2, 0.9), strict=True):
        told = [guide.next(seen(number / 10, replace(GOOD, clipped=clipped))) for number in range(100)]
        assert told[5].instruction == "guide.less_light"
        assert told[-1].usable is (clipped < LIMITS.bright)
