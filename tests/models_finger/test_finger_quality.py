"""Quality: what each measure asks for, which problem is named, and when a finger counts as worn."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.finger import nist
from models.finger.engine import FingerEngine, Impression
from models.finger.minutiae import Position
from models.finger.quality import FingerQuality, Verdict, judge, unusable
from models.finger.sample import Absence, FingerSample, settled
from models.finger.settings import EngineKind, FingerLimits, FingerSettings
from models.finger.template import FingerTemplate
from terminal.messages import Audience, texts
from tests.models_finger.drawn_minutiae import drawn

LIMITS = FingerLimits()
GOOD = FingerQuality(
    Verdict.USABLE, None, None, area_mm2=150, strength=0.6, period_mm=0.45, minutiae=40, confidence=0.85,
    light=140, dark_share=0.45, offset_mm=1,
)  # fmt: skip
KEYS = {
    "finger.no_ridges", "finger.picture_unfit", "finger.too_light", "finger.too_dark", "finger.too_wet",
    "finger.too_dry", "finger.not_centred", "finger.partial", "finger.too_few_points", "finger.messy",
    "finger.worn", "finger.missing", "finger.bandaged", "finger.not_enrolled", "finger.not_captured",
}  # fmt: skip


def judged(**changes) -> FingerQuality:
    return judge(dataclasses.replace(GOOD, **changes), LIMITS)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.USABLE),
        ({"nfiq2": 30}, Verdict.USABLE),
        ({"nfiq2": 29}, Verdict.WARN),
        ({"nfiq2": 19}, Verdict.RECAPTURE),
        ({"nfiq2": 60, "minutiae": 10}, Verdict.USABLE),
        ({"area_mm2": 59}, Verdict.WARN),
        ({"area_mm2": 39}, Verdict.RECAPTURE),
        ({"minutiae": 19}, Verdict.WARN),
        ({"minutiae": 13}, Verdict.RECAPTURE),
        ({"strength": 0.39}, Verdict.WARN),
        ({"strength": 0.37}, Verdict.RECAPTURE),
        ({"confidence": 0.69}, Verdict.WARN),
        ({"confidence": 0.64}, Verdict.RECAPTURE),
    ],
)
def test_each_measure_has_its_limits(changes, verdict):
    quality = judged(**changes)
    assert quality.verdict is verdict
    assert (quality.problem is None) == (verdict is Verdict.USABLE)


def test_the_confidence_of_mindtct_has_no_limits():
    assert judge(dataclasses.replace(GOOD, confidence=0.2), LIMITS, leader=False).verdict is Verdict.USABLE


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"area_mm2": 30, "offset_mm": 7}, "finger.not_centred"),
        ({"light": 240}, "finger.too_light"),
        ({"light": 30}, "finger.too_dark"),
        ({"dark_share": 0.7}, "finger.too_wet"),
        ({"dark_share": 0.2}, "finger.too_dry"),
        ({"area_mm2": 30}, "finger.partial"),
        ({"minutiae": 9}, "finger.too_few_points"),
        ({}, "finger.messy"),
    ],
)
def test_one_problem_is_named_and_it_is_the_cause(changes, problem):
    assert judged(nfiq2=5, **changes).problem == problem


def test_every_problem_has_words_for_customer_and_teller():
    for language in ("zh", "en"):
        table = texts(language)
        for key in KEYS:
            assert table.knows(key), key
            assert table.say(key, Audience.TELLER, {}) != key


def usable(seed: int) -> Impression:
    return Impression(GOOD, FingerTemplate(drawn(seed), None, EngineKind.LEADER_MCC))


BAD = Impression(unusable("finger.messy"))
POOR = Impression(judged(nfiq2=5), FingerTemplate(drawn(0), None, EngineKind.LEADER_MCC))


@given(st.lists(st.sampled_from([BAD, POOR, usable(1)]), max_size=8), st.integers(1, 3))
def test_a_finger_is_settled_by_what_is_usable_or_worn_but_never_by_what_is_not(captures, wanted):
    sample = settled(Position.LEFT_THUMB, captures, LIMITS, wanted)
    good = sum(each.usable for each in captures)
    if sample is None:
        assert len(captures) < LIMITS.worn_after and good < wanted
    elif good == 0:
        assert sample.absence is Absence.WORN and len(captures) >= LIMITS.worn_after
    else:
        assert sample.absence is None and len(sample.templates) == good


def test_an_absent_finger_has_no_templates():
    with pytest.raises(ValueError, match="bandaged"):
        FingerSample(Position.LEFT_THUMB, (usable(1).template,), Absence.BANDAGED)


@pytest.mark.data
def test_what_is_done_to_a_picture_is_named(engine, fingers):
    grey = cv2.imread(str(fingers / "DB1_B/101_1.png"), cv2.IMREAD_GRAYSCALE)
    assert engine.look(grey).quality.verdict is Verdict.USABLE
    for share, problem in ((0.12, None), (0.02, "finger.no_ridges")):
        faint = (255 - (255 - grey.astype(np.float32)) * share).astype(np.uint8)
        assert engine.look(faint).quality.problem == problem, "LEADER sees what people hardly do"
    pressed = (grey.astype(np.float32) * 0.02).astype(np.uint8)
    assert engine.look(pressed).quality.problem == "finger.too_dark"
    corner = np.full_like(grey, 255)
    corner[-110:, -120:] = grey[150:260, 130:250]
    seen = engine.look(corner)
    assert seen.quality.verdict is Verdict.RECAPTURE
    assert seen.quality.problem == "finger.not_centred"


@pytest.mark.data
@pytest.mark.skipif(not nist.available(), reason="nbis-py is not installed: make fingerprints")
def test_nfiq2_decides_where_it_is_installed(networks, fingers):
    rated = FingerEngine(FingerSettings(), networks)
    good, poor = (
        rated.look(cv2.imread(str(fingers / name), cv2.IMREAD_GRAYSCALE)).quality
        for name in ("DB1_B/101_1.png", "DB3_B/110_3.png")
    )
    assert good.nfiq2 is not None and poor.nfiq2 is not None
    assert good.nfiq2 > 50 > LIMITS.nfiq2.recapture > poor.nfiq2
    assert (good.verdict, poor.verdict) == (Verdict.USABLE, Verdict.RECAPTURE)
