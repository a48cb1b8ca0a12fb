"""The identity of a reader's security module (SAM), and which identities are the simulator's (spec §2).

Sixteen bytes, little endian: u16 major, u16 minor, u32 date, u32 serial high, u32 serial low; shown as
``05.03-20200101-0000000001-0000000002``. Major `SIMULATED_MAJOR` is reserved: licensed modules carry small
majors, so a record whose module begins with ``99.`` comes from a simulated reader.
"""

from __future__ import annotations

import re
import struct

SAM_SIZE = 16
SIMULATED_MAJOR = 99
_PACKED = struct.Struct("<HHIII")
_SHOWN = re.compile(r"(\d{2,5})\.(\d{2,5})-(\d{8,10})-(\d{10})-(\d{10})")


def show(raw: bytes) -> str:
    """The 16 bytes as people read them."""
    return "{:02d}.{:02d}-{:08d}-{:010d}-{:010d}".format(*_PACKED.unpack(raw))


def pack(shown: str) -> bytes:
    """The 16 bytes of an identity as shown. `ValueError` when it is not one."""
    parts = _SHOWN.fullmatch(shown)
    if parts is None:
        raise ValueError("a module identity looks like 99.01-20260101-0000000000-0000000001")
    try:
        return _PACKED.pack(*(int(part) for part in parts.groups()))
    except struct.error as error:
        raise ValueError("a part of the module identity is too large") from error


def is_simulated(shown: str) -> bool:
    """True when the identity is reserved for simulated readers."""
    return shown.startswith(f"{SIMULATED_MAJOR}.")
