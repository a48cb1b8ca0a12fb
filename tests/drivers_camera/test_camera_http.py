"""Motion JPEG over HTTP from a real server in this process, which may also misbehave."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import pytest

from drivers.camera.mjpeg import without_password
from drivers.errors import Busy, DeviceError, Garbled, Missing, Refused, TimedOut, Unsupported

from .conftest import number_of, numbered

Opener = Callable[..., Any]
END_SECONDS = 5.0


class Handler(BaseHTTPRequestHandler):
    """Each path is another kind of camera."""

    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].strip("/")
        if path.isdecimal():
            self.send_error(int(path))
            return
        if path == "mute":
            self.server.done.wait(END_SECONDS)
            return
        kind = "text/html" if path == "page" else 'multipart/x-mixed-replace; boundary="--cut"'
        if path == "private" and self.headers["Authorization"] != "Basic dGVsbGVyOnNlY3JldA==":
            self.send_error(401)
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self._stream(path)

    def _stream(self, path: str) -> None:
        for i in range(1000):
            if self.server.done.is_set() or (path == "short" and i == 3):
                return
            if path == "hangs" and i == 2:
                self.wfile.write(b"----cut\r\nContent-Type: image/jpeg\r\nContent-Length: 5000\r\n\r\nhalf")
                self.server.done.wait(END_SECONDS)
                return
            body = b"nonsense" if path == "damaged" else cv2.imencode(".jpg", numbered(i % 100))[1].tobytes()
            length = f"Content-Length: {'99999999' if path == 'huge' else len(body)}\r\n"
            if path == "lengthless":
                length = ""
            try:
                self.wfile.write(
                    f"----cut\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + body + b"\r\n"
                )
            except OSError:
                return
            self.server.done.wait(0.02)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Ends its streams when told that the test is over."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.done = threading.Event()


@pytest.fixture
def url() -> Iterator[str]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.done.set()
        server.shutdown()
        thread.join(5)


@pytest.mark.parametrize("path", ["stream", "lengthless"])
def test_pictures_arrive_as_sent(opened: Opener, url: str, path: str) -> None:
    camera = opened("opencv", f"{url}/{path}")
    frames = [camera.frame(2.0) for _ in range(5)]
    assert [number_of(frame) for frame in frames] == pytest.approx([f.number - 1 for f in frames], abs=2)


def test_the_prefix_may_be_written_out(opened: Opener, url: str) -> None:
    assert opened("opencv", f"http:{url}/stream").frame(2.0).number >= 1


def test_a_server_that_never_answers_is_timed_out(opened: Opener, url: str) -> None:
    began = time.monotonic()
    with pytest.raises(TimedOut) as error:
        opened("opencv", f"{url}/mute", {"open_seconds": 0.4})
    assert error.value.code == "camera.open_timed_out"
    assert time.monotonic() - began < 1.5


def test_a_server_that_hangs_in_the_middle_breaks_no_limit(opened: Opener, url: str) -> None:
    camera = opened("opencv", f"{url}/hangs", {"stall_seconds": 0.8})
    assert camera.frame(1.0).number <= 2
    began = time.monotonic()
    with pytest.raises(TimedOut) as error:
        while True:
            camera.frame(0.3)
    assert error.value.code == "camera.timed_out"
    assert time.monotonic() - began < 1.0
    time.sleep(0.8)
    with pytest.raises(Missing, match=r"camera\.unplugged"):
        camera.frame(1.0)


def test_closing_a_hanging_stream_is_quick(opened: Opener, url: str) -> None:
    camera = opened("opencv", f"{url}/hangs", {"stall_seconds": 30})
    began = time.monotonic()
    camera.close()
    assert time.monotonic() - began < 2.0


def test_a_stream_that_breaks_off_is_unplugged(opened: Opener, url: str) -> None:
    camera = opened("opencv", f"{url}/short")
    with pytest.raises(Missing) as error:
        for _ in range(5):
            camera.frame(2.0)
    assert error.value.code == "camera.unplugged"


@pytest.mark.parametrize(
    ("path", "kind", "code"),
    [
        ("404", Missing, "camera.missing"),
        ("403", Refused, "camera.no_permission"),
        ("503", Busy, "camera.busy"),
        ("500", Garbled, "camera.bad_answer"),
        ("page", Unsupported, "camera.not_a_video"),
        ("damaged", Garbled, "camera.damaged"),
        ("huge", Garbled, "camera.too_large"),
    ],
)
def test_each_refusal_has_its_name(
    opened: Opener, url: str, path: str, kind: type[DeviceError], code: str
) -> None:
    with pytest.raises(kind) as error:
        opened("opencv", f"{url}/{path}")
    assert error.value.code == code


def test_nobody_listening_is_missing(opened: Opener) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Missing, match=r"camera\.missing"):
            opened("opencv", f"http://127.0.0.1:{unused.getsockname()[1]}/")


def test_a_server_that_speaks_no_http_is_garbled(opened: Opener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answering = threading.Thread(target=_answer_nonsense, args=(server,))
        answering.start()
        with pytest.raises(Garbled, match=r"camera\.bad_answer"):
            opened("opencv", f"http://127.0.0.1:{port}/")
        answering.join(5)


def _answer_nonsense(server: socket.socket) -> None:
    peer, _ = server.accept()
    with peer:
        peer.recv(1000)
        peer.sendall(b"SSH-2.0-nonsense\r\n")


def test_the_password_opens_the_stream_and_is_shown_nowhere(opened: Opener, url: str) -> None:
    with_password = url.replace("//", "//teller:secret@") + "/private?key=hidden"
    camera = opened("opencv", with_password)
    assert camera.frame(2.0).number >= 1
    assert "secret" not in camera.about.address
    with pytest.raises(Refused) as error:
        opened("opencv", url.replace("//", "//teller:wrong@") + "/private")
    assert "wrong" not in str(error.value) + str(error.value.facts)
    assert without_password("http://a:b@host:80/x?y=1") == "http://host:80/x"
