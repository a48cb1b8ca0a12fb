"""Looks at the stream itself: frozen or looped pictures, a face that jumps or becomes another one.

Two pictures of a real camera are never the same byte for byte, because of its noise; so exact equality is
enough to notice a stopped stream or a plain loop, and no still-standing customer is ever taken for one. What
was made to look fresh is noticed in `models.face.loops`.
"""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from models.api import Embedding, Face, Image, Observation
from models.protect import wipe

EVERY = 2
"""Only every second row and column is hashed: still far more noise than any two frames share."""


class StreamSettings(BaseModel):
    """When a stream is not to be trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frozen_seconds: float = Field(
        default=1.0, gt=0, description="A picture that stays the same this long is frozen"
    )
    frozen_share: float = Field(
        default=0.5, gt=0, le=1, description="Share of repeated frames that is frozen"
    )
    looped_share: float = Field(
        default=0.2, gt=0, le=1, description="Share of frames seen earlier that is a loop"
    )
    jump_widths: float = Field(
        default=0.8, gt=0, description="Way of the face between two frames, in face widths"
    )
    jump_seconds: float = Field(
        default=2.0, gt=0, description="Faces seen further apart in time break a sequence off"
    )
    jumps: int = Field(default=3, ge=1, description="Jumps that make the face another one")
    stutter_share: float = Field(
        default=0.15,
        gt=0,
        le=1,
        description="Share of repeated frames no camera gives: a video of another rate was put in its place",
    )
    same_person: float = Field(
        default=0.4, description="Least similarity between templates of the same sequence, where taken"
    )
    same_person_degrees: float = Field(
        default=25.0, gt=0, description="Templates beyond this yaw are not compared"
    )
    template_seconds: float = Field(
        default=1.0, gt=0, description="A template is taken this often, and in each action"
    )


class Stream:
    """What is known about the stream so far."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._seen: set[bytes] = set()
        self._last: bytes | None = None
        self._same_since = 0.0
        self._last_face: tuple[float, Face] | None = None
        self._templates: list[Embedding] = []
        self._template_at = -1e9
        self._acted = False
        self.least_same: float | None = None
        """Least similarity between two templates of the sequence."""
        self.compared = 0
        self.repeated = 0
        self.recurred = 0
        self.longest_same = 0.0
        self.jumps = 0
        self.another_person = False

    def add(self, observation: Observation, image: Image | None) -> bool:
        """Take in one frame; True when the face jumped, so that an action across it must not count."""
        self._compare_pictures(observation, image)
        if observation.embedding is not None and self._frontal(observation):
            self.compare(observation.embedding)
        return self._compare_places(observation)

    @property
    def repeated_share(self) -> float:
        """Share of frames equal to the one before."""
        return self.repeated / max(self.compared, 1)

    @property
    def looped_share(self) -> float:
        """Share of frames equal to an earlier one, but not to the one before."""
        return self.recurred / max(self.compared, 1)

    @property
    def frozen(self) -> bool:
        """True when the picture stood still."""
        return (
            self.repeated_share >= self._settings.frozen_share
            or self.longest_same >= self._settings.frozen_seconds
        )

    @property
    def stutters(self) -> bool:
        """True when single frames come twice too often."""
        return self.repeated_share >= self._settings.stutter_share

    @property
    def looped(self) -> bool:
        """True when pictures came back."""
        return self.looped_share >= self._settings.looped_share

    @property
    def face_changed(self) -> bool:
        """True when it cannot have been one person's face all the time."""
        return self.another_person or self.jumps >= self._settings.jumps

    def _compare_pictures(self, observation: Observation, image: Image | None) -> None:
        """Count repetitions."""
        mark = _mark(observation, image)
        if mark is None:
            self._last = None
            return
        if self._last is None and not self._seen:
            self._same_since = observation.at
        elif mark == self._last:
            self.compared += 1
            self.repeated += 1
            self.longest_same = max(self.longest_same, observation.at - self._same_since)
        else:
            self.compared += 1
            self.recurred += mark in self._seen
            self._same_since = observation.at
        self._seen.add(mark)
        self._last = mark

    def _compare_places(self, observation: Observation) -> bool:
        """True when the face is too far from where it was."""
        face, before = observation.face, self._last_face
        if face is None:
            return False
        self._last_face = (observation.at, face)
        if before is None or observation.at - before[0] > self._settings.jump_seconds:
            return before is not None
        jumped = _way(before[1], face) > self._settings.jump_widths
        self.jumps += jumped
        return jumped

    def wants_template(self, observation: Observation, acting: bool) -> bool:
        """True for a frontal enough face when one is due: from time to time, and once in each action."""
        if observation.face is None or not self._frontal(observation):
            return False
        due = observation.at - self._template_at >= self._settings.template_seconds
        began = acting and not self._acted
        if due or began:
            self._template_at = observation.at
            self._acted = acting
            return True
        self._acted = self._acted and acting
        return False

    def compare(self, template: Embedding) -> None:
        """Notice another person by template."""
        if self._templates:
            least = min(float(template @ each) for each in self._templates)
            self.least_same = least if self.least_same is None else min(self.least_same, least)
            self.another_person |= least < self._settings.same_person
        self._templates.append(template)

    def same_person(self, template: Embedding) -> bool:
        """True when `template` is near enough to all of the sequence."""
        return all(float(template @ each) >= self._settings.same_person for each in self._templates)

    def wipe(self) -> None:
        """Overwrite the templates taken in."""
        wipe(*self._templates)
        self._templates.clear()

    def _frontal(self, observation: Observation) -> bool:
        quality = observation.quality
        return quality is None or abs(quality.yaw) <= self._settings.same_person_degrees


def _mark(observation: Observation, image: Image | None) -> bytes | None:
    """A short mark of the picture; without the picture, of what the networks made of it."""
    if image is not None:
        # OpenCV, because a copy by numpy takes ten times as long and keeps other threads waiting.
        size = max(1, image.shape[1] // EVERY), max(1, image.shape[0] // EVERY)
        few = cv2.resize(image, size, interpolation=cv2.INTER_NEAREST)
        return hashlib.blake2b(few, digest_size=16).digest()  # type: ignore[arg-type]
    face = observation.face
    return None if face is None else np.asarray(face.box).tobytes() + face.points.tobytes()


def _way(before: Face, after: Face) -> float:
    """How far the middle of the face moved, in widths of the larger face; a sudden growth counts as way."""
    (x, y, width, height), (u, v, wide, high) = before.box, after.box
    moved = float(np.hypot(u + wide / 2 - x - width / 2, v + high / 2 - y - height / 2))
    largest, smallest = max(width, wide), max(min(width, wide), 1e-6)
    return max(moved / max(largest, 1e-6), largest / smallest - 1)
