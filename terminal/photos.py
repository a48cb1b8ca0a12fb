"""Further photos of the holder beside the card's: from the online check, an e-document, or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drivers.api import IdCard
from models.api import PhotoKind, PictureError
from models.picture import read_picture
from terminal.view import Image

FURTHER = (PhotoKind.RETURNED, PhotoKind.PORTRAIT)
"""Kinds of photos that a case may be given."""


@dataclass(frozen=True, slots=True)
class HolderPhoto:
    """A further photo of the holder."""

    kind: PhotoKind
    """One of `FURTHER`."""
    image: Image = field(repr=False)
    content: bytes = field(repr=False)
    """The file it came in; it goes into the seal."""


FurtherPhotos = Callable[[IdCard], tuple[HolderPhoto, ...]]
"""What gets the further photos of the holder of a card that was read, at most one of a kind: the place where
an online check joins in."""


def none_further(_card: IdCard) -> tuple[HolderPhoto, ...]:
    """No photo but the card's."""
    return ()


def from_files(files: Mapping[PhotoKind, Path]) -> FurtherPhotos:
    """The photos in `files`, read anew for each case, whose pictures are overwritten when it is over.

    Raises PictureError at once for a file that is no picture.
    """
    for file in files.values():
        read_picture(file)
    return lambda _card: tuple(_read(kind, file) for kind, file in files.items())


def _read(kind: PhotoKind, file: Path) -> HolderPhoto:
    image = read_picture(file)
    try:
        return HolderPhoto(kind, image, file.read_bytes())
    except OSError as error:
        raise PictureError("picture.missing", file.name, cause=error.strerror) from error
