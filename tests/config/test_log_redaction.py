"""The log: events with fields, and never a person's data."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from config import logs
from config.settings import Logs

NUMBER = "110101199003074258"
PHONE = "13812345678"


@dataclass(frozen=True)
class Card:
    number: str
    name: str


@pytest.fixture
def file(tmp_path) -> Iterator[Path]:
    root = logging.getLogger()
    level = root.level
    yield logs.set_up(Logs(level="traffic"), tmp_path / "logs", console=False)
    logs.close()
    root.setLevel(level)
    structlog.reset_defaults()


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_an_event_keeps_its_fields(file):
    structlog.get_logger("drivers.card").info("card.read", model="SDT", ms=12.5, tries=2, ok=True)
    (line,) = lines(file)
    assert line.items() >= {"event": "card.read", "model": "SDT", "ms": 12.5, "tries": 2, "ok": True}.items()
    assert line["logger"] == "drivers.card"
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_nothing_personal_is_written(file):
    log = structlog.get_logger("terminal.flow")
    log.warning(
        "card.odd",
        name="张三",
        address="北京市东城区",
        number=NUMBER,
        spaced="1101 0119 9003 0742 58",
        as_integer=int(NUMBER),
        mobile=PHONE,
        text=f"call {PHONE} or +86 138-1234-5678",
        card=Card(NUMBER, "张三"),
        objects=[Card(NUMBER, "张三"), {"photo": "AAAA", "deep": [NUMBER]}],
        raw=b"\x01" * 70,
        template=[0.1, 0.2],
        picture=np.zeros((4, 4, 3)),
        array=np.ones((2, 3)),
    )
    logging.getLogger("third.party").error("odd card %s of %s", NUMBER, "someone")
    try:
        raise ValueError(f"cannot parse {NUMBER}X")
    except ValueError:
        log.exception("flow.bug", reference="K7Q2")
    text = file.read_text(encoding="utf-8")
    for personal in (NUMBER, PHONE, "张三", "东城", "AAAA", "138-1234", "0742 58", "0.1"):
        assert personal not in text
    first = lines(file)[0]
    assert first["raw"] == "[70 bytes]"
    assert first["array"] == "[array 2×3]"
    assert first["card"] == "[Card]"
    assert lines(file)[-1]["reference"] == "K7Q2"


def test_devices_stay_named(file):
    structlog.get_logger().info("device.lost", name="sdt", address="serial:/dev/ttyUSB0", hash="a" * 64)
    assert lines(file)[0]["address"] == "serial:/dev/ttyUSB0"
    assert lines(file)[0]["name"] == "sdt"
    assert lines(file)[0]["hash"] == "a" * 64


def test_traffic_notes_length_and_digest_but_no_bytes(file):
    logs.traffic(logging.getLogger("drivers.link"), "link.sent", b"\xaa\xaa\xaa\x96\x69", port="pty")
    (line,) = lines(file)
    assert (line["event"], line["length"], line["port"], line["level"]) == ("link.sent", 5, "pty", "traffic")


def test_traffic_is_off_by_default(tmp_path):
    file = logs.set_up(Logs(), tmp_path, console=False)
    logs.traffic(logging.getLogger("drivers.link"), "link.sent", b"123")
    structlog.get_logger().debug("flow.detail")
    logs.close()
    structlog.reset_defaults()
    assert file.read_text() == ""


def test_files_rotate_and_old_ones_go(tmp_path):
    file = logs.set_up(Logs(max_megabytes=1, keep_files=2), tmp_path, console=False)
    log = structlog.get_logger()
    for _ in range(40):
        log.info("filler", text="x" * 100_000)
    logs.close()
    structlog.reset_defaults()
    assert sorted(one.name for one in tmp_path.iterdir()) == [file.name, f"{file.name}.1"]


@given(st.integers(10**16, 10**17 - 1), st.sampled_from("0123456789Xx"), st.text("中文abc .,:;", max_size=9))
def test_no_identity_number_survives(head, last, around):
    number = f"{head}{last}"
    struck = logs.redact(None, "info", {"event": f"{around} {number} {around}", "any": [number]})
    assert number not in json.dumps(struck, ensure_ascii=False)
