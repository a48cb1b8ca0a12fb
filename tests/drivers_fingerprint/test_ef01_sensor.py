"""The driver before its simulated module: makes, rates, passwords, passing faults, nothing left behind."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from drivers.api import Can
from drivers.capture import Finger, FingerTemplate
from drivers.errors import DeviceError, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.fingerprint.channel import Channel
from drivers.fingerprint.commands import Command, template_down
from drivers.fingerprint.ef01 import Ef01Sensor
from drivers.fingerprint.settings import Ef01Settings
from drivers.link.opening import open_pipe
from drivers.link.recorder import recording, replaying
from drivers.link.traffic import TRAFFIC
from drivers.sim.handle import Simulated
from tests.drivers_fingerprint.people import HURRIED, enrol

Opener = Callable[..., Ef01Sensor]
Starter = Callable[..., Simulated]

PLACE = b"\0\x05"


def leave_a_finger_in(module: Simulated) -> None:
    """Some other program stores a template in the library, and is gone."""
    pipe = open_pipe(module.address, 57600, "fingerprint")
    other = Channel(pipe, Ef01Settings())
    other.put(template_down(1), b"SIMEF01\0" + bytes(504), 128)
    other.demand(Command("store", b"\x06\x01" + PLACE))
    pipe.close()


def holds_nothing(module: Simulated) -> bool:
    try:
        module.tell("holds")
    except Unsupported:
        return False
    return True


@pytest.mark.parametrize(
    ("make", "model", "size", "shape"),
    [
        ("r30x", "EF01 module, system 5349", 512, (288, 256)),
        ("r50x", "SIMULATED R50X", 1536, (192, 192)),
        ("as60x", "EF01 module, system 5349", 768, (288, 256)),
    ],
)
def test_every_make_by_what_it_says(
    simulate: Starter, open_sensor: Opener, make: str, model: str, size: int, shape: tuple[int, int]
) -> None:
    module = simulate("--make", make)
    sensor = open_sensor(module)
    assert (sensor.about.model, sensor.about.simulated, sensor.about.vendor) == (model, True, "Simulated")
    assert sensor.can == Can.CAPTURE_IMAGE | Can.ENROL_TEMPLATE | Can.MATCH_TEMPLATE
    template = enrol(module, sensor, "alice")
    assert len(template.data) == size
    found = sensor.match(template, 1)
    assert found.matched
    assert found.score is not None
    assert found.score > 150
    taken = sensor.capture(Finger.RIGHT_INDEX, 1)
    assert taken.image.shape == shape
    assert len(np.unique(taken.image)) > 10
    assert set(np.unique(taken.image)) <= set(range(0, 256, 17))
    module.tell("touch bob")
    assert not sensor.match(template, 1).matched
    module.tell("lift")
    sensor.forget()
    assert holds_nothing(module)


def test_six_touches_where_the_module_has_six_buffers(simulate: Starter, open_sensor: Opener) -> None:
    module = simulate("--make", "r50x")
    sensor = open_sensor(module, touches=6)
    assert sensor.match(enrol(module, sensor, "alice"), 1).matched


@pytest.mark.parametrize("rate", ["9600", "115200", "38400"])
def test_the_rate_is_searched(simulate: Starter, open_sensor: Opener, rate: str) -> None:
    sensor = open_sensor(simulate("--rate", rate))
    sensor.check()
    assert not sensor.wait_for_finger(0)


def test_a_rate_of_the_settings_is_the_only_one_tried(simulate: Starter, open_sensor: Opener) -> None:
    with pytest.raises(TimedOut) as error:
        open_sensor(simulate("--rate", "9600"), rate=57600)
    assert error.value.code == "fingerprint.silent"


def test_password(simulate: Starter, open_sensor: Opener) -> None:
    module = simulate("--password", "12345678")
    with pytest.raises(Refused) as error:
        open_sensor(module)
    assert error.value.code == "fingerprint.password"
    with capture_logs() as logs:
        sensor = open_sensor(module, password="12345678")
    assert logs == []
    assert "12345678" not in repr(Ef01Settings(password="12345678"))
    sensor.check()


def test_the_factory_password_is_warned_about(module: Simulated, open_sensor: Opener) -> None:
    with capture_logs() as logs:
        open_sensor(module)
    assert [(each["event"], each["log_level"]) for each in logs] == [
        ("fingerprint.factory_password", "warning")
    ]


@pytest.mark.parametrize("password", ["1234567", "123456789", "1234567g", " 1234567"])
def test_a_password_is_eight_hexadecimal_digits(password: str) -> None:
    with pytest.raises(ValidationError):
        Ef01Settings(password=password)


def test_a_module_with_another_address(simulate: Starter, open_sensor: Opener) -> None:
    module = simulate("--module-address", "305419896")
    with pytest.raises(TimedOut) as error:
        open_sensor(module, rate=57600)
    assert error.value.code == "fingerprint.silent"
    assert enrol(module, open_sensor(module, module_address=305419896), "alice").format == "ef01"


@pytest.mark.parametrize("fault", ["stray_bytes", "fragments"])
def test_what_the_line_may_do_is_survived(module: Simulated, open_sensor: Opener, fault: str) -> None:
    sensor = open_sensor(module)
    module.fault(fault)
    template = enrol(module, sensor, "alice")
    assert sensor.match(template, 1).matched
    assert sensor.capture(Finger.LEFT_RING, 1).image.shape == (288, 256)


@pytest.mark.parametrize(
    "fault",
    [
        "silence",
        "wrong_sum",
        "data_wrong_sum",
        "lost_last",
        "half_packet",
        "rejected",
        "mute_match",
        "deaf_download",
    ],
)
def test_a_fault_that_passes_is_survived(module: Simulated, open_sensor: Opener, fault: str) -> None:
    sensor = open_sensor(module)
    template = enrol(module, sensor, "alice")
    other = enrol(module, sensor, "bob")
    module.tell("touch alice")
    module.fault(fault, 1)
    assert sensor.match(template, 1).matched
    module.fault(fault, 1)
    assert not sensor.match(other, 1).matched


def test_a_lost_packet_is_not_taken_for_a_short_template(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    module.fault("lost_packet", 1)
    with pytest.raises(Garbled) as error:
        enrol(module, sensor, "alice")
    assert error.value.code == "fingerprint.incomplete"
    module.fault("lost_packet", 1)
    module.tell("touch alice")
    assert sensor.capture(Finger.LEFT_RING, 1).image.shape == (288, 256)


def test_a_late_match_is_not_the_next_persons(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    template = enrol(module, sensor, "alice")
    module.fault("late_match")
    with pytest.raises(TimedOut):
        sensor.match(template, 1)
    module.clear()
    module.tell("touch bob")
    assert not sensor.match(template, 1).matched


def test_repeated_answers_never_match_another_finger(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    template = enrol(module, sensor, "alice")
    assert sensor.match(template, 1).matched
    module.fault("stale_answer")
    module.tell("touch bob")
    for _ in range(3):
        try:
            assert not sensor.match(template, 1).matched
        except (Retry, Garbled, TimedOut):
            continue


def test_a_download_that_is_lost_is_not_compared_with_the_finger_before(
    module: Simulated, open_sensor: Opener
) -> None:
    sensor = open_sensor(module)
    alice = enrol(module, sensor, "alice")
    enrol(module, sensor, "bob")
    module.fault("deaf_download")
    module.tell("touch bob")
    with pytest.raises(Garbled) as error:
        sensor.match(alice, 1)
    assert error.value.code == "fingerprint.template_lost"


def test_touches_of_two_fingers_differ(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    with pytest.raises(Retry) as error:
        enrol(module, sensor, "alice", "bob")
    assert error.value.code == "finger.differs"


def test_a_finger_that_is_not_lifted(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    module.tell("touch alice")
    with pytest.raises(Retry) as error:
        sensor.enrol(Finger.LEFT_RING, 0.4, lambda key, done, touches: None)
    assert error.value.code == "finger.not_moved"


@pytest.mark.parametrize(("quality", "code"), [(20, "finger.messy"), (40, "finger.too_few_points")])
def test_a_poor_touch(module: Simulated, open_sensor: Opener, quality: int, code: str) -> None:
    sensor = open_sensor(module)
    module.tell(f"touch alice {quality}")
    with pytest.raises(Retry) as error:
        sensor.capture(Finger.LEFT_RING, 1)
    assert error.value.code == code


def test_waiting_for_a_finger_keeps_its_time(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    began = time.monotonic()
    assert not sensor.wait_for_finger(0.3)
    assert 0.3 <= time.monotonic() - began < 1.5
    module.tell("touch alice")
    assert sensor.wait_for_finger(5)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "template",
    [
        FingerTemplate(bytes(512), "iso19794-2"),
        FingerTemplate(bytes(1536), "ef01"),
        FingerTemplate(b"", "ef01"),
    ],
)
def test_a_template_of_another_kind(module: Simulated, open_sensor: Opener, template: FingerTemplate) -> None:
    sensor = open_sensor(module)
    enrol(module, sensor, "alice")
    with pytest.raises(Unsupported) as error:
        sensor.match(template, 1)
    assert error.value.code == "fingerprint.other_template"


def test_a_module_that_declines_pictures_loses_the_ability(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    module.fault("no_picture")
    module.tell("touch alice")
    for _ in range(2):
        with pytest.raises(Unsupported) as error:
            sensor.capture(Finger.LEFT_RING, 1)
        assert error.value.code == "fingerprint.no_picture"
    assert Can.CAPTURE_IMAGE not in sensor.can


def test_opening_empties_what_was_left(module: Simulated, open_sensor: Opener) -> None:
    leave_a_finger_in(module)
    assert not holds_nothing(module)
    open_sensor(module)
    assert holds_nothing(module)


def test_closing_empties_after_a_finger(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    enrol(module, sensor, "alice")
    module.tell("lift")
    leave_a_finger_in_by(sensor)
    assert not holds_nothing(module)
    sensor.close()
    assert holds_nothing(module)
    sensor.close()


def leave_a_finger_in_by(sensor: Ef01Sensor) -> None:
    """Store what is in the buffer, as no driver of ours does."""
    sensor._channel.demand(Command("store", b"\x06\x01" + PLACE))


def test_after_an_unplugging_in_mid_work_the_next_opening_empties(
    module: Simulated, open_sensor: Opener
) -> None:
    sensor = open_sensor(module)
    enrol(module, sensor, "alice")
    leave_a_finger_in_by(sensor)
    module.tell("touch alice")
    module.fault("unplugged_mid_upload")
    with pytest.raises(Missing):
        sensor.capture(Finger.RIGHT_INDEX, 1)
    for ask in (sensor.forget, sensor.check, lambda: sensor.wait_for_finger(0)):
        with pytest.raises(Missing):
            ask()
    sensor.close()
    module.clear()
    module.tell("lift")
    module.replug()
    assert not holds_nothing(module)
    open_sensor(module)
    assert holds_nothing(module)


def test_after_a_program_that_died_the_next_opening_overwrites_buffers_and_picture(
    simulate: Starter, open_sensor: Opener
) -> None:
    for make in ("r30x", "r50x"):
        module = simulate("--make", make)
        dead = open_sensor(module)
        enrol(module, dead, "alice")
        dead._pipe.close()
        module.tell("lift")
        assert not holds_nothing(module)
        open_sensor(module)
        assert holds_nothing(module)


def test_a_template_that_was_only_compared_is_overwritten_too(module: Simulated, open_sensor: Opener) -> None:
    template = enrol(module, open_sensor(module), "alice")
    module.unplug()
    module.replug()
    sensor = open_sensor(module)
    module.tell("touch alice")
    assert sensor.match(template, 1).matched
    module.tell("lift")
    sensor.forget()
    assert holds_nothing(module)


def test_forgetting_fails_loudly(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    enrol(module, sensor, "alice")
    module.fault("not_emptied")
    with pytest.raises(DeviceError) as error:
        sensor.forget()
    assert error.value.code == "fingerprint.not_emptied"


def test_closing_a_dead_module_is_quick(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    enrol(module, sensor, "alice")
    module.fault("silence")
    began = time.monotonic()
    sensor.close()
    assert time.monotonic() - began < 4


def test_a_check_is_quick_and_says_why(module: Simulated, open_sensor: Opener) -> None:
    sensor = open_sensor(module)
    sensor.check()
    for fault, kind in (("silence", TimedOut), ("noise", Garbled)):
        module.fault(fault)
        began = time.monotonic()
        with pytest.raises(kind):
            sensor.check()
        assert time.monotonic() - began < 1.5
        module.clear()
        sensor.check()


def test_neither_log_nor_repr_shows_a_finger(
    module: Simulated, open_sensor: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(TRAFFIC, logger="drivers.link.traffic")
    with capture_logs() as logs:
        sensor = open_sensor(module)
        template = enrol(module, sensor, "alice")
        found = sensor.match(template, 1)
        taken = sensor.capture(Finger.RIGHT_INDEX, 1)
    said = " ".join(record.getMessage() for record in caplog.records)
    said += f" {logs} {template!r} {found!r} {taken!r} {sensor!r}"
    assert "EF 01 FF FF FF FF" in said
    for start in range(0, len(template.data) - 4, 64):
        piece = template.data[start : start + 4]
        assert piece.hex(" ").upper() not in said
        assert piece.hex() not in said
    assert max(record.getMessage().count(" ") for record in caplog.records) < 20
    assert logging.getLogger("drivers.link.traffic").name in {record.name for record in caplog.records}


def test_a_recorded_session_plays_back(module: Simulated, open_sensor: Opener, tmp_path: Path) -> None:
    session = tmp_path / "session.txt"
    module.tell("touch alice")
    with recording(session, "ef01"):
        sensor = open_sensor(module)
        template = enrol(module, sensor, "alice")
        found = sensor.match(template, 1)
        sensor.close()
    with replaying(session) as pipe:
        again = Ef01Sensor.open(module.address, Ef01Settings.model_validate(HURRIED))
        assert again.about.simulated
        assert again.enrol(Finger.RIGHT_INDEX, 5, lambda key, done, touches: None) == template
        assert again.match(template, 1) == found
        again.close()
        pipe.finish()
