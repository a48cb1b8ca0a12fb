"""Two things at once around one device: what was opened is closed in every case, nothing is open twice."""

from __future__ import annotations

import threading
import time

import pytest
from structlog.testing import capture_logs
from supervised import Opened, Plugged, error_of, until

import terminal.devices
from drivers.api import Kind
from drivers.errors import Garbled, Missing, TimedOut
from terminal.choice import Choice
from terminal.devices import KeptDevice
from terminal.view import Health


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(terminal.devices, "REOPEN_SECONDS", 0.05)
    monkeypatch.setattr(terminal.devices, "OPEN_LIMIT_S", 0.3)
    monkeypatch.setattr(terminal.devices, "CLOSE_LIMIT_S", 0.5)


class Counted:
    """Opens a made-up printer; counts how many are open at once."""

    def __init__(self) -> None:
        self.source = Plugged(Kind.PRINTER)
        self.now = 0
        self.most = 0

    def open(self, choice: Choice) -> Opened:
        self.source.at("open")
        device = Opened(self.source)
        self.now += 1
        self.most = max(self.most, self.now)
        shut = device.close

        def close() -> None:
            if not device._gone:
                self.now -= 1
            shut()

        device.close = close
        return device


CHOICE = Choice(Kind.PRINTER, "made-up", "")


def test_what_is_opened_while_the_terminal_closes_is_closed_again(monkeypatch):
    counted = Counted()
    kept = KeptDevice(CHOICE, lambda: None, counted.open)
    counted.source.hang("open")
    kept.keep()
    until(lambda: kept._tried > 0)
    lane = kept._lane
    give_up = lane.give_up

    def late(last=None) -> None:
        counted.source.release()  # it opens just before the lane hears of the end
        until(lambda: counted.now or counted.most)
        time.sleep(0.05)
        give_up(last)

    monkeypatch.setattr(lane, "give_up", late)
    kept.close()
    until(lambda: counted.now == 0, what="left open")
    assert lane.join(2.0)


def test_a_driver_that_fails_in_closing_ends_its_lane_and_delays_nobody():
    source = Plugged(Kind.PRINTER)

    def open_it(choice: Choice) -> Opened:
        device = Opened(source)
        device.close = lambda: 1 / 0
        return device

    kept = KeptDevice(CHOICE, lambda: None, open_it)
    assert kept.ready()
    lane = kept._lane
    kept.close()
    assert lane.join(2.0), "its thread goes on"


def test_a_device_is_closed_before_it_is_opened_anew_however_long_others_take_to_hear_of_the_loss():
    counted = Counted()
    heard = threading.Event()

    def changed() -> None:
        if threading.current_thread() is threading.main_thread() and kept.view().health is Health.LOST:
            heard.wait(0.5)  # a slow window

    kept = KeptDevice(CHOICE, changed, counted.open)
    assert kept.ready()
    kept.lost(TimedOut("printer.silent", "printer"))
    until(kept.ready)
    assert counted.most == 1, "one port was open twice"
    kept.close()
    assert counted.now == 0


def test_what_a_given_up_lane_says_late_does_not_drop_the_device_opened_since():
    counted = Counted()
    kept = KeptDevice(CHOICE, lambda: None, counted.open)
    counted.source.hang("open")
    assert error_of(kept.get).code == "device.hung"
    old = kept._hanging[0]
    late = counted.source.hanging.pop("open")
    until(kept.ready)
    late.set()
    assert old.join(2.0)
    assert kept._device is not None and counted.now == 1
    kept.close()
    assert counted.now == 0


def test_a_device_that_opens_well_but_fails_again_and_again_is_not_called_healthy_in_between(monkeypatch):
    monkeypatch.setattr(terminal.devices, "PROOF_SECONDS", 0.6)
    source = Plugged(Kind.CAMERA)
    kept = KeptDevice(Choice(Kind.CAMERA, "made-up", ""), lambda: None, lambda choice: Opened(source))
    assert kept.ready()
    with capture_logs() as logs:
        for _ in range(4):
            kept.lost(Garbled("camera.black", "made-up"))
            assert kept.view().code == "camera.black"
            until(kept.ready)
            kept.watch_over()
        assert (kept.view().health, kept.view().code) == (Health.LOST, "camera.black")
        until(lambda: kept.watch_over() or kept.view().health is Health.HEALTHY)
    said = [each["event"] for each in logs]
    assert said == ["device.lost", "device.back", "device.lost", "device.back"], "once too often"
    kept.close()


def test_being_unplugged_again_and_again_is_no_failing():
    source = Plugged(Kind.CAMERA)
    kept = KeptDevice(Choice(Kind.CAMERA, "made-up", ""), lambda: None, lambda choice: Opened(source))
    for _ in range(3):
        until(kept.ready)
        assert kept.view().health is Health.HEALTHY
        kept.lost(Missing("camera.unplugged", "made-up"))
    kept.close()
