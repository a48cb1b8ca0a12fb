"""Draws what a simulated service captures, and puts it into records: invented fingers, eyes and a face."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import cv2
import numpy as np

from drivers.api import Image
from drivers.capture import FingerImage, Grey, IrisImage
from drivers.iris import synthetic
from drivers.iso19794 import face, finger, iris, pictures
from drivers.iso19794.pictures import Coding
from drivers.sbi.modality import EYES, FINGERS, Modality

PERSON = 7
QUALITY = 82
_EYE = synthetic.Look()
_WSQ_HEAD = b"\xff\xa0\xff\xa4\x00\x3a"


def record(modality: Modality, part: str, portrait: Image | None = None, wsq: bool = False) -> bytes:
    """The record of `part` (a finger or eye by the interface's name; empty for a face)."""
    now = datetime.now(UTC).replace(tzinfo=None)
    if modality is Modality.FACE:
        image = drawn_face(0) if portrait is None else portrait
        data = cv2.imencode(".jpg", image)[1].tobytes()
        height, width = image.shape[:2]
        return face.encode(
            face.FaceImage(data, face.Coding.JPEG, width, height, QUALITY), face.Version.OF_2011
        )
    if modality is Modality.IRIS:
        eye = next(eye for eye, name in EYES.items() if name == part)
        return iris.of_images(
            [IrisImage(synthetic.draw(PERSON, eye, _EYE), eye, QUALITY)], now, Coding.JPEG_2000
        )
    which = next(finger for finger, name in FINGERS.items() if name == part)
    image_of = FingerImage(drawn_finger(PERSON * 16 + which), which, 500, QUALITY)
    if wsq:
        (sound,) = finger.decode(finger.of_image(image_of, now, Coding.RAW))
        return finger.encode([dataclasses.replace(sound, coding=Coding.WSQ, picture=_WSQ_HEAD)])
    return finger.of_image(image_of, now, Coding.JPEG_2000)


def other(modality: Modality, part: str) -> str:
    """Another finger, or the other eye; a face has no other."""
    names = list({Modality.FINGER: FINGERS, Modality.IRIS: EYES}.get(modality, {"": ""}).values())
    return str(names[(names.index(part) + 1) % len(names)]) if part in names else part


def drawn_finger(seed: int, width: int = 300, height: int = 400) -> Grey:
    """Ridges of an invented finger: a whorl with bent lines, dark on light."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = columns - width * random.uniform(0.4, 0.6), rows - height * random.uniform(0.35, 0.5)
    bend = cv2.GaussianBlur(random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 22)
    phase = np.hypot(dx, dy * random.uniform(0.6, 0.8)) * (2 * np.pi / 9.0) + bend * 60 + np.arctan2(dy, dx)
    ridges = 140 - 80 * np.sin(phase) + random.normal(0, 8, phase.shape)
    edge = np.hypot((columns - width / 2) / (width * 0.46), (rows - height / 2) / (height * 0.47))
    return np.clip(np.where(edge < 1, ridges, 245), 0, 255).astype(np.uint8)


def drawn_face(number: int, width: int = 640, height: int = 480) -> Image:
    """Picture `number` of an invented face that breathes a little."""
    random = np.random.default_rng(number)
    image = random.integers(60, 76, (height, width, 3), dtype=np.uint8)
    middle = (width // 2, height // 2 + round(3 * np.sin(number / 5)))
    cv2.ellipse(image, middle, (110, 150), 0, 0, 360, (150, 180, 215), -1)
    for side in (-1, 1):
        place = (middle[0] + side * 42, middle[1] - 30)
        cv2.ellipse(image, place, (20, 10), 0, 0, 360, (245, 245, 245), -1)
        cv2.circle(image, place, 8, (60, 50, 40), -1)
        cv2.ellipse(image, (place[0], place[1] - 24), (24, 5), 0, 180, 360, (50, 50, 60), 3)
    cv2.line(image, (middle[0], middle[1] - 15), (middle[0] - 8, middle[1] + 30), (110, 140, 180), 3)
    cv2.ellipse(image, (middle[0], middle[1] + 70), (38, 12), 0, 0, 180, (90, 80, 170), 4)
    return np.asarray(image, np.uint8)


def noise(number: int, shape: tuple[int, ...]) -> Image:
    """What a sensor adds to picture `number`."""
    return np.random.default_rng(number).integers(0, 4, shape, dtype=np.uint8)


def picture_of(file: str) -> Image:
    """The picture in `file`. `ValueError` when there is none."""
    data = np.fromfile(file, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None or image.shape[0] * image.shape[1] > pictures.MOST_PIXELS:
        raise ValueError(f"{file} is no picture")
    return np.asarray(image, np.uint8)
