"""Who a device is: as its service announces it, and as it signs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.sbi import jws
from drivers.sbi.documents import text, texts

SIMULATED_MAKES = frozenset({"simulated", "mosip"})
"""Makes of devices that are none: our simulator, and the mock that goes with the interface."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A device in a service's list. Nothing of it is signed: for finding and showing it only."""

    port: int
    device_id: str
    type: str
    status: str
    label: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself under a signature that was checked."""

    device_id: str
    type: str
    make: str
    model: str
    serial: str
    code: str
    firmware: str
    certification: str
    service_version: str
    units: tuple[str, ...]
    env: str
    purpose: str
    status: str

    @property
    def simulated(self) -> bool:
        """True for a device that is none."""
        return self.make.casefold() in SIMULATED_MAKES

    @property
    def versions(self) -> str:
        """Firmware, service and certification level, for the record."""
        parts = (
            self.firmware,
            f"SBI {self.service_version}" if self.service_version else "",
            self.certification,
        )
        return ", ".join(filter(None, parts))


def announced(port: int, item: object) -> Announced | None:
    """One entry of a discovery answer; None when it is not sound."""
    if not isinstance(item, dict):
        return None
    try:
        digital = jws.unsigned(item.get("digitalId"))
    except jws.NotSigned:
        return None
    device_id, kind = text(item.get("deviceId"), 64), text(digital.get("type"))
    if not device_id or not kind:
        return None
    shown = " ".join(filter(None, (text(digital.get(each)) for each in ("make", "model", "serialNo"))))
    return Announced(port, device_id, kind, text(item.get("deviceStatus")), shown or f"{kind} {device_id}")


def signed(info: Mapping[str, Any], digital: Mapping[str, Any]) -> Identity:
    """The identity in a device's signed info and the signed digital id inside it. `ValueError` if unsound."""
    found = Identity(
        device_id=text(info.get("deviceId"), 64),
        type=text(digital.get("type")),
        make=text(digital.get("make")),
        model=text(digital.get("model")),
        serial=text(digital.get("serialNo")),
        code=text(info.get("deviceCode")),
        firmware=text(info.get("firmware")),
        certification=text(info.get("certification")),
        service_version=text(info.get("serviceVersion")),
        units=texts(info.get("deviceSubId")),
        env=text(info.get("env")),
        purpose=text(info.get("purpose")),
        status=text(info.get("deviceStatus")),
    )
    if not (found.device_id and found.serial and found.type and found.code):
        raise ValueError("an identity without id, serial, type or code")
    return found
