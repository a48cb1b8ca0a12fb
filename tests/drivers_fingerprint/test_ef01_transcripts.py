"""The driver must say exactly the bytes of each transcript, in this order, and leave none unread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.api import Can
from drivers.capture import Finger, FingerTemplate
from drivers.errors import DeviceError, Fault, Garbled, Missing, Refused, Retry, TimedOut, Unsupported
from drivers.fingerprint.ef01 import Ef01Sensor
from drivers.fingerprint.packet import ANY_ADDRESS, Pid, encode
from drivers.fingerprint.settings import Ef01Settings
from drivers.link.scripted import ScriptedPipe, Turn, parse

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "ef01"
TEMPLATE = FingerTemplate(bytes([3, 3, 0x58, 0x0F]) + bytes(i * 37 + 11 & 0xFF for i in range(508)), "ef01")
"""Invented, of the length that R30x modules have."""


def text(name: str) -> str:
    return (TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8")


@contextmanager
def script(name: str, chunk: int = 0) -> Iterator[ScriptedPipe]:
    pipe = ScriptedPipe.of(text(name), chunk)
    yield pipe
    pipe.finish()


def sensor_on(pipe: ScriptedPipe, **options: object) -> Ef01Sensor:
    return Ef01Sensor(pipe, Ef01Settings.model_validate({"rate": 57600, "poll_ms": 20, **options}))


def enrol(sensor: Ef01Sensor) -> FingerTemplate:
    return sensor.enrol(Finger.LEFT_THUMB, 0.5, lambda key, done, of: None)


@pytest.mark.parametrize("chunk", [0, 1, 64])
@pytest.mark.parametrize("name", ["enrol", "enrol_damaged"])
def test_enrol(name: str, chunk: int) -> None:
    with script(name, chunk) as pipe:
        sensor = sensor_on(pipe)
        assert not sensor.about.simulated
        assert sensor.about.model == "EF01 module, system 0009"
        assert sensor.can == Can.CAPTURE_IMAGE | Can.ENROL_TEMPLATE | Can.MATCH_TEMPLATE
        template = enrol(sensor)
        assert (template.data, template.format, template.finger) == (TEMPLATE.data, "ef01", Finger.LEFT_THUMB)


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize(
    ("name", "matched", "score"),
    [
        ("match", True, 100),
        ("match_second_try", True, 100),
        ("no_match", False, None),
        ("match_stale", False, None),
        ("match_late", False, None),
    ],
)
def test_match(name: str, matched: bool, score: int | None, chunk: int) -> None:
    with script(name, chunk) as pipe:
        found = sensor_on(pipe).match(TEMPLATE, 0.1)
        assert (found.matched, found.score) == (matched, score)


def test_a_score_below_the_least_is_no_match() -> None:
    with script("match") as pipe:
        found = sensor_on(pipe, least_score=101).match(TEMPLATE, 0.1)
        assert (found.matched, found.score) == (False, 100)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("match_wrong_sum", Garbled, "fingerprint.link"),
        ("match_unanswered", TimedOut, "fingerprint.late"),
        ("template_lost", Garbled, "fingerprint.template_lost"),
    ],
)
def test_no_match_without_a_whole_answer(name: str, kind: type[DeviceError], code: str) -> None:
    with script(name) as pipe:
        sensor = sensor_on(pipe)
        with pytest.raises(DeviceError) as error:
            sensor.match(TEMPLATE, 0.1)
        assert (type(error.value), error.value.code) == (kind, code)


@pytest.mark.parametrize("score", [b"", b"\x00\x64"])
def test_no_code_but_00_is_a_match(score: bytes) -> None:
    for code in set(range(1, 256)) - {0x08}:
        turns = parse(text("match"))
        turns[-1].answered = encode(ANY_ADDRESS, Pid.ACKNOWLEDGE, bytes([code]) + score)
        if code == 0x01:
            turns.append(Turn(turns[-1].sent, turns[-1].answered))
        sensor = sensor_on(ScriptedPipe(turns))
        with pytest.raises(DeviceError):
            sensor.match(TEMPLATE, 0.1)


@pytest.mark.parametrize("score", [b"", b"\x64", b"\x00\x64\x00", bytes(16)])
def test_00_with_anything_but_a_score_is_no_match(score: bytes) -> None:
    turns = parse(text("match"))
    parameters = turns[1]
    turns[-1].answered = encode(ANY_ADDRESS, Pid.ACKNOWLEDGE, b"\x00" + score)
    turns += [Turn(parameters.sent, parameters.answered), turns[-1]]
    turns += [Turn(parameters.sent, parameters.answered)]
    sensor = sensor_on(ScriptedPipe(turns))
    with pytest.raises(Garbled) as error:
        sensor.match(TEMPLATE, 0.1)
    assert error.value.code == "fingerprint.protocol"


def test_the_answer_of_another_module_is_no_match() -> None:
    turns = parse(text("match"))
    turns[-1].answered = encode(0x12345678, Pid.ACKNOWLEDGE, b"\x00\x00\x64")
    parameters = turns[1]
    turns += [
        Turn(parameters.sent, parameters.answered),
        turns[-1],
        Turn(parameters.sent, parameters.answered),
    ]
    sensor = sensor_on(ScriptedPipe(turns))
    with pytest.raises(Garbled):
        sensor.match(TEMPLATE, 0.1)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("differs", Retry, "finger.differs"),
        ("combine_unanswered", TimedOut, "fingerprint.late"),
        ("unplugged", Missing, None),
    ],
)
def test_enrolling_fails(name: str, kind: type[DeviceError], code: str | None) -> None:
    with script(name) as pipe:
        sensor = sensor_on(pipe)
        with pytest.raises(DeviceError) as error:
            enrol(sensor)
        assert type(error.value) is kind
        assert code in (None, error.value.code)


@pytest.mark.parametrize("name", ["no_finger", "stray"])
def test_no_finger(name: str) -> None:
    with script(name) as pipe:
        assert not sensor_on(pipe).wait_for_finger(0)


def test_forget() -> None:
    with script("forget") as pipe:
        sensor = sensor_on(pipe)
        enrol(sensor)
        sensor.forget()
        sensor.close()


def test_picture() -> None:
    with script("picture") as pipe:
        taken = sensor_on(pipe, picture="64x32").capture(Finger.RIGHT_INDEX, 0.1)
        assert taken.image.shape == (32, 64)
        assert [*taken.image[0, :8]] == [0, 0, 0, 0, 0, 17, 0, 17]
        assert (taken.finger, taken.dpi) == (Finger.RIGHT_INDEX, 500)


def test_a_picture_that_ends_early_is_none() -> None:
    with script("picture_ends_early") as pipe:
        sensor = sensor_on(pipe, picture="64x32")
        with pytest.raises(Garbled) as error:
            sensor.capture(Finger.RIGHT_INDEX, 0.1)
        assert error.value.code == "fingerprint.incomplete"


def test_a_newer_module_says_what_it_is() -> None:
    with script("newer_module") as pipe:
        sensor = sensor_on(pipe)
        about = sensor.about
        assert (about.model, about.serial, about.firmware) == ("FPM-R503", "SN000042", "1.4")
        with pytest.raises(Unsupported) as error:
            sensor.match(TEMPLATE, 0.1)
        assert error.value.code == "fingerprint.other_template"


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("wrong_password", Refused, "fingerprint.password"),
        ("not_emptied", Fault, "fingerprint.not_emptied"),
    ],
)
def test_opening_fails(name: str, kind: type[DeviceError], code: str) -> None:
    with script(name) as pipe:
        with pytest.raises(DeviceError) as error:
            sensor_on(pipe)
        assert (type(error.value), error.value.code) == (kind, code)


def test_what_goes_with_an_error_holds_no_template() -> None:
    with script("template_lost") as pipe:
        sensor = sensor_on(pipe)
        with pytest.raises(Garbled) as error:
            sensor.match(TEMPLATE, 0.1)
    said = f"{error.value!r} {dict(error.value.facts)} {TEMPLATE!r}"
    assert TEMPLATE.data[4:8].hex(" ").upper() not in said
    assert repr(TEMPLATE.data)[2:20] not in said


def test_every_transcript_is_played() -> None:
    played = Path(__file__).read_text(encoding="utf-8")
    names = {path.stem for path in TRANSCRIPTS.glob("*.txt")}
    assert len(names) > 15
    assert {name for name in names if f'"{name}"' not in played} == set()
