"""A terminal's own limits reach what they limit: a camera that filters its noise away can be used."""

from __future__ import annotations

import numpy as np
import pytest

from config.liveness import LivenessLimits
from models.face.limits import limited
from models.face.liveness import LivenessCheck, LivenessSettings


def test_without_a_word_all_is_as_measured():
    assert limited(LivenessLimits()) == LivenessSettings()


def test_the_rule_pack_says_how_many_frames_and_how_long():
    found = limited(LivenessLimits(), least_frames=5, action_seconds=6)
    assert (found.least_frames, found.challenge.limit_seconds) == (5, 6)


@pytest.mark.parametrize(("least", "missing"), [(0.25, True), (0.0, False)])
def test_a_camera_that_filters_its_noise_away_is_let_in_by_name(studio, least, missing):
    """The same pictures, but for a body that sways: a coded video, or such a camera."""
    check = LivenessCheck(limited(LivenessLimits(least_noise=least)))
    room = np.random.default_rng(1).integers(60, 180, (240, 320, 3)).astype(np.uint8)
    for index in range(20):
        picture = room.copy()
        picture[80:160, 120 + index : 200 + index] = 90 + index
        check.add(studio.see(index * 0.1), picture)
    assert ("liveness.no_noise" in check.verdict().reasons) is missing
