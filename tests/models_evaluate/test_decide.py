"""Scores become decisions with the error rate they stand for, or not at all."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.api import Answer, ModelError, PhotoKind
from models.calibrate import FLOORS, tabulate
from models.catalogue import Catalogue, Role
from models.decide import AcceptFloor, Calibration, file_name, judge, load_calibration, similarity
from models.evaluate.metrics import clopper_pearson, rule_of_three

SHA = "a" * 64
IMPOSTOR = np.sort(np.random.default_rng(2).normal(0.05, 0.08, 200_000))


def made(impostor=IMPOSTOR, floor=-1.0, **changes):
    fields = {
        "pack": "open",
        "recogniser_sha256": SHA,
        "photo_kind": PhotoKind.CHIP,
        "measured_on": date(2026, 5, 4),
        "description": "made scores",
        "impostors": tabulate(impostor, 400),
        "genuine_trials": 0,
        "genuine_quantiles": {},
        "accept_floor": AcceptFloor(score=floor, source="none"),
    }
    return Calibration(**{**fields, **changes})


CALIBRATION = made()


def templates(*scores):
    """A document template and live templates at these cosines."""
    document = np.zeros(128, np.float32)
    document[0] = 1
    live = []
    for index, value in enumerate(scores, start=1):
        template = np.zeros(128, np.float32)
        template[0], template[index] = value, np.sqrt(1 - value**2)
        live.append(template)
    return document, live


@given(st.floats(-1, 1))
def test_rate_is_careful_and_never_zero(score):
    rate, (low, high) = CALIBRATION.rate(score)
    true = (score <= IMPOSTOR).mean()
    finer = (score - 0.0025 - 1e-9 <= IMPOSTOR).mean()
    assert rate >= true - 1e-12
    assert 0 < rate <= max(finer, rule_of_three(len(IMPOSTOR))) + 1e-12
    assert low <= rate <= high


def test_a_score_no_impostor_reached_has_the_rule_of_threes_rate():
    rate, interval = CALIBRATION.rate(0.99)
    assert rate == pytest.approx(3 / 200_000, rel=0.01)
    assert interval == clopper_pearson(0, 200_000)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_score_never_has_a_higher_rate(one, other):
    low, high = sorted((one, other))
    assert CALIBRATION.rate(high)[0] <= CALIBRATION.rate(low)[0]


@pytest.mark.parametrize("target", [1e-1, 1e-2, 1e-3, 1e-4])
def test_threshold_keeps_the_rate_even_at_the_intervals_end(target):
    threshold = CALIBRATION.threshold(target)
    assert CALIBRATION.rate(threshold)[1][1] <= target
    assert CALIBRATION.rate(threshold - 0.0051)[1][1] > target
    assert (threshold <= IMPOSTOR).mean() <= target


def test_a_rate_the_data_cannot_show_is_refused():
    small = made(IMPOSTOR[:1000])
    with pytest.raises(ModelError) as caught:
        small.threshold(1e-4)
    assert caught.value.code == "model.calibration_too_small"


def test_nothing_is_accepted_below_the_floor():
    document, live = templates(0.42)
    free = judge(document, live, CALIBRATION, target_fmr=1e-3, refer_fmr=1e-2)
    held = judge(document, live, made(floor=0.45), target_fmr=1e-3, refer_fmr=1e-2)
    assert free.decision is Answer.MATCH
    assert (held.decision, held.threshold) == (Answer.CANNOT_TELL, 0.45)
    assert held.refer_threshold == free.refer_threshold


def test_three_answers():
    calibration = made(floor=0.45)
    answers = [
        judge(*templates(score), calibration, target_fmr=1e-3, refer_fmr=1e-2).decision
        for score in (0.9, 0.451, 0.449, 0.27, 0.2, -0.3)
    ]
    assert answers == [Answer.MATCH] * 2 + [Answer.CANNOT_TELL] * 2 + [Answer.NO_MATCH] * 2


def test_a_match_explains_itself():
    match = judge(*templates(0.5), CALIBRATION, target_fmr=1e-3, refer_fmr=1e-2, elapsed_ms=12.5)
    assert match.score == pytest.approx(0.5)
    assert match.interval[0] <= match.false_match_rate <= match.interval[1]
    assert (match.model_pack, match.photo_kind, match.elapsed_ms) == ("open", PhotoKind.CHIP, 12.5)
    assert "made scores" in match.calibration
    assert "200000 impostor comparisons among 400 people" in match.calibration


def test_one_wild_frame_neither_accepts_nor_refuses():
    document, live = templates(0.1, 0.12, 0.95)
    assert similarity(document, live) == pytest.approx(0.12)
    document, live = templates(0.7, 0.72, -0.1)
    assert similarity(document, live) == pytest.approx(0.7)


def test_odd_rates_and_no_frames_are_refused():
    with pytest.raises(ValueError):
        judge(*templates(0.5), CALIBRATION, target_fmr=1e-2, refer_fmr=1e-3)
    with pytest.raises(ValueError):
        judge(templates(0.5)[0], [], CALIBRATION, target_fmr=1e-3, refer_fmr=1e-2)


def test_a_file_is_loaded_only_for_its_own_recogniser(tmp_path):
    (tmp_path / file_name("open", PhotoKind.CHIP)).write_text(CALIBRATION.model_dump_json())
    assert load_calibration("open", PhotoKind.CHIP, SHA, tmp_path) == CALIBRATION
    for pack, kind, sha, cause in (
        ("open", PhotoKind.CHIP, "b" * 64, "for_another_recogniser"),
        ("open", PhotoKind.CAMERA, SHA, "missing"),
        ("bank", PhotoKind.CHIP, SHA, "missing"),
    ):
        with pytest.raises(ModelError) as caught:
            load_calibration(pack, kind, sha, tmp_path)
        assert (caught.value.code, caught.value.detail["cause"]) == ("model.no_calibration", cause)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\0", "{"])
def test_a_damaged_file_is_no_calibration(tmp_path, text):
    (tmp_path / file_name("open", PhotoKind.CHIP)).write_text(text)
    with pytest.raises(ModelError) as caught:
        load_calibration("open", PhotoKind.CHIP, SHA, tmp_path)
    assert caught.value.detail["cause"] == "unreadable"


def test_a_file_of_another_pack_is_not_taken(tmp_path):
    (tmp_path / file_name("bank", PhotoKind.CHIP)).write_text(CALIBRATION.model_dump_json())
    with pytest.raises(ModelError) as caught:
        load_calibration("bank", PhotoKind.CHIP, SHA, tmp_path)
    assert caught.value.detail["cause"] == "for_another_pack"


def test_counts_that_rise_are_refused():
    table = json.loads(CALIBRATION.model_dump_json())
    table["impostors"]["at_or_above"][5] += 10**6
    with pytest.raises(ValidationError):
        Calibration.model_validate(table)


@pytest.mark.parametrize("kind", list(PhotoKind))
@pytest.mark.parametrize("pack", ["open", "insightface"])
def test_shipped_calibrations_fit_the_shipped_packs(pack, kind):
    recogniser = next(entry for entry in Catalogue.shipped().of_pack(pack) if entry.role is Role.RECOGNISER)
    calibration = load_calibration(pack, kind, recogniser.sha256)
    assert calibration.accept_floor == FLOORS[pack]
    assert calibration.impostors.trials > 100_000
    assert calibration.threshold(1e-2) < calibration.threshold(1e-3) < calibration.threshold(1e-4)
    assert calibration.accept_threshold(1e-3) == calibration.accept_floor.score
    assert "not the bank's customers" in calibration.name
