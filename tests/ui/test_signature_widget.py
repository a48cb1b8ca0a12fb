"""Signing on the screen: mouse, pen with pressure, finger; clear, confirm, and signatures that are none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from terminal.signing import Ink, enough
from ui.screenshots import settle
from ui.theme import NORMAL, sheet
from ui.widgets.signature import SignaturePanel
from ui.words import words_in


class Clock:
    """Ten milliseconds later whenever it is asked."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


@pytest.fixture
def panel(dressed: QApplication) -> Iterator[SignaturePanel]:
    made = SignaturePanel(Clock())
    made.setStyleSheet(sheet(NORMAL, dressed.font().family()))
    made.retell(words_in("zh"))
    made.resize(720, 440)
    made.show()
    settle()
    yield made
    made.close()
    made.deleteLater()
    settle()


def curve(panel: SignaturePanel, left: float = 0.1, right: float = 0.8, count: int = 30) -> list[QPoint]:
    """Places of a wavy stroke across the field."""
    wide, tall = panel.field.width(), panel.field.height()
    shares = [number / (count - 1) for number in range(count)]
    return [
        QPoint(round(wide * (left + (right - left) * share)), round(tall * (0.5 + 0.2 * math.sin(9 * share))))
        for share in shares
    ]


def draw_by_mouse(panel: SignaturePanel, places: list[QPoint]) -> None:
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(panel.field, left, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(panel.field, place)
    QTest.mouseRelease(panel.field, left, pos=places[-1])


def draw_by_pen(panel: SignaturePanel, places: list[QPoint], press: float = 1.0) -> None:
    device = QPointingDevice(
        "pen",
        7,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        1,
    )
    last = len(places) - 1
    for number, place in enumerate(places):
        kind = QEvent.Type.TabletMove
        if number in (0, last):
            kind = QEvent.Type.TabletRelease if number else QEvent.Type.TabletPress
        pressure = press * (0.1 + 0.9 * number / last)
        event = QTabletEvent(
            kind, device, QPointF(place), QPointF(panel.field.mapToGlobal(place)), pressure, 0, 0, 0, 0, 0,
            Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
        )  # fmt: skip
        QApplication.sendEvent(panel.field, event)


def signed(panel: SignaturePanel) -> list[Ink]:
    got: list[Ink] = []
    panel.signed.connect(got.append)
    return got


def test_a_signature_by_mouse(panel: SignaturePanel) -> None:
    got, places = signed(panel), curve(panel)
    assert not panel.confirm_button.isEnabled()
    draw_by_mouse(panel, places)
    QTest.mouseClick(panel.confirm_button, Qt.MouseButton.LeftButton)
    (ink,) = got
    (stroke,) = ink.strokes
    assert enough(ink)
    assert len(stroke) == len(places)
    assert stroke[0].x == places[0].x() / panel.field.width()
    assert stroke[-1].y == places[-1].y() / panel.field.height()
    assert {point.pressure for point in stroke} == {0.5}
    assert [point.at_ms for point in stroke] == sorted(point.at_ms for point in stroke)
    assert panel.field.ink.strokes == (), "nothing is left for the next customer"


def test_a_pen_tells_its_pressure(panel: SignaturePanel) -> None:
    draw_by_pen(panel, curve(panel))
    pressures = [point.pressure for point in panel.field.ink.strokes[0]]
    assert pressures == sorted(pressures)
    assert pressures[0] == pytest.approx(0.1)
    assert pressures[-1] > 0.9


def test_a_finger_writes_and_the_palm_does_not(panel: SignaturePanel) -> None:
    device = QTest.createTouchDevice()
    places = curve(panel)
    QTest.touchEvent(panel.field, device).press(1, places[0], panel.field).commit()
    for place in places[1:]:
        QTest.touchEvent(panel.field, device).move(1, place, panel.field).press(
            2, QPoint(5, 5), panel.field
        ).commit()
    QTest.touchEvent(panel.field, device).release(1, places[-1], panel.field).release(
        2, QPoint(5, 5), panel.field
    ).commit()
    (stroke,) = panel.field.ink.strokes
    assert len(stroke) == len(places)
    got = [round(point.x * panel.field.width()) for point in stroke]
    assert got == [place.x() for place in places]


def test_only_one_pointer_writes(panel: SignaturePanel) -> None:
    places = curve(panel)
    QTest.mousePress(panel.field, Qt.MouseButton.LeftButton, pos=places[0])
    draw_by_pen(panel, places)
    QTest.mouseRelease(panel.field, Qt.MouseButton.LeftButton, pos=places[0])
    assert len(panel.field.ink.strokes) == 1
    assert len(panel.field.ink.strokes[0]) == 1


def test_a_dot_is_no_signature(panel: SignaturePanel) -> None:
    got = signed(panel)
    QTest.mouseClick(panel.field, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    QTest.mouseClick(panel.confirm_button, Qt.MouseButton.LeftButton)
    assert got == []
    assert panel.hint == "没有看到完整的签名，请重新签名后按“确认”。"
    assert panel.field.ink.strokes == ()
    draw_by_mouse(panel, curve(panel))
    assert panel.hint == ""
    QTest.mouseClick(panel.confirm_button, Qt.MouseButton.LeftButton)
    assert len(got) == 1


def test_clearing_and_giving_up(panel: SignaturePanel) -> None:
    gone: list[bool] = []
    panel.cancelled.connect(lambda: gone.append(True))
    draw_by_mouse(panel, curve(panel))
    QTest.mouseClick(panel.clear_button, Qt.MouseButton.LeftButton)
    assert panel.field.ink.strokes == ()
    assert not panel.confirm_button.isEnabled()
    draw_by_mouse(panel, curve(panel))
    QTest.mouseClick(panel.cancel_button, Qt.MouseButton.LeftButton)
    assert gone == [True]
    assert panel.field.ink.strokes == ()


def test_beyond_the_edge_is_at_the_edge(panel: SignaturePanel) -> None:
    draw_by_mouse(panel, [QPoint(10, 10), QPoint(-50, 2000)])
    assert (panel.field.ink.strokes[0][1].x, panel.field.ink.strokes[0][1].y) == (0.0, 1.0)


def test_the_language_changes_without_losing_what_was_written(panel: SignaturePanel) -> None:
    draw_by_mouse(panel, curve(panel))
    panel.retell(words_in("en"))
    assert panel.confirm_button.shown_text() == "Confirm"
    assert len(panel.field.ink.strokes) == 1


def test_what_is_written_is_seen(panel: SignaturePanel, tmp_path: Path) -> None:
    before = pixels(panel)
    draw_by_pen(panel, curve(panel))
    draw_by_pen(panel, curve(panel, 0.3, 0.6, 12), 0.4)
    after = pixels(panel)
    dark = after < 90
    assert dark.sum() > 500
    assert (before < 90).sum() < dark.sum() / 4
    start, end = (round(after.shape[1] * share) for share in (0.15, 0.78))
    assert dark[:, end - 20 : end].sum() > 1.3 * dark[:, start : start + 20].sum(), "thicker where it pressed"
    panel.grab().save(str(tmp_path / "signing.png"))


def pixels(panel: SignaturePanel) -> np.ndarray:
    image = panel.field.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].copy()
