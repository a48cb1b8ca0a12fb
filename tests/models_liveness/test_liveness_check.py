"""The whole check on made sequences: who passes, who does not, and why."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from models.api import ChallengeKind, LiveAnswer
from models.face.challenge import ChallengeSettings
from models.face.liveness import LivenessCheck, LivenessSettings

LEFT, BLINK = ChallengeKind.TURN_LEFT, ChallengeKind.BLINK
TURN = [0.0] * 5 + list(np.linspace(0, 30, 8)) + [30.0] * 3 + [0.0] * 3


def pictures(seed=1):
    draw = np.random.default_rng(seed)
    while True:
        yield draw.integers(0, 256, (48, 64, 3), np.uint8)


AT_ONCE = LivenessSettings(
    challenge=ChallengeSettings(least_pause_seconds=0, most_pause_seconds=0, rest_seconds=0)
)


def run(studio, frames, challenge=None, images=None):
    check = LivenessCheck(AT_ONCE, (challenge,) if challenge else ())
    for frame, image in zip(frames, images or pictures(), strict=False):
        check.add(frame, image)
        check.due()
    return check


def turning(studio, **how):
    return [studio.see(index * 0.1, studio.head(yaw), **how) for index, yaw in enumerate(TURN)]


def staring(studio, count=20, mesh=None, **how):
    return [studio.see(index * 0.1, mesh, **how) for index in range(count)]


def test_a_person_who_turns_as_asked_is_live(studio):
    check = run(studio, turning(studio), LEFT)
    assert check.enough
    verdict = check.verdict()
    assert (verdict.decision, verdict.reasons, verdict.challenges) == (LiveAnswer.LIVE, (), (LEFT,))
    assert verdict.frames == len(TURN)
    assert verdict.signals["action_1_turn_left"] >= LivenessSettings().challenge.turn_degrees
    assert verdict.signals["motion"] > LivenessSettings().flat_below
    assert verdict.signals["passive_median"] == pytest.approx(0.95)
    assert 0 < verdict.signals["action_1_seconds"] < 2


def test_a_person_who_blinks_as_asked_is_live(studio):
    openings = [0.24] * 8 + [0.12] * 4 + [0.24] * 4
    frames = [studio.see(index * 0.1, eyes=opening) for index, opening in enumerate(openings)]
    assert run(studio, frames, BLINK).verdict().decision is LiveAnswer.LIVE


def test_a_person_who_does_nothing_goes_to_a_colleague(studio):
    verdict = run(studio, staring(studio, 100), LEFT).verdict()
    assert verdict.decision is LiveAnswer.CANNOT_TELL
    assert verdict.reasons == ("liveness.challenge_missed",)


def test_a_print_that_does_nothing_is_an_attack(studio):
    frames = staring(studio, 100, studio.paper(), passive=0.01)
    both = {"fr_liveness": 0.01, "minifasnet": 0.01}
    assert run(studio, frames, LEFT).verdict().decision is LiveAnswer.CANNOT_TELL, "one network alone"
    verdict = run(studio, [replace(each, passive_scores=both) for each in frames], LEFT).verdict()
    assert verdict.decision is LiveAnswer.ATTACK
    assert verdict.reasons == ("liveness.passive_low", "liveness.challenge_missed")


def test_networks_that_disagree_leave_it_to_a_person(studio):
    scores = {"fr_liveness": 0.95, "minifasnet": 0.01}
    frames = [replace(each, passive_scores=scores) for each in staring(studio)]
    verdict = run(studio, frames).verdict()
    assert (verdict.decision, verdict.reasons) == (LiveAnswer.CANNOT_TELL, ("liveness.passive_unclear",))


def test_a_slanted_print_that_fools_network_and_depth_is_not_live(studio):
    frames = [studio.see(index * 0.1, studio.paper(yaw, claimed_yaw=yaw)) for index, yaw in enumerate(TURN)]
    verdict = run(studio, frames, LEFT).verdict()
    assert verdict.decision is LiveAnswer.CANNOT_TELL
    assert verdict.reasons == ("liveness.flat",)


def test_an_action_cannot_rescue_a_print(studio):
    """The network says print throughout, the turn was a person's: somebody must look."""
    verdict = run(studio, turning(studio, passive=0.02), LEFT).verdict()
    assert verdict.decision is LiveAnswer.CANNOT_TELL
    assert verdict.reasons == ("liveness.passive_low",)


def test_nobody(studio):
    frames = [studio.nobody(index * 0.1) for index in range(160)]
    check = run(studio, frames, LEFT)
    assert check.enough
    verdict = check.verdict()
    assert (verdict.decision, verdict.reasons) == (LiveAnswer.CANNOT_TELL, ("liveness.no_face",))


def test_no_frame_at_all():
    verdict = LivenessCheck().verdict()
    assert (verdict.decision, verdict.frames) == (LiveAnswer.CANNOT_TELL, 0)


def test_two_people(studio):
    verdict = run(studio, staring(studio, others=1)).verdict()
    assert verdict.decision is LiveAnswer.CANNOT_TELL
    assert verdict.reasons == ("liveness.several_faces",)


def test_too_few_frames(studio):
    verdict = run(studio, staring(studio, 3)).verdict()
    assert verdict.reasons == ("liveness.too_few_frames",)


@pytest.mark.parametrize(
    ("passive", "decision"),
    [(0.99, LiveAnswer.LIVE), (0.4, LiveAnswer.CANNOT_TELL), (0.02, LiveAnswer.ATTACK)],
)
def test_one_picture_is_judged_by_the_network_alone(studio, passive, decision):
    check = LivenessCheck()
    check.add(studio.see(0.0, passive=passive))
    verdict = check.verdict()
    assert verdict.decision is decision
    assert verdict.signals["frames"] == 1


def test_the_same_frame_twice_is_one_frame(studio):
    check = LivenessCheck()
    for _ in range(10):
        check.add(studio.see(0.0, number=7))
    assert check.verdict().frames == 1
    assert check.verdict().signals["repeated_share"] == 0


def test_one_wild_score_does_not_decide(studio):
    scores = [0.97] * 9 + [0.01] + [0.96] * 8
    frames = [studio.see(index * 0.1, passive=score) for index, score in enumerate(scores)]
    assert run(studio, frames).verdict().decision is LiveAnswer.LIVE


def test_scores_of_turned_faces_are_left_out(studio):
    frames = [
        studio.see(index * 0.1, studio.head(yaw), passive=0.95 if abs(yaw) < 15 else 0.01)
        for index, yaw in enumerate(TURN)
    ]
    assert run(studio, frames, LEFT).verdict().decision is LiveAnswer.LIVE


def test_a_frozen_camera_is_said_to_be_frozen(studio):
    still = next(pictures())
    verdict = run(studio, staring(studio), LEFT, itertools.repeat(still)).verdict()
    assert (verdict.decision, verdict.reasons) == (LiveAnswer.CANNOT_TELL, ("liveness.frozen",))
    assert verdict.signals["repeated_share"] == 1


def test_a_looped_clip_is_an_attack(studio):
    loop = [image for image, _ in zip(pictures(), range(8), strict=False)]
    verdict = run(studio, staring(studio, 40), None, (loop[index % 8] for index in range(40))).verdict()
    assert verdict.decision is LiveAnswer.ATTACK
    assert verdict.reasons == ("liveness.looped",)


def test_frozen_frames_are_noticed_without_pictures(studio):
    first = studio.see(0.0)
    check = LivenessCheck()
    for index in range(20):
        check.add(replace(first, number=index, at=index * 0.1))
    assert check.verdict().reasons == ("liveness.frozen",)


def test_a_face_that_jumps_does_not_carry_an_action_over(studio):
    """A live person looks ahead, then a recording of a turn is put in their place."""
    frames = [studio.see(index * 0.1) for index in range(8)]
    frames += [studio.see(0.8 + index * 0.1, studio.head(30), shift_px=250) for index in range(8)]
    verdict = run(studio, frames, LEFT).verdict()
    assert verdict.decision is not LiveAnswer.LIVE
    assert verdict.signals["face_jumps"] == 1


def test_another_person_in_the_middle_is_noticed(studio):
    one, other = np.eye(128, dtype=np.float32)[:2]
    frames = [studio.see(index * 0.1, embedding=one if index < 10 else other) for index in range(20)]
    verdict = run(studio, frames).verdict()
    assert verdict.reasons == ("liveness.face_changed",)


def test_progress_grows_to_the_end(studio):
    check = LivenessCheck(AT_ONCE, (LEFT,))
    shares = []
    for frame in turning(studio):
        check.add(frame)
        check.due()
        shares.append(check.progress.share)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert check.progress.challenge.settled


def test_nothing_counts_before_the_person_was_told(studio):
    check = LivenessCheck(AT_ONCE, (LEFT,))
    for frame in turning(studio):
        check.add(frame)
    assert check.verdict().reasons == ("liveness.challenge_missed",)


def test_the_check_ends_in_time(studio):
    check = LivenessCheck(AT_ONCE, (LEFT,))
    at = 0.0
    while not check.enough:
        check.add(studio.see(at))
        check.due()
        at += 0.1
    assert at < LivenessSettings().challenge.limit_seconds + 1


def test_a_slow_machine_still_sees_a_turn(studio):
    frames = [
        studio.see(index * 0.7, studio.head(yaw))
        for index, yaw in enumerate([0] * 4 + [10, 28, 30, 20] + [0] * 4)
    ]
    assert run(studio, frames, LEFT).verdict().decision is LiveAnswer.LIVE


def test_who_went_away_begins_again(studio):
    frames = [studio.see(index * 0.08) for index in range(10)]
    frames += [studio.nobody(0.8 + index * 0.1) for index in range(3)]
    frames += [studio.see(3.5 + index * 0.1, studio.head(30)) for index in range(8)]
    assert run(studio, frames, LEFT).verdict().reasons == ("liveness.challenge_missed",)


def test_a_helper_and_another_face_in_turn_are_two_people(studio):
    """One acts, the other is shown in between: every template is compared with all before."""
    one, other = np.eye(128, dtype=np.float32)[:2]
    check = LivenessCheck(AT_ONCE, (LEFT, BLINK))
    for index, yaw in enumerate(TURN):
        seen = studio.see(index * 0.1, studio.head(yaw))
        check.add(seen)
        check.due()
        if check.wants_template(seen):
            check.compare(other if abs(yaw) > 3 else one)
    assert check.hopeless
    assert "liveness.face_changed" in check.verdict().reasons
    assert not check.same_person(one)
