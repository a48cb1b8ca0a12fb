"""What can go wrong between the terminal and a device.

    DeviceError
    ├── Retry            the person can put it right now (card not flat, moved away too soon)
    └── Fault            the person cannot; the device, the cable or the document needs attention
        ├── Missing      not plugged in, or gone mid-operation; the object is dead, reopen it
        ├── Busy         another program holds it
        ├── Refused      it answered no: document not genuine, module not authorised, permission
        ├── Garbled      it answered something the protocol does not allow, or the same frame for ever
        ├── TimedOut     it did not answer in time
        └── Unsupported  it cannot do this at all; asking again never helps

Every error carries a dotted `code` (a message key, e.g. ``card.not_genuine``), the device it is about
and facts for the engineer. Facts never hold personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class DeviceError(Exception):
    """Something a driver reports; the only kind of exception that leaves a driver."""

    def __init__(self, code: str, device: str, **facts: object) -> None:
        super().__init__(f"{code} ({device})")
        self.code = code
        self.device = device
        self.facts: Mapping[str, object] = MappingProxyType(dict(facts))


class Retry(DeviceError):
    """The person can put it right now."""


class Fault(DeviceError):
    """The person cannot put it right."""


class Missing(Fault):
    """Not plugged in, or gone mid-operation."""


class Busy(Fault):
    """Another program holds it."""


class Refused(Fault):
    """It answered no."""


class Garbled(Fault):
    """It answered something the protocol does not allow."""


class TimedOut(Fault):
    """It did not answer in time."""


class Unsupported(Fault):
    """It cannot do this at all."""
