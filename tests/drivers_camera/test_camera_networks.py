"""The virtual customer before the real networks: alive if genuine, else an attack; the same person always."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import cv2
import numpy as np
import pytest

from drivers.camera.lens import Lens
from drivers.camera.puppet import Puppet
from drivers.camera.scripts import Script, scene
from drivers.camera.stage import Pose, Stage
from models.api import Observation
from models.face.challenge import ChallengeSettings
from models.face.quality import pose_of_mesh
from models.face.signs import mouth_of_mesh
from models.face.stack import FaceStack

SIZE = (640, 480)
PERIOD = 1 / 7.5


@pytest.fixture(scope="module")
def puppet(puppet_file: Path) -> Puppet:
    return Puppet.load(puppet_file)


def watched(
    stack: FaceStack, puppet: Puppet, script: Script, instruction: str, frames: int
) -> list[Observation]:
    """What the networks see in the first frames after an instruction."""
    shown, lens, seen = scene(script, (puppet, puppet), SIZE, 8, 0.4), Lens(*SIZE, 8), []
    shown.show(0.0)
    shown.hear(instruction, 0.0)
    for number in range(1, frames + 1):
        now = number * PERIOD
        seen.append(stack.observe(lens.see(shown.show(now), now), number, now, embed=number == 1))
    return seen


def test_a_genuine_customer_is_alive_and_turns(stack: FaceStack, puppet: Puppet) -> None:
    seen = watched(stack, puppet, Script.GENUINE, "challenge.turn_left", 12)
    assert [len(observation.faces) for observation in seen] == [1] * 12
    assert median(observation.passive_live or 0.0 for observation in seen) > 0.8
    assert 20 < max(pose_of_mesh(observation.mesh)[0] for observation in seen if observation.mesh) < 40
    assert 150 < seen[0].faces[0].box[2] < 210


def test_a_genuine_customer_is_seen_to_blink(stack: FaceStack, puppet: Puppet) -> None:
    seen = watched(stack, puppet, Script.GENUINE, "challenge.blink", 12)
    opening = [observation.eyes_open or 0.0 for observation in seen]
    assert min(opening) < 0.6 * median(opening)


def test_a_mouth_opened_wider_is_seen_opened_wider(stack: FaceStack, puppet: Puppet) -> None:
    """A jaw that drops further than any jaw does leaves the network's mesh behind."""
    stage = Stage(puppet, *SIZE, 185.0, (320.0, 240.0))
    gaps = []
    for number, gape in enumerate((0.0, 0.7, 1.0)):
        seen = stack.observe(stage.show(Pose(gape=gape)), number, number * PERIOD)
        assert seen.mesh is not None
        gaps.append(mouth_of_mesh(seen.mesh))
    assert gaps[1] > gaps[0] + ChallengeSettings().mouth_rise
    assert gaps[2] > gaps[1]


@pytest.mark.parametrize("script", [Script.PRINTED_PHOTO, Script.REPLAYED_SCREEN])
@pytest.mark.parametrize("instruction", ["challenge.turn_left", "challenge.blink"])
def test_an_attack_is_not_alive_and_does_not_follow(
    stack: FaceStack, puppet: Puppet, script: Script, instruction: str
) -> None:
    seen = watched(stack, puppet, script, instruction, 8)
    assert median(observation.passive_live or 0.0 for observation in seen) < 0.2
    assert max(abs(pose_of_mesh(observation.mesh)[0]) for observation in seen if observation.mesh) < 15
    opening = [observation.eyes_open or 0.0 for observation in seen]
    assert min(opening) > 0.7 * median(opening)


@pytest.mark.parametrize("script", [Script.GENUINE, Script.PRINTED_PHOTO, Script.REPLAYED_SCREEN])
def test_it_is_recognisably_the_person_of_the_portrait(
    stack: FaceStack, puppet: Puppet, script: Script
) -> None:
    portrait = stack.embed(puppet.image, stack.detect(puppet.image)[0])
    shown = scene(script, (puppet, None), SIZE, 8, 0.4).show(1.0)
    assert float(portrait @ stack.embed(shown, stack.detect(shown)[0])) > 0.6


def test_two_people_are_two_faces_and_nobody_is_none(stack: FaceStack, puppet: Puppet) -> None:
    second = Puppet(np.ascontiguousarray(cv2.add(puppet.image, 10)), puppet.points)
    pair = scene(Script.TWO_PEOPLE, (puppet, second), SIZE, 8, 0.4).show(1.0)
    assert len(stack.detect(pair)) == 2
    assert not stack.detect(scene(Script.NOBODY, (puppet, None), SIZE, 8, 0.4).show(1.0))
