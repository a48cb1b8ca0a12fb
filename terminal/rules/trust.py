"""Whose signature on a rule pack is believed, and for which authority (A12).

Each key lies in a file of its own in the folder of the setting ``rules.keys``::

    owner = "Head office, rules"
    algorithm = "ed25519"
    public_key = "…"            # base64 of the raw key
    may_sign = ["bank", "branch"]
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.paths import paths
from config.settings import Rules, SignatureKind
from sync.keys import key_id_of
from terminal.rules import sm2
from terminal.rules.errors import RuleError

LENGTHS = {SignatureKind.ED25519: 32, SignatureKind.SM2: 64}
"""Bytes of a raw public key."""
MOST_BYTES = 10_000
"""A longer file is no key."""


class KeyFile(BaseModel):
    """What a key's file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str = Field(pattern=r"^[^\x00-\x1f\x7f]{1,100}$", description="Who holds the private key")
    algorithm: SignatureKind
    public_key: str = Field(description="Raw public key, base64")
    may_sign: tuple[Literal["regulation", "bank", "branch"], ...] = Field(min_length=1)

    def written(self) -> str:
        """The file in TOML."""
        named = ", ".join(f'"{each}"' for each in self.may_sign)
        owner = self.owner.replace("\\", "\\\\").replace('"', '\\"')
        return (
            f'owner = "{owner}"\nalgorithm = "{self.algorithm.value}"\n'
            f'public_key = "{self.public_key}"\nmay_sign = [{named}]\n'
        )


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key and what it may sign."""

    owner: str
    algorithm: SignatureKind
    public: bytes
    may_sign: tuple[str, ...]

    @property
    def id(self) -> str:
        """First 32 hex digits of the raw public key's SHA-256."""
        return key_id_of(self.public)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """True when `signature` is that of `message`. Raises `terminal.rules.sm2.Sm2Missing`."""
        if self.algorithm is SignatureKind.SM2:
            return sm2.verifies(self.public, signature, message)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Trust:
    """Every key that is believed here."""

    keys: Mapping[str, TrustedKey] = field(default_factory=dict)
    """By id."""
    algorithms: frozenset[SignatureKind] = frozenset({SignatureKind.ED25519})
    problems: tuple[RuleError, ...] = ()
    """Files in the folder that are no keys, code ``rules.key_file``; the others hold all the same."""


def trust(chosen: Rules) -> Trust:
    """As the settings say. A folder that is not there holds no keys."""
    folder = Path(chosen.keys) if chosen.keys else paths().site / "rule-keys"
    return read_trust(folder, frozenset(chosen.algorithms))


def read_trust(folder: Path, algorithms: frozenset[SignatureKind]) -> Trust:
    """The keys in `folder`, whose signatures by one of `algorithms` are believed."""
    keys: dict[str, TrustedKey] = {}
    problems: list[RuleError] = []
    try:
        files = sorted(folder.glob("*.toml"))
    except OSError as error:
        unread = RuleError("rules.key_file", folder.name, error.strerror or "", line=1)
        return Trust({}, algorithms, (unread,))
    for file in files:
        try:
            key = read_key_file(file)
            keys[key.id] = key
        except RuleError as error:
            problems.append(error)
    return Trust(keys, algorithms, tuple(problems))


def read_key_file(file: Path) -> TrustedKey:
    """The key in `file`; RuleError ``rules.key_file`` when it holds none."""
    try:
        said = KeyFile.model_validate(tomllib.loads(file.read_bytes()[:MOST_BYTES].decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RuleError("rules.key_file", file.name, first["msg"], line=1, place=place) from error
    except (OSError, ValueError) as error:
        raise RuleError("rules.key_file", file.name, "it cannot be read as TOML", line=1) from error
    try:
        public = base64.b64decode(said.public_key, validate=True)
    except (binascii.Error, ValueError):
        public = b""
    if len(public) != LENGTHS[said.algorithm]:
        cause = f"no base64 of a {said.algorithm.value} key of {LENGTHS[said.algorithm]} bytes"
        raise RuleError("rules.key_file", file.name, cause, line=1, place="public_key")
    return TrustedKey(said.owner, said.algorithm, public, said.may_sign)
