"""Names: rare ones are kept and pass, slips are seen, equal names are known in other spellings."""

from __future__ import annotations

import pytest
from dataset_values import BOUNDS, often
from hypothesis import given
from hypothesis import strategies as st

from terminal.dataset.codes import FieldCode, any_wrong
from terminal.dataset.naming import canonical_name, latin_codes, name_codes, same_name

# The planes of Chinese characters: basic, extension A, B to I, compatibility, and the round zero.
han = st.one_of(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x3400, max_codepoint=0x4DBF),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2EBE0),
    st.characters(min_codepoint=0x30000, max_codepoint=0x323AF),
    st.characters(min_codepoint=0xF900, max_codepoint=0xFAD9),
    st.just("〇"),
)
private = st.characters(min_codepoint=0xE000, max_codepoint=0xF8FF) | st.characters(
    min_codepoint=0xF0000, max_codepoint=0xFFFFD
)
chinese_names = st.text(han, min_size=2, max_size=4)
parted_names = st.builds(lambda *parts: "·".join(parts), chinese_names, chinese_names)


@often
@given(chinese_names | parted_names)
def test_names_of_every_plane_pass(name):
    assert name_codes(name, BOUNDS) == ()


@often
@given(chinese_names, private)
def test_a_private_character_is_kept_and_looked_at(name, sign):
    assert name_codes(name[0] + sign, BOUNDS) == (FieldCode.PRIVATE_USE,)
    assert sign in canonical_name(name[0] + sign)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", FieldCode.EMPTY),
        ("  ", FieldCode.EMPTY),
        ("张3", FieldCode.SIGNS),
        ("张\t三", FieldCode.SIGNS),
        ("··", FieldCode.SIGNS),
        ("不详", FieldCode.PLACEHOLDER),
        ("张" * 101, FieldCode.LONG),
        ("张\ufffd", FieldCode.UNREADABLE),
        ("买买提•依明", FieldCode.DOT),
        ("买买提·", FieldCode.DOT),
        ("张", FieldCode.SINGLE),
        ("张Wei", FieldCode.MIXED),
    ],
)
def test_slips_are_seen(name, code):
    assert code in name_codes(name, BOUNDS)


@pytest.mark.parametrize("name", ["SU XIAOLAN", "O'Brien, José-María", "Łukasz Żak", "MÜLLER-LÜDENSCHEIDT"])
def test_latin_names_pass(name):
    assert latin_codes(name, BOUNDS) == ()
    assert name_codes(name, BOUNDS) == ()


@pytest.mark.parametrize("name", ["", "苏晓岚", "X1", "-", "n/a", "R2D2"])
def test_what_is_no_latin_name(name):
    assert any_wrong(latin_codes(name, BOUNDS))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("买买提·依明", "买买提•依明"),
        ("买买提·依明", "买买提．依明"),
        ("ＳＵ Xiaolan", "su xiaolan"),
        ("Müller", "Mu\u0308ller"),
        ("葛\U000e0100城", "葛城"),
    ],
)
def test_one_name_in_two_spellings(one, other):
    assert same_name(one, other) is True


def test_another_name_is_another_name():
    assert same_name("苏晓岚", "苏晓兰") is False
    assert same_name("苏晓岚", "苏晓") is False


def test_compatibility_characters_are_not_taken_for_others():
    """U+F9D8 looks like 律 and is another character of the register."""
    assert same_name("\uf9d8师", "律师") is False
    assert canonical_name("\uf9d8") == "\uf9d8"


@pytest.mark.parametrize("sign", ["\ue123", "\ufffd", "?", "*", "\U000f1234"])
def test_what_cannot_be_compared_is_no_contradiction(sign):
    assert same_name("顾\U00020164", f"顾{sign}") is None
    assert same_name(f"李{sign}", "顾\U00020164") is False


@often
@given(chinese_names | parted_names, chinese_names | parted_names)
def test_sameness_has_no_direction(one, other):
    assert same_name(one, one) is True
    assert same_name(one, other) == same_name(other, one)


@often
@given(st.text(max_size=30))
def test_any_text_is_judged_and_canonical_once_for_all(text):
    name_codes(text, BOUNDS)
    latin_codes(text, BOUNDS)
    assert canonical_name(canonical_name(text)) == canonical_name(text)
