"""A resident's card read from drawn scenes: fields with their doubts, weaker than a chip, never verified."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from config.settings import Documents
from drivers.api import CardKind, IdCard, Sex
from drivers.card.nations import NATIONS
from models.evaluate.journal import Journal
from models.text.fields import FieldReader
from models.text.lines import LineReader
from terminal.cli import run
from terminal.drawn.resident_card import Resident, back, front, invent
from terminal.drawn.scene import Scene, photograph
from terminal.drawn.typefaces import chinese
from terminal.messages import texts
from terminal.resident import Side, differences, see_resident
from terminal.resident_rates import WHOLE, evaluate_residents
from terminal.resident_rules import back_doubts, birth_of, validity_of

pytestmark = pytest.mark.skipif(chinese() is None, reason="no Chinese typeface is installed")
TODAY = date(2026, 11, 1)
SCENE = Scene((1920, 1080), share=0.6, turn=3, tilt=8, tilt_towards=60, noise=3, defocus=0.8)
SEED = 40


@pytest.fixture(scope="module")
def reader() -> FieldReader:
    return FieldReader(LineReader())


def person(**changes: object) -> Resident:
    someone = replace(
        invent(np.random.default_rng(SEED)), valid_from=date(2020, 3, 5), valid_to=date(2040, 3, 5)
    )
    return replace(someone, **changes)


def photo(someone: Resident, side: Side, scene: Scene = SCENE) -> np.ndarray:
    random = np.random.default_rng(SEED)
    drawn = front(someone, random) if side is Side.FRONT else back(someone, random)
    return photograph(drawn.picture, scene, random, corner_radius=57).picture


def see(someone: Resident, side: Side, reader: FieldReader, scene: Scene = SCENE):
    return see_resident(photo(someone, side, scene), reader, Documents(), TODAY)


def chip(someone: Resident) -> IdCard:
    """What the chip of the same card holds."""
    return IdCard(
        CardKind.RESIDENT,
        someone.name,
        someone.number,
        Sex.MALE if someone.sex == "男" else Sex.FEMALE,
        someone.birth,
        someone.valid_from,
        someone.valid_to,
        nation=next(code for code, each in NATIONS.items() if each.chinese == someone.nation),
        address=someone.address,
        issuer=someone.authority,
    )


def test_the_persons_side_is_read_field_by_field(reader):
    seen = see(person(), Side.FRONT, reader)
    assert seen.side is Side.FRONT
    assert seen.holds
    told = {name: each.text for name, each in seen.fields.items()}
    someone = person()
    assert (told["name"], told["sex"], told["nation"]) == (someone.name, someone.sex, someone.nation)
    assert (told["number"], told["address"]) == (someone.number, someone.address)
    assert birth_of(told["birth"]) == someone.birth
    assert all(each.source == "ocr" and each.sure > 0.6 for each in seen.fields.values())
    left, top, wide, high = seen.fields["number"].box
    assert (left, top) == pytest.approx((29.0, 45.6), abs=1.5)
    assert (wide, high) == pytest.approx((18 * 2.62, 3.2), abs=1.5)


def test_an_address_whose_last_row_is_one_sign_is_read_whole(reader):
    address = "样本市虚构区和平里657号9号楼5单元724室"
    seen = see(person(address=address), Side.FRONT, reader, replace(SCENE, tilt=28))
    assert (seen.fields["address"].text, seen.holds) == (address, True)


def test_the_authoritys_side_is_read_upside_down(reader):
    picture = photo(person(), Side.BACK)[::-1, ::-1].copy()
    seen = see_resident(picture, reader, Documents(), TODAY)
    assert (seen.side, seen.holds) == (Side.BACK, True)
    assert seen.fields["authority"].text == person().authority
    assert validity_of(seen.fields["validity"].text) == (date(2020, 3, 5), date(2040, 3, 5))


def wrong_check_digit() -> str:
    number = person().number
    return number[:17] + ("0" if number[17] != "0" else "1")


@pytest.mark.parametrize(
    ("change", "name", "doubt"),
    [
        ({"number": wrong_check_digit()}, "number", "resident.doubt.check_digit"),
        ({"birth": date(1961, 12, 24)}, "birth", "resident.doubt.birth"),
        ({"sex": "女" if person().sex == "男" else "男"}, "sex", "resident.doubt.sex"),
    ],
)
def test_fields_that_contradict_the_number_are_doubted(change, name, doubt, reader):
    seen = see(person(**change), Side.FRONT, reader)
    assert not seen.holds
    assert {key: each.doubts for key, each in seen.fields.items() if each.doubts} == {name: (doubt,)}


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"valid_to": date(2025, 3, 5)}, "resident.doubt.expired"),
        ({"valid_to": date(2033, 3, 5)}, "resident.doubt.term"),
        ({"valid_from": date(2026, 12, 1), "valid_to": None}, "resident.doubt.date"),
    ],
)
def test_validity_is_doubted_where_it_cannot_be(change, doubt, reader):
    seen = see(person(**change), Side.BACK, reader)
    assert seen.fields["validity"].doubts == (doubt,)


@pytest.mark.parametrize(
    ("start", "end", "is_term"),
    [
        ("2020.03.05", "2030.03.05", True),
        ("2020.03.01", "2030.02.28", True),
        ("2020.01.01", "2024.12.31", True),
        ("2016.02.29", "2026.03.01", True),
        ("2016.02.29", "2026.02.28", True),
        ("2016.02.29", "2036.02.29", True),
        ("2020.03.05", "2030.03.06", False),
        ("2020.03.05", "2030.03.03", False),
        ("2020.03.05", "2031.03.05", False),
    ],
)
def test_terms_run_to_the_day_or_the_day_before(start, end, is_term):
    texts = {"validity": f"{start}-{end}", "authority": "样本市公安局"}
    doubts = list(back_doubts(texts, date(2024, 1, 1)))
    assert doubts == ([] if is_term else [("validity", "resident.doubt.term")])


def test_the_long_term_is_read(reader):
    seen = see(person(valid_to=None), Side.BACK, reader)
    assert seen.holds
    assert validity_of(seen.fields["validity"].text) == (date(2020, 3, 5), None)


def test_what_the_chip_holds_is_compared_field_by_field(reader):
    someone = person()
    seen = see(someone, Side.FRONT, reader)
    assert differences(seen, chip(someone)) == ()
    other = replace(chip(someone), name="样本人", number="11" + someone.number[2:], birth=date(1950, 1, 1))
    assert differences(seen, other) == ("name", "number", "birth")
    assert differences(see(someone, Side.BACK, reader), replace(chip(someone), valid_to=None)) == (
        "validity",
    )


def test_glare_over_a_field_is_named(reader):
    seen = see(person(), Side.FRONT, reader, replace(SCENE, glare=((0.25, 0.13, 0.05, 500.0),)))
    assert not seen.holds
    assert seen.side is None or "resident.doubt.glare" in seen.fields["name"].doubts


def test_other_things_are_no_card(reader):
    plain = np.full((864, 1370, 3), (190, 170, 150), np.uint8)
    seen = see_resident(
        photograph(plain, SCENE, np.random.default_rng(1)).picture, reader, Documents(), TODAY
    )
    assert (seen.side, seen.doubts, seen.holds) == (None, ("resident.none",), False)
    nothing = see_resident(np.full((300, 400, 3), 210, np.uint8), reader, Documents(), TODAY)
    assert (nothing.doubts, nothing.judged) == (("paper.not_found",), None)
    assert see_resident(np.zeros((300, 400, 3), np.uint8), reader, Documents(), TODAY).doubts == (
        "paper.dark",
    )


@pytest.mark.slow
def test_drawn_sides_are_counted_by_side_view_and_field(reader):
    noted = Journal()
    report = evaluate_residents(reader, Documents(), cards=4, first_seed=SEED, run=noted)
    told = report.as_json()
    assert set(told["sides"]) == {"front, usual", "front, glare", "front, tilt", "back, usual", "all"}
    assert told["sides"]["all"]["cards"] == 4
    assert told["sides"]["all"]["wrong"]["count"] == 0
    assert told["sides"]["all"]["right"]["count"] >= 3
    assert told["fields"]["number"]["cards"] == 3 and told["fields"]["validity"]["cards"] == 1
    noted.note(f"resident back usual {SEED}", [{"validity": "wrong", WHOLE: "wrong"}, 1.0])
    again = evaluate_residents(reader, Documents(), cards=4, first_seed=SEED, run=noted)
    assert again.sides["back, usual"].count("wrong") == 1, "what was noted is not done again"
    assert "wrong" in "\n".join(again.lines())


def test_nothing_personal_is_shown_by_repr(reader):
    shown = repr(see(person(), Side.FRONT, reader))
    assert person().number not in shown and person().name not in shown and person().address not in shown


def test_the_command_masks_the_number_and_calls_nothing_verified(tmp_path, capsys):
    file = tmp_path / "front.png"
    cv2.imwrite(str(file), photo(person(), Side.FRONT))
    assert run(["document", "card", str(file), "--json"]) == 0
    text = capsys.readouterr().out
    answer = json.loads(text)
    assert (answer["evidence"], answer["side"], answer["holds"]) == ("picture", "front", True)
    assert person().number not in text and "verified" not in text
    number = person().number
    assert answer["fields"]["number"]["value"] == number[:2] + "*" * 14 + number[-2:]
    assert answer["fields"]["name"]["source"] == "ocr"
    assert run(["document", "card", str(file)]) == 0
    told = capsys.readouterr().out
    assert "A picture proves nothing" in told and number not in told


def test_the_command_cannot_tell_from_an_empty_picture(tmp_path, capsys):
    file = tmp_path / "empty.png"
    cv2.imwrite(str(file), np.full((300, 400, 3), 200, np.uint8))
    assert run(["document", "card", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["instruction"] == "paper.not_found"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2020.03.05-2040.03.05", (date(2020, 3, 5), date(2040, 3, 5))),
        ("20200305-长期", (date(2020, 3, 5), None)),
        ("2020.02.30-长期", None),
        ("2020.03.05", None),
        ("", None),
    ],
)
def test_validity_in_words(text, meant):
    assert validity_of(text) == meant


def test_every_doubt_and_field_has_a_text():
    from terminal.resident import PLACES

    names = {name for places in PLACES.values() for name in places} - {"year", "month", "day"} | {"birth"}
    doubts = ["unsure", "glare", "check_digit", "date", "birth", "sex", "unknown", "term", "expired"]
    codes = [f"resident.field.{name}" for name in names] + [f"resident.doubt.{each}" for each in doubts]
    for language in ("zh", "en"):
        for code in (*codes, "resident.holds", "resident.doubtful", "resident.none"):
            assert texts(language).knows(code), code
