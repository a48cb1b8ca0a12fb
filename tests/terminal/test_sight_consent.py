"""No network looks at anybody before consent, nor after the case."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from drivers.api import About, Can, Frame
from models.api import Observation
from models.face.settings import FaceSettings
from terminal.sight import BACKLOG, Listener, Seen, Sight


class Camera:
    """Gives a picture every few milliseconds."""

    about = About("test", "")
    can = Can.NOTHING

    def __init__(self) -> None:
        self.number = 0

    def frame(self, seconds: float) -> Frame:
        time.sleep(0.005)
        self.number += 1
        return Frame(np.zeros((8, 8, 3), np.uint8), self.number, time.monotonic())

    def close(self) -> None:
        """Nothing to close."""


class Kept:
    about = Camera.about

    def __init__(self) -> None:
        self.camera = Camera()

    def get(self) -> Camera:
        return self.camera

    def close(self) -> None:
        """Nothing to close."""


class CountingStack:
    """Counts how often it was asked to look."""

    settings = FaceSettings()

    def __init__(self) -> None:
        self.looks = 0
        self.looked = threading.Event()

    def warm_up(self) -> None:
        """Ready."""

    def observe(self, image, number, at, **_):
        self.looks += 1
        self.looked.set()
        return Observation(number, at, ())

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def seeing():
    stack = CountingStack()
    sight = Sight(Kept(), lambda: stack)
    sight.start()
    yield sight, stack
    sight.close()


def test_nothing_is_looked_at_before_consent_and_after_the_case(seeing):
    sight, stack = seeing
    sight.require_networks()
    time.sleep(0.3)
    assert sight.preview() is not None, "the picture itself may be shown"
    assert stack.looks == 0
    sight.permit()
    assert stack.looked.wait(5)
    sight.forbid()
    time.sleep(0.2)
    before = stack.looks
    time.sleep(0.4)
    assert stack.looks == before
    assert sight.preview().face is None


def test_an_error_of_the_networks_reaches_the_case_and_not_only_the_log(seeing):
    sight, stack = seeing
    sight.require_networks()

    def broken(*_, **__):
        raise ArithmeticError("no number")

    stack.observe = broken
    with sight.listening() as listener:
        sight.permit()
        with pytest.raises(ArithmeticError):
            for _ in range(20):
                listener.next(0.5)
    assert sight.preview() is not None, "the picture goes on"


def test_a_slow_listener_keeps_the_newest():
    listener = Listener()
    for number in range(50):
        listener.put(Seen(Frame(np.zeros((1, 1, 3), np.uint8), number, 0.0), Observation(number, 0.0, ())))
    seen = [listener.next(0.01) for _ in range(BACKLOG)]
    assert [each.frame.number for each in seen] == list(range(50 - BACKLOG, 50))
    assert listener.next(0.01) is None
