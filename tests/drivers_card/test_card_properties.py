"""Cards of all four kinds made at random: what is right has no doubts, and each wrong thing has its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.api import CardKind, Sex
from drivers.card import layout, reading
from drivers.card.numbers import NumberKind, check_digit, examine, old_check_digit, old_from_new

TODAY = date(2026, 1, 1)
births = st.dates(date(1920, 1, 1), date(2025, 12, 31))
sexes = st.sampled_from([Sex.MALE, Sex.FEMALE])
sequences = st.integers(0, 499)
countries = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
names = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=15)
HEADS = {
    CardKind.RESIDENT: st.from_regex(r"[1-6][1-5][0-9]{4}", fullmatch=True),
    CardKind.RESIDENCE_PERMIT: st.sampled_from(["810000", "820000", "830000"]),
    CardKind.FOREIGNER_2023: st.from_regex(r"9[1-6][1-5][0-9]{3}", fullmatch=True),
}


@dataclass(frozen=True)
class Person:
    """Fields that agree with one another."""

    kind: CardKind
    fields: dict[str, str]


def number_of(head: str, birth: date, sequence: int, sex: Sex) -> str:
    """An 18-character number whose sequence has the parity of `sex`."""
    first = f"{head}{birth:%Y%m%d}{2 * sequence + (sex is Sex.MALE):03d}"
    return first + check_digit(first)


@st.composite
def people(draw: st.DrawFn) -> Person:
    kind = draw(st.sampled_from(list(CardKind)))
    birth, sex, country = draw(births), draw(sexes), draw(countries)
    fields = {
        "name": draw(names),
        "sex": sex.value,
        "birth": f"{birth:%Y%m%d}",
        "valid_from": "20250101",
        "valid_to": draw(st.sampled_from(["20260101", "20991231", "长期"])),
    }
    if kind is CardKind.FOREIGNER_2017:
        first = f"{country}{draw(st.integers(0, 9999)):04d}{birth:%y%m%d}{draw(st.integers(0, 9))}"
        fields["number"] = first + old_check_digit(first)
    else:
        fields["number"] = number_of(draw(HEADS[kind]), birth, draw(sequences), sex)
    if kind is CardKind.RESIDENT:
        fields["nation"] = draw(st.sampled_from(["01", "05", "56", "97"]))
    if kind in {CardKind.FOREIGNER_2017, CardKind.FOREIGNER_2023}:
        fields["nationality"] = country
    if kind is CardKind.FOREIGNER_2023:
        fields["old_number_link"] = draw(st.from_regex(r"[0-9]{3}", fullmatch=True))
    return Person(kind, fields)


def doubts(person: Person, **changed: str) -> tuple[str, ...]:
    fields = {**person.fields, **changed}
    return reading.parse(layout.join(fields, person.kind), TODAY).doubts


@given(people())
def test_a_card_that_agrees_with_itself_has_no_doubts(person: Person) -> None:
    text = layout.join(person.fields, person.kind)
    assert len(text) == layout.TEXT_SIZE
    card = reading.parse(text, TODAY)
    assert (card.kind, card.doubts) == (person.kind, ())
    assert (card.name, card.number) == (person.fields["name"], person.fields["number"])
    assert person.fields["number"] not in repr(card)
    if person.kind is CardKind.FOREIGNER_2023:
        former = examine(card.former_number)
        assert (former.kind, former.check_holds) == (NumberKind.FOREIGNER_OLD, True)


@given(people(), births)
def test_another_birth_is_doubted(person: Person, birth: date) -> None:
    old = person.kind is CardKind.FOREIGNER_2017
    same = f"{birth:%Y%m%d}"[2 if old else 0 :] == person.fields["birth"][2 if old else 0 :]
    assert ("card.doubt.birth" in doubts(person, birth=f"{birth:%Y%m%d}")) is not same


@given(people())
def test_another_sex_is_doubted_where_the_number_tells(person: Person) -> None:
    other = {"1": "2", "2": "1"}[person.fields["sex"]]
    expected = () if person.kind is CardKind.FOREIGNER_2017 else ("card.doubt.sex",)
    assert doubts(person, sex=other) == expected


@pytest.mark.parametrize("sex", [Sex.UNKNOWN, Sex.NOT_STATED])
@given(person=people())
def test_a_sex_that_is_not_stated_contradicts_nothing(sex: Sex, person: Person) -> None:
    assert doubts(person, sex=sex.value) == ()


@given(people(), st.integers(1, 9))
def test_another_check_digit_is_doubted_and_an_old_one_only_noted(person: Person, step: int) -> None:
    number = person.fields["number"]
    signs = "0123456789" if person.kind is CardKind.FOREIGNER_2017 else "0123456789X"
    wrong = signs[(signs.index(number[-1]) + step) % len(signs)]
    note = "old_check_digit" if person.kind is CardKind.FOREIGNER_2017 else "check_digit"
    assert doubts(person, number=number[:-1] + wrong) == (f"card.doubt.{note}",)


@given(people(), people())
def test_a_number_of_another_kind_of_card_is_doubted(person: Person, other: Person) -> None:
    too_long = len(other.fields["number"]) > 15 and person.kind is CardKind.FOREIGNER_2017
    if person.kind is not other.kind and not too_long:
        assert "card.doubt.number" in doubts(person, number=other.fields["number"])


@given(people(), st.dates(date(1990, 1, 1), date(2025, 12, 31)))
def test_a_card_past_its_day_is_doubted(person: Person, day: date) -> None:
    assert "card.doubt.expired" in doubts(person, valid_to=f"{day:%Y%m%d}")


@given(births, sexes, sequences, st.integers(0, 16))
def test_two_neighbours_changed_over_are_noticed(birth: date, sex: Sex, sequence: int, at: int) -> None:
    number = number_of("110105", birth, sequence, sex)
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if swapped != number:
        assert not examine(swapped).check_holds


@given(births, sexes, sequences, countries, st.from_regex(r"[0-9]{3}", fullmatch=True))
def test_an_old_number_made_from_a_new_one_is_of_the_same_day(
    birth: date, sex: Sex, sequence: int, country: str, link: str
) -> None:
    old = old_from_new(number_of("931586", birth, sequence, sex), country, link)
    assert old.startswith(f"{country}31{link[:2]}{birth:%y%m%d}{link[2]}")
    assert examine(old).born_on(birth)
