"""A camera on the network that can be unplugged: motion JPEG over HTTP from a socket of this machine."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time

import cv2
import numpy as np

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=part\r\n\r\n"
FPS = 30
RESET = b"\x01\0\0\0\0\0\0\0"


class NetworkCamera:
    """Serves pictures until `unplug`; `plug` brings it back at the same address."""

    def __init__(self) -> None:
        noise = np.random.default_rng(1)
        pictures = [noise.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(7)]
        self._parts = [self._part(cv2.imencode(".jpg", each)[1].tobytes()) for each in pictures]
        self._port = 0
        self._plugged = threading.Event()
        self._thread = threading.Thread()
        self.plug()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/stream"

    def plug(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listening.getsockname()[1]
        self._plugged.set()
        self._thread = threading.Thread(target=self._serve, name="network camera", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        self._plugged.clear()
        self._thread.join(5)

    def _serve(self) -> None:
        viewers: list[socket.socket] = []
        number = 0
        with self._listening:
            while self._plugged.is_set():
                if select.select([self._listening], [], [], 0)[0]:
                    viewer, _ = self._listening.accept()
                    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    viewer.settimeout(1.0)
                    viewer.recv(4096)
                    viewer.sendall(HEAD)
                    viewers.append(viewer)
                number += 1
                viewers = [each for each in viewers if self._sent(each, number)]
                time.sleep(1 / FPS)
            for each in viewers:
                each.close()

    def _sent(self, viewer: socket.socket, number: int) -> bool:
        with contextlib.suppress(OSError):
            viewer.sendall(self._parts[number % len(self._parts)])
            return True
        viewer.close()
        return False

    def _part(self, jpeg: bytes) -> bytes:
        head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        return head.encode() + jpeg + b"\r\n"
