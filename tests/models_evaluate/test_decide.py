"""Scores become decisions with the error rates they stand for, or not at all."""

from __future__ import annotations

import json
import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.api import Answer, ModelError, PhotoKind
from models.calibrate import floor_of
from models.calibration import AcceptFloor, Calibration, Centres, Modality, Scorer, Stratum
from models.calibration_files import check_fit, file_name, parse, shipped_calibration
from models.catalogue import Catalogue, Role
from models.decide import Targets, decide
from models.evaluate.metrics import clopper_pearson, rule_of_three
from models.face.centring import centres_of, directions
from models.face.compare import METHOD, judge, similarity
from models.face.holder import Holder
from models.face.pairing import Pairing
from models.measurement import Measurement, Part, calibrated
from models.score_table import Rate, tabulate

SHA = "a" * 64
DRAW = np.random.default_rng(2)
IMPOSTOR = np.sort(DRAW.normal(0.05, 0.08, 200_000))
GENUINE = np.sort(DRAW.normal(0.6, 0.1, 3_000))
SCORER = Scorer(modality=Modality.FACE, engine="open", networks={"recogniser": SHA}, method=1)
TARGETS = Targets(1e-3, 1e-2)


def made(impostor=IMPOSTOR, floor=-1.0, **changes):
    fields = {
        "scorer": SCORER,
        "sample": PhotoKind.CHIP,
        "measured_on": date(2026, 5, 4),
        "description": "made scores",
        "impostors": tabulate(impostor, 400),
        "genuine": tabulate(GENUINE, 400),
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
def test_rates_are_careful_and_never_zero(score):
    match, non_match = CALIBRATION.false_match(score), CALIBRATION.false_non_match(score)
    finer = (score - 0.0025 - 1e-9 <= IMPOSTOR).mean()
    assert (score <= IMPOSTOR).mean() - 1e-12 <= match.value
    assert 0 < match.value <= max(finer, rule_of_three(len(IMPOSTOR))) + 1e-12
    assert (score > GENUINE).mean() - 1e-12 <= non_match.value
    coarser = (score + 0.0025 + 1e-9 > GENUINE).mean()
    assert 0 < non_match.value <= max(coarser, rule_of_three(len(GENUINE))) + 1e-12
    for rate in (match, non_match):
        assert rate.interval[0] <= rate.value <= rate.interval[1]


def test_a_score_no_impostor_reached_has_the_rule_of_threes_rate():
    rate = CALIBRATION.false_match(0.99)
    assert rate.value == rate.upper == pytest.approx(3 / 200_000, rel=0.01)
    assert rate.interval == clopper_pearson(0, 200_000)
    assert Rate(0, 0).value == 1.0


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_score_has_fewer_false_matches_and_more_false_non_matches(one, other):
    low, high = sorted((one, other))
    assert CALIBRATION.false_match(high).value <= CALIBRATION.false_match(low).value
    assert CALIBRATION.false_non_match(high).value >= CALIBRATION.false_non_match(low).value


@pytest.mark.parametrize("target", [1e-1, 1e-2, 1e-3, 1e-4])
def test_threshold_keeps_the_rate_even_at_the_intervals_end(target):
    threshold = CALIBRATION.threshold(target)
    assert CALIBRATION.false_match(threshold).upper <= target
    assert CALIBRATION.false_match(threshold - 0.0051).upper > target
    assert (threshold <= IMPOSTOR).mean() <= target


def test_a_rate_the_data_cannot_show_is_refused():
    small = made(IMPOSTOR[:1000])
    with pytest.raises(ModelError) as caught:
        decide(0.9, small, Targets(1e-4, 1e-2))
    assert caught.value.code == "model.calibration_too_small"


def test_three_answers_and_the_floor():
    calibration = made(floor=0.45)
    judged = [decide(score, calibration, TARGETS) for score in (1, 0.451, 0.449, 0.27, 0.2, -math.inf)]
    assert [each.answer for each in judged] == [
        *[Answer.MATCH] * 2,
        *[Answer.CANNOT_TELL] * 2,
        *[Answer.NO_MATCH] * 2,
    ]
    free = decide(0.42, CALIBRATION, TARGETS)
    assert free.answer is Answer.MATCH
    assert (judged[0].threshold, judged[0].refer_threshold) == (0.45, free.refer_threshold)
    assert judged[-1].false_match.errors == 200_000


def test_what_is_no_score_is_refused():
    with pytest.raises(ValueError):
        decide(math.nan, CALIBRATION, TARGETS)


def test_the_worst_group_sets_the_threshold():
    close = IMPOSTOR + 0.1
    parts = (
        Stratum(by="group", label="close", impostors=tabulate(close)),
        Stratum(by="group", label="too few to say", impostors=tabulate(close[-100:] + 0.2)),
        Stratum(by="camera", label="lobby", impostors=tabulate(IMPOSTOR + 0.2)),
    )
    calibration = made(strata=parts)
    assert calibration.threshold(1e-3) == pytest.approx(made(close).threshold(1e-3), abs=0.0026)
    assert calibration.threshold(1e-3, "lobby") == pytest.approx(
        CALIBRATION.threshold(1e-3) + 0.2, abs=0.0026
    )
    assert calibration.threshold(1e-3, "another") == calibration.threshold(1e-3)


def test_scores_of_any_scale_are_calibrated():
    """Whole numbers from 0 up, as bozorth3 gives them, and negative distances, as iris codes do."""
    for impostor, genuine, step in (
        (DRAW.poisson(6, 50_000), DRAW.poisson(90, 500), 1.0),
        (-DRAW.normal(0.46, 0.02, 50_000), -DRAW.normal(0.2, 0.05, 500), 0.001),
    ):
        measured = Measurement(genuine.astype(float), impostor.astype(float), 100, 0)
        scorer = Scorer(modality=Modality.FINGER, engine="any", method=1)
        made_so = calibrated(
            measured, scorer, "optical", description="d", measured_on=date(2026, 5, 4), step=step
        )
        judged = [decide(float(score), made_so, TARGETS) for score in (genuine.mean(), impostor.mean())]
        assert [each.answer for each in judged] == [Answer.MATCH, Answer.NO_MATCH]
        threshold = judged[0].threshold
        assert (impostor >= threshold).mean() <= 1e-3
        assert made_so.false_non_match(threshold).value >= (genuine < threshold).mean()


def test_parts_without_impostors_are_left_out():
    parts = [Part("group", "lonely", GENUINE, np.array([])), Part("group", "full", np.array([]), IMPOSTOR)]
    measured = Measurement(GENUINE, IMPOSTOR, 400, 0, parts)
    made_so = calibrated(measured, SCORER, "chip", description="d", measured_on=date(2026, 5, 4))
    assert [(part.label, part.genuine) for part in made_so.strata] == [("full", None)]
    with pytest.raises(ValueError):
        calibrated(
            Measurement(GENUINE, np.array([]), None, 0),
            SCORER,
            "chip",
            description="d",
            measured_on=date(2026, 5, 4),
        )


def test_tables_refuse_what_is_no_table():
    for scores, step in (([], 1.0), ([math.inf], 1.0), ([0.0, 1.0], 1e-9)):
        with pytest.raises(ValueError):
            tabulate(scores, step=step)


def test_counts_of_a_table():
    table = tabulate(np.array([0.1, 0.2, 0.2, 0.3]))
    scores = (-1, 0.1, 0.1026, 0.2, 0.2026, 0.3, 0.31, 2)
    assert [table.most(score) for score in scores] == [4, 4, 3, 3, 1, 1, 0, 0]
    assert [table.least(score) for score in scores] == [4, 4, 3, 3, 1, 1, 0, 0]
    assert (table.most(0.2013), table.least(0.1999)) == (3, 3)
    assert (table.most(0.2024), table.least(0.2001)) == (3, 1)


def test_a_match_explains_itself():
    match = judge(*templates(0.5), CALIBRATION, TARGETS, elapsed_ms=12.5)
    assert match.score == pytest.approx(0.5)
    assert match.interval[0] <= match.false_match_rate <= match.interval[1]
    low, high = match.false_non_match_interval
    assert low <= match.false_non_match_rate <= high
    assert match.false_non_match_rate == pytest.approx((GENUINE < 0.5).mean(), abs=0.01)
    assert (match.model_pack, match.photo_kind, match.elapsed_ms) == ("open", PhotoKind.CHIP, 12.5)
    assert "made scores" in match.calibration
    assert "200000 impostor comparisons among 400 people" in match.calibration


@pytest.mark.parametrize("scores", [(0.1, 0.12, 0.95), (0.7, 0.72, -0.1)])
def test_a_frame_of_somebody_else_is_not_lost_among_the_others(scores):
    document, live = templates(*scores)
    assert similarity(document, live) == pytest.approx(np.mean(scores))
    found = {Pairing(PhotoKind.CHIP): CALIBRATION}
    holder = Holder({PhotoKind.CHIP: document}, live)
    matches = holder.judged(found, TARGETS)
    assert matches[0].decision is Answer.MATCH
    assert holder.strays(matches, found)
    document, live = templates(0.7, 0.72, 0.65)
    assert not Holder({PhotoKind.CHIP: document}, live).strays(matches, found)


def test_centres_are_taken_away_on_both_sides():
    draw = np.random.default_rng(3)
    push = draw.normal(size=(2, 64))
    sides = draw.normal(size=(2, 400, 64)) + push[:, None]
    sides /= np.linalg.norm(sides, axis=2, keepdims=True)
    centres = centres_of(sides[0], sides[1], 100)
    assert centres_of(sides[0], sides[1], 99) is None
    raw = [similarity(one, [other]) for one, other in zip(*sides, strict=True)]
    moved = [similarity(one, [other], centres) for one, other in zip(*sides, strict=True)]
    assert abs(np.mean(raw)) > 5 * abs(np.mean(moved))
    assert max(map(abs, moved)) <= 1 + 1e-9
    with pytest.raises(ValueError):
        similarity(np.zeros(32), [np.zeros(32)], centres)


def test_what_sets_pictures_of_one_person_apart_is_damped():
    """Templates that all carry their person and noise in few directions: strangers stay where they are."""
    draw = np.random.default_rng(4)
    people, axes = draw.normal(size=(300, 64)), np.linalg.qr(draw.normal(size=(64, 64)))[0][:4]
    noise = draw.normal(size=(2, 300, 4)) * 3
    one, other = (people + each @ axes for each in noise)
    found = np.array(directions(one, other, np.arange(300)))
    assert found.shape == (8, 64)
    share = np.linalg.norm(axes @ found.T @ found, axis=1)
    assert share.min() > 0.25 > np.linalg.norm(found[-1]) ** 2
    assert directions(one[:99], other[:99], np.arange(99)) == ()
    plain, damped = (centres_of(one, other, 300, damped) for damped in ((), found.round(5)))
    apart = [
        np.mean([similarity(x, [y], centres) for x, y in zip(one, other, strict=True)])
        - np.std([similarity(x, [y], centres) for x, y in zip(one, other[1:], strict=False)])
        for centres in (plain, damped)
    ]
    assert apart[1] > apart[0] + 0.02


def test_damping_of_another_length_or_beyond_all_is_refused():
    for damped in (((0.1,) * 3,), ((0.9, 0.9),)):
        with pytest.raises(ValidationError):
            Centres(document=(0.1, 0.1), live=(0.1, 0.1), people=100, damped=damped)


def test_odd_rates_and_no_frames_are_refused():
    for rates in ((1e-2, 1e-3), (0, 1e-3), (1e-3, 1)):
        with pytest.raises(ValueError):
            Targets(*rates)
    with pytest.raises(ValueError):
        judge(templates(0.5)[0], [], CALIBRATION, TARGETS)


def test_a_calibration_fits_only_its_own_scorer():
    check_fit(CALIBRATION, SCORER, PhotoKind.CHIP)
    for change, sample, cause in (
        ({"networks": {"recogniser": "b" * 64}}, PhotoKind.CHIP, "another_network"),
        ({"networks": {}}, PhotoKind.CHIP, "another_network"),
        ({"method": 2}, PhotoKind.CHIP, "another_method"),
        ({"engine": "bank"}, PhotoKind.CHIP, "another_engine"),
        ({"modality": Modality.IRIS}, PhotoKind.CHIP, "another_engine"),
        ({}, PhotoKind.CAMERA, "another_sample"),
    ):
        with pytest.raises(ModelError) as caught:
            check_fit(CALIBRATION, SCORER.model_copy(update=change), sample)
        assert caught.value.code == f"model.no_calibration.{cause}"


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\0", "{", '{"schema": "renzheng.calibration/1"}'])
def test_a_damaged_file_is_no_calibration(text):
    with pytest.raises(ModelError) as caught:
        parse(text)
    assert caught.value.code == "model.no_calibration.unreadable"
    assert parse(CALIBRATION.model_dump_json(by_alias=True)) == CALIBRATION


def test_what_ships_is_missing_for_others_and_refused_when_altered(monkeypatch, tmp_path):
    bank = SCORER.model_copy(update={"engine": "bank"})
    with pytest.raises(ModelError) as caught:
        shipped_calibration(bank, PhotoKind.CHIP)
    assert caught.value.code == "model.no_calibration.missing"
    (tmp_path / "calibrations").mkdir()
    name = file_name(Modality.FACE, "bank", PhotoKind.CHIP)
    (tmp_path / "calibrations" / name).write_text(made(scorer=bank).model_dump_json(by_alias=True))
    (tmp_path / "calibrations" / "SHA256SUMS").write_text(f"{SHA}  {name}\n")
    monkeypatch.setattr("models.calibration_files.files", lambda _: tmp_path)
    with pytest.raises(ModelError) as caught:
        shipped_calibration(bank, PhotoKind.CHIP)
    assert caught.value.code == "model.no_calibration.altered"


def test_counts_that_rise_are_refused():
    table = json.loads(CALIBRATION.model_dump_json(by_alias=True))
    table["impostors"]["at_or_above"][5] += 10**6
    with pytest.raises(ValidationError):
        Calibration.model_validate(table)


@pytest.mark.parametrize("sample", [PhotoKind.CAMERA, PhotoKind.DOCUMENT, PhotoKind.CHIP])
@pytest.mark.parametrize("pack", ["open", "insightface"])
def test_shipped_calibrations_fit_the_shipped_packs(pack, sample):
    entries = {entry.role: entry.sha256 for entry in Catalogue.shipped().of_pack(pack)}
    networks = {role.value: entries[role] for role in (Role.DETECTOR, Role.RECOGNISER)}
    scorer = Scorer(modality=Modality.FACE, engine=pack, networks=networks, method=METHOD)
    calibration = shipped_calibration(scorer, sample)
    assert calibration.accept_floor == floor_of(pack, Pairing.of(sample))
    assert calibration.impostors.trials > 100_000
    assert (calibration.centres is None) == (sample == PhotoKind.CAMERA)
    assert calibration.threshold(1e-2) < calibration.threshold(1e-3) < calibration.threshold(1e-4)
    assert calibration.accept_threshold(1e-3) == calibration.accept_floor.score
    assert "not the bank's customers" in calibration.name
