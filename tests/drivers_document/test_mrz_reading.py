"""Zones taken apart: the specimens of Doc 9303, Chinese permits, wrong digits, odd dates."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.api import Sex
from drivers.document.documentfile import DocumentFile, printed_zone, zone
from drivers.document.mrz import NotAZone, parse
from drivers.document.mrz_layout import ALPHABET, Format, check_digit

PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
LONG_NUMBER = (
    "I<UTOD23145890<7349<<<<<<<<<<<",
    "3407127M9507122UTO<<<<<<<<<<<2",
    "STEVENSON<<PETER<JOHN<<<<<<<<<",
)
SMALL = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
VISA_A = (
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
)
VISA_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")
SPECIMENS = (PASSPORT, CARD, LONG_NUMBER, SMALL, VISA_A, VISA_B)
TODAY = date(2026, 11, 26)

letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=9)
days = st.dates(date(1927, 1, 1), date(2026, 11, 1))
people = st.builds(
    DocumentFile,
    format=st.sampled_from([Format.TD1, Format.TD2, Format.TD3]),
    number=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=9),
    surname=letters,
    given_names=letters,
    sex=st.sampled_from([Sex.MALE, Sex.FEMALE, Sex.NOT_STATED]),
    birth=days,
    expiry=st.dates(date(2020, 1, 1), date(2036, 1, 1)),
)


@pytest.mark.parametrize("lines", SPECIMENS, ids=lambda lines: f"{len(lines)}x{len(lines[0])}{lines[0][0]}")
def test_the_specimens_of_doc_9303_hold(lines):
    seen = parse(lines)
    assert seen.doubts == ()
    assert seen.checks_hold
    assert seen.issuer == "UTO"
    assert seen.lines == lines


def test_a_passport_is_taken_apart():
    seen = parse(PASSPORT)
    assert (seen.format, seen.code, seen.surname, seen.given_names) == (
        Format.TD3,
        "P",
        "ERIKSSON",
        "ANNA MARIA",
    )
    assert (seen.number, seen.nationality, seen.sex, seen.optional) == (
        "L898902C3",
        "UTO",
        Sex.FEMALE,
        "ZE184226B",
    )
    assert (seen.key.number, seen.key.birth, seen.key.expiry) == ("L898902C3", "740812", "120415")
    assert seen.birth_date(TODAY) == date(1974, 8, 12)
    assert seen.expiry_date(TODAY) == date(2012, 4, 15)
    assert seen.expired(TODAY)
    assert not seen.name_cut


def test_a_number_of_more_than_nine_characters_goes_on_in_the_optional_data():
    seen = parse(LONG_NUMBER)
    assert seen.number == "D23145890734"
    assert seen.optional == ""
    assert (
        "document.doubt.check_digit_number"
        in parse((LONG_NUMBER[0].replace("7349", "7359"), *LONG_NUMBER[1:])).doubts
    )


def test_repr_shows_nothing_personal():
    text = repr(parse(PASSPORT)) + repr(parse(PASSPORT).key)
    assert not any(
        part in text for part in ("ERIKSSON", "ANNA", "L898902C3", "740812", "120415", "ZE184226B")
    )


@pytest.mark.parametrize(
    ("place", "name"), [(9, "number"), (19, "birth"), (27, "expiry"), (42, "optional"), (43, "composite")]
)
def test_each_wrong_check_digit_is_a_doubt_of_its_own(place, name):
    wrong = str((int(PASSPORT[1][place]) + 1) % 10)
    seen = parse((PASSPORT[0], PASSPORT[1][:place] + wrong + PASSPORT[1][place + 1 :]))
    assert f"document.doubt.check_digit_{name}" in seen.doubts
    assert not seen.checks_hold


def test_a_filler_may_stand_for_the_digit_of_empty_optional_data_only():
    line = "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<"
    composite = check_digit(line[0:10] + line[13:20] + line[21:43])
    assert parse((PASSPORT[0], line + composite)).doubts == ()
    assert (
        "document.doubt.check_digit_number"
        in parse((PASSPORT[0], "L898902C3<" + line[10:] + composite)).doubts
    )


def test_unknown_parts_of_a_birth_date_are_told_from_a_wrong_one():
    def with_birth(birth: str):
        line = PASSPORT[1][:13] + birth + check_digit(birth) + PASSPORT[1][20:43]
        composite = check_digit(line[0:10] + line[13:20] + line[21:43])
        return parse((PASSPORT[0], line + composite))

    for birth in ("<<<<<<", "74<<<<", "7408<<", "<<0812"):
        assert with_birth(birth).doubts == ("document.doubt.birth_incomplete",)
        assert with_birth(birth).birth_date(TODAY) is None
    for birth in ("741312", "740832", "74<812", "74081<"):
        assert with_birth(birth).doubts == ("document.doubt.birth_field",)
    assert with_birth("000229").birth_date(TODAY) == date(2000, 2, 29)


@pytest.mark.parametrize(
    ("birth", "today", "year"),
    [("260101", TODAY, 2026), ("270101", TODAY, 1927), ("261126", TODAY, 2026), ("261127", TODAY, 1926)],
)
def test_the_century_of_a_birth_is_the_latest_that_is_not_to_come(birth, today, year):
    line = f"{PASSPORT[1][:13]}{birth}{PASSPORT[1][19:]}"
    assert parse((PASSPORT[0], line)).birth_date(today).year == year


@pytest.mark.parametrize(
    ("expiry", "year"), [("260101", 2026), ("751231", 2075), ("770101", 1977), ("991231", 1999)]
)
def test_the_century_of_an_expiry_is_the_nearest(expiry, year):
    line = f"{PASSPORT[1][:21]}{expiry}{PASSPORT[1][27:]}"
    assert parse((PASSPORT[0], line)).expiry_date(TODAY).year == year


def test_a_name_that_fills_its_field_may_go_on():
    name = "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"
    seen = parse(("P<UTO" + name, PASSPORT[1]))
    assert seen.name_cut
    assert (seen.surname, seen.given_names) == ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG K")


def test_a_person_with_one_name_only_has_no_given_names():
    seen = parse(("P<UTO" + "ARKFREITH".ljust(39, "<"), PASSPORT[1]))
    assert (seen.surname, seen.given_names, seen.doubts) == ("ARKFREITH", "", ())


def test_what_no_zone_holds_is_doubted():
    assert "document.doubt.characters" in parse((PASSPORT[0].lower(), PASSPORT[1])).doubts
    assert "document.doubt.name_field" in parse(("P<UTOER1KSSON".ljust(44, "<"), PASSPORT[1])).doubts
    assert "document.doubt.sex_field" in parse((PASSPORT[0], PASSPORT[1].replace("F", "Q"))).doubts
    assert (
        "document.doubt.expiry_field" in parse((PASSPORT[0], PASSPORT[1].replace("120415", "121315"))).doubts
    )


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("",),
        ("P<UTO",),
        PASSPORT[:1],
        (PASSPORT[0], PASSPORT[1][:-1]),
        CARD[:2],
        ("X" * 30,),
        PASSPORT * 2,
    ],
)
def test_another_shape_is_no_zone(lines):
    with pytest.raises(NotAZone):
        parse(lines)


def permit(format_: Format, **changes) -> DocumentFile:
    person = {
        "format": format_,
        "code": "CS",
        "number": "C12345678",
        "surname": "ZHENGJIAN",
        "given_names": "YANGBEN",
        "sex": Sex.MALE,
        "birth": date(1981, 8, 3),
        "expiry": date(2034, 12, 8),
        "native_name": "证件样",
    }
    return DocumentFile(**{**person, **changes})


def test_a_permit_line_has_the_expiry_before_the_birth():
    (line,) = zone(permit(Format.PERMIT_LINE))
    assert line[13:19] == "341208"
    assert line[21:27] == "810803"
    seen = parse((line,))
    assert (seen.number, seen.birth, seen.expiry, seen.issuer) == ("C12345678", "810803", "341208", "CHN")
    assert seen.doubts == ()
    for place in (11, 19, 27, 29):
        wrong = line[:place] + str((int(line[place]) + 1) % 10) + line[place + 1 :]
        assert not parse((wrong,)).checks_hold


def test_a_permits_chip_tells_the_name_in_both_scripts():
    person = permit(Format.PERMIT_CHIP)
    seen = parse(zone(person))
    assert printed_zone(person) == zone(person)[:1]
    assert (seen.surname, seen.given_names, seen.native_name) == ("ZHENGJIAN", "YANGBEN", "证件样")
    assert (seen.sex, seen.doubts) == (Sex.MALE, ())
    assert zone(person)[1].startswith("NGKE"), "as published for the specimen"


def test_permits_known_from_one_source_only_are_doubted():
    person = permit(Format.RESIDENT_PERMIT, code="CR", number="H12345678", optional="A1234563")
    seen = parse(zone(person))
    assert seen.doubts == ("document.doubt.layout_unverified",)
    assert (seen.number, seen.birth, seen.expiry) == ("H12345678", "810803", "341208")
    assert parse(zone(permit(Format.PERMIT_LINE, code="CX"))).doubts == ("document.doubt.layout_unverified",)


@given(people)
def test_what_is_written_is_read_again(person):
    seen = parse(zone(person))
    assert seen.doubts == ()
    assert (seen.number, seen.surname, seen.given_names) == (
        person.number,
        person.surname,
        person.given_names,
    )
    assert (seen.birth_date(TODAY), seen.expiry_date(TODAY)) == (person.birth, person.expiry)
    assert seen.sex is person.sex


@given(people, st.integers(0, 200), st.sampled_from("0123456789"))
def test_no_digit_of_a_date_changes_unnoticed(person, at, digit):
    lines = zone(person)
    seen = parse(lines)
    layout_places = [
        (number, start + offset)
        for number, line in enumerate(lines)
        for text in (seen.birth, seen.expiry)
        for start in [line.find(text)]
        if start >= 0 and line.count(text) == 1
        for offset in range(6)
    ]
    if not layout_places:
        return
    number, place = layout_places[at % len(layout_places)]
    if lines[number][place] == digit or len(layout_places) != 12:
        return
    changed = [*lines]
    changed[number] = lines[number][:place] + digit + lines[number][place + 1 :]
    assert not parse(changed).checks_hold


@given(st.lists(st.text(max_size=50), max_size=4))
def test_any_text_is_a_zone_or_is_not(lines):
    try:
        seen = parse(lines)
    except NotAZone:
        return
    assert isinstance(seen.doubts, tuple)


@given(
    st.sampled_from([(1, 30), (2, 36), (2, 44), (3, 30)]).flatmap(
        lambda shape: st.lists(
            st.text(st.sampled_from(sorted(ALPHABET)), min_size=shape[1], max_size=shape[1]),
            min_size=shape[0],
            max_size=shape[0],
        )
    )
)
def test_any_zone_is_read_without_an_exception(lines):
    try:
        seen = parse(lines)
    except NotAZone:
        assert len(lines) == 1
        return
    seen.birth_date(TODAY), seen.expiry_date(TODAY), seen.key, repr(seen)
