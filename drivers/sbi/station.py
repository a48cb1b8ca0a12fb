"""One opened device of a service: what its drivers have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import structlog
from pydantic import BaseModel

from drivers.api import About, Found
from drivers.errors import DeviceError, Missing, Refused, Unsupported
from drivers.sbi import checks, client, codes, trust, wire
from drivers.sbi.checks import PURPOSE, Sample
from drivers.sbi.client import Line
from drivers.sbi.identity import Announced, Identity
from drivers.sbi.modality import Modality
from drivers.sbi.settings import SbiSettings

log = structlog.get_logger(__name__)

ADDRESSES = "sbi: (the first), sbi:127.0.0.1:4501, sbi:127.0.0.1:4501/DEVICE"
CHECK_S = 0.8
_ADDRESS = re.compile(r"sbi:(?:127\.0\.0\.1:(\d{1,5})(?:/([^/\s]{1,64}))?)?")


def probe(driver: str, modality: Modality, settings: BaseModel) -> list[Found]:
    """Devices of one kind on the services of this machine."""
    knobs = SbiSettings.model_validate(settings.model_dump())
    return [
        Found(driver, wire.name(each.port, each.device_id), each.label)
        for each in client.find(knobs, modality)
    ]


class Station:
    """The line to a device whose identity was checked. After `Missing` or `close` only `Missing` comes."""

    def __init__(self, line: Line, identity: Identity) -> None:
        self._line = line
        self.identity = identity
        self._dead: Missing | None = None

    @classmethod
    def open(cls, address: str, modality: Modality, settings: BaseModel) -> Self:
        """Find the device at `address` and check who it is.

        `Missing`, `Unsupported` ``sbi.bad_address`` or ``sbi.wrong_purpose``, or `Refused` when nobody
        vouches for it, it is not registered, or for another environment.
        """
        knobs = SbiSettings.model_validate(settings.model_dump())
        try:
            known = trust.load(knobs.roots)
        except (OSError, ValueError) as error:
            reason = f"the root certificates cannot be read ({type(error).__name__})"
            raise Refused("sbi.untrusted", address, reason=reason) from error
        place = _find(address, modality, knobs)
        line = Line(place.port, place.device_id, modality, known, knobs)
        identity = line.who()
        _check_suits(identity, line)
        log.info("sbi.opened", type=modality.value, port=place.port, simulated=identity.simulated)
        return cls(line, identity)

    @property
    def name(self) -> str:
        """The device's address."""
        return self._line.name

    @property
    def port(self) -> int:
        """Its service's."""
        return self._line.port

    @property
    def settings(self) -> SbiSettings:
        """As they were given at opening."""
        return self._line.settings

    def about(self, driver: str) -> About:
        """Who it is."""
        who = self.identity
        vendor = "Simulated" if who.simulated else who.make
        return About(driver, self.name, vendor, who.model, who.serial, who.versions, who.simulated)

    def capture(
        self, parts: Sequence[str], seconds: float, unit: str = "0", absent: Sequence[str] = ()
    ) -> tuple[Sample, ...]:
        """A checked capture of each of `parts`, in their order."""
        with self.living():
            return self._line.capture(self.identity, parts, unit, absent, seconds)

    def status(self, seconds: float) -> str:
        """What the service says of the device now; `Missing` when it has gone."""
        with self.living():
            for each in client.devices(self.port, self._line.modality, seconds):
                if each.device_id == self.identity.device_id:
                    return each.status
            raise Missing("sbi.unplugged", self.name, reason="not in the service's list")

    def check(self, busy_is_fine: bool = False) -> None:
        """Raise why it cannot be used now."""
        status = self.status(CHECK_S)
        if status == "Busy" and busy_is_fine:
            return
        error = checks.stated_error(codes.STATUSES.get(status), self._line.modality, self.name)
        if error is not None:
            raise error

    def close(self) -> None:
        """Nothing is held between two questions."""
        self._dead = self._dead or Missing("sbi.unplugged", self.name, reason="closed")

    @contextmanager
    def living(self) -> Iterator[None]:
        """Remembers that the device went, and says so ever after."""
        if self._dead is not None:
            raise Missing(self._dead.code, self.name, **self._dead.facts)
        try:
            yield
        except Missing as error:
            self._dead = error
            raise


def _find(address: str, modality: Modality, settings: SbiSettings) -> Announced:
    match = _ADDRESS.fullmatch(address)
    port = int(match[1] or 0) if match else 0
    if match is None or port > 65535:
        raise Unsupported("sbi.bad_address", address, expected=ADDRESSES)
    if port:
        found = client.devices(port, modality, settings.answer_ms / 1000)
    else:
        found = client.find(settings, modality)
    wanted = [each for each in found if match[2] in (None, each.device_id)]
    if not wanted:
        raise Missing("sbi.unplugged", address, reason=f"no {modality} device")
    return wanted[0]


def _check_suits(identity: Identity, line: Line) -> None:
    number = codes.STATUSES.get(identity.status)
    if identity.status != "Busy":
        error: DeviceError | None = checks.stated_error(number, line.modality, line.name)
        if error is not None:
            raise error
    if identity.purpose != PURPOSE:
        raise Unsupported("sbi.wrong_purpose", line.name, given=identity.purpose)
    if identity.env != line.settings.env:
        raise Refused("sbi.wrong_env", line.name, given=identity.env, wanted=line.settings.env)
