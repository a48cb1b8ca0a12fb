"""Several actions in a row: drawn so that nobody foresees them, and a recording never fits another order."""

from __future__ import annotations

import itertools
import random
import secrets

import numpy as np
import pytest

from models.api import ChallengeKind
from models.face.challenge import ChallengeSettings, ChallengeState
from models.face.sequence import HEAD_MOTIONS, Sequence, random_challenges

KINDS = list(ChallengeKind)
STEP = 0.1
OPEN, SHUT = 0.24, 0.12


def bell(peak, frames=9):
    """From rest to `peak` and back."""
    return [peak * float(np.sin(np.pi * (index + 1) / (frames + 1))) for index in range(frames)]


POSES = {
    ChallengeKind.TURN_LEFT: [{"yaw": yaw} for yaw in bell(32)],
    ChallengeKind.TURN_RIGHT: [{"yaw": yaw} for yaw in bell(-32)],
    ChallengeKind.NOD: [{"pitch": pitch} for pitch in bell(-22)],
    ChallengeKind.OPEN_MOUTH: [{"mouth": 0.05 + gap} for gap in bell(0.45)],
    ChallengeKind.BLINK: [{}, *[{"eyes": SHUT}] * 5, {}],
}
NO_STILL = {"least_still_seconds": 0.0, "most_still_seconds": 0.0}
REST = [{}] * 8
"""Frames of reaction between an instruction and its action."""


def shown(studio, number, pose):
    pose = dict(pose)
    eyes = pose.pop("eyes", OPEN)
    return studio.see(number * STEP, studio.head(**pose), eyes=eyes)


def follow(studio, kinds, seed=1, reaction=REST):
    """A person who does what is asked; returns the sequence and every frame shown."""
    sequence, frames, coming = Sequence(kinds, ChallengeSettings(), random.Random(seed)), [], []
    for number in range(400):
        pose = coming.pop(0) if coming else {}
        frames.append(pose)
        sequence.add(shown(studio, number, pose))
        due = sequence.due(number * STEP)
        if due is not None:
            coming = [*reaction, *POSES[due]]
        if sequence.state.settled:
            break
    return sequence, frames


def replay(studio, frames, kinds, seed):
    """The recorded `frames`, over and over, in answer to other instructions."""
    sequence = Sequence(kinds, ChallengeSettings(), random.Random(seed))
    for number, pose in zip(range(400), itertools.cycle(frames), strict=False):
        sequence.add(shown(studio, number, pose))
        sequence.due(number * STEP)
        if sequence.state.settled:
            break
    return sequence


@pytest.mark.parametrize("kinds", [KINDS, KINDS[::-1], [KINDS[0], KINDS[3], KINDS[0]]])
def test_who_follows_gets_through(studio, kinds):
    sequence, _ = follow(studio, kinds)
    assert sequence.state is ChallengeState.DONE
    assert [each.kind for each in sequence.trackers] == kinds
    assert all(each.seconds and each.seconds > 0.5 for each in sequence.trackers)


def test_a_recording_fits_no_other_order(studio):
    """One recorded sequence against every order of two actions: only its own can pass."""
    recorded = (ChallengeKind.TURN_LEFT, ChallengeKind.NOD)
    _, frames = follow(studio, recorded)
    for asked in itertools.product(KINDS, repeat=2):
        if asked[0] is asked[1] or asked == recorded:
            continue
        for seed in range(2):
            assert replay(studio, frames, asked, seed).state is not ChallengeState.DONE, asked


def test_a_recording_in_the_right_order_does_not_keep_still(studio):
    """It goes on at its own pace, of 2.5 s from action to action, through the longer wait."""
    kinds = [ChallengeKind.TURN_LEFT, ChallengeKind.NOD, ChallengeKind.OPEN_MOUTH, ChallengeKind.TURN_RIGHT]
    frames = [*[{}] * 20, *(pose for kind in kinds for pose in (*POSES[kind], *[{}] * 16))]

    def passed(chosen):
        ends = [recorded(studio, frames, kinds, chosen, seed) for seed in range(12)]
        return sum(state is ChallengeState.DONE for state in ends)

    assert passed(ChallengeSettings(**NO_STILL)) >= 9
    assert passed(ChallengeSettings()) == 0


def recorded(studio, frames, kinds, chosen, seed):
    sequence = Sequence(kinds, chosen, random.Random(seed))
    for number, pose in enumerate(frames):
        sequence.add(shown(studio, number, pose))
        sequence.due(number * STEP)
    return sequence.state


def test_what_is_done_before_it_is_asked_counts_for_nothing(studio):
    """Somebody who knew the order, but does it at their own time."""
    hasty = [{}] * 3 + POSES[ChallengeKind.NOD] + [{}] * 60
    sequence = Sequence(
        (ChallengeKind.NOD,), ChallengeSettings(least_pause_seconds=1.4, most_pause_seconds=1.5)
    )
    for number, pose in enumerate(hasty):
        sequence.add(shown(studio, number, pose))
        sequence.due(number * STEP)
    assert sequence.state is not ChallengeState.DONE


def told(studio, kinds, frames, pause=0.5):
    """The sequence after `frames`, each instruction after the same pause."""
    chosen = ChallengeSettings(least_pause_seconds=pause, most_pause_seconds=pause, **NO_STILL)
    sequence = Sequence(kinds, chosen)
    for number, pose in enumerate(frames):
        sequence.add(shown(studio, number, pose))
        sequence.due(number * STEP)
    return sequence


def test_a_nod_is_measured_from_the_face_at_rest_not_from_a_mouth_still_open(studio):
    """A mesh with its mouth open looks up; who holds it open for a while must still be able to nod."""
    agape = [{"mouth": 0.5, "pitch": 8}] * 9
    nod = [{"pitch": pitch} for pitch in bell(-13)]
    frames = [*[{}] * 12, *agape, *[{}] * 12, *nod, *[{}] * 4]
    kinds = (ChallengeKind.OPEN_MOUTH, ChallengeKind.NOD)
    assert told(studio, kinds, frames).state is ChallengeState.DONE


TURN, MOUTH = POSES[ChallengeKind.TURN_LEFT], POSES[ChallengeKind.OPEN_MOUTH]
WORDS = [{"mouth": 0.05}, {"mouth": 0.3}, {"mouth": 0.3}, {"mouth": 0.1}] * 4


@pytest.mark.parametrize(
    ("unasked", "counted"),
    [(TURN, 1), ([*TURN, *[{}] * 3, *MOUTH], 2), (WORDS, 0), ([{"eyes": SHUT}] * 2, 0)],
    ids=["a look aside", "two actions", "words", "a blink"],
)
def test_what_nobody_asked_for_is_counted(studio, unasked, counted):
    sequence = told(studio, (ChallengeKind.NOD,), [*[{}] * 3, *unasked], pause=9)
    assert sequence.unasked == counted
    assert (sequence.state is ChallengeState.WRONG) is (counted > ChallengeSettings().unasked)


def test_whoever_goes_on_with_what_was_asked_does_nothing_unasked(studio):
    nods = [{"pitch": pitch} for pitch in [*bell(-20), 0, 0, 0] * 4]
    sequence = told(studio, (ChallengeKind.NOD, ChallengeKind.BLINK), [*[{}] * 25, *nods], pause=1.7)
    assert (sequence.done, sequence.unasked) == (1, 0)


def test_a_new_way_to_stand_becomes_the_resting_face(studio):
    leaning = {"pitch": 7.5}
    frames = [*[{}] * 4, *[leaning] * 30, *[{"pitch": 7.5 + pitch} for pitch in bell(-14)], *[leaning] * 3]
    assert told(studio, (ChallengeKind.NOD,), frames).state is ChallengeState.DONE


def test_the_wait_before_an_instruction_cannot_be_foreseen(studio):
    waits = set()
    for seed in range(12):
        sequence = Sequence(KINDS, ChallengeSettings(), random.Random(seed))
        for number in range(40):
            sequence.add(shown(studio, number, {}))
            if sequence.due(number * STEP) is not None:
                waits.add(number)
                break
    assert len(waits) >= 5
    assert min(waits) * STEP >= ChallengeSettings().least_pause_seconds


def test_an_instruction_waits_for_a_face_at_rest_but_not_for_ever(studio):
    sequence = Sequence(KINDS, ChallengeSettings(), random.Random(1))
    told = None
    for number in range(60):
        sequence.add(shown(studio, number, {"yaw": 30}))
        if sequence.due(number * STEP) is not None:
            told = number * STEP
            break
    assert told is not None
    assert 2.4 <= told <= 3.5


def test_orders_are_drawn_from_all_and_none_follows_itself():
    rng = secrets.SystemRandom()
    drawn = {random_challenges(rng, KINDS, 3) for _ in range(3000)}
    possible = {
        order
        for order in itertools.product(KINDS, repeat=3)
        if order[0] is not order[1] and order[1] is not order[2] and HEAD_MOTIONS & set(order)
    }
    assert drawn == possible
    assert len(possible) == 78


def test_the_first_is_one_that_was_not_asked_before():
    rng = secrets.SystemRandom()
    asked = KINDS[:4]
    assert {random_challenges(rng, KINDS, 3, asked)[0] for _ in range(50)} == {KINDS[4]}
    assert len({random_challenges(rng, KINDS, 3, KINDS)[0] for _ in range(200)}) == 5


def test_a_single_kind_may_repeat():
    assert random_challenges(secrets.SystemRandom(), [KINDS[0]], 2) == (KINDS[0], KINDS[0])
