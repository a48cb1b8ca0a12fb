"""Given, declined, withdrawn: the newest counts, one thing is not another, and no is always possible."""

from __future__ import annotations

import pytest
from consent_values import NOW, RULES, TEXTS, answering, often, shown
from hypothesis import given
from hypothesis import strategies as st

from terminal.consent.answers import (
    STAFFED,
    Declined,
    Given,
    How,
    Withdrawn,
    decline,
    give,
    may_use,
    standing,
    unanswered,
    withdraw,
)
from terminal.consent.wording import ConsentError, Modality, Signer, TextKind

KIOSK = RULES.aloud_in


def test_what_was_shown_is_what_was_agreed_to():
    made = give(shown("face", "en"), answering())
    assert (made.text_id, made.version, made.language) == ("face", "2026-11", "en")
    assert made.sha256 == shown("face", "en").sha256
    assert (made.by, made.about, made.how, made.kind) == (
        "customer",
        "customer",
        How.TOUCHED,
        TextKind.CONSENT,
    )


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.id)
def test_declining_always_works_in_one_step_and_leads_to_a_person(text):
    made = decline(shown(text.id), answering())
    assert (made.text_id, made.leads_to) == (text.id, STAFFED)


def test_limits_are_acknowledged_one_by_one():
    text = shown("class_2_limits")
    count = len(text.wording.points)
    assert give(text, answering(), range(count)).points == tuple(range(count))
    for points in ((), range(count - 1), range(1, count), range(count + 1)):
        with pytest.raises(ConsentError) as caught:
            give(text, answering(), points)
        assert caught.value.code == "consent.points_left"


def test_at_a_kiosk_limits_are_spoken():
    text = shown("class_3_limits")
    points = range(len(text.wording.points))
    with pytest.raises(ConsentError) as caught:
        give(text, answering(channel="kiosk"), points, KIOSK)
    assert caught.value.code == "consent.not_spoken"
    for how in (How.SPOKEN, How.READ_ALOUD):
        assert give(text, answering(channel="kiosk", how=how), points, KIOSK).how is how
    assert give(text, answering(channel="counter"), points, KIOSK)
    assert give(shown("face"), answering(channel="kiosk"), (), KIOSK)


def test_only_the_one_who_must_can_agree():
    child = answering(by="guardian", signer=Signer.GUARDIAN, about="child")
    made = give(shown("face_under_14"), child)
    assert (made.by, made.about) == ("guardian", "child")
    assert may_use([made], Modality.FACE, "child")
    assert not may_use([made], Modality.FACE, "guardian")
    for text, signer in (("face_under_14", Signer.SELF), ("face", Signer.GUARDIAN)):
        with pytest.raises(ConsentError) as caught:
            give(shown(text), answering(signer=signer))
        assert caught.value.code == "consent.wrong_signer"


def test_silence_is_no_consent():
    assert standing([], Modality.FACE, "customer") is None
    assert not may_use([], Modality.FACE, "customer")


def test_consent_to_one_thing_is_none_to_another():
    made = give(shown("face"), answering())
    for modality in Modality:
        assert may_use([made], modality, "customer") == (modality is Modality.FACE)
    assert not may_use([made], Modality.FACE, "agent")


def test_a_statement_is_no_consent_to_use_anything():
    assert not may_use([give(shown("personal_information"), answering())], Modality.DATA, "customer")


def test_it_can_be_taken_back_and_given_again():
    first = give(shown("face"), answering(0))
    back = withdraw([first], Modality.FACE, "customer", "customer", NOW.replace(hour=11))
    assert (back.given, back.modality, back.about, back.leads_to) == (
        first,
        Modality.FACE,
        "customer",
        STAFFED,
    )
    assert not may_use([first, back], Modality.FACE, "customer")
    assert may_use([first, back, give(shown("face"), answering(90))], Modality.FACE, "customer")


@pytest.mark.parametrize(
    "history", [[], [decline(shown("face"), answering())], [give(shown("iris"), answering())]]
)
def test_what_was_not_given_cannot_be_taken_back(history):
    with pytest.raises(ConsentError) as caught:
        withdraw(history, Modality.FACE, "customer", "customer", NOW)
    assert caught.value.code == "consent.not_standing"


answers = st.builds(
    lambda text, yes, minutes: (give if yes else decline)(shown(text), answering(minutes)),
    st.sampled_from(["face", "iris", "fingerprint"]),
    st.booleans(),
    st.integers(0, 5),
)


@often
@given(st.lists(answers, max_size=8), st.randoms())
def test_the_newest_counts_in_whatever_order_they_lie(history, random):
    shuffled = list(history)
    random.shuffle(shuffled)
    for modality in (Modality.FACE, Modality.IRIS, Modality.FINGERPRINT):
        fitting = [each for each in history if each.modality is modality]
        last = max((each.at for each in fitting), default=None)
        newest = [each for each in fitting if each.at == last]
        may = bool(newest) and all(isinstance(each, Given) for each in newest)
        assert may_use(shuffled, modality, "customer") == may == may_use(history, modality, "customer")


@often
@given(st.lists(answers, max_size=6))
def test_after_a_no_at_the_end_nothing_may_be_used(history):
    last = decline(shown("face"), answering(60))
    assert not may_use([*history, last], Modality.FACE, "customer")
    if may_use(history, Modality.FACE, "customer"):
        back = withdraw(history, Modality.FACE, "customer", "customer", last.at)
        assert isinstance(back, Withdrawn)
        assert not may_use([*history, back], Modality.FACE, "customer")


def test_texts_not_answered_yet():
    history = [give(shown("face"), answering()), decline(shown("iris"), answering())]
    assert unanswered(["face", "iris", "account_agreement", "account_agreement"], history) == (
        "account_agreement",
    )
    assert isinstance(history[1], Declined)
