"""Several captures, several fingers, fingers that are not there; searching for staff and for nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.api import Answer, ModelError
from models.calibration import Calibration
from models.calibration_files import shipped_calibration
from models.decide import Targets
from models.finger.compare import SAMPLE, FingerMatch, judge, scorer
from models.finger.cylinders import describe
from models.finger.engine import MccMatcher
from models.finger.identify import Purpose, identify
from models.finger.minutiae import Minutiae, Position
from models.finger.sample import Absence, FingerSample
from models.finger.settings import EngineKind, FingerSettings
from models.finger.template import FingerTemplate
from tests.models_finger.drawn_minutiae import drawn, moved

TARGETS = Targets(1e-3, 1e-2)
THUMB, INDEX, RING = Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_RING
SETTINGS = FingerSettings()


class Cylinders:
    """The engine's comparison without its network."""

    kind = EngineKind.LEADER_MCC

    def __init__(self) -> None:
        self._matcher = MccMatcher(SETTINGS)

    def score(self, one, other):
        return self._matcher.score(one, other)


ENGINE = Cylinders()


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return shipped_calibration(scorer(EngineKind.LEADER_MCC), SAMPLE)


def template(minutiae: Minutiae) -> FingerTemplate:
    return FingerTemplate(minutiae, describe(minutiae, SETTINGS.cylinders), EngineKind.LEADER_MCC)


def finger(position: Position, person: int, *captures: int) -> FingerSample:
    """Captures of one finger of a person; every position is another finger."""
    own = drawn(100 * person + position)
    made = [own if not each else moved(own, 0.1 * each, (5 * each, 0), 1.5, each) for each in captures]
    return FingerSample(position, tuple(template(each) for each in made))


def told(*samples: FingerSample, enrolled: tuple[FingerSample, ...], calibration: Calibration) -> FingerMatch:
    return judge(ENGINE, enrolled, samples, calibration, TARGETS)


def test_the_same_fingers_match_and_others_do_not(calibration):
    enrolled = finger(THUMB, 1, 0), finger(INDEX, 1, 0)
    same = told(finger(THUMB, 1, 1), finger(INDEX, 1, 2), enrolled=enrolled, calibration=calibration)
    assert same.answer is Answer.MATCH and same.reasons == ()
    assert set(same.scores) == {THUMB, INDEX}
    assert same.judgement.score == pytest.approx(sum(same.scores.values()) / 2)
    other = told(finger(THUMB, 2, 1), finger(INDEX, 2, 2), enrolled=enrolled, calibration=calibration)
    assert other.answer is Answer.NO_MATCH
    assert other.judgement.false_match.value > 0.01 > same.judgement.false_match.value


def test_captures_are_averaged(calibration):
    enrolled = finger(THUMB, 1, 0), finger(INDEX, 1, 0)
    several = told(finger(THUMB, 1, 1, 2, 3), enrolled=enrolled, calibration=calibration)
    single = [
        told(finger(THUMB, 1, each), enrolled=enrolled, calibration=calibration).judgement.score
        for each in (1, 2, 3)
    ]
    assert several.judgement.score == pytest.approx(sum(single) / 3)
    assert min(single) < several.judgement.score < max(single)


def test_one_finger_of_another_person_pulls_the_rest_down(calibration):
    enrolled = finger(THUMB, 1, 0), finger(INDEX, 1, 0)
    alone = told(finger(THUMB, 1, 1), enrolled=enrolled, calibration=calibration)
    mixed = told(finger(THUMB, 1, 1), finger(INDEX, 2, 1), enrolled=enrolled, calibration=calibration)
    assert mixed.judgement.score < 0.6 * alone.judgement.score


@pytest.mark.parametrize("absence", Absence)
def test_a_finger_that_is_not_there_is_a_reason_and_never_a_mismatch(absence, calibration):
    gone = FingerSample(THUMB, absence=absence)
    here = finger(THUMB, 1, 0)
    for enrolled, live in (((here,), gone), ((gone,), here), ((gone,), gone)):
        result = told(live, enrolled=enrolled, calibration=calibration)
        assert (result.answer, result.judgement) == (Answer.CANNOT_TELL, None)
        assert result.reasons == (f"finger.{absence.value}",)
    both = told(gone, finger(INDEX, 1, 1), enrolled=(here, finger(INDEX, 1, 0)), calibration=calibration)
    assert both.answer is Answer.MATCH and both.reasons == (f"finger.{absence.value}",)


SAMPLES = st.lists(
    st.sampled_from([THUMB, INDEX, RING]).flatmap(
        lambda position: st.one_of(
            st.just(FingerSample(position)),
            st.sampled_from(Absence).map(lambda why: FingerSample(position, absence=why)),
            st.sampled_from([1, 2]).map(lambda person: finger(position, person, 0)),
        )
    ),
    max_size=3,
    unique_by=lambda sample: sample.position,
)


@settings(max_examples=60, deadline=None)
@given(SAMPLES, SAMPLES)
def test_nothing_is_decided_without_a_finger_on_both_sides(calibration, enrolled, live):
    result = judge(ENGINE, enrolled, live, calibration, TARGETS)
    compared = {each.position for each in enrolled if each.templates} & {
        each.position for each in live if each.templates
    }
    assert set(result.scores) == compared
    if not compared:
        assert (result.answer, result.judgement) == (Answer.CANNOT_TELL, None)
        assert bool(result.reasons) == bool(live)
    else:
        assert result.judgement is not None and result.answer is result.judgement.answer


def test_a_finger_given_twice_is_a_mistake(calibration):
    twice = finger(THUMB, 1, 0), finger(THUMB, 1, 1)
    for enrolled, live in ((twice, twice[:1]), (twice[:1], twice)):
        with pytest.raises(ValueError, match="twice"):
            judge(ENGINE, enrolled, live, calibration, TARGETS)


def test_the_calibration_of_another_engine_is_refused(calibration):
    class Bozorth(Cylinders):
        kind = EngineKind.LEADER_BOZORTH3

    with pytest.raises(ModelError) as refused:
        judge(Bozorth(), (), (), calibration, TARGETS)
    assert refused.value.code == "model.no_calibration.another_engine"


def test_the_shipped_calibrations_say_what_they_rest_on(calibration):
    for kind in EngineKind:
        shipped = shipped_calibration(scorer(kind), SAMPLE)
        assert "FVC2002" in shipped.description and "nothing is claimed below" in shipped.description
        assert (shipped.impostors.trials, shipped.genuine.trials, len(shipped.strata)) == (11520, 1120, 4)
        assert shipped.accept_floor is not None
        assert shipped.accept_threshold(1e-3) >= shipped.accept_floor.score
        with pytest.raises(ModelError):
            shipped.threshold(1e-4)
    assert 0.04 < calibration.threshold(1e-3) < 0.06
    assert calibration.false_non_match(calibration.accept_threshold(1e-3)).value < 0.012


STAFF = {name: (finger(INDEX, number, 0),) for number, name in ((1, "an"), (2, "bo"))}


@pytest.mark.parametrize(
    ("person", "answer", "who"),
    [(1, Answer.MATCH, "an"), (2, Answer.MATCH, "bo"), (9, Answer.NO_MATCH, None)],
)
def test_staff_is_found_and_strangers_are_not(calibration, person, answer, who):
    found = identify(
        ENGINE, STAFF, (finger(INDEX, person, 1),), calibration, TARGETS, purpose=Purpose.STAFF_SIGN_IN
    )
    assert (found.answer, found.who) == (answer, who)


def test_two_who_match_are_told_apart_by_nobody(calibration):
    twins = {"an": (finger(INDEX, 1, 0),), "bo": (finger(INDEX, 1, 2),)}
    found = identify(
        ENGINE, twins, (finger(INDEX, 1, 1),), calibration, TARGETS, purpose=Purpose.STAFF_SIGN_IN
    )
    assert (found.answer, found.who) == (Answer.CANNOT_TELL, None)


def test_a_search_for_any_other_purpose_or_among_too_many_is_refused(calibration):
    with pytest.raises(ValueError, match="staff"):
        identify(ENGINE, STAFF, (), calibration, TARGETS, purpose="customers")
    with pytest.raises(TypeError):
        identify(ENGINE, STAFF, (), calibration, TARGETS)
    many = {str(number): STAFF["an"] for number in range(5)}
    with pytest.raises(ModelError) as refused:
        identify(ENGINE, many, (finger(INDEX, 1, 1),), calibration, TARGETS, purpose=Purpose.STAFF_SIGN_IN)
    assert refused.value.code == "model.calibration_too_small"
    nobody = identify(ENGINE, {}, (), calibration, TARGETS, purpose=Purpose.STAFF_SIGN_IN)
    assert nobody.answer is Answer.CANNOT_TELL
