"""The four text layouts: reading undoes writing, and every cross-check that fails becomes a doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.api import CardKind, IdCard, Sex
from drivers.card import layout, reading
from drivers.card.cardfile import CardFile, encode_text
from drivers.card.layout import FLAG_AT, LAYOUTS, UnknownFlag

TODAY = date(2026, 6, 1)
kinds = st.sampled_from(list(CardKind))
# Private use area, beyond the basic plane, the minority names' middle dot: all of them are plain text.
signs = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.characters(min_codepoint=0xE000, max_codepoint=0xF8FF),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2FA1F),
    st.sampled_from("·ᠮཀ 张"),
)


@st.composite
def filled_cards(draw: st.DrawFn) -> tuple[CardKind, dict[str, str]]:
    kind = draw(kinds)
    fields = {}
    for slot in LAYOUTS[kind]:
        text = draw(st.text(signs, max_size=slot.size // 2)).rstrip(" \0")
        while len(text.encode("utf-16-le")) > slot.size:
            text = text[:-1].rstrip(" \0")
        fields[slot.name] = text
    return kind, fields


def parsed(card: CardFile, **changed: str) -> IdCard:
    fields = {**card.fields, **changed}
    return reading.parse(encode_text(card.model_copy(update={"fields": fields})), TODAY)


@given(filled_cards())
def test_reading_undoes_writing(card: tuple[CardKind, dict[str, str]]) -> None:
    kind, fields = card
    text = layout.join(fields, kind)
    assert len(text) == 256
    assert layout.kind_of(text) is kind
    assert layout.split(text, kind) == fields
    assert reading.parse(text, TODAY).number == fields["number"]


@given(st.binary(min_size=256, max_size=256))
def test_any_bytes_are_read_or_of_unknown_kind(text: bytes) -> None:
    try:
        card = reading.parse(text, TODAY)
    except UnknownFlag:
        return
    card.name.encode("utf-8")


@pytest.mark.parametrize("kind", list(CardKind))
def test_slots_do_not_overlap_and_leave_the_flag_alone(kind: CardKind) -> None:
    places = [place for slot in LAYOUTS[kind] for place in range(slot.offset, slot.offset + slot.size)]
    assert len(places) == len(set(places))
    assert max(places) < 256
    assert FLAG_AT not in places


@pytest.mark.parametrize("kind", list(CardKind))
def test_a_card_in_order_has_no_doubts(cards: Mapping[CardKind, CardFile], kind: CardKind) -> None:
    card = parsed(cards[kind])
    assert card.kind is kind
    assert card.doubts == ()
    assert card.text_sha256 == hashlib.sha256(encode_text(cards[kind])).hexdigest()


def test_resident_fields(resident: CardFile) -> None:
    card = parsed(resident)
    assert (card.name, card.number, card.sex) == ("样本·测试", "11010519491231002X", Sex.FEMALE)
    assert (card.birth, card.nation) == (date(1949, 12, 31), "05")
    assert (card.valid_from, card.valid_to, card.long_term) == (date(2020, 1, 1), None, True)
    assert (card.address, card.issuer) == ("某省某市某路一号", "某市公安局某分局")


def test_fields_of_the_other_kinds(cards: Mapping[CardKind, CardFile]) -> None:
    permit = parsed(cards[CardKind.RESIDENCE_PERMIT])
    assert (permit.pass_number, permit.issue_count, permit.nation) == ("H12345678", "01", "")
    old = parsed(cards[CardKind.FOREIGNER_2017])
    assert (old.name, old.latin_name, old.nationality) == ("阿里", "SAMPLE, ALI", "PAK")
    assert (old.birth, old.issuer) == (date(1980, 1, 1), "1500")
    new = parsed(cards[CardKind.FOREIGNER_2023])
    assert new.latin_name == "SAMPLE WITH A VERY LONG FAMILY NAME ALI"
    assert new.former_number == "PAK310080010103"


def test_a_space_at_the_seam_of_a_long_english_name_stays(cards: Mapping[CardKind, CardFile]) -> None:
    name = "A" * 34 + " B"
    assert parsed(cards[CardKind.FOREIGNER_2023], latin_name=name).latin_name == name


def test_a_foreigner_without_a_chinese_name_is_called_by_the_english_one(
    cards: Mapping[CardKind, CardFile],
) -> None:
    assert parsed(cards[CardKind.FOREIGNER_2017], name="").name == "SAMPLE, ALI"


@pytest.mark.parametrize("flag", ["Q", "i", "\0", "　", "0"])
def test_an_unknown_flag_is_named_before_anything_is_read(resident: CardFile, flag: str) -> None:
    text = bytearray(b"\xff" * 256)
    text[FLAG_AT : FLAG_AT + 2] = flag.encode("utf-16-le")
    with pytest.raises(UnknownFlag, match=f"U\\+{ord(flag):04X}"):
        reading.parse(bytes(text), TODAY)


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        ({"number": "110105194912310021"}, "check_digit"),
        ({"number": "1101051949123100"}, "number"),
        ({"number": "931586198001010028"}, "number"),
        ({"birth": "19491230"}, "birth"),
        ({"birth": "19490230"}, "birth_field"),
        ({"birth": "４９491231"}, "birth_field"),
        ({"sex": "1"}, "sex"),
        ({"sex": "M"}, "sex_field"),
        ({"nation": "99"}, "nation"),
        ({"name": ""}, "name"),
        ({"name": "名\N{REPLACEMENT CHARACTER}"}, "text"),
        ({"valid_to": "20260531"}, "expired"),
        ({"valid_to": "forever"}, "validity"),
        ({"valid_from": "20260602"}, "not_yet_valid"),
        ({"valid_from": ""}, "validity"),
    ],
)
def test_doubts(resident: CardFile, changed: dict[str, str], doubt: str) -> None:
    assert f"card.doubt.{doubt}" in parsed(resident, **changed).doubts


def test_a_card_is_valid_on_its_last_day(resident: CardFile) -> None:
    assert parsed(resident, valid_to="20260601").doubts == ()


def test_a_wrong_old_check_digit_is_a_doubt_of_its_own(cards: Mapping[CardKind, CardFile]) -> None:
    changed = parsed(
        cards[CardKind.FOREIGNER_2017], number="CAN110081080319", nationality="CAN", birth="19810803"
    )
    assert changed.doubts == ("card.doubt.old_check_digit",)


def test_half_a_surrogate_pair_is_a_doubt_not_an_error(resident: CardFile) -> None:
    text = bytearray(encode_text(resident))
    text[28:30] = "𠮷".encode("utf-16-le")[:2]
    card = reading.parse(bytes(text), TODAY)
    assert "card.doubt.text" in card.doubts
    assert card.name.endswith("\N{REPLACEMENT CHARACTER}")


def test_the_card_does_not_show_its_person(resident: CardFile) -> None:
    shown = repr(parsed(resident)) + repr(resident)
    for secret in ("样本", "110105", "1949", "某省"):
        assert secret not in shown


@pytest.mark.parametrize(
    "changed",
    [
        {"fields": {"name": "x" * 16}},
        {"fields": {"surname": "x"}},
        {"photo": bytes(1025)},
        {"additional_address": "x" * 36},
        {"sam_id": "05.03-20200101-0000000001-0000000002"},
        {"sam_id": "99"},
        {"colour": "red"},
    ],
)
def test_a_card_file_that_does_not_fit_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CardFile.model_validate({"fields": {}, **changed})


def test_a_card_file_survives_json(resident: CardFile) -> None:
    assert CardFile.model_validate_json(resident.model_dump_json()) == resident
