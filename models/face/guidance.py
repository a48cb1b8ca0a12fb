"""One plain instruction at a time, held long enough to be read, from a stream of judged frames.

The person is told what must be solved first. An instruction stays for a least time, gives way only when
several frames in a row agree, and is left only when the picture is clearly better than the limit that called
it (`models.face.problems`); so noise around a limit cannot make the screen flicker. Directions are the
person's own: "left" is their left hand, whatever the preview shows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from config.guide import GuideLimits
from models.api import Observation, Quality
from models.face.problems import NO_FACE, problem_of

GAP_SECONDS = 0.5
"""A longer pause between two frames counts as this long: nothing is known of the rest."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """What is said now, and whether this frame can be used."""

    instruction: str | None
    """Message key, or None when the face is good."""
    usable: bool
    """This frame has no problem, or only one that the person was told of for long and could not mend."""
    longest: str | None = None
    """What kept this try waiting for the longest time: the hint when it fails."""


GOOD = Guidance(None, True)
"""Nothing to change."""


class Guide:
    """Follows one person; `start` it again for the next."""

    def __init__(self, limits: GuideLimits) -> None:
        self._limits = limits
        self.start()

    def start(self) -> None:
        """Somebody else comes: forget everything."""
        self._said: str | None = NO_FACE
        self._since: float | None = None
        self._last: float | None = None
        self._other = self._good = 0
        self.count_anew()

    def count_anew(self) -> None:
        """A new try begins: what was met before it no longer counts."""
        self._told: defaultdict[str, float] = defaultdict(float)

    def next(self, seen: Observation) -> Guidance:
        """What to say after this frame; frames come in order of their time."""
        quality = seen.quality if seen.faces else None
        plain: str | None = NO_FACE
        held: str | None = NO_FACE
        told = self._told
        if quality is not None:
            quality, borne = self._as_seen(quality), self._borne()
            plain = problem_of(quality, self._limits, borne=borne)
            held = problem_of(quality, self._limits, borne=borne, held=self._said)
        lasted = 0.0 if self._last is None else min(max(seen.at - self._last, 0.0), GAP_SECONDS)
        self._last = seen.at if self._last is None else max(self._last, seen.at)
        if held is not None:
            told[held] += lasted
        self._follow(held, self._last)
        longest = max(told, key=lambda key: told[key], default=None)
        return Guidance(self._said, plain is None, longest)

    def _borne(self) -> frozenset[str]:
        """What the person was told of for long enough, and need not mend where it is only advice."""
        patient = self._limits.patience_seconds
        return frozenset(key for key, told in self._told.items() if told >= patient)

    def _as_seen(self, quality: Quality) -> Quality:
        """The picture of a camera that mirrors, as one that does not would give it."""
        if not self._limits.camera_mirrors:
            return quality
        return replace(quality, yaw=-quality.yaw, offset_x=-quality.offset_x)

    def _follow(self, problem: str | None, at: float) -> None:
        """Change what is said once enough frames agree and it was said for long enough."""
        limits = self._limits
        self._other = 0 if problem == self._said else self._other + 1
        self._good = 0 if problem is not None else self._good + 1
        stays = limits.good_seconds if self._said is None else limits.hold_seconds
        agree = self._good >= limits.good_frames if problem is None else self._other >= limits.agreeing_frames
        first = self._since is None
        if first or (problem != self._said and agree and at - (self._since or 0.0) >= stays):
            self._said, self._since, self._other = problem, at, 0
