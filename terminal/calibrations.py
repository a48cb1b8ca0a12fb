"""The bank's calibrations: signed with its key, installed on the terminal, and taken only when they fit.

A file holds the calibration and an Ed25519 signature over its canonical JSON (RFC 8785). Which keys are
believed is a setting. Without an installed file the one shipped with the product serves, except in
production: there a bank's own signature must stand behind whatever accepts customers.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from config.durable import write_whole
from config.paths import paths, ready
from config.settings import Settings
from models.api import ModelError
from models.calibration import Calibration, Scorer
from models.calibration_files import NONE, check_fit, file_name, none, parse, shipped_calibration
from sync.keys import key_id_of, verifies

PURPOSE = b"renzheng.calibration\n"
"""Stands before what is signed, so that no other signature of the same key can be passed off as this one."""
MOST_BYTES = 20_000_000
"""A larger file is no calibration."""
_ED25519_DER = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of a public key in its SubjectPublicKeyInfo (RFC 8410 §10.1)."""


class SignatureNote(BaseModel):
    """Who signed a calibration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: str = Field("ed25519", pattern="^ed25519$", description="RFC 8032")
    key_id: str = Field(pattern="^[0-9a-f]{32}$", description="First 32 hex digits of the key's SHA-256")
    value: str = Field(max_length=100, description="Signature, base64")


class CalibrationFile(BaseModel):
    """A calibration as it is carried about; unsigned as it is built, signed as it is installed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calibration: dict[str, JsonValue] = Field(description="See `models.calibration.Calibration`")
    signature: SignatureNote | None = Field(default=None, description="The bank's word for it")

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return PURPOSE + rfc8785.dumps(self.calibration)

    def opened(self) -> Calibration:
        """The calibration itself. Raises ModelError ``model.no_calibration.unreadable``."""
        return parse(json.dumps(self.calibration))

    def signed_by(self, trusted: dict[str, bytes]) -> str:
        """The key's short name, if it is one of `trusted` (short name → DER) and signed exactly this.

        Raises ModelError ``model.no_calibration.unsigned``, ``.untrusted`` or ``.altered``.
        """
        note = self.signature
        if note is None:
            raise ModelError(f"{NONE}.unsigned", "")
        if note.key_id not in trusted:
            raise ModelError(f"{NONE}.untrusted", "", key=note.key_id)
        try:
            message = self.signed_bytes()
        except rfc8785.CanonicalizationError as error:
            raise ModelError(f"{NONE}.altered", "") from error
        if not verifies(trusted[note.key_id], _decoded(note.value), message):
            raise ModelError(f"{NONE}.altered", "")
        return note.key_id


@dataclass(frozen=True, slots=True)
class Calibrations:
    """Where a terminal takes its calibrations from."""

    folder: Path
    trusted: dict[str, bytes]
    """Short name of a key → the public key, DER."""
    production: bool

    def find(self, scorer: Scorer, sample: str) -> Calibration:
        """The calibration in force for `scorer` and `sample`.

        An installed file that is not in order is never passed over for the shipped one. Raises ModelError
        with a code below ``model.no_calibration``: why nothing may be accepted without a person.
        """
        installed = self.folder / file_name(scorer.modality, scorer.engine, sample)
        if not installed.exists():
            if self.production:
                raise none("not_installed", scorer, sample)
            return shipped_calibration(scorer, sample)
        try:
            calibration = self.checked(read_file(installed))
        except ModelError as error:
            raise ModelError(error.code, scorer.engine, **{**error.detail, "sample": sample}) from error
        check_fit(calibration, scorer, sample)
        return calibration

    def checked(self, file: CalibrationFile) -> Calibration:
        """The calibration of a file that a trusted key signed; raises ModelError as `signed_by` does."""
        file.signed_by(self.trusted)
        return file.opened()

    def install(self, file: CalibrationFile, *, older: bool = False) -> Path:
        """Put a signed file in force, whole or not at all; returns where it lies.

        Raises ModelError as `checked` does, ``model.calibration_older`` when a later version is installed and
        `older` was not asked for, and OSError.
        """
        calibration = self.checked(file)
        scorer = calibration.scorer
        target = self.folder / file_name(scorer.modality, scorer.engine, calibration.sample)
        if target.exists() and not older:
            self._refuse_older(calibration, target)
        write_file(file, ready(self.folder) / target.name)
        return target

    def _refuse_older(self, calibration: Calibration, installed: Path) -> None:
        """A stolen old file must not undo a correction; a damaged installed one may be replaced."""
        try:
            there = self.checked(read_file(installed))
        except ModelError:
            return
        if calibration.version < there.version:
            engine = calibration.scorer.engine
            raise ModelError("model.calibration_older", engine, version=there.version)


NOTHING_TRUSTED = Calibrations(Path(), {}, production=True)
"""Where no calibration was given: nothing is accepted."""


def calibrations(settings: Settings) -> Calibrations:
    """As the settings say. Raises ModelError ``model.calibration_key`` for a key that is none."""
    chosen = settings.models
    folder = Path(chosen.calibrations) if chosen.calibrations else paths().data / "calibrations"
    keys = [public_key(text) for text in chosen.calibration_keys]
    return Calibrations(folder, {key_id_of(key): key for key in keys}, settings.terminal.production)


def public_key(text: str) -> bytes:
    """A public key as the settings hold it (base64 of its 32 bytes or of its DER), as DER."""
    raw = _decoded(text)
    if len(raw) == 32:
        raw = _ED25519_DER + raw
    if len(raw) != 44 or not raw.startswith(_ED25519_DER):
        raise ModelError("model.calibration_key", "", key=text[:12])
    return raw


def read_file(path: Path) -> CalibrationFile:
    """Raises ModelError ``model.no_calibration.unreadable``, also for a file that is not there."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"{NONE}.unreadable", "")
        return CalibrationFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(f"{NONE}.unreadable", "") from error


def write_file(file: CalibrationFile, target: Path) -> None:
    """Write whole or not at all, also when the power goes. Raises OSError."""
    write_whole(target, (file.model_dump_json(indent=1, exclude_none=True) + "\n").encode())


def unsigned(calibration: Calibration) -> CalibrationFile:
    """A calibration as a file that nobody has signed yet."""
    content: dict[str, Any] = calibration.model_dump(mode="json", by_alias=True)
    return CalibrationFile(calibration=content)


def _decoded(text: str) -> bytes:
    """Base64; empty for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
