"""What the drivers behind the interface do alike, each for its own kind of device."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import BaseModel

from drivers.api import About, Can, Found
from drivers.sbi import station
from drivers.sbi.modality import Modality
from drivers.sbi.station import Station


class Scanner:
    """A device that was opened; the drivers add what it captures."""

    name: ClassVar[str]
    """Of the driver."""
    modality: ClassVar[Modality]

    def __init__(self, opened: Station) -> None:
        self._station = opened

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """Devices of this kind that services of this machine announce."""
        return station.probe(cls.name, cls.modality, settings)

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """Open the device at `address`; see `drivers.sbi.station.Station.open`."""
        return cls(Station.open(address, cls.modality, settings))

    @property
    def about(self) -> About:
        """Who its signed identity says it is."""
        return self._station.about(self.name)

    @property
    def can(self) -> Can:
        """Give pictures that it signed."""
        return Can.CAPTURE_IMAGE | Can.SIGNED_CAPTURE

    def check(self) -> None:
        """Raise why it cannot be used now."""
        self._station.check()

    def close(self) -> None:
        """Part from the service. Safe twice; never raises."""
        self._station.close()
