"""The centre's other answers at the terminal: what follows from them, and that none is ever made up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from online_rules import NOW, Line

from sync.answers import (
    AccountClass,
    AccountState,
    Answer,
    HeldAccount,
    HeldAccounts,
    Loss,
    Proof,
    Proven,
    Standing,
)
from sync.errors import SyncError
from sync.questions import AccountsHeld, AccountStanding, DocumentKind, PhoneOwner, Subject
from sync.transports import Refused, Unreachable
from terminal.checks import centre as checks
from terminal.checks.centre import Centre, ClassOne, Heard, NoAnswer, class_one, proof_finding
from terminal.messages import texts

WHO = Subject(document=DocumentKind.RESIDENT, number="110000198803124413", name="苏小兰")
FAULTS = st.sampled_from(
    ["net.unreachable", "net.dns", "net.tls", "net.captive", "net.bad_answer", "centre.unavailable"]
).map(Unreachable)


def heard(said: Answer | SyncError) -> Heard[Any]:
    line = Line(lambda _: said)
    return Centre(line, 7.0, lambda: NOW).ask(PhoneOwner(operator_id="1", subject=WHO, phone="13000000001"))


def account(state: AccountState = AccountState.NORMAL, which: int = 1) -> HeldAccount:
    return HeldAccount(
        number_masked="***1",
        account_class=AccountClass(which),
        state=state,
        opened_on=date(2020, 1, 1),
        branch="示例支行",
    )


def test_an_answer_comes_with_both_ids_and_times() -> None:
    line = Line(lambda _: Proven(proof=Proof.PROVEN))
    question = PhoneOwner(operator_id="1", subject=WHO, phone="13000000001")
    told = Centre(line, 7.0, lambda: NOW).ask(question)
    assert (told.question_id, told.request, line.waits) == (question.id, "request-1", [7.0])
    assert (told.asked_at, told.answered_at, told.no_answer, told.because) == (NOW, NOW, None, "")
    assert told.answer == Proven(proof=Proof.PROVEN)


@given(FAULTS)
def test_offline_nothing_is_proven_and_nothing_is_known(fault: Unreachable) -> None:
    told = heard(fault)
    assert (told.answer, told.no_answer, told.because) == (None, NoAnswer.UNAVAILABLE, fault.code)
    assert proof_finding(told) == "proof.unavailable"
    assert class_one(told) is ClassOne.PROVISIONAL
    assert checks.opening_findings(told, AccountClass.ONE) == ("accounts.class_one_provisional",)
    assert checks.foreign_currency_findings(told) == ("accounts.class_one_provisional",)
    assert checks.standing_findings(told) == ("account.state_unavailable",)


def test_a_refusal_and_a_timeout_are_no_answers_either() -> None:
    assert heard(Refused("centre.malformed")).because == "centre.malformed"
    assert heard(Unreachable("net.timeout")).no_answer is NoAnswer.TIMED_OUT
    assert proof_finding(heard(Unreachable("net.timeout"))) == "proof.unavailable"


@pytest.mark.parametrize("proof", list(Proof))
def test_only_the_centres_word_proves(proof: Proof) -> None:
    finding = proof_finding(heard(Proven(proof=proof)))
    assert finding == (None if proof is Proof.PROVEN else f"proof.{proof.value}")


@pytest.mark.parametrize(
    ("accounts", "state"),
    [
        ((), ClassOne.FREE),
        ((account(which=2), account(which=3)), ClassOne.FREE),
        ((account(AccountState.CLOSED),), ClassOne.FREE),
        ((account(AccountState.FROZEN),), ClassOne.TAKEN),
        ((account(), account(AccountState.CLOSED)), ClassOne.TAKEN),
    ],
)
def test_one_class_one_account_a_person(accounts: tuple[HeldAccount, ...], state: ClassOne) -> None:
    line = Line(lambda _: HeldAccounts(accounts=accounts))
    told = Centre(line, 7.0, lambda: NOW).ask(AccountsHeld(operator_id="1", subject=WHO))
    assert class_one(told) is state
    taken = state is ClassOne.TAKEN
    assert checks.opening_findings(told, AccountClass.ONE) == (("accounts.class_one_taken",) if taken else ())
    assert checks.opening_findings(told, AccountClass.TWO) == ()
    assert checks.foreign_currency_findings(told) == (() if taken else ("accounts.class_one_needed",))


@pytest.mark.parametrize("state", list(AccountState))
def test_the_state_of_an_account_is_named(state: AccountState) -> None:
    line = Line(lambda _: Standing(known=True, state=state))
    told = Centre(line, 7.0, lambda: NOW).ask(AccountStanding(operator_id="1", account="62"))
    normal = state is AccountState.NORMAL
    assert checks.standing_findings(told) == (() if normal else (f"account.{state.value}",))


def test_an_account_nobody_has_is_no_normal_one() -> None:
    line = Line(lambda _: Standing(known=False))
    told = Centre(line, 7.0, lambda: NOW).ask(AccountStanding(operator_id="1", account="62"))
    assert checks.standing_findings(told) == ("account.unknown",)


def test_the_days_of_a_loss_report_are_counted_down() -> None:
    lost = Standing(
        known=True,
        state=AccountState.LOST,
        loss=Loss(reported_on=date(2026, 11, 20), valid_until=date(2026, 12, 5)),
    )
    days = {on: checks.loss_days_left(lost, date(2026, *on)) for on in ((11, 27), (12, 5), (12, 9))}
    assert days == {(11, 27): 8, (12, 5): 0, (12, 9): 0}
    assert checks.loss_days_left(Standing(known=True, state=AccountState.NORMAL), date(2026, 12, 1)) is None


def test_every_finding_has_a_text() -> None:
    codes = {f"accounts.class_one_{each}" for each in ("taken", "provisional", "needed")}
    codes |= {f"account.{each.value}" for each in AccountState if each is not AccountState.NORMAL}
    codes |= {f"proof.{each.value}" for each in Proof if each is not Proof.PROVEN}
    codes |= {"proof.unavailable", "account.state_unavailable", "account.unknown", "net.bad_answer"}
    for language in ("zh", "en"):
        assert codes <= texts(language).codes()
