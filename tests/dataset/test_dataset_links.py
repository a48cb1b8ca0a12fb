"""Old and new numbers of one person: linked with evidence by two people, and followed through chains."""

from __future__ import annotations

import pytest
from dataset_values import NOW, RULES, often
from hypothesis import given
from hypothesis import strategies as st

from terminal.dataset.links import Link, LinkError, Same, Shows, link, same_holder, suggested

numbers = st.sampled_from([f"H1234567{n}" for n in range(6)])


def made(former: str, present: str, *shows: Shows, by: str = "T1", reviewed_by: str = "T2") -> Link:
    return Link("hk_macao_pass", former, present, frozenset(shows), NOW, by, reviewed_by)


@pytest.mark.parametrize(
    ("shows", "enough"),
    [
        ((Shows.CARD_SAYS,), True),
        ((Shows.POLICE,), True),
        ((Shows.SAME_STEM,), False),
        ((Shows.FACE,), False),
        ((Shows.SAME_STEM, Shows.FACE), True),
        ((), False),
    ],
)
def test_how_much_evidence_is_enough(shows, enough):
    one = made("H1234567801", "H1234567802", *shows)
    if enough:
        assert link(one, RULES.links) is one
    else:
        with pytest.raises(LinkError) as caught:
            link(one, RULES.links)
        assert caught.value.code == "link.not_enough"
        assert "H123" not in f"{caught.value} {caught.value.facts}"


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (made("H12345678", "h1234-5678", Shows.POLICE), "link.same_number"),
        (made("H12345678", "H12345679", Shows.POLICE, reviewed_by="T1"), "link.same_person"),
        (made("H12345678", "H12345679", Shows.POLICE, reviewed_by=""), "link.same_person"),
    ],
)
def test_what_is_no_link(one, code):
    with pytest.raises(LinkError) as caught:
        link(one, RULES.links)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("former", "present", "chip_says", "shows"),
    [
        ("H1234567801", "H1234567802", "", {Shows.SAME_STEM}),
        ("H1234567801", "H12345678", "", {Shows.SAME_STEM}),
        ("1234567801", "12345678", "", {Shows.SAME_STEM}),
        ("H1234567801", "M1234567801", "", set()),
        ("CAN110588031241", "911105198803124429", "CAN110588031241", {Shows.CARD_SAYS}),
        ("CAN110588031241", "911105198803124429", "CAN110588031242", set()),
        ("H12345678", "H12345678", "H12345678", set()),
        ("", "", "", set()),
    ],
)
def test_what_the_numbers_show_by_themselves(former, present, chip_says, shows):
    assert suggested(former, present, chip_says) == shows


def test_chains_are_followed_both_ways():
    links = [made("A1", "A2"), made("A2", "A3")]
    assert same_holder("A1", "A3", links) is Same.LINKED
    assert same_holder("A3", "A1", links) is Same.LINKED
    assert same_holder("A1", "a 1", links) is Same.EQUAL
    assert same_holder("A1", "B1", links) is Same.OTHER
    assert same_holder("A1", "A2", []) is Same.OTHER


@often
@given(numbers, numbers, st.lists(st.builds(made, numbers, numbers), max_size=8))
def test_sameness_of_holders_has_no_direction_and_only_grows(one, other, links):
    found = same_holder(one, other, links)
    assert found is same_holder(other, one, links)
    if found is not Same.OTHER:
        assert same_holder(one, other, [*links, made("X1", "X2")]) is found


@often
@given(st.lists(st.builds(made, numbers, numbers), max_size=8))
def test_being_one_person_carries_over(links):
    for one in "0123":
        for other in "0123":
            for third in "0123":
                pairs = [(one, other), (other, third), (one, third)]
                found = [same_holder(f"H1234567{a}", f"H1234567{b}", links) for a, b in pairs]
                assert found[2] is not Same.OTHER or Same.OTHER in found[:2]


def test_no_number_is_in_a_repr():
    assert "H123" not in repr(made("H12345678", "H12345679", Shows.POLICE))
