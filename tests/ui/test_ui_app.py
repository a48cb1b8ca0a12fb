"""Starting, failing and ending: the window comes first, and nothing unexpected goes unseen."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from ui_scenes import Heard, PlayedDoor

import ui
from terminal.view import Action, Shown, Snapshot, Stage
from ui.app import Alarm, main, parse, site_of
from ui.counter import CounterWindow
from ui.opening import Opening, cause_of, new_reference
from ui.screenshots import NeverCame, doing, ended, grab, settle, wait_for
from ui.site import Site

HOME = Path(ui.__file__).parent.parent


class ClosableDoor(PlayedDoor):
    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Coded(Exception):
    code = "card_reader.missing"
    facts = {"device": "card_reader"}  # noqa: RUF012


def test_the_terminal_opens_beside_the_window(qtbot, dressed) -> None:
    door, heard, there = ClosableDoor(), Heard(), threading.Event()

    def opener() -> ClosableDoor:
        there.wait(5)
        return door

    window = CounterWindow(Site())
    window.show()
    assert window.starting.isVisible()
    opening = Opening(opener)
    opening.opened.connect(window.attach)
    opening.opened.connect(heard.note)
    opening.start()
    qtbot.wait(50)
    assert window.starting.isVisible()
    there.set()
    qtbot.waitUntil(window.idle.isVisible, timeout=3000)
    assert heard.values == [door]
    window.close()
    opening.close()
    opening.close()
    assert door.closed == 1
    window.deleteLater()
    settle()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Coded(), "card_reader.missing"),
        (RuntimeError("x"), "ui.cannot_start"),
        (FileNotFoundError(2, "y"), "ui.cannot_start"),
    ],
)
def test_what_keeps_the_terminal_shut_is_shown_with_a_reference(qtbot, dressed, error, code: str) -> None:
    def opener() -> ClosableDoor:
        raise error

    window, heard = CounterWindow(Site()), Heard()
    window.show()
    opening = Opening(opener)
    opening.failed.connect(heard.note)
    opening.failed.connect(window.show_trouble)
    opening.start()
    qtbot.waitUntil(window.fault.isVisible, timeout=3000)
    shown = heard.values[0]
    assert shown.code == code
    assert len(shown.reference) == 4
    assert window.fault.reference.text() == shown.reference
    window.close()
    opening.close()
    window.deleteLater()
    settle()


def test_an_uncaught_error_is_logged_and_shown_from_any_thread(qtbot, window: CounterWindow, capsys) -> None:
    alarm = Alarm(window)
    alarm.watch()
    try:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: window.trouble is not None, timeout=3000)
    finally:
        alarm.rest()
    assert sys.excepthook is sys.__excepthook__
    assert window.fault.isVisible()
    assert window.trouble.code == "ui.unexpected"
    assert window.fault.reference.text() == window.trouble.reference


def test_trouble_of_the_window_is_dismissed_and_the_case_goes_on(qtbot, window: CounterWindow, door) -> None:
    window.draw(Snapshot(stage=Stage.CARD, actions=(Action.CANCEL,)))
    window.show_trouble(Shown("ui.unexpected", {}, "AB23"))
    window.show_trouble(Shown("ui.unexpected", {}, "CD45"))
    assert window.fault.reference.text() == "AB23"
    window.choose(Action.CANCEL)
    assert window.fault.isVisible()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.case.isVisible()
    assert not door.acted


def test_causes_of_errors_keep_their_code() -> None:
    shown = cause_of(Coded())
    assert (shown.code, dict(shown.facts)) == ("card_reader.missing", {"device": "card_reader"})


def test_references_are_short_and_without_look_alikes() -> None:
    made = {new_reference() for _ in range(200)}
    assert all(len(each) == 4 and not set(each) & set("01IO") for each in made)
    assert len(made) > 190


@pytest.mark.parametrize(
    "arguments",
    [
        ["--virtual", "genuine", "--reader", "x", "--camera", "y"],
        ["--reader", "x"],
        ["--language", "fr"],
        ["--profile", "kiosk"],
        ["--what"],
    ],
)
def test_wrong_usage_ends_with_64(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(arguments)
    assert caught.value.code == 64
    assert "python -m ui" in capsys.readouterr().err


def test_without_a_display_one_line_says_so(capsys, monkeypatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 69
    assert capsys.readouterr().err.count("\n") == 1


def test_settings_become_the_site() -> None:
    from config.settings import Settings

    site = site_of(Settings())
    assert site.branch == "virtual"
    assert site.terminal == "terminal-1"
    assert site.supervision_phone == ""


def test_what_the_bank_did_not_set_is_left_out(dressed) -> None:
    window = CounterWindow(Site())
    window.show()
    door = PlayedDoor()
    window.attach(door)
    settle()
    assert window.idle._notices.count() == 0
    window.close()
    window.deleteLater()
    settle()


def test_foreign_plugin_paths_do_no_harm(tmp_path: Path) -> None:
    """opencv-python sets these at import; with them Qt finds no platform and aborts."""
    code = (
        "from ui.dress import application; from ui.counter import CounterWindow; from ui.site import Site;"
        "qt = application([]); window = CounterWindow(Site()); window.show(); qt.processEvents();"
        "print(window.isVisible()); window.close()"
    )
    foreign = {"QT_QPA_PLATFORM_PLUGIN_PATH": str(tmp_path), "QT_QPA_FONTDIR": str(tmp_path)}
    environment = {**os.environ, **foreign, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOME, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "True", done.stderr


def test_the_bench_prints_its_figures(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "RENZHENG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "ui.bench", "--json", "--seconds", "1"],
        cwd=HOME,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )
    figures = json.loads(done.stdout)
    assert set(figures) == {"first_window_ms", "preview_fps", "looks_fps", "late_p99_ms", "peak_mb"}
    assert figures["preview_fps"] > 5
    assert figures["first_window_ms"] > 0


def test_heavy_things_are_not_imported_with_the_window() -> None:
    code = (
        "import sys, ui.app; print([n for n in ('cv2', 'onnxruntime', 'terminal.app') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_waiting_for_a_moment_has_an_end(window: CounterWindow, door: PlayedDoor) -> None:
    begun = time.monotonic()
    with pytest.raises(NeverCame, match="idle"):
        wait_for(window, doing(Stage.FACE), 0.2)
    assert time.monotonic() - begun < 5
    door.play(Snapshot(stage=Stage.FACE))
    wait_for(window, doing(Stage.FACE), 5)
    from terminal.view import Decision

    assert not ended(Decision.ACCEPT)(window)


def test_nothing_personal_is_logged(qtbot, window: CounterWindow, caplog) -> None:
    from ui_scenes import CARD, scenes

    with caplog.at_level(logging.DEBUG):
        for snapshot, preview in scenes().values():
            window.draw(snapshot)
            window.show_picture(preview)
            settle(1)
    assert CARD.name not in caplog.text
    assert CARD.number_masked not in caplog.text


def test_both_pictures_of_a_moment_are_whole_and_of_that_moment(window, door, tmp_path: Path) -> None:
    """Grabbing hears nothing of the terminal, yet shows every widget made anew for the other language."""
    from ui_scenes import scenes

    snapshot, _ = scenes()["referred"]
    window.draw(snapshot)
    settle()
    door.play(Snapshot(stage=Stage.IDLE))
    seen = []
    keep = window.grab

    def looked_at():
        lines = window.strip.findChildren(QWidget, "device-camera") + window.findChildren(QLabel, "reason")
        seen.append((window.snapshot.stage, len([line for line in lines if line.isVisible()])))
        return keep()

    window.grab = looked_at
    saved = grab(window, "referred", tmp_path)
    assert [path.name for path in saved] == ["counter-referred-zh.png", "counter-referred-en.png"]
    assert seen == [(Stage.DONE, 3), (Stage.DONE, 3)]
