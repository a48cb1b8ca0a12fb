"""What the real networks make of a portrait: as it is, slanted like a print, and with its lids drawn down."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from models.api import LiveAnswer
from models.evaluate.liveness import evaluate_liveness, judge_file
from models.face.eyes import opening_of
from models.face.liveness import LivenessSettings
from models.face.planar import planar_residual
from models.face.quality import pose_of_mesh

LIDS = (((33, 133), (159, 158), (145, 153)), ((362, 263), (386, 385), (374, 380)))
"""Mesh points at the corners, the upper and the lower lid of each eye."""


@pytest.fixture(scope="module")
def portrait():
    from skimage.data import astronaut

    return np.ascontiguousarray(astronaut()[:, :, ::-1])


def slanted(image, box, degrees):
    """The picture on a sheet turned about its upright axis, seen in perspective."""
    height, width = image.shape[:2]
    x, y, across, down = box
    middle, away = np.array([x + across / 2, y + down / 2]), width * 1.2
    corners = np.array([[x, y], [x + across, y], [x + across, y + down], [x, y + down]]) - middle
    phi = math.radians(degrees)
    depth = away - corners[:, 0] * math.sin(phi)
    seen = np.stack([corners[:, 0] * math.cos(phi), corners[:, 1]], axis=1) * away / depth[:, None]
    matrix = cv2.getPerspectiveTransform(np.float32(corners + middle), np.float32(seen + middle))
    return cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def lids_down(image, mesh, share=0.95):
    """The picture with both upper lids drawn down over `share` of the eyes."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    taken = rows.copy()
    for corners, upper, lower in LIDS:
        ends, lid, floor = (mesh.points[list(part), :2] for part in (corners, upper, lower))
        top, bottom = lid[:, 1].mean(), floor[:, 1].mean()
        open_px, middle = bottom - top, ends[:, 0].mean()
        reach = np.clip(1 - ((columns - middle) / (0.62 * abs(ends[1, 0] - ends[0, 0]))) ** 2, 0, 1)
        start, edge = top - 2 * open_px, top + share * open_px * reach
        skin = (rows >= start) & (rows < edge) & (reach > 0)
        eye = (rows >= edge) & (rows < bottom) & (reach > 0)
        taken = np.where(skin, start + (rows - start) * (top - start) / (edge - start), taken)
        taken = np.where(eye, top + (rows - edge) * open_px / np.maximum(bottom - edge, 1e-3), taken)
    return cv2.remap(image, columns, taken.astype(np.float32), cv2.INTER_LINEAR)


def test_a_slanted_print_gives_no_turn_and_stays_flat(stack, portrait):
    upright = stack.observe(portrait, 0, 0.0, passive=False)
    for degrees in (20, 35, -35):
        seen = stack.observe(slanted(portrait, upright.face.box, degrees), 1, 0.1, passive=False)
        assert abs(pose_of_mesh(seen.mesh)[0]) < 12
        assert planar_residual(upright.mesh, seen.mesh) < LivenessSettings().flat_below


def test_drawn_lids_close_the_eyes(stack, portrait):
    face = stack.observe(portrait, 0, 0.0, passive=False)
    shut = stack.observe(lids_down(portrait, face.mesh), 1, 0.1, passive=False)
    assert 0.2 < face.eyes_open < 0.4
    assert shut.eyes_open < 0.8 * face.eyes_open


def test_opening_of_a_drawn_contour():
    contour = np.zeros((71, 2), np.float32)
    contour[0], contour[8] = (0, 0), (80, 0)
    contour[1:8, 0] = contour[9:16, 0] = np.linspace(10, 70, 7)
    contour[1:8, 1], contour[9:16, 1] = 8, -12
    assert opening_of(contour) == pytest.approx(20 / 80)


def test_a_portrait_file_is_judged(stack, portrait, tmp_path):
    file = tmp_path / "portrait.png"
    cv2.imwrite(str(file), portrait)
    verdict = judge_file(file, stack, LivenessSettings())
    assert verdict.decision in set(LiveAnswer)
    assert verdict.frames == 1


@pytest.mark.data
@pytest.mark.slow
def test_default_operating_point_on_prints(stack, shared_data, tmp_path):
    """Every sixth development picture; the whole set is measured by ``renzheng evaluate liveness``."""
    for kind in ("live", "print_attack"):
        (tmp_path / kind).mkdir()
        for file in sorted((shared_data / "pad" / kind).glob("*.jpg"))[::6]:
            (tmp_path / kind / file.name).symlink_to(file)
    report = evaluate_liveness(tmp_path / "live", tmp_path / "print_attack", stack).as_json()
    assert report["presentations"] == {"live": 45, "print_attack": 45}
    assert report["strict"]["bpcer"] <= 0.05
    assert report["apcer"]["print_attack"] <= 0.05
