"""Values of the device contract as bytes between two processes: no pickle, only what drivers exchange.

A message is a JSON text with its binary parts behind it. Pictures may lie in memory that both processes
share; whoever reads them copies them out before the next message.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import mmap
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from drivers import errors
from drivers.errors import DeviceError

_HEAD = struct.Struct(">II")
_MOST_JSON = 8 << 20
_MOST_BINARY = 256 << 20
SHARED_BYTES = 64 << 20
"""Of the memory both sides share; only what is written takes room."""
_WORTH_SHARING = 64 << 10
"""Smaller pictures go with the message."""


STRANGE = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What reading the bytes of a process that was taken over may raise."""


class BadMessage(ValueError):
    """The other process sent something that is no message."""


class Outgoing:
    """Turns values into a message. `shared`, when given, takes the pictures."""

    def __init__(self, shared: mmap.mmap | None = None) -> None:
        self._shared = shared
        self._used = 0
        self._parts: list[bytes] = []
        self.functions: list[Callable[..., object]] = []
        """Functions among the values, by the number that stands for them."""

    def message(self, fields: Mapping[str, object]) -> bytes:
        """The bytes of a message. `TypeError` for a value that the contract does not know."""
        text = json.dumps({name: self._packed(value) for name, value in fields.items()}).encode()
        binary = b"".join(self._parts)
        sizes = json.dumps([len(part) for part in self._parts]).encode()
        head = _HEAD.pack(len(text) + len(sizes) + 1, len(binary))
        return head + sizes + b"\n" + text + binary

    def _packed(self, value: Any) -> Any:
        if isinstance(value, enum.Enum):
            return {"$": "enum", "of": _name(type(value)), "is": value.value}
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, bytes | bytearray):
            return self._part(bytes(value))
        if isinstance(value, np.ndarray):
            return self._picture(value)
        if isinstance(value, date):
            return {"$": "date", "is": value.isoformat()}
        if isinstance(value, tuple | list):
            return {"$": "tuple", "is": [self._packed(each) for each in value]}
        if isinstance(value, Mapping):
            return {"$": "map", "is": [[self._packed(k), self._packed(v)] for k, v in value.items()]}
        return self._compound(value)

    def _compound(self, value: Any) -> Any:
        if dataclasses.is_dataclass(value) and _is_ours(type(value)):
            fields = {
                each.name: self._packed(getattr(value, each.name)) for each in dataclasses.fields(value)
            }
            return {"$": "value", "of": _name(type(value)), "is": fields}
        if callable(value):
            self.functions.append(value)
            return {"$": "function", "is": len(self.functions) - 1}
        raise TypeError(f"the device contract knows no {type(value).__name__}")

    def _part(self, data: bytes) -> dict[str, object]:
        self._parts.append(data)
        return {"$": "bytes", "is": len(self._parts) - 1}

    def _picture(self, picture: np.ndarray[Any, Any]) -> dict[str, object]:
        if picture.dtype != np.uint8:
            raise TypeError(f"pictures are 8-bit, not {picture.dtype}")
        flat = np.ascontiguousarray(picture)
        place = {"$": "picture", "shape": list(flat.shape)}
        if self._shared is None or not _WORTH_SHARING <= flat.nbytes <= SHARED_BYTES - self._used:
            return {**place, "is": self._part(flat.tobytes())["is"]}
        at, self._used = self._used, self._used + flat.nbytes
        np.frombuffer(self._shared, np.uint8, flat.nbytes, at)[:] = flat.reshape(-1)
        return {**place, "at": at}


class Incoming:
    """Turns messages into values. `shared` holds the pictures of the other side."""

    def __init__(self, shared: mmap.mmap | None = None) -> None:
        self._shared = shared

    def fields(
        self, head: bytes, text: bytes, binary: bytes, call: Callable[[int], object]
    ) -> dict[str, Any]:
        """The fields of a message, or `BadMessage`; `call` makes stand-ins for the other side's functions."""
        try:
            sizes, _, body = text.partition(b"\n")
            parts, at = [], 0
            for size in json.loads(sizes):
                parts.append(binary[at : at + size])
                at += size
            reading = _Reading(parts, self._shared, call)
            return {name: reading.value(packed) for name, packed in json.loads(body).items()}
        except STRANGE as error:
            raise BadMessage(type(error).__name__) from error


@dataclasses.dataclass(slots=True)
class _Reading:
    parts: list[bytes]
    shared: mmap.mmap | None
    call: Callable[[int], object]

    def value(self, packed: Any) -> Any:
        if not isinstance(packed, dict):
            return packed
        made: Any = packed.get("is")
        match packed["$"]:
            case "enum":
                return _type(packed["of"], enum.Enum)(made)
            case "bytes":
                return self.parts[made]
            case "picture":
                return self._picture(packed)
            case "date":
                return date.fromisoformat(made)
            case "tuple":
                return tuple(self.value(each) for each in made)
            case "map":
                return {self.value(key): self.value(each) for key, each in made}
            case "value":
                return _type(packed["of"], None)(**{name: self.value(each) for name, each in made.items()})
            case "function":
                return self.call(made)
        raise ValueError("an unknown mark")

    def _picture(self, packed: dict[str, Any]) -> np.ndarray[Any, Any]:
        shape = tuple(packed["shape"])
        if "is" in packed:
            return np.frombuffer(self.parts[packed["is"]], np.uint8).reshape(shape).copy()
        if self.shared is None:
            raise ValueError("no shared memory")
        count = int(np.prod(shape))
        return np.frombuffer(self.shared, np.uint8, count, packed["at"]).reshape(shape).copy()


def read_message(line: socket.socket) -> tuple[bytes, bytes, bytes] | None:
    """Head, text and binary part of the next message; None when the other side has gone. `BadMessage`."""
    head = _exactly(line, _HEAD.size)
    if head is None:
        return None
    text_size, binary_size = _HEAD.unpack(head)
    if text_size > _MOST_JSON or binary_size > _MOST_BINARY:
        raise BadMessage("far too long")
    text, binary = _exactly(line, text_size), _exactly(line, binary_size)
    return None if text is None or binary is None else (head, text, binary)


def packed_error(error: DeviceError) -> dict[str, object]:
    """A device error as fields of a message."""
    facts = {key: value if _is_plain(value) else str(value) for key, value in error.facts.items()}
    return {"error": type(error).__name__, "code": error.code, "device": error.device, "facts": facts}


def made_error(fields: Mapping[str, Any]) -> DeviceError:
    """The device error that `packed_error` packed."""
    kind = getattr(errors, str(fields["error"]), None)
    if not (isinstance(kind, type) and issubclass(kind, DeviceError)):
        raise BadMessage("an error that is none")
    facts = {str(key): value for key, value in dict(fields["facts"]).items() if key not in ("code", "device")}
    return kind(str(fields["code"]), str(fields["device"]), **facts)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _exactly(line: socket.socket, size: int) -> bytes | None:
    """`size` bytes, or None when the other side has gone."""
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        try:
            count = line.recv_into(view[at:])
        except OSError:
            return None
        if not count:
            return None
        at += count
    return bytes(data)


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _is_ours(kind: type) -> bool:
    """True for a value or a closed set of the drivers; nothing else passes, either way."""
    return kind.__module__.startswith("drivers.") and (
        dataclasses.is_dataclass(kind) or issubclass(kind, enum.Enum)
    )


@cache
def _type(name: str, wanted: type | None) -> Any:
    """The class that `name` stands for, from modules that are loaded already."""
    module, _, of = name.partition(":")
    found = getattr(sys.modules[module], of)
    if not (isinstance(found, type) and _is_ours(found)) or (wanted and not issubclass(found, wanted)):
        raise ValueError("not a value of the drivers")
    return found
