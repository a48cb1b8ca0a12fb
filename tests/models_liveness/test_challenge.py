"""The action asked for: only the right one, begun after the instruction, from a real head, counts."""

from __future__ import annotations

import numpy as np
import pytest

from models.api import ChallengeKind, Observation
from models.face.actions import Start, tracker
from models.face.challenge import ChallengeSettings, ChallengeState
from models.face.planar import planar_residual
from models.face.quality import pose_of_mesh
from models.face.rest import Rest

STEP = 0.1
SETTINGS = ChallengeSettings()
LEFT, RIGHT, BLINK = ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT, ChallengeKind.BLINK


def begun(kind, instructed_at):
    return tracker(kind, SETTINGS, Start(Rest(SETTINGS), instructed_at))


def follow(studio, kind, yaws, instructed_at=0.0, mesh=None):
    """The tracker after a head (or `mesh`) went through `yaws`, ten frames a second."""
    tracked = begun(kind, instructed_at)
    for index, yaw in enumerate(yaws):
        tracked.add(studio.see(index * STEP, (mesh or studio.head)(yaw)))
    return tracked


def blink_through(studio, openings, instructed_at=0.0, yaw=0.0, step=STEP):
    tracked = begun(BLINK, instructed_at)
    for index, opening in enumerate(openings):
        tracked.add(studio.see(index * step, studio.head(yaw), eyes=opening))
    return tracked


def sweep(to, frames=8):
    """Frontal for a while, then evenly to `to` degrees, and there for three frames."""
    return [0.0] * 4 + list(np.linspace(0, to, frames)) + [to] * 3


@pytest.mark.parametrize("yaw", [-40, -15, 0, 8, 25, 45])
def test_yaw_of_a_made_head_is_measured_with_its_sign(studio, yaw):
    assert pose_of_mesh(studio.head(yaw))[0] == pytest.approx(yaw, abs=1.5)


@pytest.mark.parametrize(("kind", "to"), [(LEFT, 25), (RIGHT, -25), (LEFT, 50), (RIGHT, -50)])
def test_a_turn_to_the_side_asked_for_is_done(studio, kind, to):
    tracked = follow(studio, kind, sweep(to))
    assert tracked.state is ChallengeState.DONE
    assert 0.4 < tracked.seconds < 2.0
    assert planar_residual(tracked.start, tracked.peak) > 0.05


@pytest.mark.parametrize(("kind", "to"), [(LEFT, -25), (RIGHT, 25)])
def test_a_turn_the_wrong_way_fails_for_good(studio, kind, to):
    tracked = follow(studio, kind, [*sweep(to), *sweep(-to)])
    assert tracked.state is ChallengeState.WRONG


@pytest.mark.parametrize("to", [8, 14])
def test_a_small_turn_is_not_enough(studio, to):
    assert follow(studio, LEFT, sweep(to)).state in {ChallengeState.READY, ChallengeState.ACTING}


def test_one_single_frame_is_not_a_turn(studio):
    assert follow(studio, LEFT, [0, 0, 0, 0, 30, 0, 0, 0]).state is ChallengeState.READY


def test_a_turn_that_was_there_before_the_instruction_does_not_count(studio):
    tracked = follow(studio, LEFT, [30] * 10)
    assert tracked.state is ChallengeState.WAITING
    late = follow(studio, LEFT, [0, 0, 10, 25, 30, 30, 30, 30, 30], instructed_at=0.35)
    assert late.state is ChallengeState.WAITING


def test_a_turn_that_begins_with_the_instruction_does_not_count(studio):
    tracked = begun(LEFT, 1.0)
    for at, yaw in ((1.0, 0), (1.05, 0), (1.1, 20), (1.15, 25), (1.2, 25), (1.3, 25)):
        tracked.add(studio.see(at, studio.head(yaw)))
    assert tracked.state is ChallengeState.WAITING


def test_who_was_turned_may_come_back_and_do_it(studio):
    assert follow(studio, LEFT, [30] * 5 + sweep(30)).state is ChallengeState.DONE


def test_after_the_limit_it_is_too_late(studio):
    frames = int(SETTINGS.limit_seconds / STEP) + 3
    assert follow(studio, LEFT, [0.0] * frames + sweep(30)).state is ChallengeState.LATE


def test_nothing_after_the_end_changes_the_answer(studio):
    tracked = follow(studio, LEFT, sweep(30))
    tracked.add(studio.see(99.0, studio.head(-40)))
    assert tracked.state is ChallengeState.DONE


def test_an_interruption_asks_for_a_frontal_face_again(studio):
    tracked = begun(LEFT, 0.0)
    for index in range(5):
        tracked.add(studio.see(index * STEP, studio.head()))
    tracked.interrupt()
    for index in range(5, 9):
        tracked.add(studio.see(index * STEP, studio.head(30)))
    assert tracked.state is ChallengeState.WAITING


@pytest.mark.parametrize("slant", [15, 30, 45, -30])
@pytest.mark.parametrize("kind", [LEFT, RIGHT])
def test_a_slanted_print_is_no_turn(studio, kind, slant):
    tracked = follow(studio, kind, sweep(slant), mesh=studio.paper)
    assert tracked.state is ChallengeState.READY


@pytest.mark.parametrize("slant", [15, 30, 40])
def test_a_print_moves_as_one_plane_whatever_depth_the_network_claims(studio, slant):
    """Were the network fooled into a depth, the picture's points still betray the plane."""
    tracked = follow(studio, LEFT, sweep(slant), mesh=lambda yaw: studio.paper(yaw, claimed_yaw=yaw))
    if slant > 18:
        assert tracked.state is ChallengeState.DONE
    assert planar_residual(studio.paper(0), studio.paper(slant)) < 0.025


@pytest.mark.parametrize("yaw", [18, 25, 40, -25])
def test_a_head_does_not_move_as_a_plane(studio, yaw):
    assert planar_residual(studio.head(0), studio.head(yaw)) > 0.05


def test_a_blink_is_seen(studio):
    tracked = blink_through(studio, [0.24] * 6 + [0.18, 0.12, 0.13, 0.2] + [0.24] * 3)
    assert tracked.state is ChallengeState.DONE
    assert tracked.seconds == pytest.approx(1.0, abs=0.15)


def test_narrow_eyes_blink_too(studio):
    assert blink_through(studio, [0.15] * 6 + [0.09] * 4 + [0.15, 0.15]).state is ChallengeState.DONE


@pytest.mark.parametrize(
    "openings",
    [
        [0.24] * 20,
        [0.24, 0.22, 0.25, 0.21, 0.23, 0.2, 0.24, 0.2, 0.22, 0.24],
        [0.24] * 6 + [0.12] * 30,
        [0.24] * 6 + [0.12] * 28 + [0.24] * 4,
        ([0.24] * 6 + [0.12] * 2) * 3 + [0.24] * 4,
        [0.08] * 5 + [0.04] * 5 + [0.08] * 5,
        [None] * 20,
    ],
    ids=["staring", "noise", "asleep", "closed too long", "blinks", "dark glasses", "no eyes seen"],
)
def test_what_is_no_blink(studio, openings):
    assert blink_through(studio, openings).state is not ChallengeState.DONE


def test_eyes_closing_slowly_do_not_lower_their_own_level(studio):
    """Behind glasses the network sees closed eyes as three quarters open."""
    glasses = [0.215, 0.207, 0.221] * 3 + [0.19, 0.185, *[0.16] * 4, 0.165, 0.185, 0.215, 0.22]
    assert blink_through(studio, glasses).state is ChallengeState.DONE


def test_eyes_that_stay_narrow_are_the_new_open_ones(studio):
    openings = [0.3] * 6 + [0.2] * 34 + [0.1] * 4 + [0.2] * 3
    assert blink_through(studio, openings).state is ChallengeState.DONE


def test_a_blink_before_the_instruction_does_not_count(studio):
    openings = [0.24] * 5 + [0.12] * 4 + [0.24] * 6
    assert blink_through(studio, openings, instructed_at=1.0).state is ChallengeState.READY
    assert blink_through(studio, openings, instructed_at=0.0).state is ChallengeState.DONE


def test_a_blink_that_began_before_the_instruction_does_not_count(studio):
    openings = [0.24] * 5 + [0.12] * 4 + [0.24] * 4
    assert blink_through(studio, openings, instructed_at=0.55).state is ChallengeState.READY


def test_a_blink_of_a_turned_head_does_not_count(studio):
    assert (
        blink_through(studio, [0.24] * 6 + [0.12] * 4 + [0.24, 0.24], yaw=25).state is ChallengeState.WAITING
    )


def test_a_late_blink_is_too_late(studio):
    frames = int(SETTINGS.limit_seconds / STEP) + 2
    assert blink_through(studio, [0.24] * frames + [0.12] * 4 + [0.24]).state is ChallengeState.LATE


def test_an_interruption_forgets_the_open_level(studio):
    tracked = begun(BLINK, 0.0)
    for index, opening in enumerate([0.24] * 6):
        tracked.add(studio.see(index * STEP, eyes=opening))
    tracked.interrupt()
    for index, opening in enumerate([0.12, 0.12, 0.12, 0.12, 0.24, 0.24], start=6):
        tracked.add(studio.see(index * STEP, eyes=opening))
    assert tracked.state is not ChallengeState.DONE


def test_frames_without_a_face_only_let_time_pass():
    tracked = begun(LEFT, 0.0)
    assert tracked.add(Observation(0, 0.5, ())) is ChallengeState.WAITING
    assert tracked.add(Observation(1, 9.0, ())) is ChallengeState.LATE


def nod(depth, frames=4):
    """Level for a while, then down by `depth` degrees and up again."""
    down = [depth * (index + 1) / frames for index in range(frames)]
    return [0.0] * 4 + down + [depth] + down[::-1] + [0.0] * 3


def nod_through(studio, pitches, kind=ChallengeKind.NOD, step=STEP):
    tracked = begun(kind, 0.0)
    for index, pitch in enumerate(pitches):
        tracked.add(studio.see(index * step, studio.head(pitch=pitch)))
    return tracked


def gape_through(studio, gaps, kind=ChallengeKind.OPEN_MOUTH):
    tracked = begun(kind, 0.0)
    for index, gap in enumerate(gaps):
        tracked.add(studio.see(index * STEP, studio.head(mouth=gap)))
    return tracked


@pytest.mark.parametrize("pitch", [-25, -10, 0, 15])
def test_pitch_of_a_made_head_is_measured_with_its_sign(studio, pitch):
    level = pose_of_mesh(studio.head())[1]
    assert pose_of_mesh(studio.head(pitch=pitch))[1] - level == pytest.approx(pitch, abs=1.5)


@pytest.mark.parametrize("depth", [-12, -20, -30])
def test_a_nod_is_done_when_the_head_is_up_again(studio, depth):
    assert nod_through(studio, nod(depth)).state is ChallengeState.DONE
    assert nod_through(studio, [0.0] * 4 + [depth] * 6).state is ChallengeState.ACTING


@pytest.mark.parametrize(
    "pitches",
    [nod(-5), nod(20), [0.0] * 4 + [-20] * 30 + [0.0] * 3, [-20.0] * 4 + [0.0] * 10],
    ids=["too small", "upwards", "stays down", "was down before"],
)
def test_what_is_no_nod(studio, pitches):
    assert nod_through(studio, pitches).state is not ChallengeState.DONE


@pytest.mark.parametrize("rest", [0.0, 0.1, 0.22])
def test_a_mouth_opens_from_wherever_it_rests(studio, rest):
    assert (
        gape_through(studio, [rest] * 5 + [rest + 0.1, rest + 0.25, rest + 0.25]).state is ChallengeState.DONE
    )


@pytest.mark.parametrize(
    "gaps",
    [[0.05] * 5 + [0.14] * 6, [0.4] * 10, [0.05] * 5 + [0.4] + [0.05] * 4, [0.4] * 5 + [0.05] * 6],
    ids=["a word", "open all the time", "one frame", "closes"],
)
def test_what_is_no_opened_mouth(studio, gaps):
    assert gape_through(studio, gaps).state is not ChallengeState.DONE


PLAYED = {
    LEFT: lambda studio: [studio.head(yaw) for yaw in sweep(28)],
    RIGHT: lambda studio: [studio.head(yaw) for yaw in sweep(-28)],
    ChallengeKind.NOD: lambda studio: [studio.head(pitch=pitch) for pitch in nod(-20)],
    ChallengeKind.OPEN_MOUTH: lambda studio: [studio.head(mouth=gap) for gap in [0.05] * 5 + [0.4] * 5],
    BLINK: lambda studio: [studio.head() for _ in range(14)],
}


@pytest.mark.parametrize("asked", ChallengeKind)
@pytest.mark.parametrize("played", ChallengeKind)
def test_only_the_action_asked_for_is_taken(studio, asked, played):
    """Another action fails for good; a blink is natural and only does nothing."""
    tracked = begun(asked, 0.0)
    for index, mesh in enumerate(PLAYED[played](studio)):
        shut = played is BLINK and index in (7, 8, 9, 10)
        tracked.add(studio.see(index * STEP, mesh, eyes=0.12 if shut else 0.24))
    if played is asked:
        assert tracked.state is ChallengeState.DONE
    elif played is BLINK:
        assert tracked.state is ChallengeState.READY
    else:
        assert tracked.state is ChallengeState.WRONG
