"""Templates of picture files, each picture read and searched once, failures noted by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from models.api import Embedding, Face, Image, PhotoKind, PictureError
from models.chip_photo import chip_photo, portrait_photo, returned_photo
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
    """True: the photo is made from a portrait (`models.chip_photo`). False: the file is such a photo."""
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
        self._subjects: dict[Path, Face] = {}
        self._made: dict[Path, tuple[Image, Face]] = {}
        """Photos made for the side at work, which further sides may look at in another way."""
        self._made_as: Side | None = None

    def make(self, stage: str, files: Iterable[Path], side: Side) -> None:
        """Make the templates of `files` that are not there yet."""
        wanted = [file for file in dict.fromkeys(files) if (file, side) not in self._done]
        if side.made and (bare := replace(side, document=None)) != self._made_as:
            self._made, self._made_as = {}, bare
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
            image, face = self._photo(file, side) if side.made else self._seen(file)
            if side.kind is PhotoKind.CAMERA:
                return self.stack.embed(image, face)
            return self.stack.embed_document(image, face, side.document)
        except PictureError as error:
            self._failed[file, side] = error.code
            return None

    def _photo(self, file: Path, side: Side) -> tuple[Image, Face]:
        """The photo made of a file, and the face found on it."""
        if file not in self._made:
            image, face = self._seen(file)
            photo = made_photo(image, face, side)
            self._made[file] = photo, subject(photo, self.stack.detect(photo), file)
        return self._made[file]

    def _seen(self, file: Path) -> tuple[Image, Face]:
        """A file's picture and its face, searched for once."""
        image = read_picture(file)
        if file not in self._subjects:
            self._subjects[file] = subject(image, self.stack.detect(image), file)
        return image, self._subjects[file]


def made_photo(image: Image, face: Face, side: Side) -> Image:
    """The photo that `side` makes of a portrait."""
    if side.kind is PhotoKind.RETURNED:
        return returned_photo(image, face.points)
    if side.kind is PhotoKind.PORTRAIT:
        return portrait_photo(image, face.points)
    return chip_photo(image, face.points, side.codec_bytes)


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
