"""From facts to a verdict: the whole table."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from models.api import LiveAnswer
from models.face.challenge import ChallengeState
from models.face.fusion import Band, Facts, Shares, band_of, judge

LIVE, ATTACK, UNSURE = LiveAnswer.LIVE, LiveAnswer.ATTACK, LiveAnswer.CANNOT_TELL
DONE, LATE, WRONG = ChallengeState.DONE, ChallengeState.LATE, ChallengeState.WRONG
ONE = {"band": Band.ATTACK, "doubting": 1}
TWO = {"band": Band.ATTACK, "doubting": 2}
GOOD = Facts(
    band=Band.LIVE,
    challenge=DONE,
    face_seen=True,
    several_faces=False,
    flat=False,
    frozen=False,
    looped=False,
    face_changed=False,
)


@pytest.mark.parametrize(
    ("changes", "decision", "reasons"),
    [
        ({}, LIVE, []),
        ({"challenge": None}, LIVE, []),
        ({"challenge": LATE}, UNSURE, ["challenge_missed"]),
        ({"challenge": ChallengeState.READY}, UNSURE, ["challenge_missed"]),
        ({"challenge": WRONG}, UNSURE, ["challenge_wrong"]),
        ({"band": Band.ATTACK}, UNSURE, ["passive_low"]),
        ({**ONE, "challenge": None}, UNSURE, ["passive_low"]),
        ({**ONE, "challenge": None, "one_picture": True}, ATTACK, ["passive_low"]),
        ({**ONE, "challenge": LATE}, UNSURE, ["passive_low", "challenge_missed"]),
        ({**TWO, "challenge": None}, ATTACK, ["passive_low"]),
        ({**TWO, "challenge": LATE}, ATTACK, ["passive_low", "challenge_missed"]),
        ({**TWO, "challenge": DONE}, UNSURE, ["passive_low"]),
        ({**ONE, "challenge": LATE, "border": True}, ATTACK, ["passive_low", "challenge_missed", "border"]),
        ({**ONE, "challenge": WRONG, "moire": True}, ATTACK, ["passive_low", "challenge_wrong", "moire"]),
        (
            {**ONE, "infrared": "flat", "challenge": LATE},
            ATTACK,
            ["passive_low", "infrared_flat", "challenge_missed"],
        ),
        ({"border": True, "moire": True}, LIVE, []),
        ({"infrared": "no_face"}, UNSURE, ["infrared_no_face"]),
        ({"again": True}, UNSURE, ["looped"]),
        ({"again": True, "challenge": LATE}, UNSURE, ["looped", "challenge_missed"]),
        ({**ONE, "again": True, "challenge": LATE}, ATTACK, ["looped", "passive_low", "challenge_missed"]),
        ({"no_noise": True}, UNSURE, ["no_noise"]),
        ({"still": True}, UNSURE, ["still"]),
        ({"stream_changed": True}, UNSURE, ["stream_changed"]),
        ({"band": Band.ATTACK, "flat": True}, ATTACK, ["passive_low", "flat"]),
        ({"band": Band.UNCLEAR}, UNSURE, ["passive_unclear"]),
        ({"band": Band.UNCLEAR, "challenge": LATE}, UNSURE, ["challenge_missed", "passive_unclear"]),
        ({"band": Band.UNCLEAR, "flat": True}, ATTACK, ["flat", "passive_unclear"]),
        ({"flat": True}, UNSURE, ["flat"]),
        ({"several_faces": True}, UNSURE, ["several_faces"]),
        ({"face_changed": True}, UNSURE, ["face_changed"]),
        ({"looped": True}, ATTACK, ["looped"]),
        ({"frozen": True}, UNSURE, ["frozen"]),
        ({"frozen": True, "band": Band.ATTACK, "challenge": LATE}, UNSURE, ["frozen"]),
        ({"face_seen": False, "band": None, "challenge": LATE}, UNSURE, ["no_face"]),
        ({"band": None}, UNSURE, ["too_few_frames"]),
    ],
)
def test_table(changes, decision, reasons):
    assert judge(replace(GOOD, **changes)) == (decision, tuple(f"liveness.{reason}" for reason in reasons))


def test_only_what_nothing_speaks_against_is_live():
    flags = ("face_seen", "several_faces", "flat", "frozen", "looped", "face_changed")
    bands = (*Band, None)
    states = (*ChallengeState, None)
    for band, state, *values in itertools.product(bands, states, *[(False, True)] * len(flags)):
        facts = Facts(band=band, challenge=state, **dict(zip(flags, values, strict=True)))
        decision, reasons = judge(facts)
        clean = not any(values[1:]) and facts.face_seen
        assert (decision is LIVE) == (band is Band.LIVE and state in {DONE, None} and clean)
        assert bool(reasons) == (decision is not LIVE)


@pytest.mark.parametrize(
    ("scores", "band"),
    [
        ([], None),
        ([0.99], Band.LIVE),
        ([0.3], Band.UNCLEAR),
        ([0.01], Band.ATTACK),
        ([0.01, 0.9, 0.95, 0.99, 0.97], Band.LIVE),
        ([0.01, 0.02, 0.0, 0.99, 0.05], Band.ATTACK),
        ([0.1, 0.1, 0.61, 0.62, 0.63], Band.UNCLEAR),
        ([0.1, 0.1, 0.1, 0.1, 0.61, 0.62, 0.63, 0.64, 0.65], Band.UNCLEAR),
    ],
)
def test_band_follows_the_median_and_the_share(scores, band):
    assert band_of(scores, 0.6, 0.2, Shares(0.6, 0.25)) is band
