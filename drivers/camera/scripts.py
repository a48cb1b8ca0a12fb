"""Who stands before the virtual camera, script by script; each gives clean pictures for the lens."""

from __future__ import annotations

import enum
from typing import Protocol

import cv2
import numpy as np

from drivers.api import Image
from drivers.camera.acting import Actor
from drivers.camera.attacks import PrintedPhoto, ReplayedScreen
from drivers.camera.puppet import Puppet
from drivers.camera.scenery import room
from drivers.camera.stage import CELL_PX, Stage

FACE_SHARE = 0.385
"""Face width as a share of the picture's height: 185 px of 480, an arm's length from the camera."""
ATTACK_FACE_SHARE = 0.375
PAIR_FACE_SHARE = 0.31
SEAM_PX = 40
"""Two people's pictures fade into each other over this width."""


class Script(enum.StrEnum):
    """What happens in front of the camera."""

    GENUINE = "genuine"
    OTHER = "other"
    PRINTED_PHOTO = "printed_photo"
    REPLAYED_SCREEN = "replayed_screen"
    NOBODY = "nobody"
    TWO_PEOPLE = "two_people"
    FROZEN = "frozen"


class Scene(Protocol):
    """Something the camera looks at."""

    def hear(self, instruction: str, now: float) -> None:
        """Take note of what the screen asks for."""

    def show(self, now: float) -> Image:
        """The clean picture at `now`, a time that never goes back."""


class OnePerson:
    """A customer who is there and follows instructions."""

    def __init__(self, stage: Stage, actor: Actor) -> None:
        self._stage, self._actor = stage, actor

    def hear(self, instruction: str, now: float) -> None:
        """Follow after the reaction time."""
        self._actor.hear(instruction, now)

    def show(self, now: float) -> Image:
        """The person at `now`."""
        return self._stage.show(self._actor.pose(now))


class EmptyRoom:
    """Nobody is there."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self.backdrop = room(width, height, seed)

    def hear(self, instruction: str, now: float) -> None:
        """Nobody hears it."""

    def show(self, now: float) -> Image:
        """The room."""
        return self.backdrop


class TwoPeople:
    """Two people side by side; the first follows instructions, the second only looks."""

    def __init__(self, first: Scene, second: Scene) -> None:
        self._first, self._second = first, second

    def hear(self, instruction: str, now: float) -> None:
        """The first follows."""
        self._first.hear(instruction, now)

    def show(self, now: float) -> Image:
        """Both, in one picture."""
        left, right = self._first.show(now), self._second.show(now)
        share = np.linspace(1, 0, SEAM_PX, dtype=np.float32)[None, :, None]
        seam = left[:, -SEAM_PX:] * share + right[:, :SEAM_PX] * (1 - share)
        return np.asarray(
            cv2.hconcat([left[:, :-SEAM_PX], seam.astype(np.uint8), right[:, SEAM_PX:]]), np.uint8
        )


def scene(
    script: Script,
    puppets: tuple[Puppet, Puppet | None],
    size: tuple[int, int],
    seed: int,
    reaction_seconds: float,
) -> Scene:
    """The scene of `script` in a picture of `size`; the second puppet is needed for two people only."""
    (width, height), first = size, puppets[0]
    match script:
        case Script.GENUINE | Script.OTHER | Script.FROZEN:
            stage = Stage(first, width, height, FACE_SHARE * height, (width / 2, height / 2))
            return OnePerson(stage, Actor(seed, reaction_seconds))
        case Script.PRINTED_PHOTO:
            return PrintedPhoto(first, width, height, ATTACK_FACE_SHARE * height, seed)
        case Script.REPLAYED_SCREEN:
            return ReplayedScreen(first, width, height, ATTACK_FACE_SHARE * height, seed)
        case Script.NOBODY:
            return EmptyRoom(width, height, seed)
        case Script.TWO_PEOPLE:
            return _pair(puppets, size, seed, reaction_seconds)


def _pair(
    puppets: tuple[Puppet, Puppet | None], size: tuple[int, int], seed: int, reaction_seconds: float
) -> Scene:
    width, height = size
    left = round((width + SEAM_PX) / 2 / CELL_PX) * CELL_PX
    face, people = PAIR_FACE_SHARE * height, []
    for place, puppet in enumerate((puppets[0], puppets[1] or puppets[0])):
        wide = width + SEAM_PX - left if place else left
        stage = Stage(puppet, wide, height, face, (wide / 2, height * (0.5, 0.47)[place]))
        people.append(OnePerson(stage, Actor(seed + place, reaction_seconds)))
    return TwoPeople(people[0], people[1])
