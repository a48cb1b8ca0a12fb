"""The near-infrared picture of the virtual customer: a face for a person, none on a screen or a print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.api import Can, Image
from drivers.camera.nearinfrared import infrared_scene
from drivers.camera.puppet import Puppet
from drivers.camera.scripts import Script, Setting, scene

Opener = Callable[..., Any]
SIZE = (640, 480)
FACE = np.s_[180:310, 270:370]
EYES_ROW = np.s_[150:260, 250:390]


@pytest.fixture(scope="module")
def puppet(puppet_file: Path) -> Puppet:
    return Puppet.load(puppet_file)


def shown(puppet: Puppet, script: Script) -> Image:
    return infrared_scene(script, Setting((puppet, None), SIZE, 1, 0.5)).show(0.0)


def test_skin_is_bright_and_the_wall_dark(puppet: Puppet) -> None:
    picture = shown(puppet, Script.GENUINE)
    assert np.ptp(picture, axis=2).max() == 0
    assert picture[FACE].mean() > 130
    assert picture[:60, :60].mean() < 70


def test_the_lamp_is_seen_in_both_eyes(puppet: Puppet) -> None:
    eyes = shown(puppet, Script.GENUINE)[EYES_ROW][..., 0]
    glints = np.argwhere(eyes > 235)
    assert len(glints) >= 4
    assert np.ptp(glints[:, 1]) > 40, "one each side"
    assert np.ptp(glints[:, 0]) < 15
    darkest = min(int(eyes[y - 5 : y + 6, x - 5 : x + 6].min()) for y, x in glints)
    assert darkest < 80, "the pupil around it"


def test_a_screen_shows_no_face(puppet: Puppet) -> None:
    picture = shown(puppet, Script.REPLAYED_SCREEN)
    assert picture[FACE].mean() < 45
    assert picture[FACE].std() < 8


def test_a_print_is_pale_and_flat(puppet: Puppet) -> None:
    printed, genuine = shown(puppet, Script.PRINTED_PHOTO), shown(puppet, Script.GENUINE)
    assert printed[FACE].mean() > 120
    assert printed[FACE].std() < 0.45 * genuine[FACE].std()


def test_an_empty_room_is_out_of_the_lamp_s_reach(puppet: Puppet) -> None:
    assert shown(puppet, Script.NOBODY).mean() < 60


def test_both_pictures_move_alike(puppet: Puppet) -> None:
    given = (puppet, None), SIZE, 4, 0.4
    visible = scene(Script.GENUINE, *given)
    infrared = infrared_scene(Script.GENUINE, Setting(*given))
    for each in (visible, infrared):
        each.hear("challenge.turn_left", 0.0)
    places = []
    for each in (visible, infrared):
        still, turned = each.show(0.0).astype(int), [each.show(i / 10) for i in range(1, 16)][-1].astype(int)
        moved = np.abs(turned - still).mean(axis=2) > 12
        places.append(moved)
    both = (places[0] & places[1]).sum() / max(1, places[1].sum())
    assert places[1].sum() > 2000
    assert both > 0.6


def test_the_driver_offers_it_when_asked(opened: Opener, puppet_file: Path) -> None:
    camera = opened("camera-virtual", f"virtual:{puppet_file}", {"infrared": True})
    assert Can.SEE_INFRARED in camera.can
    frame = camera.frame(2.0)
    assert frame.infrared.shape == frame.image.shape
    plain = opened("camera-virtual", f"virtual:{puppet_file}")
    assert Can.SEE_INFRARED not in plain.can
    assert plain.frame(2.0).infrared is None
