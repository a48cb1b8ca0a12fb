"""The simulated service on its port: the interface's own verbs, and what can go wrong on the way."""

from __future__ import annotations

import threading
from typing import Any

import cv2

from drivers.sbi import documents, simulated_pictures
from drivers.sbi.attacks import Wrong
from drivers.sbi.simulated_answers import Answers, Faults, failed, stated
from drivers.sim.service import Handler

FPS = 25.0
BOUNDARY = "simulated-frame"
MOST_REQUEST = 1 << 20
FOREVER_S = 3600.0
DRIP_S = 0.2
TIME_IS_UP = 701


class Mind:
    """What the service's connections share."""

    def __init__(self, answers: Answers, capture_s: float) -> None:
        self.answers = answers
        self.faults = Faults()
        self.capture_s = capture_s
        self.capturing = threading.Lock()


class SbiHandler(Handler):
    """One request to the service."""

    mind: Mind

    def setup(self) -> None:
        """Know the service one belongs to."""
        super().setup()
        self.mind = self.server.service.mind

    def do_MOSIPDISC(self) -> None:
        """Which devices there are."""
        request = self._request()
        if Wrong.SILENCE in self._faults("discovery_"):
            self.wait(FOREVER_S)
            return
        kind = request.get("type") if isinstance(request, dict) else None
        self._say(self.mind.answers.discovery(kind))

    def do_MOSIPDINFO(self) -> None:
        """Who they are, signed."""
        faults = self._faults("info_")
        if Wrong.SILENCE in faults:
            self.wait(FOREVER_S)
        elif Wrong.INFO_NOT_JSON in faults:
            self._send(b"<html>not here</html>")
        else:
            self._say(self.mind.answers.info(faults))

    def do_RCAPTURE(self) -> None:
        """A capture, signed."""
        request, faults = self._request(), self._faults("")
        if _hangs(faults):
            self.wait(FOREVER_S)
            return
        if not self.mind.capturing.acquire(blocking=False):
            self._say(failed(703))
            return
        try:
            answer = self._captured(request, faults)
        finally:
            self.mind.capturing.release()
        self._transmit(documents.dumps(answer), faults)

    def do_STREAM(self) -> None:
        """Live pictures."""
        self._request()
        faults = self._faults("stream_")
        number = stated(faults, "stream_")
        if Wrong.SILENCE in faults:
            self.wait(FOREVER_S)
        elif number:
            self._say({"error": {"errorCode": str(number), "errorInfo": "simulated"}})
        elif Wrong.STREAM_NOT_VIDEO in faults:
            self._send(b"<html></html>", "text/html")
        else:
            self._stream(faults)

    def do_GET(self) -> None:
        """Not one of the interface's verbs."""
        self.send_error(405)

    do_POST = do_CAPTURE = do_GET

    def _faults(self, place: str) -> frozenset[str]:
        return self.mind.faults.concerning(place)

    def _request(self) -> object:
        length = self.headers.get("Content-Length", "0")
        size = min(int(length), MOST_REQUEST) if length.isdecimal() else 0
        try:
            return documents.loads(self.rfile.read(size))
        except ValueError:
            return None

    def _captured(self, request: object, faults: frozenset[str]) -> object:
        if Wrong.NOBODY in faults and isinstance(request, dict):
            self.wait(int(documents.text(request.get("timeout")) or 0) / 1000)
            return failed(TIME_IS_UP)
        self.wait(self.mind.capture_s)
        return self.mind.answers.capture(request, faults)

    def _transmit(self, data: bytes, faults: frozenset[str]) -> None:
        """Send the answer to a capture, or what comes in its place."""
        self.close_connection = True
        if Wrong.NOT_HTTP in faults:
            self.wfile.write(b"SSH-2.0-simulated\r\n")
        elif Wrong.STATUS_500 in faults:
            self.send_error(500)
        elif Wrong.NOT_JSON in faults:
            self._send(b"{" * 10)
        elif Wrong.OVERSIZED in faults:
            self._head(len(data), said=1 << 40)
        elif Wrong.FLOOD in faults:
            self._flood()
        elif Wrong.DRIP in faults:
            self._drip(data)
        elif Wrong.TRUNCATED in faults or Wrong.DIES in faults:
            self._head(len(data))
            self.wfile.write(data[: len(data) // 2])
            if Wrong.DIES in faults:
                self.server.service.unplug()
        elif Wrong.DROP not in faults:
            self._send(data)

    def _flood(self) -> None:
        self._head(None)
        block = b" " * (1 << 20)
        while not self.server.gone.is_set():
            self.wfile.write(block)

    def _drip(self, data: bytes) -> None:
        self._head(len(data))
        for at in range(len(data)):
            if self.wait(DRIP_S):
                return
            self.wfile.write(data[at : at + 1])

    def _say(self, answer: object) -> None:
        self._send(documents.dumps(answer))

    def _send(self, data: bytes, kind: str = "application/json") -> None:
        self._head(len(data), kind=kind)
        self.wfile.write(data)

    def _head(self, size: int | None, kind: str = "application/json", said: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if size is not None:
            self.send_header("Content-Length", str(said or size))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def _stream(self, faults: frozenset[str]) -> None:
        self._head(None, f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        for number in range(1, 1 << 30):
            shown = 1 if Wrong.STREAM_FROZEN in faults else number
            image = self._picture(shown)
            body = b"none" if Wrong.STREAM_DAMAGED in faults else cv2.imencode(".jpg", image)[1].tobytes()
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body + b"\r\n")
            if number == 3 and Wrong.STREAM_DROP in faults:
                return
            if number == 3 and Wrong.STREAM_HANG in faults:
                self.wait(FOREVER_S)
            if self.wait(1 / FPS):
                return

    def _picture(self, number: int) -> Any:
        portrait = self.mind.answers.portrait
        if portrait is None:
            return simulated_pictures.drawn_face(number)
        # The sensor's noise, without which a still would count as frozen.
        return cv2.add(portrait, simulated_pictures.noise(number, portrait.shape))


def _hangs(faults: frozenset[str]) -> bool:
    return Wrong.SILENCE in faults or Wrong.HANG in faults
