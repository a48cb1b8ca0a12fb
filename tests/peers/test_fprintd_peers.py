"""The real fprintd with libfprint's virtual readers enrols and verifies through our driver."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from drivers.capture import Finger
from drivers.errors import Busy, DeviceError, Fault, Missing, Refused, Retry, TimedOut
from drivers.fingerprint import private_bus
from drivers.fingerprint.fprintd import DEVICE, MANAGER, MANAGER_PATH, NAME, FprintdSensor
from drivers.fingerprint.private_bus import PrivateBus
from drivers.fingerprint.settings import FprintdSettings
from drivers.link.dbus import Service
from drivers.registry import open_device

pytestmark = pytest.mark.peers

FPRINTD = Path("/usr/libexec/fprintd")
POLKIT = Path(__file__).parent / "fake_polkit.py"
UP_SECONDS = 10.0
WAIT_S = 5.0
READERS = ("FP_VIRTUAL_DEVICE", "FP_VIRTUAL_DEVICE_STORAGE")


@pytest.fixture(autouse=True)
def installed() -> None:
    if not FPRINTD.is_file() or not private_bus.is_installed():
        pytest.skip("fprintd or dbus-daemon is not installed")


class Desk:
    """A bus, a PolicyKit that grants everything or nothing, fprintd, and a virtual reader's socket."""

    def __init__(self, folder: Path, reader: str, granted: bool) -> None:
        self.folder, self.reader = folder, reader
        (folder / "state").mkdir()
        self.bus = PrivateBus(folder)
        words = [] if granted else ["refuse"]
        self.polkit = subprocess.Popen(
            [sys.executable, str(POLKIT), self.bus.address, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.polkit.stdout is not None
        assert select.select([self.polkit.stdout], [], [], UP_SECONDS)[0]
        self.start()

    def start(self) -> None:
        """Run fprintd, and wait until it has its name and reader."""
        environment = {
            **os.environ,
            "DBUS_SYSTEM_BUS_ADDRESS": self.bus.address,
            "STATE_DIRECTORY": str(self.folder / "state"),
            self.reader: str(self.folder / "reader"),
        }
        self.fprintd = subprocess.Popen([FPRINTD, "-t"], env=environment, stderr=subprocess.DEVNULL)
        service = Service(self.bus.address, NAME, "staff_fingerprint")
        ends = time.monotonic() + UP_SECONDS
        while True:
            with suppress(DeviceError):
                if service.call(MANAGER_PATH, MANAGER, "GetDevices")[0]:
                    break
            assert time.monotonic() < ends, "fprintd did not come up"
            time.sleep(0.05)
        service.close()

    def stop(self) -> None:
        self.fprintd.kill()
        self.fprintd.wait()

    def say(self, line: str) -> None:
        """Tell the virtual reader something, once it is open."""
        ends = time.monotonic() + UP_SECONDS
        while time.monotonic() < ends:
            with suppress(OSError), socket.socket(socket.AF_UNIX) as reader:
                reader.connect(str(self.folder / "reader"))
                reader.sendall(line.encode())
                return
            time.sleep(0.02)
        raise AssertionError("the virtual reader was never opened")

    @contextmanager
    def meanwhile(self, line: str) -> Iterator[None]:
        """`line` is said as soon as the reader is open."""
        speaker = threading.Thread(target=self.say, args=(line,))
        speaker.start()
        try:
            yield
        finally:
            speaker.join()

    def close(self) -> None:
        self.stop()
        assert self.polkit.stdin is not None
        assert self.polkit.stdout is not None
        self.polkit.stdin.close()
        self.polkit.wait(UP_SECONDS)
        self.polkit.stdout.close()
        self.bus.close()


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    reader, granted = getattr(request, "param", (READERS[0], True))
    made = Desk(tmp_path, reader, granted)
    yield made
    made.close()


@pytest.fixture
def sensor(desk: Desk) -> Iterator[Any]:
    opened = open_device("fprintd", "default", {"bus": desk.bus.address, "call_ms": 2000})
    yield opened
    opened.close()


def enrol(desk: Desk, sensor: FprintdSensor, finger: str = "alice-right-index") -> list[tuple[str, int, int]]:
    heard: list[tuple[str, int, int]] = []

    def touch(key: str, done: int, stages: int) -> None:
        heard.append((key, done, stages))
        if key in ("finger.touch", "finger.touch_again"):
            desk.say(f"SCAN {finger}")

    sensor.enrol("alice", Finger.RIGHT_INDEX, WAIT_S, touch)
    return heard


def verify(desk: Desk, sensor: FprintdSensor, line: str) -> bool:
    with suppress(Nobody), desk.meanwhile(line):
        return verified(sensor)
    # The reader of the use before was not closed yet, and took the line with it.
    with desk.meanwhile(line):
        return verified(sensor)


class Nobody(Exception):
    """No finger came within the time."""


def verified(sensor: FprintdSensor) -> bool:
    try:
        return sensor.verify("alice", WAIT_S)
    except Retry as error:
        if error.code == "finger.none":
            raise Nobody from error
        raise


@pytest.mark.parametrize("desk", [(reader, True) for reader in READERS], indirect=True)
def test_enrol_and_verify(desk: Desk, sensor: FprintdSensor) -> None:
    assert sensor.about.simulated
    assert sensor.about.model.startswith("Virtual device")
    assert sensor.enrolled("alice") == ()
    heard = enrol(desk, sensor)
    # A reader that can identify has one more stage: it looks for the finger among those it has.
    stages = {READERS[0]: 5, READERS[1]: 6}[desk.reader]
    assert heard[0] == ("finger.touch", 0, stages)
    assert heard[-1] == ("finger.enough", stages, stages)
    done = [each for _, each, _ in heard]
    assert done == sorted(done)
    assert sensor.enrolled("alice") == (Finger.RIGHT_INDEX,)
    assert verify(desk, sensor, "SCAN alice-right-index") is True
    assert verify(desk, sensor, "SCAN bob-left-thumb") is False
    sensor.check()
    sensor.forget("alice")
    assert sensor.enrolled("alice") == ()
    with pytest.raises(Refused) as error:
        sensor.verify("alice", 1)
    assert error.value.code == "staff_fingerprint.not_enrolled"


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        ("RETRY 0", Retry, "finger.again"),
        ("RETRY 1", Retry, "finger.swipe_too_short"),
        ("RETRY 2", Retry, "finger.not_centred"),
        ("RETRY 3", Retry, "finger.remove_and_retry"),
        ("ERROR 0", Fault, "staff_fingerprint.failed"),
        ("UNPLUG", Missing, "staff_fingerprint.unplugged"),
    ],
)
def test_what_goes_wrong_while_verifying(
    desk: Desk, sensor: FprintdSensor, line: str, kind: type[DeviceError], code: str
) -> None:
    enrol(desk, sensor)
    with pytest.raises(DeviceError) as error:
        verify(desk, sensor, line)
    assert (type(error.value), error.value.code) == (kind, code)
    if kind is Missing:
        with pytest.raises(Missing):
            sensor.check()
    else:
        assert verify(desk, sensor, "SCAN alice-right-index")


def test_a_bad_touch_while_enrolling_is_asked_for_again(desk: Desk, sensor: FprintdSensor) -> None:
    said = iter(["RETRY 1", *["SCAN alice"] * 5])
    heard: list[str] = []

    def touch(key: str, done: int, stages: int) -> None:
        heard.append(key)
        if key != "finger.enough":
            desk.say(next(said))

    sensor.enrol("alice", Finger.LEFT_THUMB, WAIT_S, touch)
    assert heard[:2] == ["finger.touch", "finger.swipe_too_short"]
    assert sensor.enrolled("alice") == (Finger.LEFT_THUMB,)


def test_nobody_touches(desk: Desk, sensor: FprintdSensor) -> None:
    enrol(desk, sensor)
    with pytest.raises(Retry) as error:
        sensor.verify("alice", 0.3)
    assert error.value.code == "finger.none"
    assert verify(desk, sensor, "SCAN alice-right-index")


def test_a_reader_that_another_program_holds(desk: Desk, sensor: FprintdSensor) -> None:
    other = Service(desk.bus.address, NAME, "staff_fingerprint")
    path = str(other.call(MANAGER_PATH, MANAGER, "GetDefaultDevice")[0])
    other.call(path, DEVICE, "Claim", "s", ("somebody",))
    with pytest.raises(Busy):
        sensor.verify("alice", 1)
    other.close()


@pytest.mark.parametrize("desk", [(READERS[0], False)], indirect=True)
def test_without_permission(sensor: FprintdSensor) -> None:
    with pytest.raises(Refused) as error:
        sensor.verify("alice", 1)
    assert error.value.code == "staff_fingerprint.permission"


def test_the_service_is_killed_and_comes_back(desk: Desk, sensor: FprintdSensor) -> None:
    enrol(desk, sensor)
    killer = threading.Timer(0.3, desk.fprintd.kill)
    killer.start()
    with pytest.raises(Missing) as error:
        sensor.verify("alice", WAIT_S)
    killer.join()
    desk.stop()
    assert error.value.code == "staff_fingerprint.stopped"
    with pytest.raises(Missing):
        sensor.verify("alice", 1)
    desk.start()
    again = FprintdSensor.open("default", FprintdSettings(bus=desk.bus.address))
    try:
        assert verify(desk, again, "SCAN alice-right-index")
    finally:
        again.close()


def test_a_service_that_hangs(desk: Desk, sensor: FprintdSensor) -> None:
    desk.fprintd.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(TimedOut) as checked:
            sensor.check()
        assert time.monotonic() - began < 1.5
        with pytest.raises(TimedOut) as error:
            sensor.verify("alice", 1)
        assert time.monotonic() - began < UP_SECONDS
        assert checked.value.code == error.value.code == "staff_fingerprint.silent"
    finally:
        desk.fprintd.send_signal(signal.SIGCONT)


def test_a_probe_lists_the_reader(desk: Desk) -> None:
    found = FprintdSensor.probe(FprintdSettings(bus=desk.bus.address))
    assert [(each.driver, each.label) for each in found] == [("fprintd", "Virtual device for debugging")]
    FprintdSensor.open(found[0].address, FprintdSettings(bus=desk.bus.address)).close()
