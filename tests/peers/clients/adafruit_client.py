"""A client on adafruit-circuitpython-fingerprint: the same as the other client, by another library.

Asks the test by a line ``do touch alice`` and waits for one back; tells what it found in a last JSON line.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import serial

# Two modules of the microcontroller's Python that the library imports and hardly uses.
sys.modules["busio"] = types.SimpleNamespace(UART=serial.Serial)  # type: ignore[assignment]
sys.modules["micropython"] = types.SimpleNamespace(const=lambda value: value)  # type: ignore[assignment]

import adafruit_fingerprint  # noqa: E402


def person(command: str) -> None:
    """Have the test play the person."""
    print(f"do {command}", flush=True)
    sys.stdin.readline()


def look(sensor: adafruit_fingerprint.Adafruit_Fingerprint, slot: int) -> int:
    """Take a picture and extract its features."""
    while sensor.get_image() != adafruit_fingerprint.OK:
        pass
    return int(sensor.image_2_tz(slot))


def main(port: str, picture: str) -> None:
    """Everything in turn."""
    found: dict[str, object] = {}
    with serial.Serial(port, 57600, timeout=5) as line:
        # A pseudo-terminal keeps what a newer module says when it starts; a real port loses it.
        line.reset_input_buffer()
        sensor = adafruit_fingerprint.Adafruit_Fingerprint(line)
        found["alive"] = sensor.check_module() if sys.argv[3] == "newer" else True
        found["parameters"] = [sensor.library_size, sensor.security_level, sensor.data_packet_size]
        found["nobody"] = sensor.get_image()
        for slot in (1, 2):
            person("touch alice")
            look(sensor, slot)
        found["combined"] = sensor.create_model()
        found["stored"] = sensor.store_model(3)
        sensor.count_templates()
        sensor.read_templates()
        found["index"] = [sensor.template_count, sensor.templates]
        person("touch alice")
        look(sensor, 1)
        found["search"] = [sensor.finger_search(), sensor.finger_id, sensor.confidence]
        found["fast_search"] = [sensor.finger_fast_search(), sensor.finger_id]
        template = sensor.get_fpdata("char", 1)
        found["template"] = bytes(template).hex()
        found["sent_down"] = sensor.send_fpdata(template, "char", 2)
        found["sent_down_matches"] = [sensor.compare_templates(), sensor.confidence]
        Path(picture).write_bytes(bytes(sensor.get_fpdata("image")))
        person("touch bob")
        look(sensor, 1)
        found["other_search"] = sensor.finger_search()
        found["other_match"] = sensor.compare_templates()
        found["loaded"] = sensor.load_model(3, 2)
        found["emptied"] = sensor.empty_library()
        sensor.count_templates()
        found["left"] = sensor.template_count
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
