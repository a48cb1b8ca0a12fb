"""How long the dialogue waits: for an answer to begin, for its rest, and for whoever comes back late."""

from __future__ import annotations

import time
from collections import deque

import pytest

from drivers.card import channel
from drivers.card.channel import Channel
from drivers.card.frame import encode_answer
from drivers.card.settings import SdtSettings
from drivers.errors import DeviceError, Garbled

CONTENT = encode_answer(0x90, bytes(1284))
STATUS = encode_answer(0x90)
SETTINGS = SdtSettings(gap_ms=200, frame_ms=5000, read_answer_ms=4000, search_ms=300)


class Line:
    """A pipe on which each piece arrives at its own second after the first request."""

    address = "line"

    def __init__(self, *pieces: tuple[float, bytes]) -> None:
        self._plan = deque(pieces)
        self._began: float | None = None
        self.requests: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.requests.append(data)
        self._began = self._began or time.monotonic()
        if len(self.requests) > 1:
            self._plan = deque([(0.0, STATUS)])

    def receive(self, seconds: float) -> bytes:
        ends = time.monotonic() + seconds
        assert self._began is not None
        while self._plan:
            due = self._began + self._plan[0][0]
            if due > ends:
                break
            time.sleep(max(0.0, due - time.monotonic()))
            return self._plan.popleft()[1]
        time.sleep(max(0.0, ends - time.monotonic()))
        return b""

    def purge(self) -> None:
        self._plan.clear()


def dialogue(line: Line) -> Channel:
    return Channel(line, SETTINGS)  # type: ignore[arg-type]


def failure(line: Line) -> DeviceError:
    with pytest.raises(DeviceError) as error:
        dialogue(line).answer(channel.READ)
    return error.value


def test_an_answer_that_breaks_off_is_not_waited_for_to_the_end() -> None:
    began = time.monotonic()
    error = failure(Line((0.05, CONTENT[:700])))
    assert (type(error), error.code) == (Garbled, "card_reader.link")
    assert time.monotonic() - began < 3


def test_pauses_shorter_than_the_gap_are_waited_for() -> None:
    pieces = [(0.1 * place, CONTENT[at : at + 150]) for place, at in enumerate(range(0, 1295, 150))]
    answer = dialogue(Line(*pieces)).answer(channel.READ)
    assert len(answer.data) == 1284


def test_a_stray_byte_does_not_hurry_the_answer_after_it() -> None:
    answer = dialogue(Line((0.0, CONTENT[:1]), (0.5, CONTENT))).answer(channel.READ)
    assert len(answer.data) == 1284


def test_who_comes_back_late_gets_what_came_meanwhile() -> None:
    line = Line((0.0, CONTENT[:100]), (0.1, CONTENT[100:]))
    asking = dialogue(line)
    assert asking.ask(channel.READ, time.monotonic() + 0.02) is None
    time.sleep(0.6)
    answer = asking.ask(channel.READ)
    assert answer is not None
    assert len(answer.data) == 1284
    assert len(line.requests) == 1
