"""What the interface's own error numbers mean here (specs/sbi.md §1, "Error codes")."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry, Unsupported

OK = 0
NOTHING = "nothing"
"""In place of a code: nobody presented anything. The code is the modality's own."""
POOR = "poor"
"""In place of a code: what was presented is not good enough."""

_BAD_REQUESTS = (109, *range(112, 123), 500, 501, 502, 702, 704)

MEANINGS: Mapping[int, tuple[type[DeviceError], str]] = MappingProxyType(
    {
        100: (Refused, "sbi.not_registered"),
        101: (Retry, NOTHING),
        102: (Retry, POOR),
        103: (Refused, "sbi.tampered"),
        104: (Fault, "sbi.no_server"),
        105: (Retry, POOR),
        106: (Missing, "sbi.unplugged"),
        107: (Refused, "sbi.key_expired"),
        108: (Refused, "sbi.key_expired"),
        110: (Fault, "sbi.not_ready"),
        111: (Busy, "sbi.busy"),
        **dict.fromkeys(_BAD_REQUESTS, (Unsupported, "sbi.request_refused")),
        **dict.fromkeys(range(601, 611), (Fault, "sbi.no_stream")),
        700: (Retry, NOTHING),
        701: (Retry, NOTHING),
        703: (Busy, "sbi.busy"),
        705: (Missing, "sbi.unplugged"),
        706: (Unsupported, "sbi.wrong_purpose"),
        708: (Retry, NOTHING),
        709: (Unsupported, "sbi.wrong_purpose"),
        710: (Fault, "sbi.device_fault"),
        999: (Fault, "sbi.device_fault"),
    }
)
UNKNOWN = (Garbled, "sbi.unknown_error")

STATUSES: Mapping[str, int] = MappingProxyType(
    {"Ready": OK, "Busy": 111, "Not Ready": 110, "Not Registered": 100}
)
"""Device statuses as the error numbers that go with them."""


def error(number: int, device: str, nothing: str, poor: str, **facts: object) -> DeviceError:
    """The error that `number` stands for; `nothing` and `poor` are the modality's codes for those two."""
    kind, code = MEANINGS.get(number, UNKNOWN)
    code = {NOTHING: nothing, POOR: poor}.get(code, code)
    return kind(code, device, sbi_error=number, **facts)
