"""What lies in the folder of installed rule packs: packs by their SHA-256, and every state there ever was.

``packs/SHA256.yaml`` and ``packs/SHA256.yaml.sig`` are written once and never changed or removed: a case that
names them can be explained years later. ``states/00000007.json`` says which packs were installed from then
on; writing it is what puts them in force, so that a power cut leaves the state before.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.durable import write_whole
from config.paths import ready
from terminal.rules.errors import RuleError

SCHEMA = "renzheng.rules.state/1"
MOST_BYTES = 2_000_000
"""A larger file is no pack and no state."""


class Change(StrEnum):
    """What led to a state."""

    SHIPPED = "shipped"
    """A program with other packs of its own was started."""
    INSTALLED = "installed"
    ROLLED_BACK = "rolled_back"


class Placed(BaseModel):
    """One installed pack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    file: str = Field(max_length=255, description="Name it was installed by, which errors point into")
    name: str = Field(description="``pack version``")
    authority: str
    key_id: str


class State(BaseModel):
    """Which packs are known from a moment on; which of them decide is a matter of the date."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    form: Literal["renzheng.rules.state/1"] = Field("renzheng.rules.state/1", alias="schema")
    number: int = Field(ge=1)
    change: Change
    at: str = Field(description="UTC, ISO 8601")
    shipped: tuple[str, ...] = Field(description="SHA-256 of the packs of the program")
    installed: tuple[Placed, ...] = ()
    by: tuple[str, ...] = Field((), description="Staff numbers of who did it")
    reason: str = Field("", max_length=500, description="Without personal data")
    to: int | None = Field(None, description="The state that was gone back to")

    @property
    def digest(self) -> str:
        """SHA-256 of the state, which its audit line names."""
        return hashlib.sha256(rfc8785.dumps(self.model_dump(mode="json", by_alias=True))).hexdigest()

    def written(self) -> bytes:
        """The state's file: the state and its digest, so that a byte changed on disk is noticed."""
        said = self.model_dump(mode="json", by_alias=True)
        return (
            json.dumps({"state": said, "sha256": self.digest}, ensure_ascii=False, indent=1) + "\n"
        ).encode()


class StateFiles:
    """Reads and writes the folder; OSError when the disk does not let it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def numbers(self) -> tuple[int, ...]:
        """The states there are, newest first."""
        try:
            names = os.listdir(self.folder / "states")  # noqa: PTH208  asked at every case: names alone are enough
        except FileNotFoundError:
            return ()
        found = (name.removesuffix(".json") for name in names if name.endswith(".json"))
        return tuple(sorted((int(name) for name in found if name.isdigit()), reverse=True))

    def read(self, number: int) -> State:
        """One state; RuleError ``rules.damaged`` when it is not as it was written."""
        name = f"{number:08d}.json"
        content = self._content(self.folder / "states" / name, name)
        try:
            said = json.loads(content)
            state = State.model_validate_json(json.dumps(said["state"]))
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise RuleError("rules.damaged", name, "it cannot be read", line=1) from error
        if state.digest != said.get("sha256") or state.number != number:
            raise RuleError("rules.damaged", name, "it is not as it was written", line=1)
        return state

    def write(self, state: State) -> None:
        """Put `state` in force; on disk when this returns."""
        write_whole(ready(self.folder / "states") / f"{state.number:08d}.json", state.written())

    def keep(self, content: bytes, signature: bytes | None) -> None:
        """Keep a pack for good; one that is there and sound is left as it is."""
        folder = ready(self.folder / "packs")
        sha256 = hashlib.sha256(content).hexdigest()
        for name, wanted in ((f"{sha256}.yaml.sig", signature), (f"{sha256}.yaml", content)):
            there = None
            with suppress(OSError):
                there = (folder / name).read_bytes()
            if wanted is not None and there != wanted:
                write_whole(folder / name, wanted)

    def pack(self, sha256: str, file: str) -> bytes:
        """The pack with that SHA-256; RuleError ``rules.damaged`` when it is gone or not as it was."""
        content = self._content(self.folder / "packs" / f"{sha256}.yaml", file)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise RuleError("rules.damaged", file, "it is not as it was installed", line=1)
        return content

    def has(self, sha256: str) -> bool:
        """True when there is a file of that name, sound or not."""
        return (self.folder / "packs" / f"{sha256}.yaml").exists()

    def signature(self, sha256: str) -> bytes | None:
        """The signature it was installed with; None when that is gone."""
        with suppress(OSError):
            return (self.folder / "packs" / f"{sha256}.yaml.sig").read_bytes()
        return None

    def noted(self) -> int:
        """The last state that the audit log knows of."""
        with suppress(OSError, ValueError):
            return int((self.folder / "noted").read_text("ascii"))
        return 0

    def mark_noted(self, number: int) -> None:
        """The audit log knows of every state up to `number`."""
        write_whole(self.folder / "noted", f"{number}\n".encode("ascii"))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time changes the folder; the others wait."""
        handle = os.open(ready(self.folder) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _content(self, path: Path, file: str) -> bytes:
        try:
            if path.stat().st_size > MOST_BYTES:
                raise RuleError("rules.damaged", file, "it is too long", line=1)
            return path.read_bytes()
        except OSError as error:
            raise RuleError("rules.damaged", file, error.strerror or "it cannot be read", line=1) from error
