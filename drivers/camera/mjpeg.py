"""Network cameras: motion JPEG over HTTP (multipart/x-mixed-replace), read with the standard library.

OpenCV's FFmpeg back end is not used here, because a server that hangs would hang it too.
"""

from __future__ import annotations

import base64
import http.client
import socket
import threading
import time
from contextlib import suppress
from email.message import Message
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

import cv2
import numpy as np

from drivers.api import Frame, Image
from drivers.errors import Busy, DeviceError, Garbled, Missing, Refused, TimedOut, Unsupported

MAX_PART_BYTES = 16 << 20
MAX_LINE_BYTES = 8192
CHUNK_BYTES = 65536
DAMAGED_PICTURES = 10
"""So many undecodable pictures in a row are a fault of the camera."""
JPEG_BEGINS, JPEG_ENDS = b"\xff\xd8", b"\xff\xd9"
JPEG_TAIL_BYTES = 1024
"""Some cameras pad a picture behind its end."""

STATUS_ERRORS: dict[int, tuple[type[DeviceError], str]] = {
    401: (Refused, "camera.no_permission"),
    403: (Refused, "camera.no_permission"),
    404: (Missing, "camera.missing"),
    410: (Missing, "camera.missing"),
    429: (Busy, "camera.busy"),
    503: (Busy, "camera.busy"),
}


class NetworkCamera:
    """One motion JPEG stream. `stall_seconds` bounds each wait for bytes."""

    def __init__(self, url: str, stall_seconds: float) -> None:
        self._device = without_password(url)
        self._place = _place(url, self._device)
        self._number, self._damaged = 0, 0
        self._buffer, self._boundary = b"", b""
        secure = self._place.scheme == "https"
        maker = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = maker(self._place.hostname or "", self._place.port, timeout=stall_seconds)
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None

    def open(self) -> None:
        """Ask for the stream. `Missing`, `Refused`, `Busy`, `TimedOut`, or `Unsupported` when it is none."""
        place = self._place
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            self._connection.request("GET", path, headers=_headers(place))
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self._fail(error, "camera.missing")
        if self._response.status != http.client.OK:
            kind, code = STATUS_ERRORS.get(self._response.status, (Garbled, "camera.bad_answer"))
            raise kind(code, self._device, status=self._response.status)
        self._boundary = self._boundary_of(self._response)

    @property
    def identity(self) -> str:
        """What the camera calls itself; empty before it answered."""
        return (self._response.getheader("Server") or "") if self._response is not None else ""

    def read(self, stop: threading.Event) -> Frame | None:
        """The next picture that can be decoded."""
        while not stop.is_set():
            image = _decoded(self._part())
            if image is not None:
                self._damaged = 0
                self._number += 1
                return Frame(image, self._number, time.monotonic())
            self._damaged += 1
            if self._damaged >= DAMAGED_PICTURES:
                raise Garbled("camera.damaged", self._device, pictures=self._damaged)
        return None

    def interrupt(self) -> None:
        """End a read that waits for bytes."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up."""
        if self._response is not None:
            self._response.close()
        self._connection.close()

    def _boundary_of(self, response: http.client.HTTPResponse) -> bytes:
        header = Message()
        header["Content-Type"] = response.getheader("Content-Type", "")
        boundary = header.get_boundary()
        if header.get_content_maintype() != "multipart" or not boundary:
            raise Unsupported("camera.not_a_video", self._device, type=header.get_content_type())
        return b"--" + boundary.removeprefix("--").encode("latin-1")

    def _part(self) -> bytes:
        """The body of the next part."""
        self._up_to(self._boundary)
        self._up_to(b"\n")
        length = self._length()
        if length is not None:
            while len(self._buffer) < length:
                self._more(length + CHUNK_BYTES)
            body, self._buffer = self._buffer[:length], self._buffer[length:]
            return body
        body = self._up_to(self._boundary)
        self._buffer = self._boundary + self._buffer
        return body

    def _length(self) -> int | None:
        """Read the part's headers; its length when they say so."""
        length = None
        while line := self._up_to(b"\n").strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
                if length > MAX_PART_BYTES:
                    raise Garbled("camera.too_large", self._device, bytes=length)
        return length

    def _up_to(self, mark: bytes) -> bytes:
        """Everything before `mark`; the mark is dropped."""
        searched = 0
        while (place := self._buffer.find(mark, searched)) < 0:
            searched = max(0, len(self._buffer) - len(mark))
            self._more(MAX_PART_BYTES)
        before, self._buffer = self._buffer[:place], self._buffer[place + len(mark) :]
        return before

    def _more(self, most: int) -> None:
        if len(self._buffer) > most:
            raise Garbled("camera.too_large", self._device, bytes=len(self._buffer))
        try:
            chunk = self._response.read1(CHUNK_BYTES) if self._response else b""
        except TimeoutError as error:
            raise Missing("camera.unplugged", self._device, cause="silence") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._fail(error, "camera.unplugged")
        if not chunk:
            raise Missing("camera.unplugged", self._device)
        self._buffer += chunk

    def _fail(self, error: Exception, gone: str) -> NoReturn:
        """Silence is `TimedOut`, nonsense is `Garbled`, anything else means the camera is not there."""
        cause = type(error).__name__
        if isinstance(error, TimeoutError):
            raise TimedOut("camera.timed_out", self._device) from error
        if isinstance(error, http.client.HTTPException) and not isinstance(error, ConnectionError):
            raise Garbled("camera.bad_answer", self._device, cause=cause) from error
        raise Missing(gone, self._device, cause=cause) from error


def without_password(url: str) -> str:
    """The address as it may be shown: no user name, no password, no query."""
    head, _, rest = url.partition("//")
    host, slash, path = rest.partition("/")
    return f"{head}//{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def _place(url: str, device: str) -> SplitResult:
    try:
        place = urlsplit(url)
        usable = place.scheme in ("http", "https") and bool(place.hostname) and place.port != 0
    except ValueError as error:
        raise Unsupported("camera.bad_address", device) from error
    if not usable:
        raise Unsupported("camera.bad_address", device)
    return place


def _headers(place: SplitResult) -> dict[str, str]:
    headers = {"Accept": "multipart/x-mixed-replace, image/jpeg", "User-Agent": "renzheng"}
    if place.username is not None:
        pair = f"{unquote(place.username)}:{unquote(place.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers


def _decoded(data: bytes) -> Image | None:
    """The picture; None for what is none, and for half a JPEG, whose rest a decoder would fill with grey."""
    if not data or (data.startswith(JPEG_BEGINS) and JPEG_ENDS not in data[-JPEG_TAIL_BYTES:]):
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)
