"""Bank cards read from drawn scenes; what is not sure is "cannot tell" with its reason."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from config.settings import Documents
from drivers.bank_card.numbers import luhn
from models.paper.outline import Format
from models.paper.straight import DOTS_PER_MM, Straight, size
from models.text import number_line
from models.text.lines import LineReader
from models.text.number_line import NumberReader
from models.text.strokes import Stroke
from terminal.bank_card import SeenNumber, agreed, examine_line, layout_of, see_number, with_expiry
from terminal.card_number import CardNumber
from terminal.card_rates import evaluate_cards
from terminal.cli import run
from terminal.drawn.bank_card import Box, Print, draw, invent
from terminal.drawn.scene import Scene, photograph
from terminal.drawn.trials import Beyond, Condition, beyond, invented_number, readable
from terminal.messages import texts

LIMITS = Documents()
SEED = 300
SCENE = Scene((1600, 1200), share=0.6, turn=-3, tilt=8, tilt_towards=50, noise=3, defocus=0.8)


@pytest.fixture(scope="module")
def reader() -> NumberReader:
    return NumberReader(LineReader())


def photo(number: str, print_: Print = Print.EMBOSSED, scene: Scene = SCENE, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    drawn = draw(invent(number, print_, random), random)
    relief = drawn.relief if print_ is Print.EMBOSSED else None
    return photograph(drawn.picture, scene, random, relief=relief, corner_radius=57).picture


FAR_GROUPS, FAINT_ON_RAYS = (Condition.TILT, 500_002), (Condition.FLAT, 500_008)
ON_GRAIN = (Condition.TILT, 500_020)


@pytest.mark.parametrize(
    ("condition", "seed"),
    [*((each, SEED) for each in Condition), FAR_GROUPS, FAINT_ON_RAYS, ON_GRAIN],
    ids=[*Condition, "groups far apart", "faint print on a pattern of rays", "on grain of wood"],
)
def test_a_readable_card_is_read(condition, seed, reader):
    trial = readable(condition, seed)
    seen = see_number(trial.picture, reader, LIMITS)
    assert seen.number is not None
    assert (seen.number.reveal(), seen.doubts) == (trial.number, ())
    assert seen.certain
    assert seen.judged is not None


@pytest.mark.parametrize("kind", list(Beyond))
def test_of_what_can_hardly_be_read_no_wrong_number_is_certain(kind, reader):
    trial = beyond(kind, SEED)
    seen = see_number(trial.picture, reader, LIMITS)
    assert not seen.certain or (kind is not Beyond.MISPRINTED and seen.number.reveal() == trial.number)


@pytest.mark.parametrize("print_", list(Print))
def test_a_wrong_check_digit_is_read_as_it_stands_and_never_put_right(print_, reader):
    number = invented_number(np.random.default_rng(5), wrong=True)
    seen = see_number(photo(number, print_), reader, LIMITS)
    assert seen.number is not None
    assert seen.number.reveal() == number
    assert seen.doubts == ("card_number.check_digit",)
    assert not seen.certain


def test_a_card_upside_down_is_read_with_its_expiry(reader):
    number = invented_number(np.random.default_rng(6))
    seen = with_expiry(see_number(photo(number)[::-1, ::-1].copy(), reader, LIMITS), reader)
    assert seen.certain
    assert seen.number is not None and seen.number.reveal() == number
    assert seen.place is not None
    drawn = invent(number, Print.EMBOSSED, np.random.default_rng(1))
    assert seen.expiry == drawn.expiry


@pytest.mark.parametrize(
    ("number", "doubts"),
    [
        ("9558800000000000", ("card_number.issuer",)),
        ("411111000000000120", ("card_number.length",)),
    ],
)
def test_unknown_beginnings_and_lengths_are_not_certain(number, doubts, reader):
    seen = see_number(photo(number, Print.FLAT), reader, LIMITS)
    assert seen.number is not None and seen.number.reveal() == number
    assert seen.doubts == doubts


def seen(text: str, *doubts: str, sure: float = 0.9) -> SeenNumber:
    return SeenNumber(CardNumber(bytes(map(int, text))), "UnionPay", sure, doubts, None)


ONE, OTHER = "6200001234567894", "6200001234567811"


def test_pictures_that_agree_are_one_answer():
    together = agreed([seen(ONE, sure=0.7), seen(OTHER, "card_number.unsure"), seen(ONE, sure=0.95)])
    assert together.certain
    assert together.number is not None and together.number.reveal() == ONE
    assert (together.sure, together.frames) == (0.95, 3)


def test_pictures_that_differ_are_cannot_tell():
    together = agreed([seen(ONE), seen(OTHER)])
    assert together.doubts == ("card_number.disagree",)
    assert not together.certain


def test_a_worse_reason_loses_against_a_lesser_one():
    nothing = SeenNumber(None, "", 0.0, ("paper.not_found",), None)
    best = agreed([nothing, seen(ONE, "card_number.layout"), seen(ONE, "card_number.check_digit")])
    assert best.doubts == ("card_number.check_digit",)


def places(*groups: int, gap: float = 1.0) -> list[float]:
    found, at = [], 0.0
    for count in groups:
        found += [at + step for step in range(count)]
        at += count + gap
    return found


@pytest.mark.parametrize("layout", [(4, 4, 4, 4), (6, 13), (19,), (4, 4, 4, 4, 3), (4, 6, 5), (6, 12)])
@pytest.mark.parametrize("gap", [0.5, 1.0])
def test_layouts_of_cards_are_known(layout, gap):
    jitter = np.random.default_rng(2).uniform(-0.15, 0.15, sum(layout))
    assert layout_of(np.array(places(*layout, gap=gap)) + jitter) == layout


@pytest.mark.parametrize("lost", range(1, 17))
def test_a_digit_lost_inside_a_number_spoils_its_layout(lost):
    for layout in ((6, 13), (4, 4, 4, 4, 3)):
        where = places(*layout)
        del where[lost]
        assert layout_of(where) == ()


def flat_card(number: str) -> tuple[np.ndarray, tuple[Box, ...]]:
    """A straightened card in five groups, and the places of its digits."""
    random = np.random.default_rng(3)
    card = replace(invent(number, Print.FLAT, random), groups=(4, 4, 4, 4, 3), gap=1.0)
    drawn = draw(replace(card, pitch_mm=3.2, height_mm=3.8, left_mm=6.0), random)
    return cv2.resize(drawn.picture, size(Format.ID1), interpolation=cv2.INTER_AREA), drawn.digits


def over(boxes: tuple[Box, ...]) -> Stroke:
    """The line over these digits."""
    left, right = boxes[0][0], boxes[-1][0] + boxes[-1][2]
    middle = (left + right) / 2 * DOTS_PER_MM, (boxes[0][1] + boxes[0][3] / 2) * DOTS_PER_MM
    return Stroke(middle, (right - left) * DOTS_PER_MM, boxes[0][3] * DOTS_PER_MM, 0.0)


def test_a_number_of_which_a_group_was_missed_is_not_certain(reader, monkeypatch):
    chance = np.random.default_rng(11)
    numbers = (invented_number(chance) for _ in range(500))
    number = next(each for each in numbers if len(each) == 19 and luhn(each[:16]))
    picture, boxes = flat_card(number)
    doubts = {}
    for count in (16, 19):
        found = over(boxes[:count])
        monkeypatch.setattr(number_line, "find_numbers", lambda *_, found=found: iter([found]))
        line = next(reader.read(picture, DOTS_PER_MM, (15, 19)))
        assert bytes(line.first.digits) == bytes(map(int, number[:count]))
        assert (line.beside > 0) == (count == 16)
        doubts[count] = examine_line(line, Straight(picture, Format.ID1), drenched=False).doubts
    assert doubts == {16: ("card_number.layout",), 19: ()}


@pytest.mark.slow
def test_the_figures_add_up(reader):
    report = evaluate_cards(reader, LIMITS, cards=4, hard=6, first_seed=SEED)
    told = report.as_json()
    assert told["readable"]["all"]["cards"] == 4
    assert told["beyond_reading"]["all"]["wrong"]["count"] == 0
    assert told["readable"]["all"]["right"]["interval"][1] == 1.0
    assert set(told["readable"]) == {*Condition, "all"}
    assert set(told["beyond_reading"]) == {*Beyond, "all"}
    assert "median" in "\n".join(report.lines())


def test_the_command_shows_it_masked(tmp_path, capsys):
    number = invented_number(np.random.default_rng(8))
    files = []
    for seed, shift in enumerate((0.0, 0.03)):
        file = tmp_path / f"{seed}.png"
        cv2.imwrite(str(file), photo(number, scene=replace(SCENE, shift=(shift, 0.0))))
        files.append(str(file))
    assert run(["document", "bank-card", *files, "--json"]) == 0
    text = capsys.readouterr().out
    answer = json.loads(text)
    assert (answer["certain"], answer["digits"], answer["pictures"]) == (True, len(number), 2)
    assert answer["number"] == number[:6] + "*" * (len(number) - 10) + number[-4:]
    assert number not in text and number[6:-4] not in text
    assert run(["document", "bank-card", files[0]]) == 0
    told = capsys.readouterr().out
    assert "Card number read" in told and number not in told


def test_the_command_says_what_to_do(tmp_path, capsys):
    file = tmp_path / "empty.png"
    cv2.imwrite(str(file), np.full((300, 400, 3), 200, np.uint8))
    assert run(["document", "bank-card", str(file), "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["reasons"], answer["instruction"]) == (["paper.not_found"], "paper.not_found")
    assert run(["document", "bank-card", str(tmp_path / "absent.png"), "--json"]) == 69
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "picture.missing"


def test_every_reason_has_a_text():
    from terminal.bank_card import DOUBTS

    problems = ("cut_off", "too_far", "dark", "tilted", "glare", "blurred", "not_found")
    for language in ("zh", "en"):
        table = texts(language)
        for code in (
            *DOUBTS,
            "card_number.none",
            "card_number.disagree",
            *(f"paper.{each}" for each in problems),
        ):
            assert table.knows(code), code


def hostile(folder, kind: str):
    """A file that no camera of ours would give."""
    picture = Pillow.fromarray(photo(ONE)[..., ::-1].copy())
    file = folder / f"{kind}.{'gif' if kind == 'animated' else 'tif' if kind in ('deep', 'cmyk') else 'jpg'}"
    if kind == "dot":
        Pillow.new("RGB", (1, 1)).save(file)
    elif kind == "deep":
        Pillow.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257).save(file)
    elif kind == "cmyk":
        picture.convert("CMYK").save(file)
    elif kind == "animated":
        picture.save(file, save_all=True, append_images=[Pillow.new("RGB", picture.size, "red")])
    elif kind == "truncated":
        picture.save(file)
        file.write_bytes(file.read_bytes()[:9000])
    elif kind == "sideways":
        note = Pillow.Exif()
        note[0x0112] = 6
        picture.save(file, exif=note, quality=95)
    else:
        Pillow.new("L", (9000, 9000)).save(file)
    return file


@pytest.mark.parametrize("kind", ["dot", "deep", "cmyk", "animated", "truncated", "sideways", "huge"])
def test_strange_files_give_a_named_error_or_the_number(kind, tmp_path, capsys):
    code = run(["document", "bank-card", str(hostile(tmp_path, kind)), "--json"])
    answer = json.loads(capsys.readouterr().out)
    if "error" in answer:
        assert answer["error"]["code"].startswith("picture.")
        assert code == 69
        return
    assert (code == 0) == answer["certain"]
    assert not answer["certain"] or answer["number"] == str(CardNumber(bytes(map(int, ONE))))
