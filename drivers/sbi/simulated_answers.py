"""What a simulated service says: its three devices, who they are, and captures, right or wrong as told."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from drivers.api import Image
from drivers.sbi import attacks, jws, simulated_pictures
from drivers.sbi.attacks import Wrong
from drivers.sbi.checks import PURPOSE
from drivers.sbi.codes import STATUSES
from drivers.sbi.documents import dumps, written
from drivers.sbi.modality import EYES, FINGERS, Modality
from drivers.sbi.simulated_keys import Keys

VERSION = "0.9.5"
MAKE = "Simulated"
UNITS: Mapping[Modality, tuple[str, ...]] = MappingProxyType(
    {Modality.FACE: ("0",), Modality.FINGER: ("1", "2", "3"), Modality.IRIS: ("1", "2", "3")}
)
IDS: Mapping[Modality, str] = MappingProxyType({each: each.name.lower() for each in Modality})
_PARTS: Mapping[Modality, tuple[str, ...]] = MappingProxyType(
    {
        Modality.FACE: ("",),
        Modality.FINGER: tuple(FINGERS.values()),
        Modality.IRIS: tuple(EYES.values()),
    }
)
_ENVS = frozenset({"Staging", "Developer", "Pre-Production", "Production"})
_SUB_TYPES = MappingProxyType({Modality.FACE: "Full face", Modality.FINGER: "Slap", Modality.IRIS: "Double"})
_HOUR = timedelta(hours=1)

Json = dict[str, Any]


class Faults:
    """What goes wrong now, and how often still."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, name: str, times: int = 0) -> None:
        """Have a fault for `times` requests that it concerns, or until `clear`. `ValueError` when unknown."""
        fault = attacks.parse(name)
        with self._lock:
            self._left[fault] = times

    def clear(self) -> None:
        """Take all away."""
        with self._lock:
            self._left.clear()

    def concerning(self, place: str) -> frozenset[str]:
        """Those that a request meets: `place` is that of `drivers.sbi.attacks.place_of`."""
        with self._lock:
            met = {each for each in self._left if each == Wrong.SILENCE or attacks.place_of(each) == place}
            for each in met:
                if self._left[each] == 1:
                    del self._left[each]
                elif self._left[each]:
                    self._left[each] -= 1
        return frozenset(met)


@dataclass
class Answers:
    """The service's mind: knows keys and devices, no sockets."""

    keys: Keys
    env: str = "Production"
    status: str = "Ready"
    portrait: Image | None = None
    port: int = 0
    _last: Json = field(default_factory=dict)

    def discovery(self, kind: object) -> object:
        """The answer to MOSIPDISC."""
        wanted = [each for each in Modality if kind in (each.value, "Biometric Device")]
        if not wanted:
            return {"error": {"errorCode": "502", "errorInfo": "unknown type"}}
        return [self._announcement(each) for each in wanted]

    def info(self, faults: frozenset[str]) -> object:
        """The answer to MOSIPDINFO."""
        return [self._info(each, faults) for each in Modality]

    def capture(self, request: object, faults: frozenset[str]) -> Json:
        """The answer to RCAPTURE."""
        number = stated(faults, "") or self._refusal(request)
        if number:
            return failed(number)
        assert isinstance(request, dict)
        if Wrong.REPLAY in faults and self._last:
            return self._last
        bio = request["bio"][0]
        modality = Modality(bio["type"])
        parts = self._parts(modality, bio, faults)
        previous = hashlib.sha256(b"").digest()
        blocks = []
        for part in parts:
            block, previous = self._block(request, modality, part, previous, faults)
            blocks.append(block)
        self._last = {"biometrics": blocks}
        return self._last

    def _parts(self, modality: Modality, bio: Mapping[str, Any], faults: frozenset[str]) -> list[str]:
        parts = list(bio["bioSubType"]) or [""]
        if Wrong.FEWER in faults:
            parts = parts[1:]
        if Wrong.MORE in faults:
            parts = [*parts, simulated_pictures.other(modality, parts[-1])]
        if Wrong.TWICE in faults:
            parts = [parts[0]] * max(2, len(parts))
        return parts

    def _announcement(self, modality: Modality) -> Json:
        return {
            "deviceId": IDS[modality],
            "deviceStatus": self.status,
            "certification": "L0",
            "serviceVersion": VERSION,
            "deviceSubId": list(UNITS[modality]),
            "callbackId": f"http://127.0.0.1:{self.port}/",
            "digitalId": jws.encode(dumps(_digital_id(modality))),
            "deviceCode": _code(modality),
            "specVersion": [VERSION],
            "purpose": PURPOSE,
            "error": _error(STATUSES.get(self.status, 999)),
        }

    def _info(self, modality: Modality, faults: frozenset[str]) -> Json:
        way = next((each for each in ("other_signer", "alg_none") if f"info_{each}" in faults), "")
        forged = "other_signer" if Wrong.INFO_FORGED_ID in faults else ""
        content = {
            "deviceStatus": self.status,
            "deviceId": IDS[modality],
            "firmware": "1.0.0",
            "certification": "L0",
            "serviceVersion": VERSION,
            "deviceSubId": list(UNITS[modality]),
            "callbackId": f"http://127.0.0.1:{self.port}/",
            "digitalId": self.keys.sign(_digital_id(modality), forged),
            "deviceCode": _code(modality),
            "env": "Developer" if Wrong.INFO_WRONG_ENV in faults else self.env,
            "purpose": "Auth" if Wrong.INFO_AUTH_ONLY in faults else PURPOSE,
            "specVersion": [VERSION],
        }
        return {"deviceInfo": self.keys.sign(content, way), "error": _error(stated(faults, "info_"))}

    def _refusal(self, request: object) -> int:
        """The error number for a request that no device would obey; 0 when it is sound."""
        try:
            bio = request["bio"][0]  # type: ignore[index]
            checked = (
                (704, bool(bio["deviceId"])),
                (120, bio["type"] in list(Modality)),
                (705, bio["deviceId"] in IDS.values()),
                (120, IDS[Modality(bio["type"])] == bio["deviceId"]),
                (STATUSES.get(self.status, 110), self.status == "Ready"),
                (115, request["env"] in _ENVS),  # type: ignore[index]
                (121, request["purpose"] == PURPOSE),  # type: ignore[index]
                (112, bool(request["transactionId"])),  # type: ignore[index]
                (119, all(part in _PARTS[Modality(bio["type"])] for part in bio["bioSubType"])),
                (116, bio["count"] == str(max(1, len(bio["bioSubType"])))),
            )
        except (KeyError, IndexError, TypeError, ValueError):
            return 113
        return next((number for number, sound in checked if not sound), 0)

    def _block(
        self, request: Json, modality: Modality, part: str, previous: bytes, faults: frozenset[str]
    ) -> tuple[Json, bytes]:
        """One capture and its hash."""
        drawn = (
            simulated_pictures.other(modality, part) if _any(faults, "swapped", "swapped_record") else part
        )
        record = simulated_pictures.record(modality, drawn, self.portrait, Wrong.WSQ in faults)
        if Wrong.BAD_RECORD in faults:
            record = record[: len(record) // 2]
        content = self._content(request, modality, part, record, faults)
        own = hashlib.sha256(previous + hashlib.sha256(record).digest()).digest()
        shown = hashlib.sha256(own).digest() if Wrong.BROKEN_CHAIN in faults else own
        data = (
            jws.encode(dumps(content)) if Wrong.UNSIGNED in faults else self.keys.sign(content, _way(faults))
        )
        block = {"specVersion": VERSION, "data": data, "hash": shown.hex().upper(), "error": _error(0)}
        return block, own

    def _content(
        self, request: Json, modality: Modality, part: str, record: bytes, faults: frozenset[str]
    ) -> Json:
        content = {
            "digitalId": self._signed_id(modality, faults),
            "deviceCode": _code(modality),
            "deviceServiceVersion": VERSION,
            "bioType": modality.value,
            "purpose": PURPOSE,
            "env": self.env,
            "bioValue": jws.encode(record),
            "transactionId": request["transactionId"],
            "timestamp": written(datetime.now(UTC)),
            "requestedScore": request["bio"][0]["requestedScore"],
            "qualityScore": str(simulated_pictures.QUALITY),
        }
        if part:
            content["bioSubType"] = part
        for fault, changes in _changes(modality, part).items():
            if fault in faults:
                content.update(changes)
        return content

    def _signed_id(self, modality: Modality, faults: frozenset[str]) -> str:
        digital = _digital_id(modality)
        if Wrong.OTHER_SERIAL in faults:
            digital["serialNo"] = "SIM-OTHER-0002"
        if Wrong.UNSIGNED_ID in faults:
            return jws.encode(dumps(digital))
        return self.keys.sign(digital, "other_signer" if Wrong.FORGED_ID in faults else "")


def failed(number: int) -> Json:
    """The answer to a capture that fails with the interface's error `number`."""
    return {"biometrics": [{"specVersion": VERSION, "data": "", "hash": "", "error": _error(number)}]}


def stated(faults: frozenset[str], place: str) -> int:
    """The error number that `faults` ask for at `place`; 0 when none does."""
    head = place + attacks.ERROR
    return next((int(each.removeprefix(head)) for each in faults if each.startswith(head)), 0)


def _changes(modality: Modality, part: str) -> Mapping[str, Json]:
    """What each fault makes of the content of a capture."""
    now = datetime.now(UTC)
    return {
        Wrong.STALE: {"timestamp": written(now - _HOUR)},
        Wrong.FUTURE: {"timestamp": written(now + _HOUR)},
        Wrong.NO_TIME: {"timestamp": "yesterday"},
        Wrong.OTHER_TRANSACTION: {"transactionId": "0" * 32},
        Wrong.SWAPPED: {"bioSubType": simulated_pictures.other(modality, part) or "Left"},
        Wrong.OTHER_TYPE: {"bioType": "Iris" if modality is not Modality.IRIS else "Finger"},
        Wrong.WRONG_ENV: {"env": "Developer"},
        Wrong.WRONG_PURPOSE: {"purpose": "Auth"},
        Wrong.OTHER_DEVICE: {"deviceCode": "another"},
        Wrong.POOR: {"qualityScore": "3"},
        Wrong.BAD_QUALITY: {"qualityScore": "very good"},
        Wrong.NO_RECORD: {"bioValue": ""},
    }


def _way(faults: frozenset[str]) -> str:
    """What is wrong with the signature (`drivers.sbi.simulated_keys.Keys.sign`)."""
    ways = ("other_signer", "minor_signer", "expired", "wrong_key", "no_chain", "altered")
    return next((each for each in (*ways, "alg_none", "hs256", "rs512") if each in faults), "")


def _any(faults: frozenset[str], *names: str) -> bool:
    return not faults.isdisjoint(names)


def _digital_id(modality: Modality) -> Json:
    return {
        "serialNo": f"SIM-{modality.upper()}-0001",
        "make": MAKE,
        "model": f"Renzheng {modality} simulator",
        "type": modality.value,
        "deviceSubType": _SUB_TYPES[modality],
        "deviceProvider": MAKE,
        "deviceProviderId": "RENZHENG.SIMULATED",
        "dateTime": written(datetime.now(UTC)),
    }


def _code(modality: Modality) -> str:
    return f"sim-{IDS[modality]}-code"


def _error(number: int) -> Json:
    return {"errorCode": str(number), "errorInfo": "Success" if number == 0 else f"simulated error {number}"}
