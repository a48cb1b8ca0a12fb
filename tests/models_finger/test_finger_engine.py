"""From pictures to scores with the real network; pictures that are no fingers."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.api import ModelError
from models.finger import nist
from models.finger.engine import ENGINES, FingerEngine
from models.finger.minutiae import Position
from models.finger.picture import UnfitPicture, prepare
from models.finger.quality import Verdict
from models.finger.ridges import find_ridges
from models.finger.settings import EngineKind, ExtractSettings, FingerSettings, RidgeSettings
from tests.models_finger.drawn_minutiae import drawn

SAME = 0.1
DIFFERENT = 0.06


def picture(fingers, name: str):
    return cv2.imread(str(fingers / name), cv2.IMREAD_GRAYSCALE)


@pytest.mark.data
@pytest.mark.parametrize("base", ["DB1_B", "DB2_B", "DB3_B", "DB4_B"])
def test_two_impressions_of_one_finger_match_and_two_fingers_do_not(engine, fingers, base):
    one, again, other = (
        engine.look(picture(fingers, f"{base}/{name}.png"), position=Position.RIGHT_INDEX)
        for name in ("101_1", "101_2", "102_1")
    )
    assert engine.score(one.template, again.template) > SAME
    assert engine.score(one.template, other.template) < DIFFERENT
    assert engine.score(one.template, again.template) == engine.score(again.template, one.template)
    assert one.template.position is Position.RIGHT_INDEX
    assert one.stages_ms["minutiae"] >= one.stages_ms["minutiae.net"] > 0


@pytest.mark.data
def test_the_same_picture_gives_the_same_template(engine, fingers):
    first, second = (engine.look(picture(fingers, "DB1_B/103_1.png")).template for _ in range(2))
    assert np.array_equal(first.minutiae.table, second.minutiae.table)


@pytest.mark.data
def test_the_number_of_threads_changes_nothing(engine, networks, fingers):
    alone = FingerEngine(FingerSettings(extract=ExtractSettings(threads=1), nfiq2=False), networks)
    one, other = (each.look(picture(fingers, "DB3_B/105_2.png")).template for each in (engine, alone))
    assert np.array_equal(one.minutiae.table, other.minutiae.table)


@pytest.mark.data
@pytest.mark.parametrize("dpi", [400, 1000])
def test_another_resolution_gives_the_same_finger(engine, fingers, dpi):
    nominal = picture(fingers, "DB2_B/104_1.png")
    scale = dpi / 500
    other = cv2.resize(nominal, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    here, there = engine.look(nominal).template, engine.look(other, dpi).template
    assert engine.score(here, there) > 0.3
    assert abs(there.minutiae.width - nominal.shape[1]) <= 1


@pytest.mark.data
def test_sixteen_bits_and_colour_are_the_same_picture(engine, fingers):
    grey = picture(fingers, "DB1_B/101_1.png")
    expected = engine.look(grey).template.minutiae.table
    for same in (grey.astype(np.uint16) << 8, np.dstack([grey] * 3), np.dstack([grey] * 4), grey[..., None]):
        assert np.array_equal(engine.look(same).template.minutiae.table, expected)


@pytest.mark.data
def test_a_finger_on_a_large_plate_is_cut_out(engine, fingers):
    grey = picture(fingers, "DB1_B/101_1.png")
    plate = np.full((1600, 1500), 255, np.uint8)
    plate[500 : 500 + grey.shape[0], 700 : 700 + grey.shape[1]] = grey
    alone, laid = engine.look(grey).template, engine.look(plate).template
    assert engine.score(alone, laid) > 0.5
    shift = np.median(laid.minutiae.best(20).xy, 0) - np.median(alone.minutiae.best(20).xy, 0)
    assert np.allclose(shift, (700, 500), atol=12)


NO_FINGERS = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "one row": np.zeros((1, 500), np.uint8),
    "black": np.zeros((360, 256), np.uint8),
    "white": np.full((360, 256), 255, np.uint8),
    "black, 16 bits": np.zeros((360, 256), np.uint16),
    "noise": np.random.default_rng(1).integers(0, 256, (360, 256), np.uint8),
    "large and white": np.full((1600, 1800), 255, np.uint8),
    "too huge": np.zeros((6000, 6000), np.uint8),
    "empty": np.zeros((0, 0), np.uint8),
    "two channels": np.zeros((90, 90, 2), np.uint8),
    "four dimensions": np.zeros((1, 90, 90, 3), np.uint8),
    "fractions": np.zeros((90, 90), np.float64),
    "words": np.array([["a"]]),
}


@pytest.mark.parametrize("shown", NO_FINGERS.values(), ids=NO_FINGERS)
def test_what_is_no_finger_gets_a_name_and_no_template(engine, shown):
    seen = engine.look(shown)
    assert seen.template is None
    assert not seen.usable
    assert seen.quality.verdict is Verdict.RECAPTURE
    assert seen.quality.problem in {"finger.no_ridges", "finger.picture_unfit", "finger.too_dark"}


def test_stripes_have_ridges_but_no_minutiae(engine):
    rows, columns = np.mgrid[:360, :256]
    for wave in (columns, np.hypot(columns - 128, rows - 180)):
        stripes = (128 + 100 * np.sin(wave * 2 * np.pi / 9)).astype(np.uint8)
        assert find_ridges(stripes, RidgeSettings()).area_mm2 > 150
        seen = engine.look(stripes)
        assert seen.template is None
        assert seen.quality.problem is not None


@pytest.mark.data
@pytest.mark.slow
def test_faces_are_no_fingers(engine, shared_data):
    """A photograph is never usable, and the few that leave a template match no other."""
    files = sorted((shared_data / "face").glob("*/*.jpg"))[::40]
    seen = [engine.look(cv2.imread(str(file))) for file in files]
    assert len(files) > 50
    assert not any(each.usable for each in seen)
    made = [each.template for each in seen if each.template is not None]
    assert len(made) <= 0.05 * len(files)
    for at, one in enumerate(made):
        assert all(engine.score(one, other) < DIFFERENT for other in made[:at])


def test_hair_and_cloth_are_not_ridges(fingers):
    skin = find_ridges(picture(fingers, "DB1_B/101_1.png"), RidgeSettings())
    assert skin.area_mm2 > 100
    assert 7 < skin.period < 12
    blurred = np.random.default_rng(3).normal(size=(400, 400))
    for spread in (1.0, 2.0, 4.0):
        cloud = cv2.normalize(cv2.GaussianBlur(blurred, (0, 0), spread), None, 0, 255, cv2.NORM_MINMAX)
        assert find_ridges(cloud.astype(np.uint8), RidgeSettings()).area_mm2 < 0.2 * skin.area_mm2


@pytest.mark.parametrize("dpi", [0, -500, 100, 5000, float("nan"), float("inf")])
def test_resolutions_of_no_sensor_are_refused(dpi):
    with pytest.raises(UnfitPicture) as refused:
        prepare(np.zeros((300, 300), np.uint8), dpi, RidgeSettings(), ExtractSettings())
    assert refused.value.code == "finger.picture_unfit"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.uint16, np.bool_]),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=90),
        fill=st.integers(0, 1),
    ),
    st.sampled_from([250, 500, 501.5, 1000, 2000]),
)
def test_no_picture_crashes_or_matches(engine, shown, dpi):
    seen = engine.look(shown, dpi)
    assert not seen.usable
    assert seen.quality.problem is not None


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.7, 1.5, 3.0]), st.integers(8, 300), st.integers(8, 300)
)
def test_noise_of_any_size_is_no_finger(engine, seed, spread, height, width):
    lot = np.random.default_rng(seed).normal(128, 60, (height, width))
    noise = cv2.GaussianBlur(lot, (0, 0), spread) if spread else lot
    noise = np.clip((noise - noise.mean()) * (1 + spread * 2) + 128, 0, 255).astype(np.uint8)
    assert not engine.look(noise).usable


def test_templates_of_different_engines_are_not_compared(engine, networks):
    if not nist.available():
        pytest.skip("nbis-py is not installed: make fingerprints")
    other = FingerEngine(FingerSettings(engine=EngineKind.LEADER_BOZORTH3, nfiq2=False), networks)
    strange = other.template(drawn(1))
    with pytest.raises(ValueError, match="leader_bozorth3"):
        engine.score(strange, strange)


def test_without_the_package_the_engine_says_what_is_missing(networks, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbis", None)
    assert not nist.available()
    for kind in (EngineKind.LEADER_BOZORTH3, EngineKind.MINDTCT_BOZORTH3):
        with pytest.raises(ModelError) as refused:
            FingerEngine(FingerSettings(engine=kind), networks)
        assert (refused.value.code, refused.value.model) == ("model.package_missing", "nbis-py")
    assert FingerEngine(FingerSettings(), networks).kind is EngineKind.LEADER_MCC


def test_without_the_network_the_engine_says_so(tmp_path):
    with pytest.raises(ModelError) as refused:
        FingerEngine(FingerSettings(), tmp_path)
    assert refused.value.code == "model.missing"


def test_every_engine_is_in_the_table():
    assert set(ENGINES) == set(EngineKind)


@pytest.mark.data
def test_a_wiped_template_holds_and_matches_nothing(engine, fingers):
    one = engine.look(picture(fingers, "DB1_B/101_1.png")).template
    again = engine.look(picture(fingers, "DB1_B/101_1.png")).template
    one.wipe()
    assert not one.minutiae.table.any()
    assert not one.cylinders.values.any()
    assert engine.score(one, again) == 0
