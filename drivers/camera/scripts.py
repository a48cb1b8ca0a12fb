"""Who stands before the virtual camera, script by script; each gives clean pictures for the lens."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

from drivers.api import Image
from drivers.camera.acting import INSTRUCTIONS, Actor, Moving
from drivers.camera.attacks import CutOut, PrintedPhoto, ReplayedScreen
from drivers.camera.conditions import Conditions
from drivers.camera.puppet import Puppet
from drivers.camera.recording import Recorded
from drivers.camera.scenery import room
from drivers.camera.stage import CELL_PX, Stage

FACE_SHARE = 0.385
"""Face width as a share of the picture's height: 185 px of 480, an arm's length from the camera."""
ATTACK_FACE_SHARE = 0.375
PAIR_FACE_SHARE = 0.31
HELPER_SECONDS = 3.0
"""How long the helper of a switched face is shown for each instruction."""
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
    LOOPED = "looped"
    """The last seconds of a live stream, over and over."""
    CUT_OUT = "cut_out"
    """A print worn as a mask, with holes for living eyes."""
    RECORDED_CHALLENGE = "recorded_challenge"
    """A screen that plays a recording of the person following instructions."""
    INJECTED = "injected"
    """Such a recording put in the place of the camera's stream."""
    SWITCHED = "switched"
    """A living accomplice follows the instructions; between them another face is shown in their place."""
    TURNS = "turns"
    """Two customers in turn: the instruction ``turn.second`` calls the second, ``turn.first`` the first."""


class Scene(Protocol):
    """Something the camera looks at."""

    def hear(self, instruction: str, now: float) -> None:
        """Take note of what the screen asks for."""

    def show(self, now: float) -> Image:
        """The clean picture at `now`, a time that never goes back."""


class OnePerson:
    """A customer who is there and follows instructions."""

    def __init__(self, stage: Stage, actor: Moving) -> None:
        self.stage, self._actor = stage, actor

    def hear(self, instruction: str, now: float) -> None:
        """Follow after the reaction time."""
        self._actor.hear(instruction, now)

    def show(self, now: float) -> Image:
        """The person at `now`."""
        return self.stage.show(self._actor.pose(now))


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


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything a scene is made from."""

    puppets: tuple[Puppet, Puppet | None]
    size: tuple[int, int]
    seed: int
    reaction_seconds: float
    conditions: Conditions = field(default_factory=Conditions)

    def place(self, share: float) -> tuple[float, tuple[float, float]]:
        """Width of a face that usually takes `share` of the height, and where its middle is."""
        width, height = self.size
        across, down = self.conditions.offset
        return share * height * self.conditions.size, (width * (0.5 + across), height * (0.5 + down))

    def person(self, puppet: Puppet, actor: Actor) -> OnePerson:
        """A living person before the camera."""
        face, centre = self.place(FACE_SHARE)
        return OnePerson(Stage(puppet, *self.size, face, centre), actor)

    def actor(self) -> Actor:
        """Who follows instructions."""
        return Actor(self.seed, self.reaction_seconds, self.conditions)


def scene(
    script: Script,
    puppets: tuple[Puppet, Puppet | None],
    size: tuple[int, int],
    seed: int,
    reaction_seconds: float,
    conditions: Conditions | None = None,
) -> Scene:
    """The scene of `script` in a picture of `size`.

    The second puppet is needed for two people and for the scripts ``switched`` and ``turns``.
    """
    given = Setting(puppets, size, seed, reaction_seconds, conditions or Conditions())
    (width, height), first = size, puppets[0]
    attack = width, height, given.place(ATTACK_FACE_SHARE)[0], seed
    match script:
        case Script.GENUINE | Script.OTHER | Script.FROZEN | Script.LOOPED:
            return given.person(first, given.actor())
        case Script.PRINTED_PHOTO:
            return PrintedPhoto(first, *attack)
        case Script.REPLAYED_SCREEN:
            return ReplayedScreen(first, *attack)
        case Script.CUT_OUT:
            return CutOut(first, *attack)
        case Script.RECORDED_CHALLENGE:
            return ReplayedScreen(first, *attack, Recorded(seed, given.conditions))
        case Script.INJECTED:
            return OnePerson(given.person(first, given.actor()).stage, Recorded(seed, given.conditions))
        case Script.NOBODY:
            return EmptyRoom(width, height, seed)
        case Script.TWO_PEOPLE | Script.TURNS | Script.SWITCHED:
            return _of_two(script, given)


def _of_two(script: Script, given: Setting) -> Scene:
    """Scenes with a second person."""
    first, second = given.puppets
    if script is Script.TWO_PEOPLE:
        return _pair(given.puppets, given.size, given.seed, given.reaction_seconds)
    other = given.person(second or first, given.actor())
    here = given.person(first, given.actor())
    return Turns(here, other) if script is Script.TURNS else Switched(here, other)


class Turns:
    """Two people of whom one at a time is before the camera."""

    def __init__(self, first: Scene, second: Scene) -> None:
        self._people = {"turn.first": first, "turn.second": second}
        self._now = first

    def hear(self, instruction: str, now: float) -> None:
        """Change places when somebody is called; otherwise the one who is there follows."""
        if instruction in self._people:
            self._now = self._people[instruction]
        else:
            self._now.hear(instruction, now)

    def show(self, now: float) -> Image:
        """Whoever is there."""
        return self._now.show(now)


class Switched:
    """Two people's pictures in one place, one of them at a time."""

    def __init__(self, helper: OnePerson, holder: OnePerson) -> None:
        self._helper, self._holder = helper, holder
        self._until = 0.0

    def hear(self, instruction: str, now: float) -> None:
        """The helper comes in and follows."""
        if instruction in INSTRUCTIONS:
            self._until = now + HELPER_SECONDS
        self._helper.hear(instruction, now)

    def show(self, now: float) -> Image:
        """Whoever is shown at `now`."""
        return (self._helper if now < self._until else self._holder).show(now)


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
