"""What is said of a lost device names that device, also when its driver speaks with another's codes."""

from __future__ import annotations

import pytest

from drivers.api import Kind
from terminal.holder.values import HolderCheck, Trouble
from terminal.messages import LANGUAGES, texts
from terminal.pictures import Pictures
from terminal.screen import draw
from terminal.view import Stage, Status


def say(language: str, code: str, **facts: object) -> str:
    return texts(language).say(code, facts=facts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_device_has_a_name(language):
    names = [say(language, f"device_name.{kind.value}") for kind in Kind]
    assert all(texts(language).knows(f"device_name.{kind.value}") for kind in Kind)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "code", ["camera.unplugged", "camera.frozen", "camera.timed_out", "sbi.unplugged", "sbi.silent"]
)
def test_a_driver_built_on_another_is_called_by_its_own_name(code):
    assert "The iris camera" in say("en", code, kind="iris")
    assert "虹膜仪" in say("zh", code, kind="iris")
    assert "摄像头" not in say("zh", code, kind="iris")


def test_where_the_kind_is_not_known_the_code_says_what_it_is():
    assert say("en", "camera.unplugged").startswith("The camera was disconnected.")
    assert say("en", "sbi.unplugged").startswith("The biometric device is disconnected")
    assert say("zh", "camera.unplugged", kind="").startswith("摄像头已断开")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", ["camera", "sbi"])
def test_no_text_of_a_shared_driver_has_a_gap(language, family):
    for code in sorted(each for each in texts(language).codes() if each.startswith(f"{family}.")):
        said = texts(language).say(
            code, facts={"kind": "iris", "mean": 1, "spread": 1, "reason": "", "expected": ""}
        )
        assert "…" not in said.replace("…, http", ""), code


def test_the_window_hears_which_kind_broke_off_the_case():
    holder = HolderCheck(
        stage=Stage.FAULT, resume=Stage.FACE, trouble=Trouble("sbi.unplugged", "sbi:", "K7Q2")
    )
    shown = draw(holder, Pictures(), Status(), 3, "", None).shown
    assert shown is not None
    assert texts("en").say(shown.code, facts=shown.facts).startswith("The camera is disconnected")
