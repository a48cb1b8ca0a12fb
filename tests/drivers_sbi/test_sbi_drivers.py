"""The drivers against the simulated service: what they give, whom they find, and every fault by its name."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers import registry
from drivers.api import Can, Found, Kind
from drivers.capture import Eye, Finger, FingerTemplate
from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.iso19794 import face as face_records
from drivers.registry import open_device
from drivers.sbi import client, codes
from drivers.sbi.modality import FINGERS, Modality, eye_unit, finger_unit
from drivers.sbi.settings import SbiSettings
from drivers.sim.handle import Simulated

Opener = Callable[..., Any]
BOTH = (Eye.LEFT, Eye.RIGHT)
DRIVERS = {"sbi-face": Kind.CAMERA, "sbi-finger": Kind.FINGERPRINT, "sbi-iris": Kind.IRIS}


def work(driver: str, device: Any, seconds: float = 3.0) -> Any:
    """One signed capture."""
    if driver == "sbi-finger":
        return device.capture(Finger.LEFT_RING, seconds)
    return device.capture([Eye.LEFT], seconds) if driver == "sbi-iris" else device.capture(seconds)


def failure(act: Callable[[], object]) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        act()
    return caught.value


def outcome(act: Callable[[], object]) -> tuple[type[DeviceError], str]:
    error = failure(act)
    return type(error), error.code


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_device_is_found_and_says_who_it_is(service: Simulated, opened: Opener, driver: str) -> None:
    entry = registry.entry(driver)
    began = time.monotonic()
    found = [each for each in entry.implementation.probe(entry.settings()) if service.address in each.address]
    assert time.monotonic() - began < 2.0
    assert [each.driver for each in found] == [driver]
    assert "Simulated" in found[0].label
    for address in (found[0].address, service.address):
        device = opened(driver, address=address)
        assert device.about.address == found[0].address
        assert (device.about.vendor, device.about.simulated) == ("Simulated", True)
        assert device.about.serial.startswith("SIM-")
        assert device.about.firmware == "1.0.0, SBI 0.9.5, L0"
        assert Can.SIGNED_CAPTURE in device.can
        device.check()
    assert entry.kind is DRIVERS[driver]


def test_the_first_of_a_kind_opens_without_an_address(service: Simulated, opened: Opener) -> None:
    # Services of tests that run beside this one answer at other ports of the range.
    port = int(service.address.rpartition(":")[2])
    device = opened("sbi-iris", address="sbi:", first_port=port, last_port=port)
    assert device.about.address.endswith("/iris")


def test_looking_where_nobody_listens_is_quick() -> None:
    nobody = SbiSettings(first_port=4700, last_port=4799)
    began = time.monotonic()
    assert client.find(nobody, Modality.IRIS) == []
    assert time.monotonic() - began < 1.5


def test_looking_passes_over_ports_that_hang() -> None:
    """A program that accepts and never answers does not hold up the search."""
    with socket.create_server(("127.0.0.1", 0)) as mute, socket.create_server(("127.0.0.1", 0)) as deaf:
        ports = sorted(each.getsockname()[1] for each in (mute, deaf))
        began = time.monotonic()
        for port in ports:
            assert client.find(SbiSettings(first_port=port, last_port=port), Modality.FACE, 0.6) == []
        assert time.monotonic() - began < 3.0


@pytest.mark.parametrize("finger", FINGERS)
def test_every_finger_comes_signed(opened: Opener, finger: Finger) -> None:
    scanner = opened("sbi-finger")
    image = scanner.capture(finger, 3.0)
    assert (image.finger, image.image.shape, image.image.dtype) == (finger, (400, 300), np.uint8)
    assert (image.dpi, image.quality) == (500, 82)
    assert image.image.std() > 30


def test_fingers_differ(opened: Opener) -> None:
    scanner = opened("sbi-finger")
    first, second = (scanner.capture(each, 3.0).image for each in (Finger.LEFT_RING, Finger.LEFT_THUMB))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("eyes", [BOTH, BOTH[::-1], (Eye.LEFT,), (Eye.RIGHT, Eye.RIGHT)])
def test_eyes_come_in_the_order_asked_for(opened: Opener, eyes: tuple[Eye, ...]) -> None:
    images = opened("sbi-iris").capture(eyes, 3.0)
    assert [image.eye for image in images] == list(dict.fromkeys(eyes))
    assert all(image.image.shape == (480, 640) and image.quality == 82 for image in images)


def test_a_face_is_seen_live_and_captured_signed(opened: Opener) -> None:
    camera = opened("sbi-face")
    frames = [camera.frame(3.0) for _ in range(4)]
    assert [frame.number for frame in frames] == [1, 2, 3, 4]
    assert frames[0].image.shape == (480, 640, 3)
    camera.check()
    still = camera.capture(3.0)
    assert still.image.shape == (480, 640, 3)
    assert face_records.decode(still.record)[0].width == 640
    assert camera.frame(3.0).number == 5


def test_a_face_may_be_a_given_picture(keys: Path, roots: Path, tmp_path: Path) -> None:
    import cv2

    portrait = np.full((90, 120, 3), (10, 200, 30), np.uint8)
    cv2.imwrite(str(tmp_path / "p.png"), portrait)
    arguments = ["--keys", str(keys), "--roots", str(roots), "--portrait", str(tmp_path / "p.png")]
    with Simulated("drivers.sbi.simulator", arguments) as running:
        camera = open_device("sbi-face", running.address, {"roots": str(roots)})
        still = camera.capture(3.0).image
        assert still.shape == portrait.shape
        assert np.abs(still.astype(int) - portrait).max() < 12
        assert np.abs(camera.frame(3.0).image.astype(int) - portrait).max() < 20
        camera.close()


def test_what_a_finger_scanner_cannot(opened: Opener) -> None:
    scanner = opened("sbi-finger")
    assert scanner.wait_for_finger(1.0)
    scanner.forget()
    template = FingerTemplate(b"", "ef01")
    assert outcome(lambda: scanner.match(template, 1.0)) == (Unsupported, "sbi.no_templates")
    assert outcome(lambda: scanner.enrol(Finger.LEFT_RING, 1.0, print)) == (Unsupported, "sbi.no_templates")
    assert outcome(lambda: scanner.capture(Finger.UNKNOWN, 1.0)) == (Unsupported, "sbi.request_refused")


@pytest.mark.parametrize("eyes", [(), (Eye.UNKNOWN,)])
def test_an_eye_must_be_named(opened: Opener, eyes: tuple[Eye, ...]) -> None:
    scanner = opened("sbi-iris")
    assert outcome(lambda: scanner.capture(eyes, 1.0)) == (Unsupported, "sbi.request_refused")


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("number", codes.MEANINGS)
def test_every_error_number_has_its_meaning(
    service: Simulated, opened: Opener, driver: str, number: int
) -> None:
    device = opened(driver)
    service.fault(f"error_{number}", 1)
    kind, code = codes.MEANINGS[number]
    modality = device._station._line.modality
    expected = {codes.NOTHING: modality.nothing, codes.POOR: modality.poor}.get(code, code)
    error = failure(lambda: work(driver, device))
    assert (type(error), error.code, error.facts["sbi_error"]) == (kind, expected, number)
    if kind is not Missing:
        work(driver, device)


def test_an_error_number_nobody_knows(service: Simulated, opened: Opener) -> None:
    device = opened("sbi-iris")
    service.fault("error_4711", 1)
    assert outcome(lambda: device.capture([Eye.LEFT], 1.0)) == (Garbled, "sbi.unknown_error")


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("Busy", Busy, "sbi.busy"),
        ("Not Ready", Fault, "sbi.not_ready"),
        ("Not Registered", Refused, "sbi.not_registered"),
    ],
)
def test_a_status_is_told(
    service: Simulated, opened: Opener, status: str, kind: type[DeviceError], code: str
) -> None:
    device = opened("sbi-finger")
    service.tell(f"status {status}")
    assert outcome(device.check) == (kind, code)
    assert outcome(lambda: device.capture(Finger.LEFT_RING, 1.0)) == (kind, code)
    if status == "Busy":
        assert not device.wait_for_finger(0.4)
    else:
        assert outcome(lambda: opened("sbi-finger")) == (kind, code)
    service.tell("status Ready")
    device.check()


def test_two_captures_at_once_do_not_pass(service: Simulated, opened: Opener) -> None:
    first, second = opened("sbi-finger"), opened("sbi-iris")
    service.tell("delay 1500")
    running = threading.Thread(target=lambda: first.capture(Finger.LEFT_RING, 5.0))
    running.start()
    time.sleep(0.4)
    try:
        assert outcome(lambda: second.capture([Eye.LEFT], 3.0)) == (Busy, "sbi.busy")
    finally:
        running.join(10)
        service.tell("delay 10")


@pytest.mark.parametrize("driver", DRIVERS)
def test_pulling_the_cable_is_final_and_replugging_brings_it_back(
    service: Simulated, opened: Opener, driver: str
) -> None:
    device = opened(driver)
    work(driver, device)
    service.unplug()
    assert outcome(lambda: work(driver, device)) == (Missing, "sbi.unplugged")
    service.replug()
    for dead in (lambda: work(driver, device), device.check):
        assert outcome(dead) == (Missing, "sbi.unplugged")
    work(driver, opened(driver))


def test_dying_in_the_middle_of_an_answer_is_missing(service: Simulated, opened: Opener) -> None:
    device = opened("sbi-finger")
    service.fault("dies", 1)
    assert outcome(lambda: work("sbi-finger", device)) == (Missing, "sbi.unplugged")


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("fault", ["hang", "drip", "silence"])
def test_a_hanging_service_keeps_nobody(service: Simulated, opened: Opener, driver: str, fault: str) -> None:
    device = opened(driver)
    service.fault(fault)
    began = time.monotonic()
    assert outcome(lambda: work(driver, device, 0.2)) == (TimedOut, "sbi.silent")
    assert time.monotonic() - began < 3.0
    if fault == "silence":
        began = time.monotonic()
        assert outcome(device.check) == (TimedOut, "sbi.silent")
        assert time.monotonic() - began < 1.5
    service.clear()
    work(driver, device)


def test_nobody_before_the_device_is_the_persons_to_mend(service: Simulated, opened: Opener) -> None:
    device = opened("sbi-finger")
    service.fault("nobody")
    began = time.monotonic()
    assert outcome(lambda: work("sbi-finger", device, 0.4)) == (Retry, "finger.none")
    assert 0.3 < time.monotonic() - began < 2.0


STREAM = [
    ("stream_damaged", Garbled, "camera.damaged"),
    ("stream_frozen", Garbled, "camera.frozen"),
    ("stream_not_video", Unsupported, "camera.not_a_video"),
    ("stream_error_606", Fault, "sbi.no_stream"),
    ("stream_error_110", Fault, "sbi.not_ready"),
]


@pytest.mark.parametrize(("fault", "kind", "code"), STREAM)
def test_each_fault_of_the_stream_has_its_name(
    service: Simulated, opened: Opener, fault: str, kind: type[DeviceError], code: str
) -> None:
    camera = opened("sbi-face", freeze_seconds=0.3)
    service.fault(fault)
    assert outcome(lambda: [camera.frame(2.0) for _ in range(40)]) == (kind, code)
    service.clear()
    camera.check()


def test_a_stream_that_ends_is_begun_anew(service: Simulated, opened: Opener) -> None:
    camera = opened("sbi-face")
    service.fault("stream_drop", 2)
    assert [camera.frame(3.0).number for _ in range(8)] == list(range(1, 9))


def test_a_stream_that_hangs_is_timed_out(service: Simulated, opened: Opener) -> None:
    camera = opened("sbi-face")
    service.fault("stream_hang")
    began = time.monotonic()
    assert outcome(lambda: [camera.frame(0.3) for _ in range(6)]) == (TimedOut, "camera.timed_out")
    camera.close()
    assert time.monotonic() - began < 4.0


def test_pulling_the_cable_ends_the_stream(service: Simulated, opened: Opener) -> None:
    camera = opened("sbi-face")
    camera.frame(3.0)
    service.unplug()
    assert type(failure(lambda: [camera.frame(1.0) for _ in range(5)])) is Missing
    assert type(failure(lambda: camera.frame(1.0))) is Missing
    service.replug()
    assert outcome(lambda: camera.frame(1.0))[0] is Missing


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("sbi:10.0.0.1:4501", Unsupported),
        ("sbi:127.0.0.1:99999", Unsupported),
        ("sbi:127.0.0.1:x", Unsupported),
        ("http://127.0.0.1:4501", Unsupported),
        ("sbi:127.0.0.1:1", Missing),
        ("sbi:127.0.0.1:4501/another", Missing),
    ],
)
def test_addresses_that_lead_nowhere(
    service: Simulated, opened: Opener, address: str, kind: type[DeviceError]
) -> None:
    address = address.replace("127.0.0.1:4501", service.address.removeprefix("sbi:"))
    assert type(failure(lambda: opened("sbi-iris", address=address))) is kind


def test_a_found_device_is_a_value() -> None:
    assert Found("sbi-iris", "sbi:127.0.0.1:4501/iris", "x").driver == "sbi-iris"


def test_a_slap_scanner_does_not_wait_for_the_other_fingers() -> None:
    unit, absent = finger_unit(Finger.LEFT_INDEX, ("1", "2", "3"))
    assert (unit, set(absent)) == ("1", {"Left MiddleFinger", "Left RingFinger", "Left LittleFinger"})
    assert finger_unit(Finger.RIGHT_THUMB, ("1", "2", "3")) == ("3", ("Left Thumb",))
    assert finger_unit(Finger.RIGHT_THUMB, ("0",)) == ("0", ())
    assert eye_unit((Eye.LEFT, Eye.RIGHT), ("1", "2", "3")) == "3"
    assert eye_unit((Eye.RIGHT,), ("1", "2", "3")) == "2"
    assert eye_unit((Eye.RIGHT,), ("0",)) == "0"


def test_nobody_moves_in_where_a_service_is_unplugged(service: Simulated, keys: Path) -> None:
    service.unplug()
    with Simulated("drivers.sbi.simulator", ["--keys", str(keys)]) as neighbour:
        assert neighbour.address != service.address
        service.replug()
        assert registry.entry("sbi-face").implementation.probe(registry.entry("sbi-face").settings())
