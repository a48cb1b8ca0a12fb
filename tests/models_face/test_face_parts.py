"""Geometry, decoding and guidance, each alone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.transform import SimilarityTransform

from config.guide import GuideLimits
from models.api import Face, Image, Quality
from models.bench import bench
from models.catalogue import Role
from models.engine import OnnxEngine
from models.face.align import TEMPLATE, align, similarity, square
from models.face.detect import YuNet, letterbox, suppress
from models.face.feed import Feed
from models.face.passive import surroundings
from models.face.problems import problem_of
from models.face.quality import Looked, measure, pose_of_mesh, pose_of_points
from models.face.settings import DetectSettings
from models.face.stack import FaceStack

GOOD = Quality(
    inter_eye_distance=80,
    sharpness=20,
    luminance=140,
    contrast=40,
    yaw=0,
    pitch=0,
    roll=0,
    centre_offset=0.05,
)


def a_face(x: float = 270, y: float = 180, width: float = 100, height: float = 120) -> Face:
    return Face((x, y, width, height), np.float32(TEMPLATE * (width / 112) + (x, y)), 0.9)


@settings(deadline=None)
@given(
    turn=st.floats(-3.1, 3.1),
    scale=st.floats(0.05, 20),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    noise=st.integers(0, 1000),
)
def test_alignment_equals_umeyama(turn: float, scale: float, shift: tuple[float, float], noise: int) -> None:
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = scale * TEMPLATE @ rotation.T + shift
    points += np.random.default_rng(noise).normal(0, scale * 2, points.shape)
    given_points = points.astype(np.float32)
    theirs = SimilarityTransform.from_estimate(given_points, TEMPLATE)
    assert np.allclose(similarity(given_points, TEMPLATE), theirs.params[:2], atol=1e-3, rtol=1e-3)


def test_alignment_survives_points_on_one_spot() -> None:
    assert align(np.zeros((50, 50, 3), np.uint8), np.full((5, 2), 9, np.float32)).shape == (112, 112, 3)


def test_square_brings_its_corners_to_the_crops_corners() -> None:
    transform = square((100.0, 60.0), 40.0, 0.3, 192)
    forward = np.array([np.cos(0.3), np.sin(0.3)]) * 20
    down = np.array([-np.sin(0.3), np.cos(0.3)]) * 20
    for corner, expected in (
        (-forward - down, (0, 0)),
        (forward + down, (192, 192)),
        (forward - down, (192, 0)),
    ):
        assert np.allclose(transform[:, :2] @ (corner + np.array((100, 60))) + transform[:, 2], expected)


@settings(max_examples=40, deadline=None)
@given(st.integers(24, 2000), st.integers(24, 2000), st.sampled_from([320, 640]))
def test_letterbox_fits_the_network(width: int, height: int, side: int) -> None:
    canvas, scale = letterbox(np.zeros((height, width, 3), np.uint8), side, Feed())
    assert canvas.shape[0] % 32 == canvas.shape[1] % 32 == 0
    assert max(canvas.shape[:2]) == side
    assert scale == side / max(width, height)


def test_suppression_keeps_the_best_of_each_face() -> None:
    boxes = np.float32([[0, 0, 10, 10], [1, 1, 10, 10], [50, 50, 10, 10], [0, 0, 10, 4]])
    scores = np.float32([0.8, 0.9, 0.7, 0.75])
    assert suppress(boxes, scores, 0.3).tolist() == [1, 3, 2]
    assert suppress(boxes, scores, 0.2).tolist() == [1, 2]


def test_decoding_equals_opencvs(open_stack: FaceStack, hopper: Image, models_folder: object) -> None:
    picture = cv2.resize(hopper, (320, 320))
    theirs = cv2.FaceDetectorYN.create(f"{models_folder}/yunet.onnx", "", (320, 320), 0.7, 0.3)
    found = theirs.detect(picture)[1]
    engine = open_stack.engines[Role.DETECTOR]
    mine = YuNet(engine, DetectSettings()).find(picture, 320)
    assert found is not None and len(found) == len(mine) == 1
    assert np.allclose(mine[0].box, found[0, :4], atol=0.1)
    assert np.allclose(mine[0].points.ravel(), found[0, 4:14], atol=0.1)
    assert mine[0].score == pytest.approx(float(found[0, 14]), abs=1e-3)


@settings(deadline=None)
@given(
    st.floats(-200, 900),
    st.floats(-200, 700),
    st.floats(1, 600),
    st.floats(1, 600),
    st.integers(24, 900),
    st.integers(24, 700),
)
def test_surroundings_stay_inside_the_picture(
    x: float, y: float, across: float, down: float, width: int, height: int
) -> None:
    left, top, side = surroundings((x, y, across, down), width, height)
    assert 0 <= left <= left + side <= width
    assert 0 <= top <= top + side <= height
    assert side >= 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"inter_eye_distance": 20}, "guide.come_closer"),
        ({"eye_share": 0.5}, "guide.move_back"),
        ({"cut_off": 0.3, "offset_x": 0.4}, "guide.move_right"),
        ({"roll": -40}, "guide.head_upright"),
        ({"highlight": 20}, "guide.more_light"),
        ({"dynamic_range": 10}, "guide.more_light"),
        ({"luminance": 20}, None),
        ({"clipped": 0.7}, "guide.less_light"),
        ({"sharpness": 1}, "guide.hold_still"),
        ({"blur": 0.9}, "guide.hold_still"),
        ({"sharpness": 1, "highlight": 20, "inter_eye_distance": 20}, "guide.come_closer"),
        ({"other_face": 0.5, "inter_eye_distance": 20}, "guide.one_person"),
    ],
)
def test_guidance_names_one_problem(change: dict[str, float], problem: str | None) -> None:
    assert problem_of(replace(GOOD, **change), GuideLimits()) == problem


def test_measures_tell_where_the_face_is_and_who_else_is_there() -> None:
    """At the picture's right edge, with a large neighbour and a small one."""
    picture = np.full((480, 640, 3), 128, np.uint8)
    aligned = np.full((112, 112, 3), 128, np.uint8)
    face, beside, behind = a_face(560, 180, 140, 160), a_face(10, 10, 112, 120), a_face(10, 10, 20, 22)
    alone = measure(Looked(picture, aligned, (face,)))
    assert alone.offset_x == pytest.approx(0.484, abs=0.01)
    assert alone.cut_off == pytest.approx(3 / 7, abs=0.01)
    assert (alone.other_face, alone.eyes_open, alone.mouth_open) == (0.0, None, None)
    assert problem_of(alone, GuideLimits()) == "guide.move_right"
    assert measure(Looked(picture, aligned, (face, beside))).other_face == pytest.approx(0.6)
    assert problem_of(measure(Looked(picture, aligned, (face, beside))), GuideLimits()) == "guide.one_person"
    assert problem_of(measure(Looked(picture, aligned, (face, behind))), GuideLimits()) != "guide.one_person"


def test_quality_feels_blur_darkness_and_glare(open_stack: FaceStack, hopper: Image) -> None:
    def problem(picture: Image) -> str | None:
        quality = open_stack.observe(picture, 0, 0.0, passive=False).quality
        assert quality is not None
        return quality.problem

    assert problem(hopper) is None
    assert problem(cv2.GaussianBlur(hopper, (0, 0), 7)) == "guide.hold_still"
    assert problem(cv2.convertScaleAbs(hopper, alpha=0.25)) == "guide.more_light"
    assert problem(cv2.convertScaleAbs(hopper, alpha=1.0, beta=150)) == "guide.less_light"


def test_pose_turns_with_the_mirror(
    open_stack: FaceStack, group: Image, hopper: Image, astronaut: Image
) -> None:
    """A mirrored picture shows the opposite turn; mesh and points agree on the side."""
    yaws = []
    for picture in (group, hopper, astronaut):
        mirrored, wide = np.ascontiguousarray(picture[:, ::-1]), picture.shape[1]
        face = open_stack.detect(picture)[0]
        twin = min(
            open_stack.detect(mirrored), key=lambda one: abs(one.points[2, 0] + face.points[2, 0] - wide)
        )
        yaw, _, roll = pose_of_mesh(open_stack.mesh(picture, face))
        yaw_twin, _, roll_twin = pose_of_mesh(open_stack.mesh(mirrored, twin))
        assert yaw == pytest.approx(-yaw_twin, abs=10)
        assert roll == pytest.approx(-roll_twin, abs=7)
        assert pose_of_points(face.points)[0] == pytest.approx(yaw, abs=16)
        yaws.append(yaw)
    assert yaws[0] < -25, "the largest face of the group looks to the picture's left"


def test_small_face_is_looked_at_from_near(open_stack: FaceStack, hopper: Image) -> None:
    """Points found in a shrunken frame are too coarse to compare with."""
    reference = open_stack.embed(hopper, open_stack.detect(hopper)[0])
    small = cv2.resize(hopper, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    frame = np.full((480, 640, 3), 90, np.uint8)
    frame[200 : 200 + small.shape[0], 40 : 40 + small.shape[1]] = small
    near = open_stack.detect(frame)[0]
    coarse = YuNet(open_stack.engines[Role.DETECTOR], DetectSettings()).find(frame, 320)[0]
    expected = open_stack.detect(hopper)[0].points * 0.35 + (40, 200)
    assert np.abs(near.points - expected).max() < 3
    assert open_stack.embed(frame, near) @ reference > 0.9
    assert open_stack.embed(frame, near) @ reference >= open_stack.embed(frame, coarse) @ reference - 0.005


def test_nose_moves_to_the_pictures_right_when_turning_to_the_own_left() -> None:
    points = a_face().points.copy()
    points[2, 0] += 15
    assert pose_of_points(points)[0] > 10


def test_engine_refuses_what_does_not_fit(open_stack: FaceStack) -> None:
    from models.api import ModelError

    engine = open_stack.engines[Role.RECOGNISER]
    with pytest.raises(ModelError, match=r"model\.wrong_shape"):
        engine(np.zeros((1, 3, 100, 112), np.float32))
    with pytest.raises(ModelError, match=r"model\.unusable"):
        OnnxEngine("broken", b"not a network")


def test_bench_measures_the_same_calls(open_stack: FaceStack, hopper: Image) -> None:
    frame = cv2.resize(hopper, (640, 480))
    measured = bench(open_stack, frame, 5)
    stages = measured["stages_ms"]
    assert isinstance(stages, dict) and {"detect", "quality", "mesh", "passive", "embed"} <= set(stages)
    assert isinstance(measured["ratio"], float) and 0.5 < measured["ratio"] < 3
    assert measured["faces"] == 1
    with pytest.raises(ValueError, match="round"):
        bench(open_stack, frame, 0)


MESH_OF_THE_ORIGINAL = {
    0: (98.031, 114.807, -9.295),
    1: (98.367, 105.386, -24.338),
    33: (64.779, 74.688, 2.457),
    152: (96.832, 151.848, 12.692),
    263: (133.925, 77.907, 4.058),
    467: (135.42, 75.29, 2.193),
}
"""Points that the TFLite file as shipped gives in LiteRT 2 for the crop below."""


def test_converted_mesh_gives_what_the_original_gave(open_stack: FaceStack, astronaut: Image) -> None:
    face = cv2.resize(astronaut[20:220, 120:320], (192, 192))
    engine = open_stack.engines[Role.MESH]
    points = engine(cv2.dnn.blobFromImage(face, 1 / 255.0, swapRB=True))[0].reshape(468, 3)
    for index, expected in MESH_OF_THE_ORIGINAL.items():
        assert np.allclose(points[index], expected, atol=2e-3)
