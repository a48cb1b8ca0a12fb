"""What stands before the virtual camera as a near-infrared sensor with its own lamp (850 nm) sees it.

Skin is bright and even, as melanin and blood absorb little there; hair stays darker; the lamp beside the lens
reaches the person, hardly the wall behind, and shines back from the cornea. A screen emits no infrared, so it
shows no face; most printing inks are transparent there, so a print is a pale sheet with a hint of its black.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from drivers.api import Image
from drivers.camera.attacks import CutOut, PrintedPhoto, ReplayedScreen
from drivers.camera.head import OUTLINE
from drivers.camera.puppet import Puppet
from drivers.camera.scripts import EmptyRoom, Scene, Script, Setting, scene
from drivers.camera.stage import EYES

SKIN_MEAN, SKIN_CONTRAST = 168.0, 0.45
"""Grey level of lit skin, and how much of the visible relief is left in it."""
HAIR_SHARE = 0.55
"""Hair and clothes beside the face, as a share of what red light shows."""
REACH_FACES = 1.35
"""Beyond this many face widths from the face the lamp's light is down to a third."""
BACKGROUND_SHARE = 0.22
GLINT_FACES = 0.012
"""Radius of the lamp's reflection on the cornea: about 1.7 mm as the picture blurs it."""
PUPIL_FACES = 0.021
PUPIL_LEVEL = 38
INK_MEAN, INK_CONTRAST = 176.0, 0.10
"""A print: paper, and what carbon in the black ink still shows."""
GLASS_LEVEL = 26
"""Glass and panel of a screen, lit by the lamp, seen by the camera."""

Floats = npt.NDArray[np.float32]


def infrared_scene(script: Script, given: Setting) -> Scene:
    """The infrared side of the scene that `script` makes of `given`: it moves alike."""
    change = INSTEAD.get(script, person)
    first, second = given.puppets
    changed = change(first), None if second is None else change(second)
    return Unlit(scene(script, changed, given.size, given.seed, given.reaction_seconds, given.conditions))


class Unlit:
    """A scene whose room lies beyond the lamp's reach; grey."""

    def __init__(self, inner: Scene) -> None:
        self._inner = inner
        if isinstance(inner, EmptyRoom | PrintedPhoto | ReplayedScreen | CutOut):
            # What is held in a hand is near the lamp; only what is behind it lies in the dark.
            inner.backdrop = np.asarray(inner.backdrop * BACKGROUND_SHARE, np.uint8)

    def hear(self, instruction: str, now: float) -> None:
        """As the visible one does."""
        self._inner.hear(instruction, now)

    def show(self, now: float) -> Image:
        """The picture at `now`, three equal channels."""
        return grey(self._inner.show(now))


def grey(picture: Image) -> Image:
    """Three equal channels."""
    flat = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_GRAY2BGR), np.uint8)


def person(puppet: Puppet) -> Puppet:
    """The portrait under the lamp: bright skin, darker hair, dim background, a glint in each pupil."""
    red = puppet.image[..., 2].astype(np.float32)
    face = _face(puppet)
    relief = red - float((red * face).sum() / max(float(face.sum()), 1.0))
    skin = SKIN_MEAN + SKIN_CONTRAST * relief
    around = red * HAIR_SHARE * _reach(puppet)
    lit = face * skin + (1 - face) * around
    drawn = np.clip(lit, 0, 255).astype(np.uint8)
    for eye in _eye_centres(puppet):
        _glint(drawn, eye, puppet.face_width_px)
    return Puppet(np.repeat(drawn[..., None], 3, axis=2), puppet.points)


def inks(puppet: Puppet) -> Puppet:
    """The printed portrait: nearly flat."""
    seen = cv2.cvtColor(puppet.image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    flat = INK_MEAN + INK_CONTRAST * (seen - float(seen.mean()))
    return Puppet(np.repeat(np.clip(flat, 0, 255).astype(np.uint8)[..., None], 3, axis=2), puppet.points)


def screen(puppet: Puppet) -> Puppet:
    """The picture on a screen: none."""
    return Puppet(np.full_like(puppet.image, GLASS_LEVEL), puppet.points)


INSTEAD = {
    Script.PRINTED_PHOTO: inks,
    Script.CUT_OUT: inks,
    Script.REPLAYED_SCREEN: screen,
    Script.RECORDED_CHALLENGE: screen,
}
"""What an attack's picture is to infrared light; everybody else is a person."""


def _face(puppet: Puppet) -> Floats:
    """1 in the face, 0 outside, with a soft edge."""
    mask = np.zeros(puppet.image.shape[:2], np.uint8)
    outline = puppet.points[list(OUTLINE), :2].round().astype(np.int32)
    cv2.fillPoly(mask, [outline], 255)
    soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.03 * puppet.face_width_px))
    return np.asarray(soft.astype(np.float32) / 255, np.float32)


def _reach(puppet: Puppet) -> Floats:
    """How much of the lamp's light arrives: all at the face, little at the wall."""
    high, wide = puppet.image.shape[:2]
    middle = puppet.points[:, :2].mean(axis=0)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    away = np.hypot(x - middle[0], 0.7 * (y - middle[1])) / (REACH_FACES * puppet.face_width_px)
    return np.asarray(BACKGROUND_SHARE + (1 - BACKGROUND_SHARE) * np.exp(-(away**2)), np.float32)


def _eye_centres(puppet: Puppet) -> list[Floats]:
    return [puppet.points[[*upper, *lower], :2].mean(axis=0) for upper, lower in EYES]


def _glint(picture: npt.NDArray[np.uint8], eye: Floats, face_px: float) -> None:
    """A dark pupil with the lamp's reflection, which stands a little towards the lens."""
    bits = 4
    place = (round(float(eye[0]) * (1 << bits)), round(float(eye[1]) * (1 << bits)))
    for radius, level in ((PUPIL_FACES, PUPIL_LEVEL), (GLINT_FACES, 255)):
        size = round(max(1.0, radius * face_px) * (1 << bits))
        cv2.circle(picture, place, size, (level,), -1, cv2.LINE_AA, bits)
