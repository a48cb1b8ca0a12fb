"""The live pictures of a device behind the interface, as a source for `drivers.camera.feed.Feed`."""

from __future__ import annotations

import http.client

from drivers.camera.mjpeg import NetworkCamera
from drivers.errors import Garbled
from drivers.sbi import checks, documents, wire
from drivers.sbi.modality import Modality

STALL_S = 3.0
"""A stream that is silent for this long is given up."""
STREAM_MS = 300_000
"""When the service may end a stream by itself."""
WIDTH, HEIGHT = 640, 480
_MOST_ERROR_BYTES = 65536


class DeviceStream(NetworkCamera):
    """The stream of one device: motion JPEG, asked for with the interface's own verb."""

    def __init__(self, port: int, device_id: str, unit: str, modality: Modality) -> None:
        super().__init__(f"http://{wire.HOST}:{port}/stream", STALL_S)
        self._port, self._device_id, self._unit, self._modality = port, device_id, unit, modality

    def open(self) -> None:
        """Ask for the stream; raises as `NetworkCamera.open`, or what the service states."""
        request = {
            "deviceId": self._device_id,
            "deviceSubId": self._unit,
            "timeout": str(STREAM_MS),
            "dimensions": {"height": HEIGHT, "width": WIDTH},
        }
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            self._connection.request("STREAM", "/stream", documents.dumps(request), wire.headers(self._port))
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self._fail(error, "camera.missing")
        if self._response.getheader("Content-Type", "").startswith("application/json"):
            self._raise_stated(self._response)
        if self._response.status != http.client.OK:
            raise Garbled("camera.bad_answer", self._device, status=self._response.status)
        self._boundary = self._boundary_of(self._response)

    def _raise_stated(self, response: http.client.HTTPResponse) -> None:
        name = wire.name(self._port, self._device_id)
        try:
            answer = wire.parse(response.read(_MOST_ERROR_BYTES), name)
        except (OSError, http.client.HTTPException) as error:
            self._fail(error, "camera.unplugged")
        stated = answer.get("error", answer) if isinstance(answer, dict) else None
        meant = checks.stated_error(documents.error_number(stated), self._modality, name)
        raise meant or Garbled("sbi.bad_answer", name, reason="no stream")
