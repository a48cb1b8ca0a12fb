"""The online check: what it says, what is reused, and that it never accepts anybody."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from online_rules import NOW, Line, rules

from models.api import Answer
from sync.answers import CardStatus, Category, OnlineAnswer
from sync.questions import DocumentKind, Subject
from sync.transports import Refused, Unreachable
from terminal.checks.centre import Centre, NoAnswer
from terminal.checks.online import (
    AGREED,
    OnlineChecks,
    OnlineResult,
    Seen,
    code_of,
    finding_of,
    needed,
    seen_of,
)
from terminal.decide import decide
from terminal.holder.values import HolderCheck
from terminal.messages import texts
from terminal.rules.online import OnlineFinding, Way
from terminal.rules.reading import rules_of
from terminal.rules.today import shipped
from terminal.view import Decision

PHOTO = b"\xff\xd8 returned"
DAY = date(2026, 11, 27)
WHO = Subject(document=DocumentKind.RESIDENT, number="110000198803124413", name="苏小兰")
OTHER = Subject(document=DocumentKind.RESIDENT, number="420000197006153316", name="何安")
PACK = rules_of(shipped(), DAY)

ANSWERS = {
    Category.AGREE_WITH_PHOTO: OnlineAnswer(category=Category.AGREE_WITH_PHOTO, photo=PHOTO),
    **{
        each: OnlineAnswer(category=each)
        for each in (
            Category.AGREE_WITHOUT_PHOTO,
            Category.NAME_DIFFERS,
            Category.NO_SUCH_NUMBER,
            Category.FORMAT_ERROR,
        )
    },
    Category.CARD_LOST_OR_VOID: OnlineAnswer(
        category=Category.CARD_LOST_OR_VOID, card_status=CardStatus.LOST
    ),
}
FAULTS = (
    Unreachable("net.unreachable"),
    Unreachable("net.timeout"),
    Unreachable("net.captive"),
    Unreachable("net.bad_answer"),
    Unreachable("centre.unavailable"),
    Refused("centre.malformed"),
)
ANYTHING = st.sampled_from([*ANSWERS.values(), *FAULTS])


def checks(line: Line, **changes: Any) -> OnlineChecks:
    made = rules(**changes)
    return OnlineChecks(Centre(line, made.wait_seconds, lambda: NOW), made)


def result_of(said: Any) -> OnlineResult:
    return checks(Line(lambda _: said)).check(WHO, "1024", DAY)


def test_an_answer_is_kept_with_ids_times_and_photo() -> None:
    line = Line(lambda _: ANSWERS[Category.AGREE_WITH_PHOTO])
    result = checks(line).check(WHO, "1024", DAY, "K7Q2")
    question = line.asked[0]
    assert (question.operator_id, question.case_id, line.waits) == ("1024", "K7Q2", [20.0])
    assert result == OnlineResult(
        request_id=question.id,
        operator="1024",
        day=DAY,
        asked_at=NOW,
        category=Category.AGREE_WITH_PHOTO,
        centre_request="request-1",
        answered_at=NOW,
        photo=PHOTO,
    )
    told = json.dumps(result.facts(), ensure_ascii=False)
    assert "苏小兰" not in told
    assert WHO.number not in told
    assert result.facts()["photo_returned"] is True


@pytest.mark.parametrize(
    ("code", "no_answer"),
    [
        ("net.timeout", NoAnswer.TIMED_OUT),
        ("net.unreachable", NoAnswer.UNAVAILABLE),
        ("net.bad_answer", NoAnswer.UNAVAILABLE),
        ("centre.unavailable", NoAnswer.UNAVAILABLE),
    ],
)
def test_no_answer_is_its_own_result_with_the_exact_code(code: str, no_answer: NoAnswer) -> None:
    result = result_of(Unreachable(code))
    assert (result.category, result.no_answer, result.because) == (None, no_answer, code)
    assert (result.photo, result.answered_at, result.agrees) == (None, None, False)
    finding = finding_of(result, Seen.SAME)
    assert finding is OnlineFinding(no_answer.value)
    assert code_of(finding, result) == f"online.{no_answer.value}"


@pytest.mark.parametrize(
    ("category", "seen", "finding", "way"),
    [
        (Category.AGREE_WITH_PHOTO, Seen.SAME, None, Way.CONTINUE),
        (Category.AGREE_WITH_PHOTO, Seen.NOT_SAME, OnlineFinding.PHOTO_NOT_SAME, Way.SUPPLEMENTARY),
        (Category.AGREE_WITH_PHOTO, Seen.UNCLEAR, OnlineFinding.PHOTO_UNCLEAR, Way.SECOND_PERSON),
        (Category.AGREE_WITH_PHOTO, Seen.NOT_COMPARED, OnlineFinding.PHOTO_NOT_COMPARED, Way.SECOND_PERSON),
        (Category.AGREE_WITHOUT_PHOTO, Seen.NOT_COMPARED, None, Way.CONTINUE),
        (Category.NAME_DIFFERS, Seen.SAME, OnlineFinding.NAME_DIFFERS, Way.SUPPLEMENTARY),
        (Category.NO_SUCH_NUMBER, Seen.SAME, OnlineFinding.NO_SUCH_NUMBER, Way.SUPPLEMENTARY),
        (Category.FORMAT_ERROR, Seen.SAME, OnlineFinding.FORMAT_ERROR, Way.SUPPLEMENTARY),
        (Category.CARD_LOST_OR_VOID, Seen.SAME, OnlineFinding.CARD_LOST_OR_VOID, Way.REFUSE),
    ],
)
def test_what_each_category_leads_to(
    category: Category, seen: Seen, finding: OnlineFinding | None, way: Way
) -> None:
    what = needed(result_of(ANSWERS[category]), rules(), seen)
    assert (what.finding, what.way) == (finding, way)
    assert what.follow_up_working_days == (None if finding is None else 3)
    assert ("household_book" in what.evidence) is (way in (Way.SUPPLEMENTARY, Way.SECOND_PERSON))


@given(ANYTHING, st.sampled_from(Seen))
def test_nothing_an_online_check_says_accepts_or_refuses_at_will(said: Any, seen: Seen) -> None:
    result = result_of(said)
    what = needed(result, rules(), seen)
    assert "accept" not in {each.value for each in Way}
    if what.way is Way.REFUSE:
        assert result.category is Category.CARD_LOST_OR_VOID
    findings = () if what.finding is None else (code_of(what.finding, result),)
    case = HolderCheck(case_id="c", business="open_class_1", consent=True, findings=findings)
    verdict = decide(case, PACK)
    assert verdict.decision is not Decision.ACCEPT
    assert all(finding in {code for code, _ in verdict.reasons} for finding in findings)


def test_every_code_has_a_text() -> None:
    codes = {f"online.{each.value}" for each in OnlineFinding}
    codes |= {f"online.{each.value}" for each in AGREED}
    codes |= {f"online.card_lost_or_void.{each.value}" for each in CardStatus}
    for language in ("zh", "en"):
        assert codes <= texts(language).codes()


def test_a_lost_card_says_that_it_is_lost() -> None:
    result = result_of(ANSWERS[Category.CARD_LOST_OR_VOID])
    assert code_of(OnlineFinding.CARD_LOST_OR_VOID, result) == "online.card_lost_or_void.lost"
    assert result.facts()["card_status"] == "lost"


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        ((), Seen.NOT_COMPARED),
        ((Answer.MATCH, Answer.MATCH), Seen.SAME),
        ((Answer.MATCH, Answer.CANNOT_TELL), Seen.UNCLEAR),
        ((Answer.CANNOT_TELL, Answer.NO_MATCH, Answer.MATCH), Seen.NOT_SAME),
    ],
)
def test_the_worst_comparison_counts(answers: tuple[Answer, ...], seen: Seen) -> None:
    assert seen_of(*answers) is seen


def test_one_check_serves_operator_customer_and_day() -> None:
    line = Line(lambda _: ANSWERS[Category.AGREE_WITH_PHOTO])
    made = checks(line)
    first = made.check(WHO, "1024", DAY, "first")
    again = made.check(WHO, "1024", DAY, "second")
    assert (first.reused_from, again.reused_from) == (None, NOW)
    assert (again.request_id, again.photo, len(line.asked)) == (first.request_id, PHOTO, 1)
    for subject, operator, day in (
        (OTHER, "1024", DAY),
        (WHO, "2048", DAY),
        (WHO, "1024", DAY + timedelta(days=1)),
        (WHO.model_copy(update={"name": "苏晓兰"}), "1024", DAY + timedelta(days=1)),
    ):
        assert made.check(subject, operator, day).reused_from is None
    assert len(line.asked) == 5


def test_a_pack_may_demand_a_fresh_check_each_time() -> None:
    line = Line(lambda _: ANSWERS[Category.AGREE_WITH_PHOTO])
    made = checks(line, fresh_each_time=True)
    assert [made.check(WHO, "1024", DAY).reused_from for _ in range(2)] == [None, None]
    assert len(line.asked) == 2


def test_a_second_look_is_evidence_of_its_own() -> None:
    line = Line(lambda _: ANSWERS[Category.AGREE_WITH_PHOTO])
    made = checks(line)
    first = made.check(WHO, "1024", DAY)
    look = made.second_look(WHO, "1024", DAY, "card.doubt")
    assert (look.second_look, look.reused_from, line.asked[1].second_look) == (True, None, True)
    assert line.asked[1].reason == "card.doubt"
    assert look.request_id != first.request_id
    assert made.check(WHO, "1024", DAY).request_id == first.request_id
    line.answer = lambda _: ANSWERS[Category.NAME_DIFFERS]
    assert made.second_look(WHO, "1024", DAY, "card.doubt").category is Category.NAME_DIFFERS
    assert made.check(WHO, "1024", DAY).reused_from is None


@pytest.mark.parametrize("how", ["withdraw", "forget", "forget all", "next day"])
def test_what_is_forgotten_is_overwritten_and_asked_anew(how: str) -> None:
    made = checks(Line(lambda _: ANSWERS[Category.AGREE_WITH_PHOTO]))
    made.check(WHO, "1024", DAY)
    (kept,) = made._kept.values()
    photo = kept.photo
    assert photo == PHOTO
    match how:
        case "withdraw":
            made.withdraw(WHO, "1024", DAY)
        case "forget":
            made.forget("2048")
            assert photo == PHOTO
            made.forget("1024")
        case "forget all":
            made.forget()
        case _:
            made.check(OTHER, "1024", DAY + timedelta(days=1))
    assert photo == bytes(len(PHOTO))
    assert made.check(WHO, "1024", DAY).reused_from is None


def test_what_is_kept_does_not_show_whom_it_is_about() -> None:
    made = checks(Line(lambda _: ANSWERS[Category.AGREE_WITH_PHOTO]))
    made.check(WHO, "1024", DAY)
    assert WHO.number not in repr(made._kept)
    assert "苏小兰" not in repr(made._kept)
    assert "returned" not in repr(made.check(WHO, "1024", DAY))


ASKING = st.tuples(
    st.sampled_from([WHO, OTHER]),
    st.sampled_from(["1024", "2048"]),
    st.sampled_from([DAY, DAY + timedelta(days=1)]),
    ANYTHING,
    st.booleans(),
)


@settings(max_examples=120)
@given(st.lists(ASKING, max_size=14))
def test_what_is_reused_is_the_last_agreeing_answer_to_the_same_three(history: list[Any]) -> None:
    line = Line(lambda _: None)
    made = checks(line)
    given_: dict[Any, OnlineResult] = {}
    for subject, operator, day, said, second in history:
        line.answer = lambda _, said=said: said
        asked = len(line.asked)
        if second:
            result = made.second_look(subject, operator, day, "doubt")
        else:
            result = made.check(subject, operator, day)
        if result.reused_from is None:
            assert len(line.asked) == asked + 1
            if not second:
                given_[subject.number, operator, day] = result
            elif not result.agrees:
                given_.pop((subject.number, operator, day), None)
            continue
        assert len(line.asked) == asked
        assert not second
        origin = given_[subject.number, operator, day]
        assert (result.operator, result.day) == (operator, day)
        assert result.category in AGREED
        assert (result.request_id, result.category, result.photo, result.reused_from) == (
            origin.request_id,
            origin.category,
            origin.photo,
            origin.answered_at,
        )
