"""A simulated network camera in a process of its own: a moving picture, or a recording, as motion JPEG.

``python -m drivers.camera.http_simulator [--infrared] [--recording CLIP] …``, driven over standard input as
`drivers.sim.play` says; start it with `drivers.camera.simulated.start_camera`. Its HTTP ``Server`` header
says that it is simulated, by which the driver ``opencv`` knows it.
"""

from __future__ import annotations

import contextlib
import enum
import os
from collections.abc import Iterable
from dataclasses import dataclass

import click

from drivers.camera.cards import Cards
from drivers.sim.play import play
from drivers.sim.port import TcpPort
from drivers.sim.wire import LATE_S, Piece

SERVER = "Simulated camera"
BOUNDARY = "picture"
HUGE = 99_999_999
NOISE = b"\x5a" * 600


class Fault(enum.StrEnum):
    """What can be wrong with it."""

    FREEZE = "freeze"
    BLACK = "black"
    COVERED = "covered"
    WRONG_SIZE = "wrong_size"
    HALF_JPEG = "half_jpeg"
    NOISE = "noise"
    HUGE = "huge"
    STALL = "stall"
    SLOW = "slow"
    DISCONNECT = "disconnect"
    MUTE = "mute"
    NOT_A_VIDEO = "not_a_video"
    BAD_ANSWER = "bad_answer"
    BUSY = "busy"
    FORBIDDEN = "forbidden"
    ABSENT = "absent"
    BROKEN = "broken"


STATUS = {
    Fault.BUSY: "503 Service Unavailable",
    Fault.FORBIDDEN: "403 Forbidden",
    Fault.ABSENT: "404 Not Found",
    Fault.BROKEN: "500 Internal Server Error",
}


@dataclass
class _Given:
    """The fault it has, and how many pictures or answers it still concerns (0 without end)."""

    fault: Fault | None = None
    left: int = 0

    def take(self, *concerned: Fault) -> Fault | None:
        """The fault when it is one of `concerned`; counts it."""
        fault = self.fault if self.fault in concerned else None
        if fault is not None and self.left:
            self.left -= 1
            if not self.left:
                self.fault = None
        return fault


class CameraPort(TcpPort):
    """Where it listens; can hang up on the host."""

    def hang_up(self) -> None:
        """Close the connection, as a camera does that restarts."""
        if self._host is not None:
            with contextlib.suppress(OSError):
                self._host.close()
            self._host = None

    @property
    def address(self) -> str:
        """The address of the stream."""
        return f"http://{super().address.removeprefix('tcp:')}/stream"


class CameraInstrument:
    """What the camera says to whoever asks for its stream."""

    rate = None
    words = ("fault", "clear", "tick")

    def __init__(self, cards: Cards, fps: float, port: CameraPort) -> None:
        self._cards, self._period, self._port = cards, 1 / fps, port
        self._given = _Given()
        self._request = b""
        self._streaming = self._ticking = False
        self._number = 0

    def plugged(self) -> Iterable[Piece]:
        """Nobody is listening yet."""
        self._request, self._streaming, self._ticking = b"", False, False
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """Answer a request once it is complete."""
        self._request += data
        if b"\r\n\r\n" not in self._request:
            return ()
        self._request = b""
        return self._answer()

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """``fault NAME [TIMES]``, ``clear``, and ``tick``: time for the next picture."""
        if word == "tick":
            return self._tick()
        if word == "clear":
            self._given = _Given()
            return ()
        name, _, times = argument.partition(" ")
        self._given = _Given(Fault(name), int(times or 0))
        if self._given.take(Fault.DISCONNECT):
            self._streaming = False
            self._port.hang_up()
        return ()

    def _answer(self) -> Iterable[Piece]:
        fault = self._given.take(Fault.MUTE, Fault.NOT_A_VIDEO, Fault.BAD_ANSWER, *STATUS)
        self._streaming = fault is None
        if fault is Fault.MUTE:
            return ()
        if fault is Fault.BAD_ANSWER:
            return (Piece(0.0, b"no HTTP at all\r\n\r\n"),)
        status = STATUS.get(fault, "200 OK") if fault else "200 OK"
        kind = "text/html" if fault else f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        head = f"HTTP/1.1 {status}\r\nServer: {SERVER}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n"
        pieces = [Piece(0.0, head.encode())]
        if not self._ticking:
            self._ticking = True
            pieces.append(Piece(0.0, b"", "tick"))
        return pieces

    def _tick(self) -> Iterable[Piece]:
        fault = self._given.take(
            *(Fault.FREEZE, Fault.BLACK, Fault.COVERED, Fault.WRONG_SIZE, Fault.HALF_JPEG),
            *(Fault.NOISE, Fault.HUGE, Fault.STALL, Fault.SLOW),
        )
        wait = LATE_S if fault is Fault.SLOW else self._period
        again = Piece(wait, b"", "tick")
        if not self._streaming or fault is Fault.STALL:
            return (again,)
        if fault is not Fault.FREEZE:
            self._number += 1
        body = self._body(fault)
        size = HUGE if fault is Fault.HUGE else len(body)
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {size}\r\n\r\n"
        return (Piece(0.0, head.encode() + body + b"\r\n"), again)

    def _body(self, fault: Fault | None) -> bytes:
        match fault:
            case Fault.BLACK:
                return self._cards.black(self._number)
            case Fault.COVERED:
                return self._cards.covered(self._number)
            case Fault.WRONG_SIZE:
                return self._cards.small(self._number)
            case Fault.NOISE:
                return NOISE
            case Fault.HALF_JPEG:
                whole = self._cards.picture(self._number)
                return whole[: len(whole) // 2]
            case _:
                return self._cards.picture(self._number)


@click.command()
@click.option("--width", default=320, help="Picture width in pixels.")
@click.option("--height", default=240, help="Picture height in pixels.")
@click.option("--fps", default=25.0, help="Pictures a second.")
@click.option("--infrared", is_flag=True, help="Near-infrared pictures: grey.")
@click.option("--alternate", is_flag=True, help="The lamp is on for every second picture only.")
@click.option("--recording", default="", help="Serve this clip in place of the test picture, in a loop.")
def main(width: int, height: int, fps: float, infrared: bool, alternate: bool, recording: str) -> None:
    """Simulate a network camera until standard input closes."""
    parent = os.getppid()
    port = CameraPort()
    cards = Cards(width, height, infrared=infrared, alternate=alternate, recording=recording)
    play(CameraInstrument(cards, fps, port), port, parent)


if __name__ == "__main__":
    main()
