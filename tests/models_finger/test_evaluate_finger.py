"""The evaluation of fingerprint comparison: its protocol, its failures, going on, and real data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from config.settings import MinutiaEngine
from models.evaluate.finger import ALL, evaluate_finger, samples
from models.evaluate.finger_page import finger_page
from models.evaluate.folder import FolderError
from models.evaluate.journal import Journal
from models.evaluate.metrics import det, equal_error_rate
from models.evaluate.page import write
from models.finger.engine import FingerEngine, Impression
from models.finger.quality import FingerQuality, Verdict, unusable
from models.finger.settings import EngineKind, FingerSettings
from models.finger.template import FingerTemplate
from tests.models_finger.drawn_minutiae import drawn


class Told:
    """Stands for an engine: a picture's first pixel says which finger it is; 255 is none."""

    kind = EngineKind.LEADER_MCC
    looked = 0

    def look(self, picture, dpi):
        type(self).looked += 1
        finger = int(picture[0, 0, 0])
        if finger == 255:
            return Impression(unusable("finger.no_ridges"), stages_ms={"ridges": 1.0})
        quality = FingerQuality(Verdict.USABLE, None)
        return Impression(quality, FingerTemplate(drawn(finger), None, self.kind), {"ridges": 1.0})

    def score(self, one, other):
        assert len(one.minutiae.table) and one.minutiae.table.any(), "wiped too early"
        return float(np.array_equal(one.minutiae.table, other.minutiae.table))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two data bases of three fingers with two impressions; one shows nothing, one is no picture."""
    for base in ("A", "B"):
        (tmp_path / "data" / base).mkdir(parents=True)
        for finger in (1, 2, 3):
            for number in (1, 2):
                cv2.imwrite(
                    str(tmp_path / f"data/{base}/{finger}_{number}.png"), np.full((30, 30), finger, np.uint8)
                )
    cv2.imwrite(str(tmp_path / "data/A/3_2.png"), np.full((30, 30), 255, np.uint8))
    (tmp_path / "data/B/2_1.png").write_bytes(b"no picture")
    (tmp_path / "data/B/readme.txt").write_text("1_1")
    cv2.imwrite(str(tmp_path / "data/B/palm.png"), np.zeros((30, 30), np.uint8))
    return tmp_path / "data"


def test_every_pair_within_a_data_base_is_compared_once(folder):
    report = evaluate_finger(folder, Told)
    whole = report.conditions[ALL]
    assert list(report.conditions) == [ALL, "A", "B"]
    assert (len(whole.genuine), len(whole.impostor)) == (2 * 3, 2 * 12)
    assert whole.samples == 12
    assert whole.failed == {"A/3_2.png": "finger.no_ridges", "B/2_1.png": "picture.not_a_picture"}
    assert np.isneginf(whole.genuine).sum() == 2, "a picture without a template fails its comparisons"
    assert whole.operating[1e-2].tar == pytest.approx(4 / 6)
    assert not whole.operating[1e-2].resolved
    assert "match" in report.milliseconds
    assert any("readme" in key or "palm" in key for key in whole.failed) is False


def test_what_is_noted_is_not_compared_again(folder):
    told = []
    first, noted = evaluate_finger(folder, Told, progress=lambda *step: told.append(step)), Journal()
    evaluate_finger(folder, Told, run=noted)
    Told.looked = 0
    again = evaluate_finger(folder, Told, run=noted)
    assert Told.looked == 0
    assert again.as_json()["conditions"] == first.as_json()["conditions"]
    assert ("A: pictures", 6, 6) in told and ("B: comparisons", 15, 15) in told


def test_the_work_has_an_order(folder):
    assert [each.key for each in samples(folder)][:3] == ["A/1_1.png", "A/1_2.png", "A/2_1.png"]
    assert [each.impression for each in samples(folder)[:2]] == [1, 2]


def test_several_threads_give_the_same_figures(folder):
    one, two = (evaluate_finger(folder, Told, jobs=jobs).as_json()["conditions"] for jobs in (1, 3))
    assert one == two


@pytest.mark.parametrize("names", [[], ["1_1", "1_2"], ["1_1", "2_1"], ["a", "b"]])
def test_folders_that_cannot_tell_anything_are_refused(tmp_path, names):
    for name in names:
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((30, 30), np.uint8))
    with pytest.raises(FolderError) as refused:
        samples(tmp_path)
    assert refused.value.code == "evaluate.no_fingers"
    with pytest.raises(FolderError):
        samples(tmp_path / "absent")


def test_the_report_is_written(folder, tmp_path):
    report = evaluate_finger(folder, Told)
    page = finger_page(report, "drawn", {"program": "test", "networks": {}, "settings": {}, "data": {}})
    files = write(page, tmp_path / "report")
    text = files[0].read_text("utf-8")
    assert "LEADER may have seen FVC2002" in text and "finger.no_ridges 1" in text
    assert (
        json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))["figures"]["engine"]
        == "leader_mcc"
    )
    assert any("EER" in line for line in report.lines())


def test_the_settings_know_the_engines():
    assert [each.value for each in MinutiaEngine] == [each.value for each in EngineKind]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_leader_and_cylinders_keep_their_promise_on_a_part_of_the_data(fingers, networks, tmp_path):
    """Four impressions of five fingers of each data base. All 320: EER 0.29 %, FNMR 0.62 % at 1e-3."""
    for base in sorted(fingers.iterdir()):
        (tmp_path / base.name).mkdir()
        for finger in range(101, 106):
            for number in range(1, 5):
                shutil.copy(base / f"{finger}_{number}.png", tmp_path / base.name)
    report = evaluate_finger(tmp_path, lambda: FingerEngine(FingerSettings(nfiq2=False), networks), jobs=2)
    whole = report.conditions[ALL]
    assert (len(whole.genuine), len(whole.impostor), len(whole.failed)) == (120, 640, 0)
    assert whole.curve.eer <= 0.012
    assert whole.operating[1e-2].tar >= 0.99
    assert (whole.genuine >= whole.impostor.max()).mean() >= 0.97
    assert np.median(whole.genuine) > 3 * whole.impostor.max()
    blind = np.random.default_rng(1).permutation(np.concatenate([whole.genuine, whole.impostor]))
    assert equal_error_rate(det(blind[:120], blind[120:])) > 0.35, (
        "the same scores with lost labels say nothing"
    )
