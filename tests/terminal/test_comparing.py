"""The comparison of a case, with real networks: what it says, and that no template outlives it."""

from __future__ import annotations

import queue
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from config.paths import paths
from drivers.api import Frame
from models.api import Answer, ModelError
from models.chip_photo import chip_photo
from models.face.liveness import LivenessCheck
from models.face.stack import load
from terminal.calibrations import Calibrations
from terminal.comparing import compare
from terminal.control import Control
from terminal.pictures import Pictures
from terminal.rules.today import rules_today
from terminal.sight import Seen

SHIPPED = Calibrations(paths().data / "none", {}, production=False)
CONTROL = Control(queue.Queue(), lambda: 7, lambda event: True, lambda code: None)


@pytest.fixture(scope="module")
def stack():
    try:
        loaded = load("open", paths().models)
    except ModelError as error:
        pytest.skip(f"networks are absent: {error.code}")
    yield loaded
    loaded.close()


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

    def embed_together(self, document, live):
        first, others = self._stack.embed_together(document, live)
        self.given += [first, *others]
        return first, others


def photo_of(seen):
    return chip_photo(seen.frame.image, seen.observation.face.points, 2048)


def test_templates_are_overwritten_once_they_were_judged(stack, frames):
    sight = Watched(stack)
    equipment = SimpleNamespace(sight=sight, calibrations=SHIPPED)
    pictures = Pictures(chip_photo=photo_of(frames[0]), frames=tuple(frames))
    event = compare(equipment, rules_today(), pictures, CONTROL)
    assert event.match.decision is Answer.MATCH
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
        compare(equipment, harder, pictures, CONTROL)
    assert sight.given and not any(template.any() for template in sight.given)


def test_the_liveness_check_overwrites_what_it_compared():
    check, template = LivenessCheck(), np.full(128, 128**-0.5, np.float32)
    check.compare(template)
    assert check.same_person(np.full(128, 128**-0.5, np.float32))
    check.wipe()
    assert not template.any()
