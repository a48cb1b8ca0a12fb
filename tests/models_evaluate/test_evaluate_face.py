"""A whole evaluation on two people, its numbers, its file, its picture, and what it says of bad files."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models.calibration import Centres
from models.evaluate.det_curve import draw_det
from models.evaluate.face import evaluate_face, summarise
from models.evaluate.pairs import PairsError, read_pairs
from models.face.stack import load

RATES = {"0.01", "0.001", "0.0001"}


def test_two_people_are_told_apart(stack, write_pairs, rows):
    seen = []
    report = evaluate_face(
        write_pairs(*rows), stack, progress=lambda stage, done, of: seen.append((stage, done, of))
    )
    result = json.loads(json.dumps(report.as_json()))
    assert set(result["tar_at_far"]) == RATES
    for point in result["tar_at_far"].values():
        assert set(point) == {"tar", "threshold", "interval"}
        assert point["tar"] == 1.0
        assert point["interval"] == [pytest.approx(0.541, abs=0.001), 1.0]
    assert (result["eer"], result["pairs"], result["failed"], result["model_pack"]) == (0.0, 10, 0, "open")
    assert "chip_photo" not in result
    assert not any(entry["resolved"] for entry in result["far_measured"].values())
    assert {stage for stage, _, _ in seen} == {"pictures"}
    assert all(1 <= done <= of for _, done, of in seen)


def test_pictures_without_a_face_count_as_refused(stack, write_pairs, rows):
    bad = ["astronaut/0.jpg,wall.jpg,1", "broken.jpg,astronaut/1.jpg,1", "wall.jpg,broken.jpg,0"]
    report = evaluate_face(write_pairs(*rows, *bad), stack)
    result = report.as_json()
    codes = {name.rsplit("/", 1)[-1]: code for name, code in result["failed_pictures"].items()}
    assert codes == {"wall.jpg": "picture.no_face", "broken.jpg": "picture.not_a_picture"}
    assert (result["failed"], result["failed_pairs"], result["pairs"]) == (2, 3, 13)
    assert result["tar_at_far"]["0.01"]["tar"] == pytest.approx(6 / 8)
    assert any("wall.jpg" in line for line in report.lines())


def test_chip_photos_of_three_sizes(stack, write_pairs, rows, tmp_path):
    report = evaluate_face(write_pairs(*rows), stack, chip_sizes=(1024, 2048), jobs=2)
    result = report.as_json()
    assert set(result["chip_photo"]) == {"1024", "2048"}
    for chip in result["chip_photo"].values():
        assert set(chip["tar_at_far"]) == RATES
        assert (chip["pairs"], chip["failed"]) == (10, 0)
    target = tmp_path / "det.png"
    draw_det(report.conditions(), target)
    drawn = cv2.imread(str(target))
    assert drawn is not None
    assert min(drawn.shape[:2]) > 500
    assert len(report.conditions()) == 3


def test_figures_follow_from_the_scores():
    draw = np.random.default_rng(9)
    same = np.arange(4000) < 1000
    scores = np.where(same, draw.normal(0.6, 0.1, 4000), draw.normal(0.0, 0.1, 4000))
    scores[[0, 1, 2000]] = -np.inf
    condition = summarise(scores, same, {"a": "picture.no_face"})
    result = condition.as_json()
    point = result["tar_at_far"]["0.001"]
    assert (scores[~same] >= point["threshold"]).sum() == 3
    assert point["tar"] == pytest.approx((scores[same] >= point["threshold"]).mean())
    assert (result["failed"], result["failed_pairs"]) == (1, 3)


@pytest.mark.parametrize(
    ("header", "row", "code", "line"),
    [
        ("enrolled,live", "a,b", "pairs.column_missing", 1),
        ("enrolled,live,same_person", "astronaut/0.jpg", "pairs.bad_line", 2),
        ("enrolled,live,same_person", "astronaut/0.jpg,admiral/0.jpg,maybe", "pairs.bad_value", 2),
        ("enrolled,live,same_person", "astronaut/0.jpg,nobody.jpg,1", "pairs.picture_missing", 2),
        ("enrolled,live,same_person", ",admiral/0.jpg,1", "pairs.picture_missing", 2),
        ("enrolled,live,same_person", "astronaut/0.jpg,astronaut/1.jpg,1", "pairs.one_sided", 0),
    ],
)
def test_faults_of_a_pairs_file_name_line_and_remedy(write_pairs, header, row, code, line):
    with pytest.raises(PairsError) as caught:
        read_pairs(write_pairs(row, header=header))
    assert (caught.value.code, caught.value.line) == (code, line)
    assert caught.value.remedy
    if line:
        assert f"line {line}" in str(caught.value)


def test_the_line_named_is_the_files_own(write_pairs, rows):
    with pytest.raises(PairsError) as caught:
        read_pairs(write_pairs(*rows[:3], "", *rows[3:7], "astronaut/9.jpg,admiral/1.jpg,0"))
    assert caught.value.line == 10


def test_missing_and_unreadable_files(tmp_path, people):
    with pytest.raises(PairsError) as caught:
        read_pairs(tmp_path / "none.csv")
    assert caught.value.code == "pairs.missing"
    for content, code in ((b"", "pairs.column_missing"), (b"\xff\xfe\x00\x01", "pairs.unreadable")):
        file = tmp_path / "odd.csv"
        file.write_bytes(content)
        with pytest.raises(PairsError) as caught:
            read_pairs(file)
        assert caught.value.code == code


def test_columns_may_come_in_any_order_with_spaces_and_a_mark(write_pairs):
    file = write_pairs(
        " YES ,astronaut/0.jpg, astronaut/1.jpg",
        "0,astronaut/0.jpg,admiral/0.jpg",
        header="\ufeffSame_Person, enrolled ,live",
    )
    pairs = read_pairs(file)
    assert [pair.same_person for pair in pairs] == [True, False]
    assert pairs[0].live.name == "1.jpg"


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(("pack", "least"), [("open", 0.95), ("insightface", 0.98)])
def test_packs_keep_their_promise_on_a_part_of_the_development_pairs(pack, least, shared_data, tmp_path):
    from config.paths import paths
    from models.api import ModelError

    rows = (shared_data / "face" / "pairs.csv").read_text(encoding="utf-8").splitlines()[1:]
    chosen = [row for row in rows if row.endswith(",1")][:20] + [row for row in rows if row.endswith(",0")][
        :60
    ]
    (tmp_path / "face").symlink_to(shared_data / "face")
    file = tmp_path / "pairs.csv"
    lines = (",".join(f"face/{cell}" if "/" in cell else cell for cell in row.split(",")) for row in chosen)
    file.write_text("\n".join(["enrolled,live,same_person", *lines]), encoding="utf-8")
    try:
        stack = load(pack, paths().models)
    except ModelError as error:
        pytest.skip(f"networks are absent: {error.code}")
    result = evaluate_face(file, stack).as_json()
    assert result["tar_at_far"]["0.01"]["tar"] >= least
    assert result["failed"] == 0


def test_each_trick_is_taken_away_by_itself(stack, write_pairs, rows):
    damped = ((0.08,) * 128,)
    centres = Centres(document=(0.05,) * 128, live=(0.0,) * 128, people=100, damped=damped)
    report = evaluate_face(
        write_pairs(*rows), stack, chip_sizes=(1024,), centres=centres, ablation=True, jobs=2
    )
    tricks = report.without[1024]
    assert set(tricks) == {"softening", "mirror image", "damping", "centring and damping"}
    whole = report.chip[1024].scores
    assert all(abs(whole - bare.scores).max() > 1e-4 for bare in tricks.values())
    assert set(report.as_json()["chip_photo_without"]["1024"]) == set(tricks)
    assert sum("without" in line and "wins" in line for line in report.lines()) == 4
