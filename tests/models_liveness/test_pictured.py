"""The pictures themselves: loops under new noise, missing noise, straight edges, and what no camera does."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
import pytest

from models.api import Face, Observation
from models.face.cues import edges_around
from models.face.infrared import Infrared, InfraredSettings
from models.face.loops import Loops, LoopSettings
from models.face.noise import Noise, NoiseSettings
from models.face.pictured import Pictured, PicturedSettings

HIGH, WIDE = 240, 320
FACE = Face((110.0, 70.0, 100.0, 120.0), np.zeros((5, 2), np.float32), 0.9)
STEP = 0.1


@functools.cache
def room():
    draw = np.random.default_rng(1)
    return cv2.GaussianBlur(draw.integers(0, 256, (HIGH, WIDE, 3), np.uint8), (0, 0), 6)


def swaying(at, sigma=2.0, seed=0):
    """A blob that sways as a person does, never twice alike, before a still wall; with a sensor's noise."""
    picture = cv2.normalize(room(), None, 60, 190, cv2.NORM_MINMAX).astype(np.float32)
    x = 160 + 4 * math.sin(1.07 * at) + 2.5 * math.sin(2.61 * at + 1) + 1.5 * math.sin(0.37 * at)
    y = 130 + 2 * math.sin(1.41 * at + 2) + 1.2 * math.sin(0.53 * at)
    cv2.ellipse(picture, ((x, y), (100, 130), 0), (120, 150, 210), -1, cv2.LINE_AA)
    noise = np.random.default_rng([seed, round(at * 1000)]).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def watch(pictures):
    loops = Loops(LoopSettings())
    for number, picture in enumerate(pictures):
        loops.add(picture, number * STEP)
    return loops


@pytest.mark.parametrize("sigma", [0.5, 2.0, 6.0])
def test_a_person_who_sways_is_no_loop_and_not_still(sigma):
    loops = watch(swaying(number * STEP, sigma) for number in range(70))
    assert not loops.looped
    assert not loops.still


@pytest.mark.parametrize("seconds", [1.2, 2.0, 3.1])
def test_a_loop_is_known_again_under_new_noise(seconds):
    frames = round(seconds / STEP)
    loops = watch(swaying((number % frames) * STEP, 2.0, seed=number) for number in range(80))
    assert loops.looped


def test_a_still_picture_under_new_noise_is_not_alive():
    assert watch(swaying(0.0, 2.0, seed=number) for number in range(60)).still


def noisy(pictures):
    noise = Noise(NoiseSettings())
    for picture in pictures:
        noise.add(picture)
    return noise


@pytest.mark.parametrize("sigma", [0.5, 1.0, 4.0])
def test_a_sensor_has_noise(sigma):
    assert not noisy(swaying(number * STEP, sigma) for number in range(30)).missing


def test_a_rendered_or_coded_video_has_none_or_always_the_same():
    assert noisy(swaying(number * STEP, 0.0) for number in range(30)).missing
    pattern = np.random.default_rng(3).integers(0, 6, (HIGH, WIDE, 3), np.uint8)
    assert noisy(cv2.add(swaying(number * STEP, 0.0), pattern) for number in range(30)).missing


def test_a_clipped_picture_says_nothing_about_noise():
    assert not noisy(np.zeros((HIGH, WIDE, 3), np.uint8) for _ in range(30)).missing


@pytest.mark.parametrize("tilt", [0, 4, -6])
def test_a_frame_around_the_face_is_seen_and_a_wall_is_not(tilt):
    bare = cv2.cvtColor(room(), cv2.COLOR_BGR2GRAY)
    assert edges_around(bare, FACE) == 0
    framed = bare.copy()
    corners = cv2.boxPoints(((160, 130), (160, 200), tilt)).astype(np.int32)
    cv2.fillPoly(framed, [corners], 235)
    assert edges_around(framed, FACE) >= 3


def test_one_edge_of_a_door_is_no_frame():
    door = np.full((HIGH, WIDE), 120, np.uint8)
    door[:, 240:] = 200
    assert edges_around(door, FACE) == 1


def timed(steps):
    pictured, at = Pictured(PicturedSettings()), 0.0
    for number, (frames, seconds) in enumerate(steps):
        at += seconds
        pictured.add(Observation(1 + number * frames, at, ()), None)
    return pictured


def test_a_camera_keeps_its_pace_whatever_is_left_out():
    assert not timed([(3, 0.1)] * 30).odd_timing
    assert not timed([(3, 0.1 + 0.02 * (-1) ** n) for n in range(30)]).odd_timing
    assert timed([(3, 0.1 if n % 2 else 0.9) for n in range(30)]).odd_timing


def test_another_size_in_the_middle_is_noticed():
    pictured = Pictured(PicturedSettings())
    for number, side in enumerate((240, 240, 200)):
        pictured.add(Observation(number, number * STEP, ()), np.zeros((side, 320, 3), np.uint8))
    assert pictured.changed


def looked(pictures, shift=0.0):
    infrared = Infrared(InfraredSettings())
    for number, (picture, there) in enumerate(pictures):
        x, *rest = FACE.box
        found = Face((x + 20 + shift * number, *rest), FACE.points, 0.9)
        infrared.add(Observation(number, number * STEP, (FACE,)), picture, (found,) if there else ())
    return infrared


def lit(contrast):
    picture = np.full((HIGH, WIDE, 3), 160, np.uint8)
    cv2.circle(picture, (140, 115), 12, (160 - contrast,) * 3, -1)
    cv2.circle(picture, (185, 115), 12, (160 - contrast,) * 3, -1)
    return picture


def test_infrared_speaks_against_screens_and_prints_only():
    assert looked([(lit(110), True)] * 6).against is None
    assert looked([(lit(110), False)] * 6).against == "no_face"
    assert looked([(lit(12), True)] * 6).against == "flat"
    assert looked([(lit(110), True)] * 8, shift=15.0).against == "apart"


def test_infrared_without_a_lamp_says_nothing():
    assert looked([(np.full((HIGH, WIDE, 3), 8, np.uint8), False)] * 8).against is None
    assert looked([(lit(110), False)] * 2).against is None, "too few looks"
