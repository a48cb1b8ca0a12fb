"""What is compared is what was judged alive: a photo shown before or between must not be compared."""

from __future__ import annotations

import queue
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from config.liveness import LivenessLimits
from drivers.api import About, Frame
from models.api import (
    Answer,
    ChallengeKind,
    Face,
    LiveAnswer,
    Liveness,
    Match,
    Observation,
    PhotoKind,
    Quality,
)
from models.face.holder import shows_somebody_else
from terminal import looking
from terminal.control import Control
from terminal.holder.values import HolderCheck
from terminal.rules.today import rules_today
from terminal.sight import Seen

PHOTO, LIVE = 0.01, 0.99
POINTS = np.array([[40, 50], [80, 50], [60, 70], [45, 90], [75, 90]], np.float32)


def seen(number: int, passive: float) -> Seen:
    face = Face((30, 30, 60, 80), POINTS, 0.9)
    quality = Quality(60, 20 if passive == PHOTO else 10, 120, 40, 0, 0, 0, 0.0)
    image = np.zeros((160, 160, 3), np.uint8)
    return Seen(
        Frame(image, number, number / 10),
        Observation(number, number / 10, (face,), quality, passive_live=passive),
    )


class Sight:
    """Plays a list of what was seen."""

    about = staticmethod(lambda: About("test", ""))

    def __init__(self, items):
        self.items = list(items)

    @contextmanager
    def listening(self):
        yield SimpleNamespace(next=lambda seconds: self.items.pop(0))

    @contextmanager
    def stack(self):
        yield SimpleNamespace(
            embed=lambda image, face: np.zeros(128, np.float32),
            embed_together=lambda documents, live: ([], [np.zeros(128, np.float32) for _ in live]),
        )

    def require_networks(self):
        """There."""

    def tell(self, instruction):
        """Nobody hears."""


class Check:
    """Says live after ten frames, as the true check does for a person who follows."""

    done = 0

    def __init__(self, settings, challenges, *, rng):
        self.frames = 0

    one_person = True

    def due(self):
        return None

    def wants_template(self, observation):
        return False

    def same_person(self, template):
        return self.one_person

    @property
    def enough(self):
        return self.frames >= 10

    def add(self, observation, image=None):
        self.frames += 1

    def wipe(self):
        """Holds nothing."""

    def verdict(self):
        return Liveness(LiveAnswer.LIVE, {}, (), self.frames, (ChallengeKind.BLINK,))


@pytest.mark.parametrize("passive_before", [PHOTO, LIVE])
def test_what_is_shown_before_or_between_the_judged_frames_is_not_compared(passive_before, monkeypatch):
    monkeypatch.setattr(looking, "LivenessCheck", Check)
    photo_first = [seen(number, passive_before) for number in range(1, 4)]
    person = [seen(number, LIVE) for number in range(10, 20)]
    person[4] = seen(14, PHOTO)
    control = Control(queue.Queue(), lambda: 0, lambda event: True, lambda code: None)
    captured = looking.look(
        SimpleNamespace(sight=Sight([*photo_first, *person]), liveness=LivenessLimits()),
        rules_today(),
        HolderCheck(),
        control,
    )
    numbers = {each.frame.number for each in captured.frames}
    assert numbers and numbers <= set(range(10, 20)) - {14}


def test_frames_of_somebody_else_than_who_acted_are_not_compared(monkeypatch):
    monkeypatch.setattr(looking, "LivenessCheck", Check)
    monkeypatch.setattr(Check, "one_person", False)
    frames = [seen(number, LIVE) for number in range(1, 24)]
    control = Control(queue.Queue(), lambda: 0, lambda event: True, lambda code: None)
    answer = looking.look(
        SimpleNamespace(sight=Sight(frames), liveness=LivenessLimits()), rules_today(), HolderCheck(), control
    )
    assert answer.code == "liveness.face_changed"


@pytest.mark.parametrize(("scores", "strays"), [((0.8, 0.8, 0.1), True), ((0.8, 0.7, 0.6), False)])
def test_frames_of_two_people_are_not_accepted_together(scores, strays):
    match = Match(0.8, 0.45, 0.3, Answer.MATCH, 1e-6, (0, 1e-5), "open", "t", PhotoKind.CHIP, 1.0)
    document = np.array([1.0, 0.0], np.float32)
    live = [np.array([score, (1 - score**2) ** 0.5], np.float32) for score in scores]
    assert shows_somebody_else(match, document, live) is strays
