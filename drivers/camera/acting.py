"""What the virtual customer does over time: sways, breathes, blinks, and follows instructions or does not."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from drivers.camera.conditions import Conditions
from drivers.camera.stage import Pose

INSTRUCTIONS = tuple(
    f"challenge.{each}" for each in ("blink", "turn_left", "turn_right", "nod", "open_mouth")
)
TURN_PEAK_DEGREES = 32.0
TURN_OUT_SECONDS, TURN_HOLD_SECONDS, TURN_BACK_SECONDS = 0.55, 0.5, 0.6
NOD_PEAK_DEGREES = 17.0
NOD_DOWN_SECONDS, NOD_HOLD_SECONDS, NOD_UP_SECONDS = 0.35, 0.15, 0.4
GAPE_OUT_SECONDS, GAPE_HOLD_SECONDS, GAPE_BACK_SECONDS = 0.3, 0.7, 0.35
BLINK_CLOSE_SECONDS, BLINK_OPEN_SECONDS = 0.08, 0.13
"""Lids come down faster than they go up (Guitton, Simard & Codère 1991)."""
BLINK_SHUT_SECONDS = 0.05
ASKED_BLINK_SHUT_SECONDS = 0.55
"""Eyes closed on request stay closed for a moment."""
BLINK_PAUSE_SECONDS = (2.5, 6.0)
"""Between blinks nobody asked for."""
AGAIN_SECONDS = (3.2, 4.4)
"""Who still sees the same instruction so long after following it does it again, and more of it."""
AGAIN_MORE = 1.15
REMEMBERED = 16


@dataclass(frozen=True, slots=True)
class Action:
    """Something done at a moment: an instruction's key, or ``own.blink``."""

    key: str
    starts_at: float
    more: float = 1.0
    """How far it goes, as a multiple of the usual."""

    def turn(self, now: float) -> float:
        """Degrees of head turn this action asks for at `now`, positive to the own left."""
        sign = {"challenge.turn_left": 1.0, "challenge.turn_right": -1.0}.get(self.key, 0.0)
        since = now - self.starts_at
        return (
            sign
            * self.more
            * TURN_PEAK_DEGREES
            * _there_and_back(since, TURN_OUT_SECONDS, TURN_HOLD_SECONDS, TURN_BACK_SECONDS)
        )

    def nod(self, now: float) -> float:
        """Degrees by which this action has the head lowered at `now`."""
        if self.key != "challenge.nod":
            return 0.0
        since = now - self.starts_at
        return (
            self.more
            * NOD_PEAK_DEGREES
            * _there_and_back(since, NOD_DOWN_SECONDS, NOD_HOLD_SECONDS, NOD_UP_SECONDS)
        )

    def gape(self, now: float) -> float:
        """How far this action has the mouth open at `now`, 0 to 1."""
        if self.key != "challenge.open_mouth":
            return 0.0
        since = now - self.starts_at
        return _there_and_back(since, GAPE_OUT_SECONDS, GAPE_HOLD_SECONDS, GAPE_BACK_SECONDS)

    def lids(self, now: float) -> float:
        """How far this action has the eyes closed at `now`, 0 to 1."""
        since = now - self.starts_at
        if self.key == "own.blink":
            return _blink(since, BLINK_SHUT_SECONDS)
        if self.key == "challenge.blink":
            return _blink(since, ASKED_BLINK_SHUT_SECONDS)
        return 0.0


class Moving(Protocol):
    """Somebody, or a recording of somebody, in motion."""

    def hear(self, instruction: str, now: float) -> None:
        """Take note of what the screen asks for."""

    def pose(self, now: float) -> Pose:
        """The pose at `now`, which never goes back in time."""


class Actor:
    """One person's movements. `hear` may be called from any thread; `pose` from one."""

    def __init__(self, seed: int, reaction_seconds: float, conditions: Conditions | None = None) -> None:
        self._manner = conditions or Conditions()
        self._random = np.random.default_rng(seed)
        given = self._manner.reaction_seconds
        self._reaction = reaction_seconds if given is None else given
        self._phases = self._random.uniform(0, 2 * math.pi, 12)
        self._heard: deque[Action] = deque(maxlen=REMEMBERED)
        self._next_blink = math.nan
        self._patience = np.random.default_rng([seed, 9])
        self._standing = ""
        self._again_at = math.inf

    def hear(self, instruction: str, now: float) -> None:
        """Follow an instruction after a human reaction time; any other word only takes its place."""
        self._again_at = math.inf
        if instruction in INSTRUCTIONS:
            late = self._reaction * float(np.clip(self._random.lognormal(0.0, 0.2), 0.6, 1.8))
            self._heard.append(Action(instruction, now + late))
            self._standing, self._again_at = instruction, now + late + self._wait()

    def act(self, instruction: str, at: float) -> None:
        """Do what an instruction says at a time of one's own."""
        self._heard.append(Action(instruction, at))

    def pose(self, now: float) -> Pose:
        """The pose at `now`, which never goes back in time."""
        self._blink_by_itself(now)
        self._try_again(now)
        actions = tuple(self._heard)
        wave, manner = self._wave, self._manner
        far = manner.vigour
        return Pose(
            yaw_degrees=manner.yaw + far * sum(each.turn(now) for each in actions) + 1.6 * wave(now, 0, 0.13),
            pitch_degrees=manner.pitch - far * sum(each.nod(now) for each in actions),
            lids=max((action.lids(now) for action in actions), default=0.0),
            mouth=0.12 * (1 + wave(now, 1, 0.21)),
            gape=max((action.gape(now) for action in actions), default=0.0),
            sway_x_px=far * 2.6 * wave(now, 2, 0.17) + 0.7 * wave(now, 3, 0.9),
            sway_y_px=far * 1.5 * wave(now, 4, 0.23) + 0.5 * wave(now, 5, 1.1),
            roll_degrees=manner.roll + 0.9 * wave(now, 6, 0.11),
            breath=wave(now, 7, 0.27),
        )

    def _blink_by_itself(self, now: float) -> None:
        if math.isnan(self._next_blink):
            self._next_blink = now + float(self._random.uniform(*BLINK_PAUSE_SECONDS))
        if now >= self._next_blink:
            self._heard.append(Action("own.blink", now))
            self._next_blink = now + float(self._random.uniform(*BLINK_PAUSE_SECONDS))

    def _try_again(self, now: float) -> None:
        if now >= self._again_at:
            self._heard.append(Action(self._standing, now, AGAIN_MORE))
            self._again_at = now + self._wait()

    def _wait(self) -> float:
        return float(self._patience.uniform(*AGAIN_SECONDS))

    def _wave(self, now: float, which: int, hertz: float) -> float:
        angle = 2 * math.pi * hertz * now + float(self._phases[which])
        return 0.75 * math.sin(angle) + 0.25 * math.sin(2.3 * angle + 1.0)


def _eased(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _there_and_back(since: float, out: float, hold: float, back: float) -> float:
    return _eased(since / out) - _eased((since - out - hold) / back)


def _blink(since: float, shut: float) -> float:
    opening = since - BLINK_CLOSE_SECONDS - shut
    return _eased(since / BLINK_CLOSE_SECONDS) - _eased(opening / BLINK_OPEN_SECONDS)
