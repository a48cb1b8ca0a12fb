"""Staff sign-in before a simulated fprintd on a bus of its own: what is believed, what ends the device."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.capture import Finger
from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut
from drivers.fingerprint import fprintd_words, private_bus
from drivers.fingerprint.fprintd import DEVICE, MANAGER, MANAGER_PATH, NAME, FprintdSensor
from drivers.fingerprint.fprintd_fake import PATH
from drivers.fingerprint.settings import FprintdSettings
from drivers.link.dbus import Declined, Service
from drivers.sim.handle import Simulated

needs_bus = pytest.mark.skipif(not private_bus.is_installed(), reason="dbus-daemon is not installed")
pytestmark = needs_bus


@pytest.fixture(scope="module")
def shared_service() -> Iterator[Simulated]:
    with Simulated("drivers.fingerprint.fprintd_simulator", ["--folder", "{folder}"]) as service:
        yield service


@pytest.fixture
def service(shared_service: Simulated) -> Simulated:
    shared_service.clear()
    shared_service.tell("stop")
    shared_service.replug()
    shared_service.tell("lift")
    return shared_service


def opened(service: Simulated, call_ms: int = 800) -> FprintdSensor:
    return FprintdSensor.open("default", FprintdSettings(bus=service.address, call_ms=call_ms))


@pytest.fixture
def sensor(service: Simulated) -> Iterator[FprintdSensor]:
    made = opened(service)
    made.forget("alice")
    made.forget("bob")
    yield made
    made.close()


def enrol(
    service: Simulated, sensor: FprintdSensor, user: str, finger: Finger = Finger.LEFT_INDEX
) -> list[str]:
    heard: list[str] = []
    service.tell(f"touch {user}")
    sensor.enrol(user, finger, 3, lambda key, done, stages: heard.append(f"{key} {done}/{stages}"))
    return heard


def verdict(sensor: FprintdSensor, user: str = "alice", seconds: float = 2) -> object:
    try:
        return sensor.verify(user, seconds)
    except DeviceError as error:
        return type(error), error.code


def test_enrol_and_verify(service: Simulated, sensor: FprintdSensor) -> None:
    assert sensor.enrolled("alice") == ()
    assert enrol(service, sensor, "alice") == [
        "finger.touch 0/5",
        *(f"finger.touch_again {done}/5" for done in range(1, 5)),
        "finger.enough 5/5",
    ]
    enrol(service, sensor, "alice", Finger.RIGHT_THUMB)
    enrol(service, sensor, "bob")
    assert sensor.enrolled("alice") == (Finger.LEFT_INDEX, Finger.RIGHT_THUMB)
    assert verdict(sensor, "bob") is True
    assert verdict(sensor, "alice") is False
    service.tell("touch alice")
    assert verdict(sensor, "alice") is True
    assert verdict(sensor, "bob") is False
    sensor.forget("alice")
    assert verdict(sensor, "alice") == (Refused, "staff_fingerprint.not_enrolled")
    assert verdict(sensor, "bob") is False


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("retry-scan", (Retry, "finger.again")),
        ("swipe-too-short", (Retry, "finger.swipe_too_short")),
        ("finger-not-centered", (Retry, "finger.not_centred")),
        ("remove-and-retry", (Retry, "finger.remove_and_retry")),
        ("unknown-error", (Fault, "staff_fingerprint.failed")),
        ("nonsense", (Garbled, "staff_fingerprint.protocol")),
        ("in_use", (Busy, "staff_fingerprint.busy")),
        ("forbidden", (Refused, "staff_fingerprint.permission")),
    ],
)
def test_what_goes_wrong_once_is_named_and_over(
    service: Simulated, sensor: FprintdSensor, fault: str, expected: object
) -> None:
    enrol(service, sensor, "alice")
    service.fault(fault, 1)
    assert verdict(sensor) == expected
    service.clear()
    assert verdict(sensor) is True


def test_a_bad_touch_while_enrolling_is_asked_for_again(service: Simulated, sensor: FprintdSensor) -> None:
    service.fault("swipe-too-short", 1)
    heard = enrol(service, sensor, "alice")
    assert heard[:3] == ["finger.touch 0/5", "finger.swipe_too_short 0/5", "finger.touch_again 1/5"]


def test_nobody_touches(service: Simulated, sensor: FprintdSensor) -> None:
    enrol(service, sensor, "alice")
    service.tell("lift")
    began = time.monotonic()
    assert verdict(sensor, seconds=0.3) == (Retry, "finger.none")
    assert time.monotonic() - began < 2
    service.tell("touch alice")
    assert verdict(sensor) is True


def test_a_verdict_on_an_earlier_finger_is_not_this_ones(service: Simulated, sensor: FprintdSensor) -> None:
    enrol(service, sensor, "alice")
    service.tell("touch bob")
    service.fault("stale_match")
    assert verdict(sensor) is False
    service.tell("lift")
    assert verdict(sensor, seconds=0.3) == (Retry, "finger.none")


def test_only_the_service_is_believed(service: Simulated, sensor: FprintdSensor) -> None:
    """Anybody on the bus can send a signal that looks like a match."""
    from jeepney import DBusAddress, new_signal
    from jeepney.bus import get_bus
    from jeepney.io.blocking import DBusConnection, prep_socket

    enrol(service, sensor, "alice")
    service.tell("lift")
    stop = threading.Event()

    def lie() -> None:
        with DBusConnection(prep_socket(get_bus(service.address))) as liar:
            place = DBusAddress(PATH, interface=DEVICE)
            while not stop.wait(0.02):
                liar.send(new_signal(place, "VerifyStatus", "sb", ("verify-match", True)))

    thread = threading.Thread(target=lie)
    thread.start()
    try:
        assert verdict(sensor, seconds=0.5) == (Retry, "finger.none")
        service.tell("touch bob")
        assert verdict(sensor) is False
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("word", "done"),
    [("verify-match", False), ("enroll-completed", True), ("verify-matched", True), ("", True)],
)
def test_no_other_word_is_a_match(word: str, done: bool) -> None:
    outcome = fprintd_words.outcome(word, done)
    assert outcome is None or outcome.word != fprintd_words.VERIFIED


def test_unplugged_while_a_finger_is_awaited(service: Simulated, sensor: FprintdSensor) -> None:
    enrol(service, sensor, "alice")
    service.tell("lift")
    puller = threading.Timer(0.2, service.unplug)
    puller.start()
    assert verdict(sensor, seconds=5) == (Missing, "staff_fingerprint.unplugged")
    puller.join()
    for ask in (sensor.check, lambda: sensor.enrolled("alice"), lambda: sensor.forget("alice")):
        with pytest.raises(Missing):
            ask()
    with pytest.raises(Missing):
        opened(service)
    service.replug()
    again = opened(service)
    service.tell("touch alice")
    assert verdict(again) is True
    again.close()


def test_the_service_ends_while_a_finger_is_awaited(service: Simulated, sensor: FprintdSensor) -> None:
    enrol(service, sensor, "alice")
    service.fault("stop_while_touched", 1)
    assert verdict(sensor, seconds=5) == (Missing, "staff_fingerprint.stopped")
    with pytest.raises(Missing):
        sensor.check()
    service.tell("start")
    again = opened(service)
    again.check()
    again.close()


def test_a_service_that_comes_back_between_two_jobs_is_used(
    service: Simulated, sensor: FprintdSensor
) -> None:
    enrol(service, sensor, "alice")
    service.tell("stop")
    service.tell("start")
    sensor.check()
    assert verdict(sensor) is True


def test_a_service_that_is_gone_for_good(service: Simulated, sensor: FprintdSensor) -> None:
    service.tell("stop")
    with pytest.raises(Missing) as error:
        sensor.check()
    assert error.value.code == "staff_fingerprint.stopped"
    assert verdict(sensor) == (Missing, "staff_fingerprint.stopped")


@pytest.mark.parametrize("fault", ["hang", "hang_while_touched"])
def test_a_service_that_hangs(service: Simulated, sensor: FprintdSensor, fault: str) -> None:
    enrol(service, sensor, "alice")
    service.tell("lift")
    service.fault(fault)
    began = time.monotonic()
    assert verdict(sensor, seconds=0.3) == (TimedOut, "staff_fingerprint.silent")
    assert time.monotonic() - began < 4
    service.clear()
    again = opened(service)
    service.tell("touch alice")
    assert verdict(again) is True
    again.close()


def test_a_check_of_a_hanging_service_is_quick(service: Simulated, sensor: FprintdSensor) -> None:
    service.fault("hang")
    began = time.monotonic()
    with pytest.raises(TimedOut):
        sensor.check()
    assert time.monotonic() - began < 1.5


def test_the_claim_is_given_back(service: Simulated, sensor: FprintdSensor) -> None:
    enrol(service, sensor, "alice")
    service.fault("retry-scan", 1)
    assert verdict(sensor) == (Retry, "finger.again")
    other = Service(service.address, NAME, "staff_fingerprint")
    other.call(PATH, DEVICE, "Claim", "s", ("bob",))
    assert verdict(sensor) == (Busy, "staff_fingerprint.busy")
    other.close()
    ends = time.monotonic() + 5
    while verdict(sensor) == (Busy, "staff_fingerprint.busy"):
        assert time.monotonic() < ends, "a claim must end with its connection"


def test_a_probe_sees_the_reader(service: Simulated) -> None:
    found = FprintdSensor.probe(FprintdSettings(bus=service.address))
    assert [(each.driver, each.address) for each in found] == [("fprintd", PATH)]
    made = FprintdSensor.open(found[0].address, FprintdSettings(bus=service.address))
    assert made.about.model == "Simulated fingerprint reader"
    made.close()
    service.unplug()
    assert FprintdSensor.probe(FprintdSettings(bus=service.address)) == []


@pytest.mark.parametrize(
    ("address", "bus"),
    [
        ("default", "unix:path=/does/not/exist"),
        ("default", "nonsense"),
        ("default", "tcp:host=127.0.0.1,port=9"),
        ("/no/such/reader", ""),
        ("nonsense", ""),
    ],
)
def test_what_is_not_there(service: Simulated, address: str, bus: str) -> None:
    with pytest.raises(Missing):
        FprintdSensor.open(address, FprintdSettings(bus=bus or service.address))


def test_a_refusal_of_the_services_own_is_handed_on(service: Simulated) -> None:
    other = Service(service.address, NAME, "staff_fingerprint")
    with pytest.raises(Declined) as declined:
        other.call(PATH, DEVICE, "Release")
    assert declined.value.name == "net.reactivated.Fprint.Error.ClaimDevice"
    assert other.call(MANAGER_PATH, MANAGER, "GetDevices") == ([PATH],)
    other.close()
    other.close()
    with pytest.raises(Missing):
        other.owner()


def test_a_bus_that_says_nothing(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(Missing) as error:
            Service(f"unix:path={tmp_path / 'bus'}", NAME, "staff_fingerprint")
        assert error.value.code == "staff_fingerprint.no_bus"
        assert time.monotonic() - began < 4


def test_a_bus_that_greets_and_then_says_nothing(tmp_path: Path) -> None:
    """It lets one in and never answers the first call."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        done = threading.Event()

        def greet() -> None:
            guest, _ = silent.accept()
            with guest:
                guest.recv(100)
                guest.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
                done.wait(10)

        host = threading.Thread(target=greet)
        host.start()
        began = time.monotonic()
        with pytest.raises(Missing):
            Service(f"unix:path={tmp_path / 'bus'}", NAME, "staff_fingerprint")
        assert time.monotonic() - began < 6
        done.set()
        host.join()


def test_where_there_is_no_system_bus_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/does/not/exist")
    assert FprintdSensor.probe(FprintdSettings()) == []


def test_every_finger_has_its_word() -> None:
    words = {fprintd_words.name(finger): finger for finger in Finger if finger is not Finger.UNKNOWN}
    assert len(words) == 10
    assert words["left-thumb"] is Finger.LEFT_THUMB
    assert words["right-little-finger"] is Finger.RIGHT_LITTLE
    assert all(fprintd_words.finger(word) is finger for word, finger in words.items())
    assert fprintd_words.finger("third-hand") is Finger.UNKNOWN
