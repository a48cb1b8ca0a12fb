"""A client on pyfingerprint 1.5: enrols, searches, compares, takes a picture. A process of its own.

Asks the test by a line ``do touch alice`` and waits for one back; tells what it found in a last JSON line.
"""

from __future__ import annotations

import json
import sys

from pyfingerprint.pyfingerprint import PyFingerprint


def person(command: str) -> None:
    """Have the test play the person."""
    print(f"do {command}", flush=True)
    sys.stdin.readline()


def look(sensor: PyFingerprint, buffer: int) -> bool:
    """Take a picture and extract its features."""
    while not sensor.readImage():
        pass
    return bool(sensor.convertImage(buffer))


def main(port: str, picture: str) -> None:
    """Everything in turn."""
    found: dict[str, object] = {}
    sensor = PyFingerprint(port, 57600, 0xFFFFFFFF, 0)
    found["password"] = sensor.verifyPassword()
    found["parameters"] = sensor.getSystemParameters()[2:4]
    found["empty"] = sensor.getTemplateCount()
    found["nobody"] = sensor.readImage()
    for buffer in (1, 2):
        person("touch alice")
        look(sensor, buffer)
    found["same"] = sensor.compareCharacteristics()
    found["combined"] = sensor.createTemplate()
    found["stored_at"] = sensor.storeTemplate()
    found["count"] = sensor.getTemplateCount()
    found["index"] = [place for place, used in enumerate(sensor.getTemplateIndex(0)) if used]
    person("touch alice")
    look(sensor, 1)
    found["search"] = sensor.searchTemplate()
    template = sensor.downloadCharacteristics(1)
    found["template"] = bytes(template).hex()
    found["sent_down"] = sensor.uploadCharacteristics(2, template)
    found["sent_down_matches"] = sensor.compareCharacteristics()
    sensor.downloadImage(picture)
    person("touch bob")
    look(sensor, 1)
    found["other_search"] = sensor.searchTemplate()
    found["other_match"] = sensor.compareCharacteristics()
    found["loaded"] = sensor.loadTemplate(0, 2)
    found["random"] = isinstance(sensor.generateRandomNumber(), int)
    sensor.setSecurityLevel(4)
    found["security"] = sensor.getSecurityLevel() == 4
    found["deleted"] = sensor.deleteTemplate(0)
    found["cleared"] = sensor.clearDatabase()
    found["left"] = sensor.getTemplateCount()
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
