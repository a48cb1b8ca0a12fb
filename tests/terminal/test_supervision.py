"""Every device is opened at the start, looked after, reopened when it returns; none delays another."""

from __future__ import annotations

import json
import os
import threading
import time
from types import SimpleNamespace

import pytest
import structlog
from supervised import Bench, error_of, until

import terminal.devices
import terminal.lane
import terminal.laned
from drivers.api import Kind, follows_instructions
from drivers.errors import Garbled, Missing, Refused, Retry, TimedOut
from drivers.watch import Plug, PlugWatch
from terminal.choice import Choice, from_settings, open_choice, open_real
from terminal.devices import MOST_HANGING, KeptDevice
from terminal.laned import Laned
from terminal.simulators import simulating
from terminal.supervisor import Supervisor, reported
from terminal.view import Health

ALL = tuple(Kind)


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Limits a test can wait for."""
    monkeypatch.setattr(terminal.devices, "OPEN_LIMIT_S", 0.5)
    monkeypatch.setattr(terminal.devices, "REOPEN_SECONDS", 0.1)
    monkeypatch.setattr(terminal.devices, "CHECK_LIMIT_S", 0.4)
    monkeypatch.setattr(terminal.devices, "CLOSE_LIMIT_S", 0.4)
    monkeypatch.setattr(terminal.laned, "LIMITS", {"frame": 0.3, "wait_for_card": 0.3})


class Hand:
    """Plugs and unplugs as the watch of a test."""

    def __init__(self, told, addresses) -> None:
        self.told = told
        self.closed = 0

    def start(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def supervised():
    benches, supervisors = [], []

    def start(*kinds: Kind, report=None, before=lambda bench: None) -> tuple[Bench, Supervisor]:
        bench = Bench(*kinds)
        before(bench)
        kept = tuple(KeptDevice(each, lambda: None, bench.open) for each in bench.choices)
        supervisor = Supervisor(kept, report, watching=Hand)
        supervisor.start()
        benches.append(bench)
        supervisors.append(supervisor)
        return bench, supervisor

    yield start
    for bench in benches:
        bench.release()
    for supervisor in supervisors:
        supervisor.close()


def health(supervisor: Supervisor) -> dict[str, Health]:
    return {each.kind: each.health for each in supervisor.views()}


def of(supervisor: Supervisor, kind: Kind) -> KeptDevice:
    kept = supervisor.of(kind)
    assert kept is not None
    return kept


def test_devices_of_all_kinds_are_opened_each_on_a_lane_of_its_own(supervised):
    _, supervisor = supervised(*ALL)
    until(lambda: set(health(supervisor).values()) == {Health.HEALTHY})
    assert [each.kind for each in supervisor.views()] == [each.value for each in ALL]
    lanes = {each.name for each in threading.enumerate() if each.name.startswith("io:")}
    assert lanes == {f"io:{each.value}" for each in ALL}


def test_one_that_hangs_in_opening_delays_nobody_and_is_named(supervised):
    bench, supervisor = supervised(
        Kind.PRINTER, Kind.CARD_READER, before=lambda bench: bench[Kind.PRINTER].hang("open")
    )
    until(lambda: health(supervisor)["card_reader"] is Health.HEALTHY, 0.4)
    until(lambda: of(supervisor, Kind.PRINTER).view().code == "device.hung")
    error = error_of(of(supervisor, Kind.PRINTER).get)
    assert isinstance(error, TimedOut) and (error.device, error.facts["call"]) == ("printer", "open")
    assert health(supervisor)["card_reader"] is Health.HEALTHY
    bench[Kind.PRINTER].release()
    until(lambda: health(supervisor)["printer"] is Health.HEALTHY)
    assert bench[Kind.PRINTER].closed == bench[Kind.PRINTER].opened - 1, "what came too late was closed"


@pytest.mark.parametrize("call", ["check", "frame"])
def test_one_that_hangs_in_a_call_is_given_up_and_opened_anew(supervised, call):
    bench, supervisor = supervised(Kind.CAMERA, Kind.CARD_READER)
    until(lambda: set(health(supervisor).values()) == {Health.HEALTHY})
    kept = of(supervisor, Kind.CAMERA)
    bench[Kind.CAMERA].hang(call)
    if call == "frame":
        began = time.monotonic()
        assert error_of(lambda: kept.get().frame(0.2)).code == "device.hung"
        assert time.monotonic() - began < 2.0
    until(lambda: kept.view().code == "device.hung")
    assert of(supervisor, Kind.CARD_READER).get().wait_for_card(0.01) is False
    bench[Kind.CAMERA].hanging.pop(call).set()
    until(lambda: kept.view().health is Health.HEALTHY)
    assert kept.get().frame(1.0).number > 0


def test_lanes_given_up_for_one_device_are_few(supervised):
    bench, supervisor = supervised(Kind.PRINTER, before=lambda bench: bench[Kind.PRINTER].hang("open"))
    kept = of(supervisor, Kind.PRINTER)
    until(lambda: sum(each.name == "io:printer" for each in threading.enumerate()) == MOST_HANGING, 10)
    time.sleep(1.0)
    assert sum(each.name == "io:printer" for each in threading.enumerate()) == MOST_HANGING
    assert error_of(kept.get).code == "device.hung"
    bench[Kind.PRINTER].release()
    until(lambda: kept.view().health is Health.HEALTHY)
    until(lambda: sum(each.name == "io:printer" for each in threading.enumerate()) == 1)


def test_a_loss_while_idle_is_noticed_and_said_once_and_so_is_the_return(supervised):
    with structlog.testing.capture_logs() as logs:
        bench, supervisor = supervised(Kind.IRIS)
        until(lambda: health(supervisor)["iris"] is Health.HEALTHY)
        bench[Kind.IRIS].plugged = False
        until(lambda: health(supervisor)["iris"] is Health.LOST)
        time.sleep(0.6)
        bench[Kind.IRIS].plugged = True
        until(lambda: health(supervisor)["iris"] is Health.HEALTHY)
        time.sleep(0.3)
    said = [each["event"] for each in logs if each["event"].startswith("device.")]
    assert said == ["device.lost", "device.back"]
    assert bench[Kind.IRIS].closed == 1, "the lost one was closed once"


def test_a_plug_is_answered_at_once_not_at_the_next_look(supervised, monkeypatch):
    monkeypatch.setattr(terminal.devices, "REOPEN_SECONDS", 30.0)
    bench, supervisor = supervised(
        Kind.PRINTER, before=lambda bench: setattr(bench[Kind.PRINTER], "plugged", False)
    )
    until(lambda: health(supervisor)["printer"] is Health.LOST)
    bench[Kind.PRINTER].plugged = True
    supervisor._watch.told(Plug("/dev/usb/lp0", True))
    until(lambda: health(supervisor)["printer"] is Health.HEALTHY, 2.0)
    bench[Kind.PRINTER].plugged = False
    supervisor._watch.told(Plug("/dev/usb/lp0", False))
    until(lambda: health(supervisor)["printer"] is Health.LOST, 2.0)


def test_what_a_person_can_put_right_is_attention_and_keeps_it_open(supervised):
    bench, supervisor = supervised(Kind.PRINTER)
    until(lambda: health(supervisor)["printer"] is Health.HEALTHY)
    bench[Kind.PRINTER].errors["check"] = Retry("printer.no_paper", "printer")
    until(lambda: of(supervisor, Kind.PRINTER).view().code == "printer.no_paper")
    assert health(supervisor)["printer"] is Health.ATTENTION
    bench[Kind.PRINTER].errors.clear()
    until(lambda: health(supervisor)["printer"] is Health.HEALTHY)
    assert bench[Kind.PRINTER].opened == 1


def test_a_bug_of_a_driver_is_a_broken_device_never_a_broken_terminal(supervised):
    bench, supervisor = supervised(Kind.CARD_READER)
    kept = of(supervisor, Kind.CARD_READER)
    until(lambda: kept.view().health is Health.HEALTHY)
    bench[Kind.CARD_READER].errors["wait_for_card"] = ZeroDivisionError("driver")
    error = error_of(lambda: kept.get().wait_for_card(0.1))
    assert isinstance(error, Garbled) and error.code == "device.bug"
    bench[Kind.CARD_READER].errors["check"] = KeyError("driver")
    until(lambda: kept.view().code == "device.bug")
    bench[Kind.CARD_READER].errors.clear()
    until(lambda: kept.view().health is Health.HEALTHY)


def test_an_old_error_does_not_drop_the_device_that_was_opened_meanwhile(supervised):
    bench, supervisor = supervised(Kind.CARD_READER)
    kept = of(supervisor, Kind.CARD_READER)
    until(lambda: kept.view().health is Health.HEALTHY)
    stale = kept.get()
    bench[Kind.CARD_READER].plugged = False
    error = error_of(lambda: stale.wait_for_card(0.1))
    assert isinstance(error, Missing)
    bench[Kind.CARD_READER].plugged = True
    until(lambda: kept.view().health is Health.HEALTHY)
    kept.lost(error)
    assert error_of(lambda: stale.wait_for_card(0.1)).code.endswith(".closed")
    assert kept.view().health is Health.HEALTHY


def test_a_device_that_failed_its_self_test_is_not_healthy_before_it_passes_one(supervised):
    wrong = Garbled("card_reader.layout", "card_reader")
    bench, supervisor = supervised(
        Kind.CARD_READER, before=lambda made: made[Kind.CARD_READER].errors.update(wait_for_card=wrong)
    )
    seen = set()
    until(lambda: seen.add(health(supervisor)["card_reader"]) or bench[Kind.CARD_READER].opened >= 4)
    assert Health.HEALTHY not in seen
    assert error_of(of(supervisor, Kind.CARD_READER).get).code == "card_reader.layout"
    assert [each.code for each in of(supervisor, Kind.CARD_READER).tested] == [None, "card_reader.layout"]
    bench[Kind.CARD_READER].errors.clear()
    until(lambda: health(supervisor)["card_reader"] is Health.HEALTHY)
    assert [each.code for each in of(supervisor, Kind.CARD_READER).tested] == [None, None]
    assert bench[Kind.CARD_READER].closed == bench[Kind.CARD_READER].opened - 1, (
        "one is open, all others closed"
    )


def test_what_a_person_put_right_is_tested_again(supervised):
    bench, supervisor = supervised(
        Kind.PRINTER,
        before=lambda made: made[Kind.PRINTER].errors.update(check=Retry("printer.no_paper", "printer")),
    )
    until(lambda: health(supervisor)["printer"] is Health.ATTENTION)
    bench[Kind.PRINTER].errors.clear()
    until(lambda: health(supervisor)["printer"] is Health.HEALTHY)
    assert [each.code for each in of(supervisor, Kind.PRINTER).tested] == [None]


@pytest.mark.parametrize("call", ["open", "check", "close"])
def test_closing_never_hangs_and_may_be_done_twice(supervised, call):
    bench, supervisor = supervised(Kind.PRINTER, Kind.CAMERA)
    until(lambda: set(health(supervisor).values()) == {Health.HEALTHY})
    bench[Kind.PRINTER].hang(call)
    if call == "open":
        of(supervisor, Kind.PRINTER).lost(TimedOut("printer.silent", "printer"))
    time.sleep(0.2)
    began = time.monotonic()
    supervisor.close()
    supervisor.close()
    assert time.monotonic() - began < 5.0
    assert bench[Kind.CAMERA].closed == 1
    assert error_of(of(supervisor, Kind.PRINTER).get).code in ("device.closed", "device.hung")


def test_the_health_of_all_is_written_beside_the_book_while_it_runs(supervised, tmp_path):
    file = tmp_path / "devices.json"
    bench, supervisor = supervised(Kind.CARD_READER, Kind.PRINTER, report=file)
    bench[Kind.PRINTER].errors["check"] = Retry("printer.cover_open", "printer")
    until(lambda: file.exists() and "attention" in file.read_text())
    said = reported(file)
    assert [(row["name"], row["health"], row["code"]) for row in said["devices"]] == [
        ("card_reader", "healthy", None),
        ("printer", "attention", "printer.cover_open"),
    ]
    assert [step["step"] for step in said["devices"][0]["self_test"]] == ["check", "look_for_card"]
    supervisor.close()
    assert not file.exists()
    file.write_text(json.dumps({"pid": 2**22 + 1, "devices": []}))
    assert reported(file) is None, "nobody runs any more"
    file.write_text(json.dumps({"pid": os.getpid(), "life": "another boot 1", "devices": []}))
    assert reported(file) is None, "a power cut left it, and the number is somebody else's now"


@pytest.mark.parametrize("hears", [True, False])
def test_a_customer_hears_through_the_lane(hears):
    camera = SimpleNamespace(frame=None, **({"hear": print} if hears else {}))
    laned = Laned(Kind.CAMERA, camera, lambda name, work, limit_s: work())
    assert follows_instructions(laned) is hears


def test_names_of_devices_are_made_unique():
    from config.settings import DeviceChoice

    rows = [
        DeviceChoice(kind="camera", driver="opencv"),
        DeviceChoice(kind="camera", driver="opencv", isolated=True),
        DeviceChoice(kind="printer", driver="escpos", name="receipts"),
    ]
    chosen = from_settings(tuple(rows))
    assert [each.called for each in chosen] == ["camera", "camera-2", "receipts"]
    assert [each.isolated for each in chosen] == [False, True, False]


def test_an_isolated_reader_that_crashes_is_opened_anew(monkeypatch):
    """The child process of a driver is killed; supervision starts another."""
    import os
    import signal

    for limit in ("OPEN_LIMIT_S", "CHECK_LIMIT_S", "CLOSE_LIMIT_S"):
        monkeypatch.setattr(terminal.devices, limit, 20.0)
    with simulating("sdt") as running:
        choice = Choice(Kind.CARD_READER, "sdt", running.address, isolated=True)
        kept = KeptDevice(choice, lambda: None)
        supervisor = Supervisor((kept,), watching=lambda told, paths: PlugWatch(told, paths))
        supervisor.start()
        try:
            until(lambda: kept.view().health is Health.HEALTHY, 20)
            os.kill(kept._device.process_id, signal.SIGKILL)
            until(lambda: kept.view().health is Health.LOST, 10)
            until(lambda: kept.view().health is Health.HEALTHY, 20)
            assert kept.get().about.simulated
        finally:
            supervisor.close()


def test_a_production_terminal_refuses_what_says_it_is_simulated():
    with simulating("escpos") as running:
        choice = Choice(Kind.PRINTER, "escpos", running.address, name="receipts")
        error = error_of(lambda: open_real(choice))
        assert isinstance(error, Refused) and (error.code, error.device) == ("device.simulated", "receipts")
        open_choice(choice).close()


def test_a_device_that_stays_away_is_tried_less_often_but_at_once_when_plugged(supervised, monkeypatch):
    monkeypatch.setattr(terminal.devices, "REOPEN_SECONDS", 0.05)
    monkeypatch.setattr(terminal.devices, "PATIENT_AFTER", 3)
    monkeypatch.setattr(terminal.devices, "PATIENT_SECONDS", 60.0)
    bench, supervisor = supervised(
        Kind.IRIS, before=lambda bench: setattr(bench[Kind.IRIS], "plugged", False)
    )
    kept = of(supervisor, Kind.IRIS)
    until(lambda: kept._in_vain > 3)
    time.sleep(0.3)
    bench[Kind.IRIS].plugged = True
    time.sleep(0.3)
    assert kept.view().health is Health.LOST
    supervisor._watch.told(Plug("/dev/video9", True))
    until(lambda: kept.view().health is Health.HEALTHY, 2.0)
