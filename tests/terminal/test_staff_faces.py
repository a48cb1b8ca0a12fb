"""Staff known by face: found among many, strangers refused, nothing plain kept."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.stats import norm

from models.api import Answer, ModelError
from models.calibration import Calibration, Modality, Scorer
from models.protect import SEED_BYTES
from models.score_table import ScoreTable
from sync.enrolments import Enrolments
from sync.keys import open_keys
from sync.store import Store
from terminal.staff import StaffError, StaffFaces

SECRET = bytes(range(32))
RATE = 1e-3
LENGTH = 128


def calibration(engine="open", trials=10**6):
    """Impostors score as the invented faces below do."""
    scores = np.arange(-0.5, 0.7, 0.01)
    counts = tuple(int(count) for count in trials * norm.sf(scores, scale=1 / np.sqrt(LENGTH)))
    return Calibration(
        scorer=Scorer(modality=Modality.FACE, engine=engine, method=1),
        sample="camera",
        measured_on=date(2026, 1, 1),
        description="made for a test",
        impostors=ScoreTable(trials=trials, first=-0.5, step=0.01, at_or_above=counts),
    )


class Person:
    """Gives templates of one invented face."""

    def __init__(self, number):
        self._rng = np.random.default_rng(number)
        self._face = self._rng.normal(size=LENGTH)
        self._face /= np.linalg.norm(self._face)

    def template(self, noise=0.5):
        varied = self._face + noise * self._rng.normal(size=LENGTH) / np.sqrt(LENGTH)
        return (varied / np.linalg.norm(varied)).astype(np.float32)

    def templates(self):
        return [self.template() for _ in range(3)]


@pytest.fixture
def store(tmp_path):
    keys = open_keys(tmp_path / "keys", "file")
    with Store.open(tmp_path / "book.db", keys.database_key()) as opened:
        yield opened


def faces(store, **calibrated):
    return StaffFaces(Enrolments(store, SECRET), SECRET, calibration(**calibrated))


def test_everybody_enrolled_is_found_and_strangers_are_not(store):
    gallery, people = faces(store), [Person(number) for number in range(20)]
    for number, person in enumerate(people):
        gallery.enrol(f"S-{number}", person.templates(), RATE)
    again = faces(store)
    for number, person in enumerate(people):
        found = again.identify(person.template(), RATE)
        assert (found.answer, found.person, found.searched) == (Answer.MATCH, f"S-{number}", 20)
    for number in range(100, 300):
        found = again.identify(Person(number).template(), RATE)
        assert (found.answer, found.person) == (Answer.NO_MATCH, None)


def test_searching_more_people_asks_for_a_higher_score(store):
    gallery = faces(store)
    alone = gallery.identify(Person(1).template(), RATE).threshold
    for number in range(20):
        gallery.enrol(f"S-{number}", Person(number).templates(), RATE)
    among = gallery.identify(Person(1).template(), RATE).threshold
    assert among == calibration().threshold(RATE / 20) > alone == calibration().threshold(RATE)


def test_a_calibration_too_small_for_so_many_people_is_said(store):
    gallery = faces(store, trials=1000)
    with pytest.raises(ModelError, match="calibration_too_small"):
        gallery.identify(Person(1).template(), RATE / 100)


def test_nothing_of_the_template_is_kept_and_two_books_have_nothing_in_common(store, tmp_path):
    person = Person(1)
    faces(store).enrol("S-1", person.templates(), RATE)
    held = Enrolments(store, SECRET)
    kept = [np.frombuffer(held.open(each), "<f4", offset=SEED_BYTES) for each in held.all()]
    with Store.open(tmp_path / "other.db", bytes(32)) as other:
        faces(other).enrol("S-1", person.templates(), RATE)
        held = Enrolments(other, SECRET)
        kept += [np.frombuffer(held.open(each), "<f4", offset=SEED_BYTES) for each in held.all()]
    assert abs(float(kept[0] @ kept[1])) < 0.4
    assert abs(float(kept[0] @ person.template())) < 0.4


def test_revoked_people_are_strangers(store):
    gallery, person = faces(store), Person(1)
    gallery.enrol("S-1", person.templates(), RATE)
    assert gallery.revoke("S-1", "left") == 1
    assert gallery.identify(person.template(), RATE).answer is Answer.NO_MATCH
    assert faces(store).identify(person.template(), RATE).searched == 0
    assert gallery.revoke("S-1", "left") == 0


def test_pictures_of_two_people_are_no_enrolment(store):
    gallery = faces(store)
    with pytest.raises(StaffError, match="not_one_person"):
        gallery.enrol("S-1", [*Person(1).templates(), Person(2).template()], RATE)
    with pytest.raises(StaffError, match="too_few_pictures"):
        gallery.enrol("S-1", [Person(1).template()], RATE)
    assert Enrolments(store, SECRET).all() == ()


def test_one_face_has_one_staff_number(store):
    gallery = faces(store)
    gallery.enrol("S-1", Person(1).templates(), RATE)
    with pytest.raises(StaffError, match="known_as_another"):
        gallery.enrol("S-2", Person(1).templates(), RATE)
    gallery.enrol("S-1", Person(1).templates(), RATE)
    assert len(Enrolments(store, SECRET).of("S-1")) == 2


def test_two_people_who_both_fit_are_nobody(store):
    person = Person(1)
    first, second = faces(store), Enrolments(store, SECRET)
    made = first.enrol("S-1", person.templates(), RATE)
    second.keep("S-2", made.engine, "", bytes(second.open(made)))
    found = faces(store).identify(person.template(), RATE)
    assert (found.answer, found.person) == (Answer.CANNOT_TELL, None)


def test_enrolments_of_another_engine_are_passed_over_and_counted(store):
    faces(store).enrol("S-1", Person(1).templates(), RATE)
    other = faces(store, engine="other")
    assert (other.passed_over, other.identify(Person(1).template(), RATE).searched) == (1, 0)


def test_given_templates_are_left_as_they_are_and_opened_ones_are_wiped(store):
    gallery, templates = faces(store), Person(1).templates()
    before = [each.copy() for each in templates]
    gallery.enrol("S-1", templates, RATE)
    assert all(np.array_equal(one, two) for one, two in zip(before, templates, strict=True))
    opened = [each.veiled for each in gallery._references]
    gallery.close()
    assert not np.any(opened)
