"""What can be asked of services on this machine: which devices they have, who those are, and a capture."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.errors import DeviceError, Garbled, Missing, Refused
from drivers.sbi import checks, documents, identity, jws, wire
from drivers.sbi.checks import Asked, Sample, explained
from drivers.sbi.identity import Announced, Identity
from drivers.sbi.modality import Modality
from drivers.sbi.settings import SbiSettings
from drivers.sbi.trust import Trust

FIND_S = 1.2
"""Longest time for finding all services."""
GRACE_S = 1.0
"""How much longer than it was given a device may take to say that time is up."""
LIST_BYTES = 1 << 20
MOST_AT_ONCE = 16
MOST_DEVICES = 32


def find(settings: SbiSettings, modality: Modality, seconds: float = FIND_S) -> list[Announced]:
    """Devices of one kind on all services of this machine, by port; services that do not answer in time or
    answer nonsense are passed over."""
    ends = time.monotonic() + seconds
    ports = wire.listening(range(settings.first_port, settings.last_port + 1), seconds / 2)
    if not ports:
        return []

    def ask(port: int) -> list[Announced]:
        try:
            return devices(port, modality, max(0.05, ends - time.monotonic()))
        except DeviceError:
            return []

    with ThreadPoolExecutor(min(len(ports), MOST_AT_ONCE), thread_name_prefix="sbi-find") as pool:
        return [each for found in pool.map(ask, ports) for each in found]


def devices(port: int, modality: Modality, seconds: float) -> list[Announced]:
    """Devices of one kind on one service. Raises as `drivers.sbi.wire.ask`."""
    answer = wire.ask(port, "MOSIPDISC", "/device", {"type": modality.value}, seconds, LIST_BYTES)
    if isinstance(answer, dict):
        # A service without such a device states an error in place of a list.
        return []
    if not isinstance(answer, list):
        raise Garbled("sbi.bad_answer", wire.name(port), reason="not a list")
    found = [identity.announced(port, item) for item in answer[:MOST_DEVICES]]
    return [each for each in found if each is not None and each.type == modality]


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one device, and whom to trust about it."""

    port: int
    device_id: str
    modality: Modality
    trust: Trust
    settings: SbiSettings

    @property
    def name(self) -> str:
        """The device's address."""
        return wire.name(self.port, self.device_id)

    def who(self) -> Identity:
        """Its signed identity; `Refused` unless a configured root vouches for it."""
        if not self.trust.roots:
            raise Refused("sbi.untrusted", self.name, reason="no roots are configured")
        answer = wire.ask(self.port, "MOSIPDINFO", "/info", None, self.settings.answer_ms / 1000, LIST_BYTES)
        for item in answer[:MOST_DEVICES] if isinstance(answer, list) else ():
            token = item.get("deviceInfo") if isinstance(item, dict) else None
            if not _is_of(token, self.device_id):
                continue
            error = checks.stated_error(documents.error_number(item.get("error")), self.modality, self.name)
            if error is not None:
                raise error
            now = datetime.now(UTC)
            with explained(self.name):
                info = jws.verify(token, self.trust, now)
                digital = jws.verify(info.get("digitalId"), self.trust, now)
            return self._identity(info, digital)
        raise Missing("sbi.unplugged", self.name, reason="not in the service's list")

    def capture(
        self, device: Identity, parts: Sequence[str], unit: str, absent: Sequence[str], seconds: float
    ) -> tuple[Sample, ...]:
        """A capture of each of `parts`, checked. Takes `GRACE_S` longer than `seconds` at most."""
        knobs = self.settings
        asked = Asked(
            self.modality,
            tuple(parts),
            secrets.token_hex(16),
            datetime.now(UTC),
            knobs.env,
            knobs.requested_score,
            timedelta(seconds=knobs.clock_window_s),
        )
        bio = {
            "type": self.modality.value,
            "count": str(len(parts)),
            "bioSubType": [part for part in parts if part],
            "exception": list(absent),
            "requestedScore": str(knobs.requested_score),
            "deviceId": self.device_id,
            "deviceSubId": unit,
            "previousHash": "",
        }
        request = {
            "env": knobs.env,
            "purpose": checks.PURPOSE,
            "specVersion": knobs.spec_version,
            "timeout": str(max(1, round(seconds * 1000))),
            "captureTime": documents.written(asked.at),
            "transactionId": asked.transaction,
            "customOpts": [],
            "bio": [bio],
        }
        limit = max(seconds, 0.0) + GRACE_S
        answer = wire.ask(self.port, "RCAPTURE", "/capture", request, limit, knobs.most_mb << 20)
        return checks.check(answer, asked, device, self.trust, self.name)

    def _identity(self, info: Mapping[str, Any], digital: Mapping[str, Any]) -> Identity:
        try:
            found = identity.signed(info, digital)
        except ValueError as error:
            raise Garbled("sbi.bad_answer", self.name, reason="identity") from error
        if found.device_id != self.device_id or found.type != self.modality:
            raise Refused("sbi.other_device", self.name)
        return found


def _is_of(token: object, device_id: str) -> bool:
    """True when an entry says that it is of this device; whether that is so is checked after."""
    try:
        said = jws.peek(token) if isinstance(token, str) and "." in token else jws.unsigned(token)
    except jws.NotSigned:
        return False
    return documents.text(said.get("deviceId"), 64) == device_id
