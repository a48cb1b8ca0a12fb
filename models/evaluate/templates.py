"""Templates of picture files, each picture read and searched once, failures noted by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from models.api import Embedding, Face, Image, PhotoKind, PictureError
from models.chip_photo import chip_photo
from models.face.settings import DocumentSettings
from models.face.stack import FaceStack
from models.picture import read_picture

Progress = Callable[[str, int, int], None]
"""Told after each picture: the stage's name, pictures done, pictures in all."""


@dataclass(frozen=True, slots=True)
class Side:
    """How the pictures of one side of a comparison are treated."""

    kind: PhotoKind
    made: bool = False
    """True: the photo is made from a portrait by `chip_photo`. False: the file is such a photo already."""
    codec_bytes: int | None = None
    """Size of the made photo's coding; None scales only."""
    document: DocumentSettings | None = None
    """How the photo's face is looked at; None: as the stack is set."""


LIVE = Side(PhotoKind.CAMERA)

Key = tuple[Path, Side]


class Templates:
    """A cache of templates over the files of one run; lives in memory only.

    A picture's face is the large one near its middle (area minus twice the squared distance, as insightface
    chooses): pictures made of one person sometimes show others behind them.
    """

    def __init__(self, stack: FaceStack, *, jobs: int = 1, progress: Progress | None = None) -> None:
        self.stack = stack
        self._failed: dict[Key, str] = {}
        self._jobs = jobs
        self._progress = progress
        self._done: dict[Key, Embedding | None] = {}

    def make(self, stage: str, files: Iterable[Path], side: Side) -> None:
        """Make the templates of `files` that are not there yet."""
        wanted = [file for file in dict.fromkeys(files) if (file, side) not in self._done]
        with ThreadPoolExecutor(self._jobs, thread_name_prefix="evaluate") as pool:
            for count, (file, template) in enumerate(
                zip(wanted, pool.map(lambda file: self._one(file, side), wanted), strict=True), start=1
            ):
                self._done[file, side] = template
                if self._progress is not None:
                    self._progress(stage, count, len(wanted))

    def get(self, file: Path, side: Side) -> Embedding | None:
        """The template of `file`, made before by `make`; None if it shows no usable face."""
        return self._done[file, side]

    def failures(self, side: Side) -> dict[str, str]:
        """Pictures without a template on this side, with the message key that says why."""
        return {
            str(file): code
            for (file, treated), code in sorted(self._failed.items(), key=lambda item: item[0][0])
            if treated == side
        }

    def _one(self, file: Path, side: Side) -> Embedding | None:
        """The template of one file."""
        try:
            image = read_picture(file)
            face = subject(image, self.stack.detect(image), file)
            if side.kind is PhotoKind.CAMERA:
                return self.stack.embed(image, face)
            if side.made:
                image = chip_photo(image, face.points, side.codec_bytes)
                face = subject(image, self.stack.detect(image), file)
            return self.stack.embed_document(image, face, side.document)
        except PictureError as error:
            self._failed[file, side] = error.code
            return None


def subject(image: Image, faces: Iterable[Face], file: Path) -> Face:
    """The person a picture was made of; raises PictureError ``picture.no_face``."""
    found = list(faces)
    if not found:
        raise PictureError("picture.no_face", file.name)
    height, width = image.shape[:2]

    def worth(face: Face) -> float:
        x, y, across, down = face.box
        away = (x + across / 2 - width / 2) ** 2 + (y + down / 2 - height / 2) ** 2
        return float(across * down - 2 * away)

    return max(found, key=worth)
