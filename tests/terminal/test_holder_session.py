"""Properties of the pure `step`: no history of events leads to an acceptance without its evidence."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.api import About, CardKind, IdCard, Sex
from models.api import Answer, ChallengeKind, LiveAnswer, Liveness, Match, PhotoKind
from terminal.decide import card_findings, decide
from terminal.holder.events import (
    Begun,
    Broke,
    Cancelled,
    CardRead,
    Challenged,
    Compared,
    Consented,
    Decided,
    Declined,
    Event,
    Excused,
    FaceCaptured,
    Kept,
    Resumed,
    Ruled,
    Stumbled,
    Synced,
)
from terminal.holder.session import NotNow, step
from terminal.holder.values import HolderCheck
from terminal.rules.today import rules_today
from terminal.view import Decision, Stage, StepState

READER = About("sdt", "pty", simulated=True)
CAMERA = About("opencv", "v4l2:0")
CARD = IdCard(
    kind=CardKind.RESIDENT,
    name="林见",
    number="11010519491231002X",
    sex=Sex.FEMALE,
    birth=date(1949, 12, 31),
    valid_from=date(2020, 1, 1),
    valid_to=None,
    long_term=True,
)
REQUIRED = ("consent", "card", "face", "liveness", "match")


def liveness(answer: LiveAnswer) -> Liveness:
    reasons = () if answer is LiveAnswer.LIVE else ("liveness.passive_low",)
    return Liveness(answer, {"passive_median": 0.9}, reasons, 12, (ChallengeKind.BLINK,))


def match(answer: Answer) -> Match:
    return Match(0.6, 0.45, 0.3, answer, 1e-5, (0.0, 1e-4), "open", "test", PhotoKind.CHIP, 10.0)


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.just(Begun(at_ms=0, case_id="c1", business="verify_identity", required=REQUIRED)),
    st.just(Consented(at_ms=1, source="teller", text_version="1")),
    st.just(Declined(at_ms=1)),
    st.just(CardRead(at_ms=2, card=CARD, reader=READER)),
    st.just(CardRead(at_ms=2, card=CARD, reader=READER, findings=("card.doubt.sex",))),
    st.builds(Stumbled, at_ms=st.just(3), code=st.just("card.removed"), max_tries=st.integers(1, 3)),
    st.just(Ruled(at_ms=3, findings=("card.not_genuine",))),
    st.just(Ruled(at_ms=3, findings=())),
    st.just(Broke(at_ms=3, code="camera.unplugged", device="opencv", reference="K7Q2")),
    st.just(Resumed(at_ms=4)),
    st.builds(Challenged, at_ms=st.just(5), challenge=st.sampled_from([None, *ChallengeKind])),
    st.builds(
        Excused,
        at_ms=st.just(5),
        exception=st.just("eyes"),
        left_out=st.just((ChallengeKind.BLINK,)),
        to_a_person=st.booleans(),
    ),
    st.builds(
        FaceCaptured,
        at_ms=st.just(6),
        liveness=st.sampled_from(LiveAnswer).map(liveness),
        camera=st.just(CAMERA),
        good_frames=st.just(5),
    ),
    st.builds(Compared, at_ms=st.just(7), matches=st.sampled_from(Answer).map(match).map(lambda one: (one,))),
    st.just(Kept(at_ms=9, record_id="r1")),
    st.builds(Synced, at_ms=st.just(9), accepted=st.booleans()),
    st.just(Cancelled(at_ms=9)),
)


def play(history: list[Event]) -> HolderCheck:
    holder = HolderCheck()
    for event in history:
        with suppress(NotNow):
            holder = step(holder, event)
        if holder.stage is Stage.DECIDING:
            verdict = decide(holder, rules_today())
            holder = step(holder, Decided(at_ms=8, decision=verdict.decision, findings=verdict.reasons))
    return holder


@settings(max_examples=600, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_nothing_is_accepted_without_consent_chip_live_face_and_match(history: list[Event]) -> None:
    holder = play(history)
    if holder.decision is Decision.ACCEPT:
        assert holder.consent is True
        assert holder.card is not None
        assert holder.liveness is not None and holder.liveness.decision is LiveAnswer.LIVE
        assert holder.match is not None and holder.match.decision is Answer.MATCH
        assert not holder.findings
    if holder.decision is not None:
        assert holder.reasons, "a decision always names its reasons"
    if holder.stage is Stage.DONE:
        assert holder.record_id


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_every_open_case_can_be_cancelled_and_then_ends(history: list[Event]) -> None:
    holder = play(history)
    if holder.stage in (Stage.CONSENT, Stage.CARD, Stage.FACE, Stage.FAULT):
        ended = play([*history, Cancelled(at_ms=10), Kept(at_ms=11, record_id="r")])
        given_up_unkept = holder.resume is Stage.KEEPING
        assert ended.stage is (Stage.IDLE if given_up_unkept else Stage.DONE)
        assert ended.decision is not Decision.ACCEPT


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_no_biometric_is_taken_before_consent(history: list[Event]) -> None:
    holder = play(history)
    if holder.liveness is not None or holder.match is not None or holder.card is not None:
        assert holder.consent is True


def genuine() -> list[Event]:
    return [
        Begun(at_ms=0, case_id="c1", business="verify_identity", required=REQUIRED),
        Consented(at_ms=10, source="teller", text_version="1"),
        CardRead(at_ms=900, card=CARD, reader=READER),
        Challenged(at_ms=1500, challenge=ChallengeKind.BLINK),
        FaceCaptured(at_ms=3000, liveness=liveness(LiveAnswer.LIVE), camera=CAMERA, good_frames=5),
        Compared(at_ms=3100, matches=(match(Answer.MATCH),)),
        Kept(at_ms=3200, record_id="r1"),
        Synced(at_ms=3300, accepted=True),
    ]


def test_a_genuine_case_is_accepted_with_every_step_timed() -> None:
    holder = play(genuine())
    assert (holder.decision, holder.stage, holder.synced) == (Decision.ACCEPT, Stage.DONE, True)
    assert all(each.state is StepState.DONE for each in holder.steps), holder.steps
    assert all(each.elapsed_ms is not None for each in holder.steps)
    assert holder.simulated, "one simulated device marks the whole case"


def test_a_fault_keeps_what_is_known_and_resumes_where_it_was() -> None:
    history = genuine()
    broke = Broke(at_ms=1000, code="camera.unplugged", device="opencv", reference="K7Q2")
    paused = play([*history[:3], broke])
    assert (paused.stage, paused.resume, paused.card) == (Stage.FAULT, Stage.FACE, CARD)
    assert play([*history[:3], broke, Resumed(at_ms=1200), *history[3:]]).decision is Decision.ACCEPT


def test_cancelling_after_a_fault_names_the_fault_first() -> None:
    broke = Broke(at_ms=1000, code="card_reader.unplugged", device="sdt", reference="K7Q2")
    holder = play([*genuine()[:2], broke, Cancelled(at_ms=1100)])
    assert holder.decision is Decision.REFER
    assert holder.reasons[0][0] == "card_reader.unplugged"


def test_an_attack_is_refused_without_a_comparison() -> None:
    attack = FaceCaptured(at_ms=3000, liveness=liveness(LiveAnswer.ATTACK), camera=CAMERA, good_frames=0)
    holder = play([*genuine()[:4], attack, Ruled(at_ms=3001, findings=())])
    assert holder.decision is Decision.REFUSE
    assert holder.reasons[0][0] == "liveness.attack"
    assert holder.step("match").state is StepState.SKIPPED  # type: ignore[union-attr]


@pytest.mark.parametrize("answer", [Answer.NO_MATCH, Answer.CANNOT_TELL])
def test_a_live_person_who_does_not_match_is_not_accepted(answer: Answer) -> None:
    holder = play([*genuine()[:5], Compared(at_ms=3100, matches=(match(answer),))])
    expected = Decision.REFUSE if answer is Answer.NO_MATCH else Decision.REFER
    assert (holder.decision, holder.reasons[0][0]) == (expected, f"match.{answer.value}")


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"valid_to": date(2026, 6, 1), "long_term": False}, "card.expired"),
        ({"valid_from": date(2027, 1, 1)}, "card.not_yet_valid"),
        ({"valid_to": None, "long_term": False}, "card.validity_unknown"),
        ({"birth": None}, "card.birth_unknown"),
        ({"birth": date(2012, 1, 1)}, "card.under_age"),
        ({"doubts": ("card.doubt.sex",)}, "card.doubt.sex"),
    ],
)
def test_what_the_rules_have_against_a_card(change: dict[str, object], finding: str) -> None:
    from dataclasses import replace

    assert card_findings(replace(CARD, **change), rules_today(), date(2026, 11, 21)) == (finding,)


def test_sixteen_today_is_old_enough_and_one_day_less_is_not() -> None:
    from dataclasses import replace

    on = date(2026, 11, 21)
    assert card_findings(replace(CARD, birth=date(2010, 11, 21)), rules_today(), on) == ()
    assert card_findings(replace(CARD, birth=date(2010, 11, 22)), rules_today(), on) == ("card.under_age",)


def test_who_cannot_do_an_action_is_asked_for_others_and_the_case_remembers() -> None:
    excused = Excused(at_ms=1700, exception="eyes", left_out=(ChallengeKind.BLINK,), to_a_person=False)
    holder = play([*genuine()[:4], excused])
    assert (holder.stage, holder.challenge, holder.tries) == (Stage.FACE, None, 0)
    assert (holder.excused, holder.left_out) == (("eyes",), (ChallengeKind.BLINK,))
    again = Challenged(at_ms=2000, challenge=ChallengeKind.NOD)
    assert play([*genuine()[:4], excused, again, *genuine()[4:]]).decision is Decision.ACCEPT


def test_who_can_do_too_little_goes_to_a_person() -> None:
    excused = Excused(at_ms=1700, exception="neck", left_out=(ChallengeKind.NOD,), to_a_person=True)
    holder = play([*genuine()[:4], excused])
    assert holder.decision is Decision.REFER
    assert holder.reasons[0][0] == "liveness.excused"


def test_nobody_is_excused_from_what_was_not_asked() -> None:
    excused = Excused(at_ms=1200, exception="eyes", left_out=(ChallengeKind.BLINK,), to_a_person=False)
    with pytest.raises(NotNow):
        step(play(genuine()[:3]), excused)
