"""The comparison of a case, with real networks: what it says, and that no template outlives it."""

from __future__ import annotations

import queue
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from test_holder_session import genuine, play

from config.paths import paths
from drivers.api import Frame
from models.api import Answer, Match, ModelError, PhotoKind
from models.calibration_files import none
from models.chip_photo import chip_photo, portrait_photo, returned_photo
from models.face.liveness import LivenessCheck
from models.face.pairing import Pairing
from models.picture import read_picture
from terminal.calibrations import Calibrations
from terminal.comparing import compare
from terminal.control import Control
from terminal.holder.events import Compared
from terminal.holder.values import HolderCheck
from terminal.looking import templates_of
from terminal.messages import LANGUAGES, texts
from terminal.photos import HolderPhoto
from terminal.pictures import Pictures
from terminal.report import evidence_items
from terminal.rules.today import rules_today
from terminal.sight import Seen
from terminal.view import Decision

SHIPPED = Calibrations(paths().data / "none", {}, production=False)
CONTROL = Control(queue.Queue(), lambda: 7, lambda event: True, lambda code: None)


@pytest.fixture(scope="module")
def frames(stack):
    """Three looks at one person, as a case has them."""
    from skimage.data import astronaut

    image = np.ascontiguousarray(astronaut()[:, :, ::-1])
    views = [np.ascontiguousarray(image[margin:, margin:]) for margin in (0, 6, 12)]
    return [
        Seen(Frame(view, number, number / 10), stack.observe(view, number, number / 10, eyes=False))
        for number, view in enumerate(views)
    ]


@pytest.fixture(scope="module")
def stranger(stack):
    """A look at somebody else."""
    from matplotlib.cbook import get_sample_data

    image = read_picture(str(get_sample_data("grace_hopper.jpg", asfileobj=False)))
    return Seen(Frame(image, 0, 0.0), stack.observe(image, 0, 0.0, eyes=False))


class Watched:
    """The networks of a case; remembers every template they gave."""

    def __init__(self, stack):
        self._stack = stack
        self.given = []

    @contextmanager
    def stack(self):
        yield self

    def __getattr__(self, name):
        return getattr(self._stack, name)

    def embed_together(self, documents, live):
        first, others = self._stack.embed_together(documents, live)
        self.given += [*first, *others]
        return first, others


def photo_of(seen):
    return chip_photo(seen.frame.image, seen.observation.face.points, 2048)


def test_templates_are_overwritten_once_they_were_judged(stack, frames):
    sight = Watched(stack)
    equipment = SimpleNamespace(sight=sight, calibrations=SHIPPED)
    pictures = Pictures(chip_photo=photo_of(frames[0]), frames=tuple(frames))
    event = compare(equipment, rules_today(), pictures, templates_of(equipment, frames), CONTROL)
    assert [match.decision for match in event.matches] == [Answer.MATCH]
    assert len(sight.given) == 4
    assert not any(template.any() for template in sight.given)


def test_templates_are_overwritten_where_they_could_not_be_judged(stack, frames):
    sight = Watched(stack)
    equipment = SimpleNamespace(sight=sight, calibrations=SHIPPED)
    rules = rules_today()
    harder = rules.model_copy(
        update={"match": rules.match.model_copy(update={"target_false_match_rate": 1e-12})}
    )
    pictures = Pictures(chip_photo=photo_of(frames[0]), frames=tuple(frames))
    with pytest.raises(ModelError, match="calibration_too_small"):
        compare(equipment, harder, pictures, templates_of(equipment, frames), CONTROL)
    assert sight.given and not any(template.any() for template in sight.given)


def test_the_liveness_check_overwrites_what_it_compared():
    check, template = LivenessCheck(), np.full(128, 128**-0.5, np.float32)
    check.compare(template)
    assert check.same_person(np.full(128, 128**-0.5, np.float32))
    check.wipe()
    assert not template.any()


class Lacking:
    """The calibrations that ship, but for one pairing."""

    def find(self, scores, sample):
        if sample == "returned+portrait":
            raise none("missing", scores, sample)
        return SHIPPED.find(scores, sample)


def further(kind, seen):
    make = returned_photo if kind is PhotoKind.RETURNED else portrait_photo
    return HolderPhoto(kind, make(seen.frame.image, seen.observation.face.points), b"file")


def judged(stack, frames, *photos, calibrations=SHIPPED):
    equipment = SimpleNamespace(sight=Watched(stack), calibrations=calibrations)
    pictures = Pictures(photo_of(frames[0]), tuple(frames), further=photos)
    event = compare(equipment, rules_today(), pictures, templates_of(equipment, frames), CONTROL)
    assert not any(template.any() for template in equipment.sight.given)
    return event


def decided(event):
    """What the rules say of a case with these comparisons."""
    holder = play([*genuine()[:5], replace(event, at_ms=3100)])
    return holder.decision, [finding for finding, _ in holder.reasons]


def names(matches):
    return {Pairing(match.photo_kind, match.other_kind).sample: match for match in matches}


def test_every_photo_is_compared_with_the_face_and_with_every_other(stack, frames):
    photos = [further(kind, frames[1]) for kind in (PhotoKind.RETURNED, PhotoKind.PORTRAIT)]
    event = judged(stack, frames, photos[0])
    found = names(event.matches)
    assert list(found) == ["chip", "returned", "chip+returned"]
    assert {match.decision for match in event.matches} == {Answer.MATCH}
    assert len({match.calibration for match in event.matches}) == len({m.score for m in event.matches}) == 3
    assert decided(event)[0] is Decision.ACCEPT
    assert list(names(judged(stack, frames, photos[1]).matches)) == ["chip", "portrait", "chip+portrait"]
    event = judged(stack, frames, *photos)
    assert len(event.matches) == 6
    assert decided(event)[0] is Decision.ACCEPT


def test_a_returned_photo_of_somebody_else_is_named_and_goes_to_a_person(stack, frames, stranger):
    event = judged(stack, frames, further(PhotoKind.RETURNED, stranger))
    answers = {name: match.decision for name, match in names(event.matches).items()}
    assert answers.pop("chip") is Answer.MATCH
    assert set(answers.values()) == {Answer.NO_MATCH}
    decision, findings = decided(event)
    assert decision is Decision.REFER
    assert findings == ["match.no_match.returned", "match.no_match.chip_returned"]
    assert {texts(language).knows(finding) for language in LANGUAGES for finding in findings} == {True}


def test_a_portrait_of_somebody_else_is_refused(stack, frames, stranger):
    decision, findings = decided(judged(stack, frames, further(PhotoKind.PORTRAIT, stranger)))
    assert (decision, findings[0]) == (Decision.REFUSE, "match.no_match.portrait")


def test_a_photo_without_a_face_keeps_nothing_else_from_being_compared(stack, frames):
    wall = HolderPhoto(PhotoKind.RETURNED, np.full((220, 178, 3), 200, np.uint8), b"wall")
    event = judged(stack, frames, wall)
    assert list(names(event.matches)) == ["chip"]
    assert decided(event) == (Decision.REFER, ["match.no_face.returned"])


def test_a_pairing_without_a_calibration_goes_to_a_person(stack, frames):
    photos = [further(kind, frames[1]) for kind in (PhotoKind.RETURNED, PhotoKind.PORTRAIT)]
    event = judged(stack, frames, *photos, calibrations=Lacking())
    assert "returned+portrait" not in names(event.matches)
    assert len(event.matches) == 5
    assert decided(event) == (Decision.REFER, ["model.no_calibration.missing"])


def test_what_the_rules_require_must_have_been_compared():
    lead = Match(0.6, 0.45, 0.3, Answer.MATCH, 1e-5, (0.0, 1e-4), "open", "t", PhotoKind.RETURNED, 1.0)
    assert decided(Compared(at_ms=0, matches=(lead,))) == (Decision.REFER, ["match.missing.chip"])


def test_all_pictures_are_overwritten_and_every_photo_is_sealed(frames):
    photo = further(PhotoKind.RETURNED, frames[0])
    pictures = Pictures(photo_of(frames[0]), further=(photo,))
    assert [item.name for item in evidence_items(HolderCheck(), None, pictures.further)] == ["returned_photo"]
    pictures.wipe()
    assert not photo.image.any()
