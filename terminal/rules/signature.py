"""The detached signature of a rule pack: ``NAME.yaml.sig`` beside ``NAME.yaml`` (X04).

It is over a line that names the purpose and the SHA-256 of the file, so that no other signature of the same
key can be passed off as this one. The signature file has one form only: a byte changed anywhere is noticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.settings import SignatureKind
from terminal.rules.errors import RuleError
from terminal.rules.reading import PackFile
from terminal.rules.sm2 import Sm2Missing
from terminal.rules.trust import Trust, TrustedKey

SCHEMA = "renzheng.rules.signature/1"
PURPOSE = b"renzheng.rules.pack/1\n"
SUFFIX = ".sig"
MOST_BYTES = 4096
"""A longer file is no signature."""
CLAUSE = "A12, X04"
"""Rows of the requirements catalogue that ask for signed packs of the right authority."""


class Signature(BaseModel):
    """Who signed a pack, and the signature."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    form: Literal["renzheng.rules.signature/1"] = Field("renzheng.rules.signature/1", alias="schema")
    key_id: str = Field(pattern="^[0-9a-f]{32}$", description="First 32 hex digits of the key's SHA-256")
    algorithm: SignatureKind
    value: str = Field(max_length=200, description="Base64")

    def written(self) -> bytes:
        """The signature file."""
        return bytes(rfc8785.dumps(self.model_dump(mode="json", by_alias=True))) + b"\n"


def signature_path(pack: Path) -> Path:
    """Where the signature of the pack in `pack` lies."""
    return pack.with_name(pack.name + SUFFIX)


def signed_bytes(content: bytes) -> bytes:
    """What the signature of a pack with this content is over."""
    return PURPOSE + hashlib.sha256(content).hexdigest().encode("ascii") + b"\n"


def encoded(value: bytes) -> str:
    """Base64, as the signature file holds it."""
    return base64.b64encode(value).decode("ascii")


def signer_of(pack: PackFile, content: bytes, written: bytes | None, trust: Trust) -> str:
    """Id of the trusted key that signed exactly `content`, which `pack` was read from.

    Raises RuleError ``rules.unsigned``, ``rules.signature_wrong``, ``rules.key_unknown``,
    ``rules.key_not_for_this`` (a branch's key under a regulation), ``rules.algorithm_not_believed`` or
    ``rules.sm2_missing``.
    """
    if written is None:
        raise _refused(pack, "rules.unsigned", f"there is no signature beside it ({pack.file}{SUFFIX})")
    signature = _read(pack, written)
    key = trust.keys.get(signature.key_id)
    if key is None:
        raise _refused(pack, "rules.key_unknown", f"the key {signature.key_id} is not trusted here")
    if signature.algorithm is not key.algorithm:
        raise _refused(pack, "rules.signature_wrong", f"the key is one for {key.algorithm.value}")
    if key.algorithm not in trust.algorithms:
        cause = f"rules.algorithms does not name {key.algorithm.value}"
        raise _refused(pack, "rules.algorithm_not_believed", cause)
    if not _verifies(pack, key, signature, content):
        raise _refused(pack, "rules.signature_wrong", "the file is not the one that was signed")
    if pack.header.authority not in key.may_sign:
        cause = f"the key {key.id} may sign for {', '.join(key.may_sign)}, not for {pack.header.authority}"
        raise pack.error("rules.key_not_for_this", ("authority",), cause, CLAUSE)
    return key.id


def _read(pack: PackFile, written: bytes) -> Signature:
    try:
        signature = Signature.model_validate_json(written[:MOST_BYTES])
    except ValidationError as error:
        raise _refused(pack, "rules.signature_wrong", "the signature file is none") from error
    if signature.written() != written or encoded(_decoded(signature.value)) != signature.value:
        raise _refused(pack, "rules.signature_wrong", "the signature file was altered")
    return signature


def _verifies(pack: PackFile, key: TrustedKey, signature: Signature, content: bytes) -> bool:
    try:
        return key.verifies(_decoded(signature.value), signed_bytes(content))
    except Sm2Missing as error:
        cause = "SM2 signatures need the extra package: renzheng[sm2]"
        raise _refused(pack, "rules.sm2_missing", cause) from error


def _decoded(text: str) -> bytes:
    """Empty for what is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _refused(pack: PackFile, code: str, cause: str) -> RuleError:
    return RuleError(code, pack.file, cause, line=1, clause=CLAUSE)
