"""Names and numbers as keys: what is one and the same, and what is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card.numbers import check_digit
from terminal.checks.names import Birth, Born, born_of_number, born_of_text, name_form, number_keys

HAN = st.text(
    st.sampled_from("张伟陈丽王小明欧阳娜娜买提吕峰𠮷䶮龑〇\U0002b740\ue863"), min_size=1, max_size=6
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张伟", "張偉"),
        ("张伟", " 张 伟 "),
        ("吴峰", "吳峯"),
        ("高青", "髙靑"),
        ("吉田", "𠮷田"),
        ("刘䶮", "劉龑"),
        ("买买提·吐尔逊", "买买提•吐尔逊"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("买买提·吐尔逊", "買買提．吐爾遜"),
        ("金樂", "金樂"),  # a compatibility sign
        ("葛", "葛\U000e0100"),  # with a variation selector
        ("Jürgen O'Neil", "ONEIL, JURGEN"),
        ("Łukasz Ødegård", "odegard  lukasz"),
        ("Ａｎｎａ Li", "li anna"),
        ("ABDUL<<RAHIM<KARIM", "Karim Abdul-Rahim"),
    ],
)
def test_the_same_name_written_otherwise_is_equal(one, other):
    assert name_form(one).equal == name_form(other).equal != ""


@pytest.mark.parametrize(
    ("one", "other"), [("张伟", "张玮"), ("䶮", "龙"), ("Anna Li", "Anna Lo"), ("王〇", "王")]
)
def test_other_names_are_not_equal(one, other):
    assert name_form(one).equal != name_form(other).equal


@pytest.mark.parametrize(
    ("chinese", "latin"),
    [
        ("吕布", "LYU Bu"),
        ("吕布", "Bu Lv"),
        ("张伟明", "Weiming ZHANG"),
        ("张伟明", "Zhang Wei Ming"),
        ("单雄信", "Shan Xiongxin"),
        ("单雄信", "Dan Xiongxin"),
        ("李云林", "Li Yunlin"),
        ("林允", "Lin Yun"),
    ],
)
def test_a_chinese_name_sounds_like_its_latin_letters(chinese, latin):
    assert set(name_form(chinese).sounds) & set(name_form(latin).sounds)


def test_a_sign_that_no_table_knows_stays_itself():
    for sign in ("\U0002ebf0", "\U000313af"):
        assert name_form(f"王{sign}").equal == f"王{sign}"
        assert sign in name_form(f"王{sign}").sounds[0]


@given(HAN)
def test_folding_twice_changes_nothing_and_signs_are_kept(name):
    form = name_form(name)
    assert name_form(form.equal).equal == form.equal
    assert len(form.equal) == len(name)
    assert form.sounds
    assert set(form.filed) <= set(form.sounds)


@given(st.text(max_size=60))
def test_any_text_has_a_form(text):
    form = name_form(text)
    assert bool(form.equal) == bool(form.sounds) or not form.equal
    assert repr(form).count("'") == 0, "nothing of a name is shown"


@given(
    st.lists(st.text(st.sampled_from("abcdefgh"), min_size=1, max_size=6), min_size=1, max_size=4),
    st.randoms(),
)
def test_the_order_of_latin_parts_does_not_count(parts, chance):
    shuffled = list(parts)
    chance.shuffle(shuffled)
    one, other = name_form(" ".join(parts)), name_form(" ".join(shuffled))
    assert one.equal == other.equal
    assert set(one.sounds) == set(other.sounds)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("110101197003074515", "110101 19700307 4515"),
        ("110101197003074515", "110101700307451"),
        ("11010119700307451x", "１１０１０１１９７００３０７４５１Ｘ"),
        ("H1234567801", "h12345678"),
        ("A123456(3)", "A1234563"),
        ("K01-234-567", "k01234567"),
    ],
)
def test_numbers_of_one_document_meet(one, other):
    assert number_keys(one) & number_keys(other)


def test_an_old_number_of_a_centenarian_has_two_centuries():
    assert {key[6:10] for key in number_keys("110101990307997")} == {"1899", "1999"}
    assert born_of_number(number_keys("110101990307997")) is None


@given(st.integers(110000, 659999), st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_old_and_new_resident_numbers_are_one(region, born, sequence):
    first = f"{region}{born:%Y%m%d}{sequence:03}"
    new, old = first + check_digit(first), f"{region}{born:%y%m%d}{sequence:03}"
    assert number_keys(new) == number_keys(old)
    assert born_of_number(number_keys(old)) == Born(born.year, born.month, born.day)


@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.integers(1, 30_000))
def test_birth_dates_contradict_unless_they_differ_by_a_slip(born, later):
    other = born + timedelta(days=later)
    one, two = Born(born.year, born.month, born.day), Born(other.year, other.month, other.day)
    assert one.birth(one, 0) is Birth.EQUAL
    same = (born.year == other.year) + (born.month == other.month) + (born.day == other.day)
    swapped = (born.year, born.month, born.day) == (other.year, other.day, other.month)
    assert one.birth(two, 0) is (Birth.NEAR if same == 2 or swapped else Birth.CONTRADICTS)
    assert one.birth(two, 0) is two.birth(one, 0)
    assert one.birth(Born(born.year + 1), 1) is Birth.NEAR
    assert one.birth(Born(born.year + 2), 1) is Birth.CONTRADICTS


@pytest.mark.parametrize("text", ["", "70", "1970-13", "1970-02-30", "yesterday", "1970-5-1"])
def test_what_is_no_birth_date_is_none(text):
    assert born_of_text(text) is None


def test_birth_dates_are_read_as_far_as_they_go():
    assert born_of_text("1970") == Born(1970)
    assert born_of_text("1970-05") == Born(1970, 5)
    assert born_of_text("19700517") == born_of_text("1970-05-17") == Born(1970, 5, 17)
