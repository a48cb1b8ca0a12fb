"""Phones, emergency contacts, purpose and money, controllers, and how good the data are altogether."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dataset_values import BOUNDS, CATALOGUE, GIVEN, ON, PROFILES, RULES, often, value, values
from hypothesis import given
from hypothesis import strategies as st

from terminal.dataset.contradictions import Contradiction, CrossCode
from terminal.dataset.controllers import Checked, Controller, controller_gaps
from terminal.dataset.examined import examine
from terminal.dataset.expiry import Term, expiry
from terminal.dataset.fields import complete
from terminal.dataset.phone import PhoneProof, ProofAnswer, emergency_doubts, phone_standing
from terminal.dataset.purpose import Answered, Credibility, unexplained
from terminal.dataset.quality import quality
from terminal.rules.situation import Phone


@pytest.mark.parametrize(
    ("phone", "proof", "status", "code", "classes"),
    [
        ("", None, Phone.NONE, "phone.none", (3,)),
        ("13800001234", None, Phone.UNPROVEN, "phone.not_checked", (2, 3)),
        ("13800001234", ProofAnswer.UNKNOWN, Phone.UNPROVEN, "phone.not_checked", (2, 3)),
        ("13800001234", ProofAnswer.DIFFERS, Phone.UNPROVEN, "phone.other_owner", (2, 3)),
        ("13800001234", ProofAnswer.AGREES, Phone.PROVEN, "phone.proven", (1, 2, 3)),
        (" ", ProofAnswer.AGREES, Phone.NONE, "phone.none", (3,)),
    ],
)
def test_how_it_stands_with_a_phone(phone, proof, status, code, classes):
    found = phone_standing(phone, PhoneProof(proof, ON) if proof else None, ON, RULES.phone)
    assert (found.status, found.code, found.classes) == (status, code, classes)
    assert [found.lowers(each) for each in (1, 2, 3)] == [each not in classes for each in (1, 2, 3)]


@often
@given(st.integers(-400, 400))
def test_a_proof_holds_for_its_time(days):
    proof = PhoneProof(ProofAnswer.AGREES, ON - timedelta(days=days))
    found = phone_standing("13800001234", proof, ON, RULES.phone)
    assert (found.status is Phone.PROVEN) == (0 <= days <= RULES.phone.proof_days)


def test_the_emergency_contact_is_somebody_else():
    held = values({**GIVEN, "emergency_name": "顾云舒", "emergency_phone": "13800005678"})
    assert emergency_doubts(held) == ()
    held["emergency_phone"] = value("emergency_phone", "+86 138 0000 1234")
    held["emergency_name"] = value("emergency_name", "苏 晓岚")
    assert emergency_doubts(held) == ("emergency.own_phone", "emergency.own_name")
    assert emergency_doubts({}) == ()


def answered(question: str, answer: str, credibility: Credibility = Credibility.CREDIBLE) -> Answered:
    return Answered(question, answer, credibility, "T1")


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ([], ["purpose.not_asked", "purpose.not_asked"]),
        ([answered("account_purpose", "salary"), answered("funds_source", "wages")], []),
        ([answered("account_purpose", "salary")], ["purpose.not_asked"]),
        (
            [
                answered("account_purpose", "", Credibility.NOT_SAID),
                answered("funds_source", "wages", Credibility.DOUBTFUL),
            ],
            ["purpose.not_said", "purpose.doubtful"],
        ),
        (
            [answered("account_purpose", "other"), answered("funds_source", " ")],
            ["purpose.no_words", "purpose.not_said"],
        ),
    ],
)
def test_what_is_not_explained(answers, codes):
    assert [each.code for each in unexplained(answers, {}, RULES.questions["purpose"])] == codes


def test_other_is_enough_with_words():
    answers = [answered("account_purpose", "other"), answered("funds_source", "wages")]
    held = {"account_purpose_detail": value("account_purpose_detail", "装修房屋")}
    assert unexplained(answers, held, RULES.questions["purpose"]) == ()
    assert "装修" not in repr(held)


def controller(id_: str, checked: Checked = Checked.IN_PERSON, **texts: str) -> Controller:
    whole = {**GIVEN, "controller_kind": "shares", "share_percent": "60"}
    return Controller(id_, values({**whole, **texts}), checked)


def gap_codes(*persons: Controller) -> list[str]:
    found = controller_gaps(persons, PROFILES["controller"], RULES.controllers)
    return [each.code for each in found]


def test_a_firm_has_somebody_behind_it():
    assert gap_codes() == ["controller.none"]
    assert gap_codes(controller("a")) == []


def test_each_person_has_a_status_of_their_own():
    assert gap_codes(controller("a"), controller("b", Checked.NOT_YET, share_percent="40")) == [
        "controller.not_verified"
    ]
    assert gap_codes(controller("a", Checked.FAILED)) == ["controller.failed"]
    assert gap_codes(controller("a", Checked.PAPERS)) == []


def test_shares_that_cannot_be():
    assert gap_codes(controller("a"), controller("b")) == ["controller.too_many_shares"]
    assert gap_codes(controller("a", share_percent="24.99")) == ["controller.below_share"]
    assert gap_codes(controller("a", share_percent="25")) == []
    assert gap_codes(controller("a", share_percent="1", controller_kind="votes")) == []


def test_a_manager_needs_no_share_and_an_owner_does():
    manager = controller("a", controller_kind="management", share_percent="")
    owner = controller("a", share_percent="")
    assert gap_codes(manager) == []
    assert gap_codes(owner) == ["controller.incomplete"]


def test_nobody_is_in_a_repr():
    assert "苏晓岚" not in repr(controller("a"))


def measured(texts: dict[str, str], against: list[Contradiction], ends: list[date]):
    held = values(texts)
    examined = examine(CATALOGUE, held, BOUNDS)
    documents = [expiry(Term(None, end), ON, RULES.expiry) for end in ends]
    return quality(
        complete(PROFILES["individual"], held, examined.unfit), examined, against, documents, RULES.quality
    )


FINE = [date(2038, 6, 1)]
DIFFERS = Contradiction(CrossCode.DIFFERS, "name", ("a", "b"))


def test_good_data_ask_for_nothing():
    found = measured(GIVEN, [], FINE)
    assert (found.truth, found.validity, found.completeness, found.triggers) == (0, 0, 1.0, ())


@pytest.mark.parametrize(
    ("texts", "against", "ends", "trigger"),
    [
        (GIVEN, [DIFFERS] * 3, FINE, "quality.truth"),
        (GIVEN, [Contradiction(CrossCode.EARLIER, "name", ("a", "b"))], FINE, "quality.earlier_data"),
        (GIVEN, [], [date(2026, 11, 1)], "quality.validity"),
        ({"name": "苏晓岚"}, [], FINE, "quality.completeness"),
    ],
)
def test_what_asks_for_identifying_anew(texts, against, ends, trigger):
    assert measured(texts, against, ends).triggers == (trigger,)


def test_a_source_grown_old_counts_for_validity_not_for_truth():
    found = measured(GIVEN, [Contradiction(CrossCode.STALE, "", ("a",))], FINE)
    assert (found.truth, found.validity, found.triggers) == (0, 1, ())
