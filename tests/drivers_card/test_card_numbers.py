"""Identity numbers against the vectors of specs/id_reader_protocol.md §5, and the GB/T 3304 table."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.api import Sex
from drivers.card.nations import NATIONS, nation
from drivers.card.numbers import NumberKind, check_digit, examine, old_check_digit, old_from_new

digits_17 = st.from_regex(r"[1-9][0-9]{16}", fullmatch=True)


@pytest.mark.parametrize(
    ("number", "kind", "holds"),
    [
        ("11010519491231002X", NumberKind.CITIZEN, True),
        ("110105194912310021", NumberKind.CITIZEN, False),
        ("932682198501010017", NumberKind.FOREIGNER, True),
        ("911124198108030024", NumberKind.FOREIGNER, True),
        ("931586198001010028", NumberKind.FOREIGNER, True),
        ("PAK310080010103", NumberKind.FOREIGNER_OLD, True),
        ("CAN110081080319", NumberKind.FOREIGNER_OLD, False),
        ("11010519491231002x", NumberKind.UNKNOWN, False),
        ("110105194912310", NumberKind.UNKNOWN, False),
        ("", NumberKind.UNKNOWN, False),
        ("１１０１０５１９４９１２３１００２X", NumberKind.UNKNOWN, False),
    ],
)
def test_vectors(number: str, kind: NumberKind, holds: bool) -> None:
    seen = examine(number)
    assert (seen.kind, seen.check_holds) == (kind, holds)


@pytest.mark.parametrize("region", ["810000", "820000", "830000"])
def test_residence_permits_check_like_citizens(region: str) -> None:
    first = region + "19900307001"
    seen = examine(first + check_digit(first))
    assert (seen.kind, seen.check_holds) == (NumberKind.RESIDENCE_PERMIT, True)


def test_birth_and_sex_in_the_number() -> None:
    citizen = examine("11010519491231002X")
    assert citizen.born_on(date(1949, 12, 31))
    assert not citizen.born_on(date(1949, 12, 30))
    assert citizen.sex is Sex.FEMALE
    assert examine("932682198501010017").sex is Sex.MALE
    old = examine("PAK310080010103")
    assert old.born_on(date(1980, 1, 1))
    assert not old.born_on(date(1980, 1, 2))
    assert old.sex is None
    assert not examine("?").born_on(date(1980, 1, 1))


def test_old_check_digit_of_the_often_copied_number_is_zero() -> None:
    assert old_check_digit("CAN11008108031") == "0"


def test_old_number_from_the_new_card() -> None:
    assert old_from_new("931586198001010028", "PAK", "000") == "PAK310080010103"


@pytest.mark.parametrize(
    ("number", "nationality", "link"),
    [
        ("11010519491231002X", "PAK", "000"),
        ("931586198001010028", "PK", "000"),
        ("931586198001010028", "PAK", ""),
        ("931586198001010028", "PAK", "00A"),
    ],
)
def test_no_old_number_when_the_card_does_not_tell(number: str, nationality: str, link: str) -> None:
    assert old_from_new(number, nationality, link) == ""


@given(digits_17, st.integers(0, 16), st.integers(1, 9))
def test_the_check_digit_finds_every_single_wrong_digit(first: str, place: int, step: int) -> None:
    changed = str((int(first[place]) + step) % 10)
    if place == 0 and changed == "0":
        return
    wrong = first[:place] + changed + first[place + 1 :]
    assert not examine(wrong + check_digit(first)).check_holds


@given(st.text(max_size=20))
def test_examining_never_raises(number: str) -> None:
    examine(number)


def test_the_nations_are_the_58_of_the_standard() -> None:
    assert list(NATIONS) == [f"{code:02d}" for code in range(1, 57)] + ["97", "98"]
    assert len({each.chinese for each in NATIONS.values()}) == 58
    assert len({each.roman for each in NATIONS.values()}) == 58
    assert NATIONS["05"].chinese == "维吾尔"
    assert NATIONS["46"].chinese == "德昂"
    assert NATIONS["56"].chinese == "基诺"
    assert nation("57") is None
