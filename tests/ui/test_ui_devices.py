"""Six devices and more in the status strip: each to be seen, none with a cut text, the lost one in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from ui_scenes import OFFLINE, STATUS, cut_text, scenes

from terminal.view import DeviceView, Health, Snapshot
from ui.counter import CounterWindow
from ui.screenshots import settle

SIX = (
    DeviceView("card_reader", "SDT", Health.HEALTHY),
    DeviceView("camera", "Camera", Health.LOST, "camera.unplugged"),
    DeviceView("fingerprint", "EF01", Health.HEALTHY),
    DeviceView("signature_pad", "Pad", Health.OPENING),
    DeviceView("printer", "Printer", Health.ATTENTION, "device.hung"),
    DeviceView("pin_pad", "PIN pad", Health.HEALTHY),
)
MANY = (*SIX, *(DeviceView("camera", "Camera", Health.HEALTHY, name=f"camera-{n}") for n in (2, 3, 4)))


def said(widget: QWidget) -> list[str]:
    return [each.text() for each in widget.findChildren(QLabel) if each.isVisible() and each.text()]


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("devices", [SIX, MANY], ids=["six", "nine"])
def test_no_text_of_many_devices_is_cut(window: CounterWindow, language, large, devices) -> None:
    window.enlarge(large)
    window.speak_in(language)
    for shown in (Snapshot(status=replace(OFFLINE, devices=devices)), scenes()["device-fault"][0]):
        window.draw(replace(shown, status=replace(shown.status, devices=devices)))
        settle()
        assert window.size().toTuple() == (1366, 768)
        assert not [text for text in map(cut_text, window.findChildren(QWidget)) if text]


def test_of_six_each_has_its_name_and_those_not_well_their_health(window: CounterWindow) -> None:
    window.speak_in("zh")
    window.draw(Snapshot(status=replace(STATUS, devices=SIX)))
    settle()
    words = said(window.strip)
    assert {"读卡器", "摄像头", "指纹仪", "签字板", "打印机", "密码键盘"} <= set(words)
    assert {"未连接", "请处理"} <= set(words) and not {"正常", "正在打开"} & set(words)


def test_of_nine_the_ones_that_are_well_are_counted(window: CounterWindow) -> None:
    window.speak_in("en")
    window.draw(Snapshot(status=replace(STATUS, devices=MANY)))
    settle()
    assert "6 devices ready" in said(window.strip)
    counted = window.strip.findChild(QLabel, "ready")
    assert "Camera 4" in counted.toolTip()
