"""Every check that stands between a capture and its use (specs/sbi.md §1, "Verify in the adapter").

An answer passes whole or not at all: right signer, this request, now, this device, this finger, unaltered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.errors import DeviceError, Garbled, Refused, Retry
from drivers.sbi import codes, documents, jws
from drivers.sbi.documents import text
from drivers.sbi.identity import Identity
from drivers.sbi.modality import Modality
from drivers.sbi.trust import Trust, Untrusted

PURPOSE = "Registration"
"""The purpose for which captures come unencrypted to the program that asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a device, to hold its answer against."""

    modality: Modality
    parts: tuple[str, ...]
    """Fingers or eyes by the interface's names; one empty string for a face."""
    transaction: str
    at: datetime
    env: str
    score: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Sample:
    """One capture that passed. `repr` shows nothing of it."""

    part: str
    record: bytes = field(repr=False)
    """ISO/IEC 19794."""
    quality: int | None


def check(answer: object, asked: Asked, device: Identity, trust: Trust, name: str) -> tuple[Sample, ...]:
    """The samples in `answer`, in the order asked for; else the `DeviceError` that says what is wrong."""
    now = datetime.now(UTC)
    blocks = _blocks(answer, asked, name)
    if len(blocks) != len(asked.parts):
        raise Refused("sbi.wrong_count", name, asked=len(asked.parts), given=len(blocks))
    found: dict[str, Sample] = {}
    previous = hashlib.sha256(b"").digest()
    for block in blocks:
        with explained(name):
            content = jws.verify(block.get("data"), trust, now)
            digital = jws.verify(content.get("digitalId"), trust, now)
        _check_request(content, asked, name, now)
        _check_device(content, digital, device, name)
        part = _part(content, asked, name)
        record = _record(content, name)
        previous = _chained(block, previous, record, name)
        found[part] = Sample(part, record, _quality(content, name))
    if len(found) != len(asked.parts):
        raise Refused("sbi.wrong_part", name, reason="one came twice")
    samples = tuple(found[part] for part in asked.parts)
    if any(each.quality is not None and each.quality < asked.score for each in samples):
        raise Retry(asked.modality.poor, name, reason="quality")
    return samples


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turns what is wrong with a signed message into the `DeviceError` that says so."""
    try:
        yield
    except jws.WrongAlgorithm as error:
        raise Refused("sbi.algorithm", name, algorithm=str(error)) from error
    except jws.Forged as error:
        raise Refused("sbi.forged", name) from error
    except Untrusted as error:
        raise Refused("sbi.untrusted", name, reason=str(error)) from error
    except jws.NotSigned as error:
        raise Garbled("sbi.not_signed", name, reason=str(error)) from error


def stated_error(number: int | None, modality: Modality, name: str) -> DeviceError | None:
    """The error a service states; None for "no error"."""
    if number == codes.OK:
        return None
    return codes.error(-1 if number is None else number, name, modality.nothing, modality.poor)


def _blocks(answer: object, asked: Asked, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(answer, dict):
        raise Garbled("sbi.bad_answer", name, reason="not an object")
    blocks = answer.get("biometrics")
    stated = [answer, *blocks] if isinstance(blocks, list) else [answer]
    if not all(isinstance(each, dict) for each in stated):
        raise Garbled("sbi.bad_answer", name, reason="not objects")
    for each in stated:
        error = stated_error(documents.error_number(each.get("error")), asked.modality, name)
        if error is not None:
            raise error
    if not isinstance(blocks, list):
        raise Garbled("sbi.bad_answer", name, reason="no captures")
    return blocks


def _check_request(content: Mapping[str, Any], asked: Asked, name: str, now: datetime) -> None:
    """It answers this request, and was made for it."""
    if content.get("transactionId") != asked.transaction:
        raise Refused("sbi.other_transaction", name)
    if content.get("env") != asked.env:
        raise Refused("sbi.wrong_env", name, given=text(content.get("env"), 32))
    if content.get("purpose") != PURPOSE:
        raise Refused("sbi.wrong_purpose", name, given=text(content.get("purpose"), 32))
    made = documents.moment(content.get("timestamp"))
    if made is None:
        raise Garbled("sbi.bad_answer", name, reason="timestamp")
    if not asked.at - asked.window <= made <= now + asked.window:
        raise Refused("sbi.stale", name, seconds=round((now - made).total_seconds()))


def _check_device(
    content: Mapping[str, Any], digital: Mapping[str, Any], device: Identity, name: str
) -> None:
    """It was made by the device that was opened."""
    same = (
        content.get("deviceCode") == device.code
        and digital.get("serialNo") == device.serial
        and digital.get("make") == device.make
        and digital.get("model") == device.model
        and digital.get("type") == device.type
    )
    if not same:
        raise Refused("sbi.other_device", name)


def _part(content: Mapping[str, Any], asked: Asked, name: str) -> str:
    """It is of the face, finger or eye that was asked for."""
    if content.get("bioType") != asked.modality:
        raise Refused("sbi.wrong_part", name, type=text(content.get("bioType"), 32))
    part = content.get("bioSubType") or ""
    if part not in asked.parts:
        raise Refused("sbi.wrong_part", name, part=text(part, 32))
    return str(part)


def _record(content: Mapping[str, Any], name: str) -> bytes:
    try:
        return jws.decode(content.get("bioValue"))
    except jws.NotSigned as error:
        raise Garbled("sbi.bad_answer", name, reason="bioValue") from error


def _chained(block: Mapping[str, Any], previous: bytes, record: bytes, name: str) -> bytes:
    """The block's place in the chain of hashes, which must be the one it states."""
    own = hashlib.sha256(previous + hashlib.sha256(record).digest()).digest()
    if text(block.get("hash")).upper() != own.hex().upper():
        raise Refused("sbi.broken_chain", name)
    return own


def _quality(content: Mapping[str, Any], name: str) -> int | None:
    if content.get("qualityScore") is None:
        return None
    score = documents.score(content["qualityScore"])
    if score is None:
        raise Garbled("sbi.bad_answer", name, reason="qualityScore")
    return int(score)
