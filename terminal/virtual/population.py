"""Whom the embedded test centre knows: an invented population, with the photos of the virtual people.

``customers.toml`` names a customer for everything an online check can meet.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2

from drivers.card.photo import PhotoUnavailable, decode
from models.face.stack import FaceStack
from sync.answers import Category
from sync.centre.population import FILE, PHOTOS
from sync.questions import Subject
from terminal.checks.centre import NoAnswer
from terminal.virtual.people import people, prepare

JPEG_QUALITY = 90
OWNER_ONLY = 0o600
FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Customer:
    """An invented customer with what an online check of their card meets."""

    subject: Subject = field(repr=False)
    meets: Category | NoAnswer


def customers() -> dict[str, Customer]:
    """All of them by their short names."""
    with (files("terminal.virtual") / "customers.toml").open("rb") as handle:
        return {name: _customer(table) for name, table in tomllib.load(handle).items()}


def phones() -> dict[str, str]:
    """The phone number each invented person gives, by document number; who gives none is not in it."""
    return {each["number"]: next(iter(each["phones"])) for each in _people() if each.get("phones")}


def code_on(phone: str) -> str:
    """The code that whoever has this invented phone reads on it. KeyError for no such phone."""
    return next(str(each["phones"][phone]) for each in _people() if phone in each.get("phones", {}))


def account_of(number: str) -> str | None:
    """An account of the invented person with this document number."""
    held = (each.get("accounts", []) for each in _people() if each["number"] == number)
    return next((str(account["number"]) for accounts in held for account in accounts), None)


@cache
def _people() -> list[dict[str, Any]]:
    text = (files("terminal.virtual") / "population.toml").read_text("utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["people"]
    return found


def returned_photos(stack: FaceStack, cache: Path) -> dict[str, bytes]:
    """The virtual people's photos as the register returns them (JPEG), by file name."""
    prepared = {name: prepare(person, stack, cache) for name, person in people().items()}
    return {f"{name}.jpg": _jpeg(each.card.photo) for name, each in prepared.items()}


def populate(folder: Path, photos: Mapping[str, bytes]) -> None:
    """Give the centre in `folder` the invented population, at once also while it runs.

    A file that is there already, and its own photos, stay: it may have been changed for a training.
    """
    place = folder / PHOTOS
    place.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    for name, photo in photos.items():
        _write_new(place / name, photo)
    _write_new(folder / FILE, (files("terminal.virtual") / "population.toml").read_bytes())


def _customer(table: Mapping[str, str]) -> Customer:
    meets = table["meets"]
    named = {key: value for key, value in table.items() if key != "meets"}
    expected = Category(meets) if meets in {each.value for each in Category} else NoAnswer(meets)
    return Customer(Subject.model_validate(named), expected)


def _jpeg(photo: bytes) -> bytes:
    image = decode(photo, allow_simulated=True)
    if isinstance(image, PhotoUnavailable):
        raise ValueError(f"no returned photo from a simulated card: {image.reason.value}")
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return packed.tobytes()


def _write_new(path: Path, data: bytes) -> None:
    """Whole or not at all; what is there stays."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    fresh.replace(path)
