"""The form of a question, driven with keys and mouse as a teller would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from case_scenes import (
    CONSENT,
    DATA,
    HAND_OVER,
    HAND_OVER_PICTURES,
    PARKED,
    READ_BACK,
    SCAN,
    SECOND,
    SIGN_IN,
    WHERE_TO,
    asking,
    ended,
    every_business,
)
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from ui_scenes import STATUS, PlayedDoor

from terminal.handover.qr import texts_in
from terminal.view import Action, Preview, Snapshot, Stage
from ui.counter import CounterWindow
from ui.screenshots import settle
from ui.widgets.form import Form

pytestmark = pytest.mark.usefixtures("dressed")


@pytest.fixture
def form(window: CounterWindow) -> Iterator[Form]:
    window.activateWindow()
    yield window.casework.form
    window.casework.forget()


def ask(window: CounterWindow, question, view=None) -> None:
    snapshot = asking(question, STATUS) if view is None else view
    window.draw(snapshot)
    settle()


def line(form: Form, name: str) -> QLineEdit:
    found = form.findChild(QLineEdit, f"entry-{name}")
    assert found is not None
    return found


def fill(qtbot, form: Form) -> None:
    qtbot.keyClicks(line(form, "phone"), "13000000001")
    form.fields["occupation"]._list.setCurrentIndex(3)
    line(form, "email").clear()


def test_what_is_needed_and_missing_is_marked_and_nothing_is_sent(
    qtbot, window, door: PlayedDoor, form
) -> None:
    ask(window, DATA)
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert not door.replied
    marked = [name for name, field in form.fields.items() if field._marked]
    assert marked == ["phone", "occupation"]
    assert line(form, "phone").hasFocus()
    qtbot.keyClicks(line(form, "phone"), "13000000001")
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert [name for name, field in form.fields.items() if field._marked] == ["occupation"]


def test_enter_twice_replies_once_with_everything_entered(qtbot, window, door: PlayedDoor, form) -> None:
    ask(window, DATA)
    fill(qtbot, form)
    form.fields["differs"]._radios.button(0).click()
    form.fields["elder"]._tick.click()
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Return)
    qtbot.mouseClick(form.buttons["entered"], Qt.MouseButton.LeftButton)
    (reply,) = door.replied
    assert (reply.number, reply.option) == (DATA.number, "entered")
    assert reply.values == {
        "name": "顾云舒",
        "sex": "2",
        "phone": "13000000001",
        "email": "",
        "occupation": "o2",
        "differs": "yes",
        "since": "",
        "elder": "yes",
    }


def test_what_the_chip_says_cannot_be_typed_over(window, form) -> None:
    ask(window, DATA)
    assert form.findChild(QLineEdit, "entry-name") is None
    assert form.findChild(QLabel, "entry-sex").text() == "女"


def test_what_was_typed_survives_language_and_type_size_and_goes_with_the_next_question(
    qtbot, window, door: PlayedDoor, form
) -> None:
    ask(window, DATA)
    fill(qtbot, form)
    window.speak_in("en")
    window.enlarge(True)
    window.draw(asking(DATA, replace(STATUS, waiting=3)))
    assert line(form, "phone").text() == "13000000001"
    assert form.fields["occupation"].value() == "o2"
    assert "Occupation 2" in form.fields["occupation"]._list.currentText()
    ask(window, replace(DATA, number=99))
    assert line(form, "phone").text() == ""
    window.speak_in("zh")
    window.enlarge(False)


def test_a_secret_is_hidden_and_gone_with_the_reply(qtbot, window, door: PlayedDoor, form) -> None:
    ask(window, SECOND)
    secret = line(form, "password")
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClicks(line(form, "number"), "s01")
    qtbot.keyClicks(secret, "not for the log")
    qtbot.keyClick(window, Qt.Key.Key_Return)
    (reply,) = door.replied
    assert reply.values == {"number": "s01", "password": "not for the log"}
    assert "not for the log" not in repr(reply)
    assert secret.text() == "" and not secret.isUndoAvailable()


def test_ways_out_need_no_entries(qtbot, window, door: PlayedDoor, form) -> None:
    ask(window, DATA)
    qtbot.mouseClick(form.buttons["refer"], Qt.MouseButton.LeftButton)
    assert [each.option for each in door.replied] == ["refer"]


def test_consent_is_never_on_enter_and_refusing_is_as_easy(qtbot, window, door: PlayedDoor, form) -> None:
    ask(window, CONSENT)
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert not door.replied
    yes, no = form.buttons["consent"], form.buttons["decline"]
    assert yes.property("rank") == no.property("rank") and yes.height() == no.height()
    qtbot.keyClick(window, Qt.Key.Key_F10)
    assert [each.option for each in door.replied] == ["decline"]
    ask(window, replace(CONSENT, number=11))
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert [each.option for each in door.replied] == ["decline", "consent"]


def test_the_customer_sees_no_list_of_steps(window, form) -> None:
    ask(window, READ_BACK)
    assert not window.casework.demanded.isVisible()
    ask(window, DATA)
    assert window.casework.demanded.isVisible()


def test_nothing_of_a_customer_stays_on_hidden_pages(qtbot, window, door: PlayedDoor, form) -> None:
    ask(window, DATA)
    fill(qtbot, form)
    ask(window, READ_BACK)
    window.draw(ended("accepted", "", STATUS))
    window.draw(Snapshot(status=STATUS))
    settle(5)
    seen = "\n".join(_texts(window))
    for word in ("顾云舒", "苏晓岚", "13000000001", "示例路88号"):
        assert word not in seen


def _texts(window: QWidget) -> list[str]:
    labels = [each.text() for each in window.findChildren(QLabel)]
    return [*labels, *(each.text() for each in window.findChildren(QLineEdit))]


def test_signing_in_stands_alone(qtbot, window, door: PlayedDoor, form) -> None:
    ask(window, SIGN_IN, asking(SIGN_IN, STATUS, None))
    assert not window.ribbon.isVisible() and not window.casework.demanded.isVisible()
    assert line(form, "number").hasFocus()
    qtbot.keyClicks(line(form, "number"), "t01")
    qtbot.keyClick(line(form, "number"), Qt.Key.Key_Tab)
    assert line(form, "password").hasFocus()


def test_a_business_is_found_by_typing_in_either_language(qtbot, window, door: PlayedDoor) -> None:
    window.idle.offer(every_business())
    window.draw(Snapshot(status=STATUS))
    settle()
    assert window.idle.list.count() == len(every_business()) >= 29
    qtbot.keyClicks(window.idle.search, "cash")
    assert {window.idle.list.item(n).data(Qt.ItemDataRole.UserRole) for n in range(2)} == {
        "cash_in",
        "cash_out",
    }
    qtbot.keyClick(window.idle.search, Qt.Key.Key_Down)
    chosen = window.idle.business
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert door.begun == [chosen] and chosen in ("cash_in", "cash_out")
    window.idle.search.setText("挂失")
    assert window.idle.business in ("report_loss", "release_loss")
    window.idle.search.setText("no such thing")
    assert window.idle.business == "" and window.idle.list.count() == 0
    window.draw(ended("accepted", "", STATUS))
    window.draw(Snapshot(status=STATUS))
    assert window.idle.search.text() == "" and window.idle.list.count() >= 29


def test_a_case_that_waits_is_gone_on_with(qtbot, window, door: PlayedDoor) -> None:
    window.draw(Snapshot(status=STATUS, parked=PARKED))
    button = window.findChild(QWidget, f"parked-{PARKED[1].case_id}")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert door.resumed == [PARKED[1].case_id]


def test_a_case_that_waits_is_handed_over_and_one_of_another_terminal_taken(
    qtbot, window, door: PlayedDoor
) -> None:
    window.draw(Snapshot(status=STATUS, parked=PARKED, passes=True))
    settle()
    for name in (f"give-{PARKED[0].case_id}", "take-over"):
        button = window.findChild(QWidget, name)
        assert button is not None and button.isVisible()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert door.passed == [PARKED[0].case_id, ""]
    window.draw(Snapshot(status=STATUS))
    assert not window.idle.take.isVisible()


def test_what_an_entry_is_for_stands_in_it_until_it_is_typed(window, form) -> None:
    ask(window, WHERE_TO, asking(WHERE_TO, STATUS, None))
    assert line(form, "to").placeholderText() == "不填则任何一台本行终端均可接收"


def test_codes_are_turned_over_and_go_with_the_question(qtbot, window, form) -> None:
    ask(window, HAND_OVER_PICTURES, asking(HAND_OVER_PICTURES, STATUS, None))
    assert form.gallery is not None
    read = []
    for _ in range(3):
        shown = wrapped(form.gallery.findChild(QLabel, "picture").pixmap().toImage())
        read += texts_in(shown)
        qtbot.mouseClick(form.gallery.after, Qt.MouseButton.LeftButton)
    assert [text[:8] for text in read] == ["RZHO1:1/", "RZHO1:2/", "RZHO1:3/"]
    assert form.gallery.place == 0
    ask(window, HAND_OVER, asking(HAND_OVER, STATUS, None))
    assert form.gallery is None and "7K2M-9QXA-3DFW-H8TC" in _texts(window)
    window.draw(Snapshot(status=STATUS))
    settle(5)
    assert "7K2M-9QXA-3DFW-H8TC" not in _texts(window)


def test_what_is_held_before_the_camera_is_seen(window, form) -> None:
    ask(window, SCAN, asking(SCAN, STATUS, None))
    assert form.camera is not None and form.camera.blank
    window.show_picture(Preview(np.full((480, 640, 3), 90, np.uint8), 1))
    assert not form.camera.blank


def wrapped(image: QImage) -> np.ndarray:
    """The picture as the reader of codes wants it."""
    plain = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return np.ascontiguousarray(np.pad(rows[:, : plain.width()], 40, constant_values=200))


def test_who_is_signed_in_can_lock_and_sign_out(qtbot, window, door: PlayedDoor) -> None:
    window.draw(
        Snapshot(status=STATUS, operator="白小禾 t01", actions=(Action.BEGIN, Action.LOCK, Action.SIGN_OUT))
    )
    for action in (Action.LOCK, Action.SIGN_OUT):
        qtbot.mouseClick(window.title.staff[action], Qt.MouseButton.LeftButton)
    assert door.acted == [Action.LOCK, Action.SIGN_OUT]
    window.draw(Snapshot(stage=Stage.CARD, status=STATUS, actions=(Action.CANCEL,)))
    assert not any(button.isVisible() for button in window.title.staff.values())
