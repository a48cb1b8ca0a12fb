"""Minutiae leave as a record and come back nearly the same: they still match as well as before."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.paths import paths
from drivers.iso19794.cursor import BadRecord
from drivers.iso19794.minutiae import MinutiaeRecord, decode, encode
from models.api import ModelError
from models.finger.engine import FingerEngine
from models.finger.minutiae import Minutiae, Position
from models.finger.settings import FingerSettings
from terminal.minutiae import read_record, write_record
from tests.models_finger.drawn_minutiae import drawn


@given(st.integers(0, 1000), st.integers(0, 60), st.sampled_from(Position), st.integers(0, 100))
def test_every_minutia_comes_back_to_the_pixel_and_the_degree(seed, count, position, quality):
    finger = drawn(seed, count, apart=4)
    ((where, back, good),) = read_record(write_record([(position, finger, quality)]))
    assert (where, good, back.width, back.height) == (position, quality, finger.width, finger.height)
    expected = finger.best(255).table
    assert np.abs(back.table[:, :2] - expected[:, :2]).max(initial=0) <= 0.5
    turned = np.abs((back.angle - expected[:, 2] + math.pi) % (2 * math.pi) - math.pi)
    assert turned.max(initial=0) <= math.pi / 256 + 1e-6
    assert np.array_equal(back.table[:, 3], expected[:, 3])
    assert np.abs(back.quality - expected[:, 4]).max(initial=0) <= 0.0051


def test_several_impressions_share_a_record_and_are_counted():
    fingers = [
        (Position.LEFT_INDEX, drawn(1), 80),
        (Position.LEFT_INDEX, drawn(2), 70),
        (Position.RIGHT_RING, drawn(3), 60),
    ]
    data = write_record(fingers)
    assert [view.number for view in decode(data).views] == [0, 1, 0]
    assert [(position, quality) for position, _, quality in read_record(data)] == [
        (Position.LEFT_INDEX, 80), (Position.LEFT_INDEX, 70), (Position.RIGHT_RING, 60),
    ]  # fmt: skip


def test_another_resolution_is_brought_to_500_dpi():
    record = decode(write_record([(Position.UNKNOWN, drawn(4), 50)]))
    double = MinutiaeRecord(record.width, record.height, record.views, (394, 394))
    ((_, once, _),), ((_, half, _),) = read_record(encode(record)), read_record(encode(double))
    assert np.allclose(half.xy, once.xy * 500 / (394 * 2.54), atol=0.01)
    assert half.width == 150


def test_more_than_a_record_holds_leaves_the_least_certain_out():
    many = Minutiae(
        np.column_stack(
            [np.arange(300), np.arange(300), np.zeros(300), np.ones(300), np.linspace(0.1, 1, 300)]
        ).astype(np.float32),
        300,
        300,
    )
    ((_, back, _),) = read_record(write_record([(Position.UNKNOWN, many, 0)]))
    assert len(back) == 255
    assert back.quality.min() >= 0.23


def test_nothing_and_the_impossible_are_refused():
    with pytest.raises(BadRecord):
        write_record([])
    record = decode(write_record([(Position.UNKNOWN, drawn(4), 50)]))
    with pytest.raises(BadRecord):
        read_record(encode(MinutiaeRecord(60_000, 60_000, record.views, (1, 1))))


@pytest.mark.data
@pytest.mark.slow
def test_matching_after_a_round_trip_loses_little(shared_data):
    try:
        engine = FingerEngine(FingerSettings(nfiq2=False), paths().models)
    except ModelError as error:
        pytest.skip(f"{error}: make models PACK=finger")
    before, after = [], []
    names = [f"DB2_B/{finger}_{number}.png" for finger in (101, 102, 103) for number in (1, 2, 3)]
    seen = [
        engine.look(cv2.imread(str(shared_data / "finger" / name), cv2.IMREAD_GRAYSCALE)).template
        for name in names
    ]
    back = [
        engine.template(read_record(write_record([(Position.UNKNOWN, each.minutiae, 0)]))[0][1])
        for each in seen
    ]
    for one in range(9):
        for other in range(one):
            if one // 3 == other // 3:
                before.append(engine.score(seen[one], seen[other]))
                after.append(engine.score(back[one], back[other]))
    assert len(before) == 9
    assert min(before) > 0.1
    assert np.mean(np.array(after) / np.array(before)) > 0.95
