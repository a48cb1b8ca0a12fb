"""A face followed by its mesh is the one a search finds; others and swaps are noticed in a stated time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.lens import Lens
from drivers.camera.puppet import Puppet
from drivers.camera.scripts import Script, scene
from models.api import Face, Image, LiveAnswer, Mesh, Observation
from models.face.align import TEMPLATE
from models.face.feed import Feed
from models.face.liveness import LivenessCheck
from models.face.quality import pose_of_mesh
from models.face.settings import TrackSettings
from models.face.stack import FaceStack
from models.face.track import ANCHORS, Track

SIZE = (640, 480)
LIMITS = TrackSettings()
CAMERA = 25.0
SLOW = 7.5
"""Frames a second that a terminal observes while nobody listens."""


@pytest.fixture(params=["open_stack", "insight_stack"])
def stack(request: pytest.FixtureRequest) -> FaceStack:
    found: FaceStack = request.getfixturevalue(request.param)
    return found


def placed(*people: tuple[Image, float, float], seed: int = 0) -> Image:
    """A grey room with each picture's left top corner at x, y, and a camera's noise."""
    frame = np.full((SIZE[1], SIZE[0], 3), 110, np.uint8)
    for picture, x, y in people:
        moved = np.array([[1, 0, x], [0, 1, y]], np.float64)
        cv2.warpAffine(picture, moved, SIZE, dst=frame, borderMode=cv2.BORDER_TRANSPARENT)
    noise = np.random.default_rng(seed).normal(0, 2, frame.shape)
    return np.clip(frame + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def one(hopper: Image) -> Image:
    return cv2.resize(hopper[60:400, 90:430], (230, 230), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


@pytest.fixture(scope="module")
def other(astronaut: Image) -> Image:
    return cv2.resize(astronaut[10:230, 110:330], (230, 230), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def watch(
    stack: FaceStack, frames: list[Image], rate: float = CAMERA, *, passive: bool = False
) -> list[Observation]:
    track = Track(stack.settings.track)
    return [
        stack.observe(frame, number, number / rate, passive=passive, eyes=False, track=track)
        for number, frame in enumerate(frames)
    ]


@pytest.mark.parametrize("script", [Script.GENUINE, Script.REPLAYED_SCREEN])
@pytest.mark.parametrize("instruction", ["challenge.turn_left", "challenge.blink"])
def test_followed_equals_found(stack: FaceStack, hopper: Image, script: Script, instruction: str) -> None:
    puppet = Puppet(hopper, stack.mesh(hopper, stack.detect(hopper)[0]).points)
    shown, lens, track = scene(script, (puppet, puppet), SIZE, 8, 0.4), Lens(*SIZE, 8), Track()
    shown.show(0.0)
    shown.hear(instruction, 0.0)
    points, followed = [], 0
    for number in range(1, 46):
        at = number / CAMERA
        frame = lens.see(shown.show(at), at)
        seen = stack.observe(frame, number, at, track=track)
        if seen.face is None or not seen.face.tracked:
            continue
        followed += 1
        found = stack.observe(frame, number, at)
        assert_same(seen, found)
        assert found.face is not None
        points.append(np.abs(seen.face.points - found.face.points).max() / eyes_apart(found.face))
    assert followed >= 25
    assert np.median(points) < 0.05


def assert_same(seen: Observation, found: Observation) -> None:
    """The stated tolerance between a followed and a found face."""
    assert seen.face and found.face and seen.mesh and found.mesh
    assert np.abs(seen.face.points - found.face.points).max() < 0.2 * eyes_apart(found.face)
    assert overlap(seen.face, found.face) > 0.8
    assert np.abs(np.subtract(pose_of_mesh(seen.mesh), pose_of_mesh(found.mesh))).max() < 4
    assert seen.passive_live == pytest.approx(found.passive_live, abs=0.05)
    assert seen.eyes_open == pytest.approx(found.eyes_open, abs=0.03)


def eyes_apart(face: Face) -> float:
    return float(np.hypot(*(face.points[1] - face.points[0])))


def overlap(one: Face, other: Face) -> float:
    (x, y, w, h), (u, v, wide, high) = one.box, other.box
    both = max(0, min(x + w, u + wide) - max(x, u)) * max(0, min(y + h, v + high) - max(y, v))
    return both / (w * h + wide * high - both)


@pytest.mark.parametrize("rate", [CAMERA, SLOW])
@pytest.mark.parametrize("appears", range(3, 7))
def test_a_second_face_is_noticed_in_time(
    stack: FaceStack, one: Image, other: Image, rate: float, appears: int
) -> None:
    """At whatever moment between two searches it comes."""
    alone, both = (one, 60, 120), ((one, 60, 120), (other, 350, 120))
    frames = [placed(*((alone,) if n < appears else both), seed=n) for n in range(appears + 4)]
    seen = watch(stack, frames, rate)
    assert all(len(each.faces) == 1 for each in seen[:appears])
    noticed = next(n for n, each in enumerate(seen) if len(each.faces) == 2)
    assert noticed - appears < LIMITS.every_frames
    assert (noticed - appears) / rate < LIMITS.every_seconds + 1 / rate


def test_a_second_face_counts_as_often_when_followed(stack: FaceStack, one: Image, other: Image) -> None:
    """Present in 40 % of the frames, it is too much either way."""
    alone, both = (one, 60, 120), ((one, 60, 120), (other, 350, 120))
    frames = [placed(*(both if n % 10 < 4 else (alone,)), seed=n) for n in range(20)]
    track, followed, searched = Track(), LivenessCheck(), LivenessCheck()
    for number, frame in enumerate(frames):
        at = number / CAMERA
        followed.add(stack.observe(frame, number, at, eyes=False, track=track), frame)
        searched.add(stack.observe(frame, number, at, eyes=False), frame)
    shares = [check.verdict().signals["several_share"] for check in (followed, searched)]
    assert shares[1] == pytest.approx(0.4)
    assert shares[0] == pytest.approx(0.4, abs=0.11)
    assert all(check.verdict().decision is not LiveAnswer.LIVE for check in (followed, searched))


def test_who_goes_or_jumps_is_noticed_in_the_same_frame(stack: FaceStack, one: Image, other: Image) -> None:
    for moment in range(3, 6):
        gone = watch(stack, [placed(*([(one, 60, 120)] if n < moment else []), seed=n) for n in range(7)])
        assert [len(each.faces) for each in gone] == [1] * moment + [0] * (7 - moment)
        places = [(one, 60, 120) if n < moment else (other, 330, 150) for n in range(7)]
        for seen in watch(stack, [placed(place, seed=n) for n, place in enumerate(places)])[moment:]:
            assert seen.face is not None and seen.face.box[0] > 330


def test_who_takes_the_place_is_the_one_compared(stack: FaceStack, one: Image, other: Image) -> None:
    """Another person in the same place between two searches: the template is of who is there now."""
    frames = [placed((one, 200, 120) if n < 4 else (other, 200, 120), seed=n) for n in range(6)]
    seen = watch(stack, frames)
    fresh = stack.embed(frames[-1], stack.detect(frames[-1])[0])
    before = stack.embed(frames[3], stack.detect(frames[3])[0])
    for frame, each in zip(frames[4:], seen[4:], strict=True):
        assert each.face is not None
        template = stack.embed(frame, each.face)
        assert template @ fresh > 0.95
        assert template @ before < 0.3


def test_the_template_of_a_followed_face_is_that_of_a_found_one(stack: FaceStack, one: Image) -> None:
    frames = [placed((one, 200 + 3 * n, 120 + n), seed=n) for n in range(3)]
    seen = watch(stack, frames)
    assert [each.face.tracked for each in seen if each.face] == [False, True, True]
    for frame, each in zip(frames, seen, strict=True):
        assert each.face is not None
        assert np.array_equal(stack.embed(frame, each.face), stack.embed(frame, stack.detect(frame)[0]))


def test_templates_made_together_are_those_made_alone(stack: FaceStack, one: Image, other: Image) -> None:
    frames = [placed((picture, 150, 100), seed=n) for n, picture in enumerate((one, other, one))]
    faces = [stack.detect(frame)[0] for frame in frames]
    (document,), live = stack.embed_together(
        [(frames[0], faces[0])], list(zip(frames[1:], faces[1:], strict=True))
    )
    assert np.array_equal(document, stack.embed_document(frames[0], faces[0]))
    for template, frame, face in zip(live, frames[1:], faces[1:], strict=True):
        assert np.array_equal(template, stack.embed(frame, face))


def test_what_must_be_exact_is_searched(open_stack: FaceStack, one: Image) -> None:
    track, frame = Track(), placed((one, 200, 120))
    for number in range(4):
        seen = open_stack.observe(frame, number, number / CAMERA, passive=False, embed=True, track=track)
        assert "detect" in seen.stages_ms
        seen = open_stack.observe(frame, number, number / CAMERA, mesh=False, passive=False, track=track)
        assert "detect" in seen.stages_ms


def test_results_do_not_depend_on_who_else_looks(open_stack: FaceStack, one: Image, other: Image) -> None:
    """The kept memory is each thread's own."""
    frames = [placed((picture, 100 + 20 * n, 100), seed=n) for n in range(6) for picture in (one, other)]

    def template(frame: Image) -> np.ndarray:
        return open_stack.embed(frame, open_stack.detect(frame)[0])

    alone = [template(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(template, frames))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (Feed(), cv2.dnn.blobFromImage),
        (Feed(1 / 255.0, rgb=True), lambda picture: cv2.dnn.blobFromImage(picture, 1 / 255.0, swapRB=True)),
        (
            Feed(1 / 127.5, mean=127.5, rgb=True),
            lambda picture: cv2.dnn.blobFromImage(
                picture, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True
            ),
        ),
    ],
)
def test_a_feed_writes_what_opencv_makes(feed: Feed, expected: Callable[[Image], np.ndarray]) -> None:
    random = np.random.default_rng(3)
    for size in ((64, 64, 3), (256, 320, 3), (32, 96, 3)):
        picture = random.integers(0, 256, size).astype(np.uint8)
        assert np.allclose(feed.numbers(picture), expected(picture), atol=1e-6)
    first = feed.numbers(picture)
    assert np.shares_memory(first, feed.numbers(picture))
    assert not np.shares_memory(feed.room(8, 8), feed.room(8, 8, 1))


def mesh_of(points: np.ndarray, presence: float = 0.99) -> Mesh:
    """A mesh that has these five places at its anchors."""
    whole = np.zeros((468, 3), np.float32)
    for which, place in zip(ANCHORS, points, strict=True):
        whole[list(which), :2] = place
    return Mesh(whole, presence)


FOUND = Face((200.0, 150.0, 120.0, 140.0), np.float32(TEMPLATE + np.float32((204, 160))), 0.9)


@settings(deadline=None)
@given(
    st.floats(-0.2, 0.2),
    st.floats(0.9, 1.1),
    st.tuples(st.floats(-14, 14), st.floats(-14, 14)),
    st.floats(0, 6),
)
def test_points_and_box_go_where_the_mesh_goes(
    turn: float, scale: float, shift: tuple[float, float], away: float
) -> None:
    middle = np.array((260, 220))
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def moved(points: np.ndarray) -> np.ndarray:
        return (points - middle) @ rotation.T + middle + shift

    anchors = FOUND.points + np.float32((away, -away))
    track = Track()
    track.searched(0.0, (FOUND,), mesh_of(anchors))
    assert track.expected(0.04) == (FOUND,)
    (face,) = track.follow(0.04, mesh_of(moved(anchors)))
    assert face.tracked
    assert np.allclose(face.points, moved(FOUND.points), atol=0.05)
    x, y, width, height = face.box
    assert np.allclose((x + width / 2, y + height / 2), moved(np.array((260, 220))), atol=0.05)
    assert np.allclose((width, height), (120 * scale, 140 * scale), atol=0.05)


@pytest.mark.parametrize(
    ("change", "presence"),
    [
        (lambda points: points, 0.5),
        (lambda points: points + np.float32((60, 0)), 0.99),
        (lambda points: (points - points.mean(0)) * 1.3 + points.mean(0), 0.99),
        (lambda points: points[[0, 1, 2, 4, 3]], 0.99),
    ],
)
def test_an_unsure_mesh_is_not_followed(change: Callable[[np.ndarray], np.ndarray], presence: float) -> None:
    track = Track()
    track.searched(0.0, (FOUND,), mesh_of(FOUND.points))
    assert track.follow(0.04, mesh_of(change(FOUND.points), presence)) == ()


def test_a_search_is_due_after_frames_time_and_loss() -> None:
    mesh = mesh_of(FOUND.points)
    track = Track(TrackSettings(every_frames=3, every_seconds=0.2))
    assert track.expected(0.0) == ()
    track.searched(1.0, (FOUND,), mesh)
    assert track.expected(1.21) == () and track.expected(0.9) == ()
    for at in (1.02, 1.04):
        assert track.expected(at) and track.follow(at, mesh)
    assert track.expected(1.06) == ()
    track.searched(1.06, (FOUND,), mesh)
    assert track.expected(1.1)
    track.lose()
    assert track.expected(1.1) == ()
    track.searched(2.0, (FOUND,), None)
    assert track.expected(2.02) == ()
    never = Track(TrackSettings(every_frames=1))
    never.searched(1.0, (FOUND,), mesh)
    assert never.expected(1.02) == ()
