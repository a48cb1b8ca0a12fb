"""The whole stack on real networks: the same pictures must keep giving the same answers."""

from __future__ import annotations

import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.api import Image, ModelError
from models.chip_photo import HEIGHT, WIDTH, chip_photo
from models.face.stack import FaceStack, load


@pytest.fixture(params=["open_stack", "insight_stack"])
def stack(request: pytest.FixtureRequest) -> FaceStack:
    found: FaceStack = request.getfixturevalue(request.param)
    return found


def framed(picture: Image, scale: float, width: int = 640, height: int = 480) -> Image:
    """The picture at `scale` in the middle of a grey camera frame."""
    frame = np.full((height, width, 3), 128, np.uint8)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    high, wide = min(small.shape[0], height), min(small.shape[1], width)
    top, left = (height - high) // 2, (width - wide) // 2
    frame[top : top + high, left : left + wide] = small[:high, :wide]
    return frame


def test_faces_lie_where_they_are(stack: FaceStack, astronaut: Image, hopper: Image) -> None:
    (one,), (other,) = stack.detect(astronaut), stack.detect(hopper)
    assert np.allclose(one.box, (179, 62, 90, 115), atol=8)
    assert np.allclose(other.box, (174, 113, 180, 215), atol=14)
    for face in (one, other):
        right_eye, left_eye, nose, mouth_right, mouth_left = face.points
        assert right_eye[0] < nose[0] < left_eye[0]
        assert right_eye[1] < nose[1] < mouth_right[1]
        assert mouth_right[0] < mouth_left[0]
        assert face.score > 0.7


def test_several_faces_come_largest_first(stack: FaceStack, group: Image) -> None:
    faces = stack.detect(group)
    areas = [face.box[2] * face.box[3] for face in faces]
    assert len(faces) == 6
    assert areas == sorted(areas, reverse=True)


def test_no_face_in_an_empty_or_tiny_picture(stack: FaceStack) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    for picture in (noise, np.zeros((480, 640, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)):
        assert stack.detect(picture) == ()


def test_templates_are_unit_vectors_that_tell_people_apart(
    stack: FaceStack, astronaut: Image, hopper: Image
) -> None:
    first = stack.embed(astronaut, stack.detect(astronaut)[0])
    darker = cv2.convertScaleAbs(cv2.resize(astronaut, None, fx=0.8, fy=0.8), alpha=0.75, beta=10)
    again = stack.embed(darker, stack.detect(darker)[0])
    other = stack.embed(hopper, stack.detect(hopper)[0])
    assert first.dtype == np.float32
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    assert first @ again > 0.9
    assert first @ other < 0.25


def test_scores_stay_what_they_were(open_stack: FaceStack, astronaut: Image, hopper: Image) -> None:
    one, other = (open_stack.embed(each, open_stack.detect(each)[0]) for each in (astronaut, hopper))
    assert float(one @ other) == pytest.approx(0.143, abs=0.01)
    assert open_stack.passive(hopper, open_stack.detect(hopper)[0]) > 0.99


def test_both_detectors_and_template_agree(
    open_stack: FaceStack, insight_stack: FaceStack, hopper: Image
) -> None:
    mine, theirs = open_stack.detect(hopper)[0], insight_stack.detect(hopper)[0]
    assert np.abs(mine.points - theirs.points).max() < 0.12 * mine.box[2]


@pytest.mark.parametrize("codec_bytes", [None, 2048])
def test_chip_photo_matches_its_person(
    stack: FaceStack, astronaut: Image, hopper: Image, codec_bytes: int | None
) -> None:
    live = stack.embed(hopper, stack.detect(hopper)[0])
    stranger = stack.embed(astronaut, stack.detect(astronaut)[0])
    photo = chip_photo(hopper, stack.detect(hopper)[0].points, codec_bytes)
    assert photo.shape == (HEIGHT, WIDTH, 3)
    face = stack.detect(photo)[0]
    template = stack.embed_document(photo, face)
    assert np.linalg.norm(template) == pytest.approx(1, abs=1e-5)
    assert template @ live > 0.6
    assert template @ stranger < 0.3


def test_20_megapixel_picture_and_face_filling_the_frame(stack: FaceStack, hopper: Image) -> None:
    huge = cv2.resize(hopper, (4500, 4500 * hopper.shape[0] // hopper.shape[1]))
    (face,) = stack.detect(huge)
    assert face.box[2] == pytest.approx(180 * 4500 / 512, rel=0.12)
    x, y, width, height = (round(value) for value in stack.detect(hopper)[0].box)
    assert stack.detect(np.ascontiguousarray(hopper[y : y + height, x : x + width]))


def test_observation_is_complete_and_timed(stack: FaceStack, hopper: Image) -> None:
    seen = stack.observe(framed(hopper, 0.8), 7, 1.5, embed=True)
    assert (seen.number, seen.at, len(seen.faces)) == (7, 1.5, 1)
    assert seen.face is not None and seen.quality is not None and seen.mesh is not None
    assert seen.quality.problem is None
    assert seen.mesh.presence > 0.9
    assert seen.passive_live is not None and 0 <= seen.passive_live <= 1
    assert seen.embedding is not None and "embedding" not in repr(seen)
    for stage in ("detect", "mesh", "passive", "embed"):
        assert 0 < seen.stages_ms[f"{stage}.net"] <= seen.stages_ms[stage]


def test_observation_gives_only_what_is_asked_for(open_stack: FaceStack, hopper: Image) -> None:
    seen = open_stack.observe(hopper, 0, 0.0, mesh=False, passive=False)
    assert (seen.mesh, seen.passive_live, seen.embedding) == (None, None, None)
    assert seen.quality is not None and abs(seen.quality.yaw) < 10
    empty = open_stack.observe(np.zeros((480, 640, 3), np.uint8), 0, 0.0)
    assert (empty.faces, empty.quality, empty.face) == ((), None, None)


def test_mesh_lies_on_the_face(open_stack: FaceStack, hopper: Image) -> None:
    face = open_stack.detect(hopper)[0]
    points = open_stack.mesh(hopper, face).points
    assert points.shape == (468, 3)
    assert np.allclose(points[1, :2], face.points[2], atol=0.12 * face.box[2])
    eyes = (points[[33, 133], :2].mean(0), points[[362, 263], :2].mean(0))
    assert np.allclose(eyes, face.points[:2], atol=0.08 * face.box[2])
    assert points[1, 2] < points[234, 2], "the nose is nearer than the ear"


def test_mesh_follows_a_tilted_head(open_stack: FaceStack, hopper: Image) -> None:
    turn = cv2.getRotationMatrix2D((256.0, 220.0), -20, 1.0)
    tilted = cv2.warpAffine(hopper, turn, (512, 600), borderMode=cv2.BORDER_REPLICATE)
    straight = open_stack.mesh(hopper, open_stack.detect(hopper)[0]).points[:, :2]
    moved = open_stack.mesh(tilted, open_stack.detect(tilted)[0]).points[:, :2]
    assert np.abs(straight @ turn[:, :2].T + turn[:, 2] - moved).mean() < 4


def test_about_names_every_network_by_hash(stack: FaceStack) -> None:
    assert {"detector", "recogniser", "mesh", "passive"} <= set(stack.about)
    assert all(len(digest) == 64 for digest in stack.about.values())


def test_closed_stack_says_so(models_folder: Path, hopper: Image, open_stack: FaceStack) -> None:
    stack = load("open", models_folder)
    stack.warm_up()
    stack.close()
    with pytest.raises(ModelError, match=r"model\.closed"):
        stack.detect(hopper)


def test_insightface_never_asks_the_network(
    insight_stack: FaceStack,
    models_folder: Path,
    hopper: Image,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    stack = load("insightface", models_folder)
    stack.warm_up()
    assert stack.observe(hopper, 0, 0.0, embed=True).embedding is not None
    stack.close()
    assert capfd.readouterr() == ("", "")
