"""One question to a service on this machine: HTTP with the interface's own verbs, JSON both ways.

Whatever the service does (hang, drip, flood, break off), an answer or a `DeviceError` comes in time.
"""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from drivers.errors import Garbled, Missing, TimedOut
from drivers.kept import kept
from drivers.sbi import documents

HOST = "127.0.0.1"
LOOK_S = 0.2
"""How long a port of this machine may take to accept a connection."""
CHUNK_BYTES = 65536
_CLOSED = "sbi.unplugged"


class _Deadline(socket.socket):
    """A socket whose reads all end at one moment, however few bytes each of them brings."""

    ends = 0.0

    def recv_into(self, *arguments: Any) -> int:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)
        return super().recv_into(*arguments)


class Call(http.client.HTTPConnection):
    """A connection for one request, which must be over by time.monotonic() = `ends`."""

    def __init__(self, port: int, ends: float) -> None:
        super().__init__(HOST, port)
        self._ends = ends

    def connect(self) -> None:
        """Connect to the service; `OSError` as usual."""
        with kept(_Deadline(socket.AF_INET, socket.SOCK_STREAM)) as plug:
            plug.ends = self._ends
            plug.settimeout(max(0.001, self._ends - time.monotonic()))
            plug.connect((HOST, self.port))
        self.sock = plug


def ask(
    port: int, verb: str, path: str, body: Mapping[str, object] | None, seconds: float, most_bytes: int
) -> Any:
    """The JSON answer of the service on `port`.

    `Missing` ``sbi.unplugged`` when nobody listens, `TimedOut` ``sbi.silent``, `Garbled` ``sbi.bad_answer``,
    ``sbi.broken_off`` or ``sbi.too_large``.
    """
    call = Call(port, time.monotonic() + seconds)
    device = name(port)
    try:
        call.request(verb, path, documents.dumps(body) if body is not None else None, headers(port))
        # The response owns the socket once the service has said that it will hang up.
        with call.getresponse() as response:
            data = _body(response, most_bytes, device)
            if response.status != http.client.OK:
                raise Garbled("sbi.bad_answer", device, verb=verb, status=response.status)
    except (OSError, http.client.HTTPException, ValueError) as error:
        fail(error, port, verb)
    finally:
        call.close()
    return parse(data, device)


def headers(port: int) -> dict[str, str]:
    """What goes with every request."""
    return {"Content-Type": "application/json", "Connection": "close", "EXT": "renzheng"}


def name(port: int, device_id: str = "") -> str:
    """The address of a service, or of one of its devices."""
    return f"sbi:{HOST}:{port}" + (f"/{device_id}" if device_id else "")


def listening(ports: Iterable[int], seconds: float) -> list[int]:
    """Those of `ports` on which somebody accepts connections; looks no longer than `seconds` in all."""
    ends = time.monotonic() + seconds
    found = []
    for port in ports:
        left = ends - time.monotonic()
        if left <= 0:
            break
        if _accepts(port, min(LOOK_S, left)):
            found.append(port)
    return found


def parse(data: bytes | str, device: str) -> Any:
    """JSON that says everything once; `Garbled` ``sbi.bad_answer`` when it is none."""
    try:
        return documents.loads(data)
    except ValueError as error:
        raise Garbled("sbi.bad_answer", device, cause=type(error).__name__) from error


def fail(error: Exception, port: int, verb: str) -> NoReturn:
    """Raise what `error` means for the service on `port`."""
    facts = {"verb": verb, "cause": type(error).__name__}
    if isinstance(error, TimeoutError):
        raise TimedOut("sbi.silent", name(port), **facts) from error
    if isinstance(error, ConnectionRefusedError) or not _accepts(port, LOOK_S):
        raise Missing(_CLOSED, name(port), **facts) from error
    if isinstance(error, OSError | http.client.IncompleteRead):
        raise Garbled("sbi.broken_off", name(port), **facts) from error
    raise Garbled("sbi.bad_answer", name(port), **facts) from error


def _body(response: http.client.HTTPResponse, most_bytes: int, device: str) -> bytes:
    said = response.length
    if said is not None and said > most_bytes:
        raise Garbled("sbi.too_large", device, bytes=said)
    data = bytearray()
    while chunk := response.read1(CHUNK_BYTES):
        data += chunk
        if len(data) > most_bytes:
            raise Garbled("sbi.too_large", device, bytes=len(data))
    if said is not None and len(data) < said:
        raise http.client.IncompleteRead(b"", said - len(data))
    return bytes(data)


def _accepts(port: int, seconds: float) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as plug, suppress(OSError):
        plug.settimeout(seconds)
        plug.connect((HOST, port))
        # A connection of this machine can meet itself when the port is one of its own choosing.
        return bool(plug.getsockname() != plug.getpeername())
    return False
