"""Calibrations are measured from people's folders or from pairs, and it is told what the data carry."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from models.api import PhotoKind
from models.calibrate import by_pairing, measure_folder, measure_pairs
from models.calibration import Modality, Scorer
from models.evaluate.metrics import rule_of_three
from models.evaluate.pairs import PairsError, people_among, read_pairs
from models.evaluate.templates import Templates
from models.face.pairing import Pairing
from models.measurement import Measurement, calibrated
from models.sufficiency import Enough, needed, people_for, sufficiency

CHIP, DOCUMENT = Pairing(PhotoKind.CHIP), Pairing(PhotoKind.DOCUMENT)
LABELLED = "enrolled,live,same_person,photo,group,camera"


def test_everybody_against_everybody(stack, people):
    templates = Templates(stack)
    camera = measure_folder(people, templates, Pairing(PhotoKind.CAMERA))
    assert (len(camera.genuine), len(camera.impostor), camera.people, camera.failed) == (12, 16, 2, 0)
    assert camera.genuine.min() > camera.impostor.max()
    chip = measure_folder(people, templates, CHIP, most_each=2)
    assert (len(chip.genuine), len(chip.impostor)) == (4, 8)


def test_one_person_is_too_few(stack, people):
    with pytest.raises(ValueError):
        measure_folder(people / "astronaut", Templates(stack), Pairing(PhotoKind.CAMERA))


def test_pairs_leave_failures_out(stack, write_pairs, rows):
    pairs = read_pairs(write_pairs(*rows, "wall.jpg,admiral/0.jpg,0"))
    measured = measure_pairs(pairs, Templates(stack), DOCUMENT)
    assert (len(measured.genuine), len(measured.impostor), measured.failed) == (6, 4, 1)
    assert (measured.people, measured.parts) == (2, ())


def test_labels_make_parts_and_kinds(stack, write_pairs, rows):
    labels = ["chip,north,lobby", "chip,south,lobby", ",north,", ",,counter"]
    labelled = [f"{row},{labels[index % 4]}" for index, row in enumerate(rows)]
    pairs = read_pairs(write_pairs(*labelled, header=LABELLED))
    kinds = by_pairing(pairs, DOCUMENT)
    assert {kind: len(own) for kind, own in kinds.items()} == {CHIP: 6, DOCUMENT: 4}
    measured = measure_pairs(pairs, Templates(stack), DOCUMENT)
    counts = {(part.by, part.label): len(part.genuine) + len(part.impostor) for part in measured.parts}
    assert counts == {
        ("group", "north"): 5,
        ("group", "south"): 3,
        ("camera", "lobby"): 6,
        ("camera", "counter"): 2,
    }


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("astronaut/0.jpg,astronaut/1.jpg,1,scan,,", "pairs.bad_value"),
        (f"astronaut/0.jpg,astronaut/1.jpg,1,,{'x' * 65},", "pairs.bad_value"),
        ("astronaut/0.jpg,astronaut/1.jpg,1", "pairs.bad_line"),
    ],
)
def test_wrong_labels_are_named_with_their_line(write_pairs, row, code):
    with pytest.raises(PairsError) as caught:
        read_pairs(write_pairs(row, header=LABELLED))
    assert (caught.value.code, caught.value.line) == (code, 2)


def test_people_are_counted_by_what_the_pairs_say(write_pairs, rows):
    assert people_among(read_pairs(write_pairs(*rows))) == 2
    apart = [row for row in rows if row.endswith(",0")]
    assert people_among(read_pairs(write_pairs(rows[0], *apart))) == 7


@pytest.mark.parametrize(("rate", "least", "sound"), [(1e-2, 299, 3_000), (1e-4, 29_956, 300_000)])
def test_rules_of_three_and_thirty(rate, least, sound):
    assert needed(rate) == (least, sound)
    assert rule_of_three(least) <= rate < rule_of_three(least - 1)
    for trials in (least, sound):
        people = people_for(trials)
        assert people * (people - 1) >= trials > (people - 1) * (people - 2)


@pytest.mark.parametrize(
    ("trials", "verdict"), [(29_000, Enough.TOO_SMALL), (31_000, Enough.WEAK), (300_000, Enough.SOUND)]
)
def test_small_data_are_called_small(trials, verdict):
    impostor = np.linspace(-0.2, 0.2, trials)
    scorer = Scorer(modality=Modality.FACE, engine="any", method=1)
    made = calibrated(
        Measurement(np.array([]), impostor, 200, 0),
        scorer,
        "chip",
        description="d",
        measured_on=date(2026, 5, 4),
    )
    found = sufficiency(made, 1e-4)
    assert (found.verdict, found.people, found.independent) == (verdict, 200, 100)
    with pytest.raises(ValueError):
        needed(0)
