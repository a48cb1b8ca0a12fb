"""The people of the virtual branch: card data from ``people.toml``, portraits from installed packages.

A portrait becomes a puppet (picture and face mesh) for the virtual camera and a chip photo for the
simulated card; both are made once with the networks of the pack and kept in the cache.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import cv2
from pydantic import BaseModel, ConfigDict

from config.durable import write_whole
from drivers.api import CardKind
from drivers.camera.puppet import Puppet
from drivers.card.cardfile import CardFile
from drivers.card.photo import encode_simulated
from models.chip_photo import chip_photo
from models.face.stack import FaceStack
from models.picture import read_picture
from terminal.view import Image


class Portrait(BaseModel):
    """Where a portrait lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    file: str

    def path(self) -> Path:
        """The file inside the installed package."""
        return Path(str(files(self.package) / self.file))


class Person(BaseModel):
    """An invented person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    portrait: Portrait
    kind: CardKind
    fields: dict[str, str]
    additional_address: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A person's files, ready for the simulators."""

    puppet: Path
    card: CardFile = field(repr=False)


def people() -> dict[str, Person]:
    """All people by their short names."""
    with (files("terminal.virtual") / "people.toml").open("rb") as handle:
        return {name: Person.model_validate(table) for name, table in tomllib.load(handle).items()}


def faces() -> tuple[Person, ...]:
    """The first person of each portrait: some people share one, and are nobody else to a camera."""
    first: dict[Portrait, Person] = {}
    for person in people().values():
        first.setdefault(person.portrait, person)
    return tuple(first.values())


def prepare(person: Person, stack: FaceStack, folder: Path) -> Prepared:
    """Puppet and card of `person`; files below `folder` are reused when portrait and mesh are unchanged."""
    portrait = person.portrait.path()
    mark = hashlib.sha256(portrait.read_bytes() + stack.about["mesh"].encode()).hexdigest()[:16]
    puppet, photo = folder / f"{mark}.npz", folder / f"{mark}.photo"
    if not (puppet.is_file() and photo.is_file()):
        _make(read_picture(portrait), stack, puppet, photo)
    card = CardFile(
        kind=person.kind,
        fields=person.fields,
        photo=photo.read_bytes(),
        additional_address=person.additional_address,
    )
    return Prepared(puppet, card)


def _make(picture: Image, stack: FaceStack, puppet: Path, photo: Path) -> None:
    face = stack.detect(picture)[0]
    mesh = stack.mesh(picture, face)
    Puppet.save(puppet, picture, mesh.points)
    write_whole(photo, encode_simulated(_sharpened(chip_photo(picture, face.points, None))))


def _sharpened(image: Image) -> Image:
    """A chip photo as issuing offices make it: slightly sharpened after scaling down."""
    blurred = cv2.GaussianBlur(image, (0, 0), 1.0)
    return cv2.addWeighted(image, 1.3, blurred, -0.3, 0).astype(image.dtype)
