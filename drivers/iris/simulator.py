"""The simulated near-infrared camera: a process of its own that streams drawn eyes as motion JPEG.

    python -m drivers.iris.simulator [--port N] [--person N]

Prints one JSON line with its address when ready and one for each command on standard input: ``eye left``,
``eye right``, ``eye both``, ``eye none``, ``fault NAME``, ``clear``, ``unplug``, ``replug``, ``quit``.
"""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from types import MappingProxyType

import click
import cv2
import numpy as np

from drivers.camera.opencv import SIMULATED
from drivers.capture import Eye, Grey
from drivers.iris.synthetic import Look, draw, surroundings
from drivers.sim.service import HOST, Handler, Service, play_service

FPS = 20.0
BOUNDARY = "eye"
FOREVER_S = 3600.0
WORDS = ("eye", "fault", "clear", "unplug", "replug", "quit")
GOOD = Look()
LOOKS = MappingProxyType(
    {
        "blurred": replace(GOOD, blur=4.0),
        "dark": replace(GOOD, brightness=0.3),
        "bright": replace(GOOD, brightness=2.6),
        "closed": replace(GOOD, openness=0.4),
    }
)
"""What can be wrong with how the eye is shown."""
LINE_FAULTS = ("drop", "hang", "damaged", "refuse")
"""What can be wrong with the camera itself."""


class Mind:
    """What is before the camera."""

    def __init__(self, person: int) -> None:
        self.person = person
        self.eye = "left"
        self.fault = ""

    def obey(self, word: str, argument: str) -> None:
        """Carry out a command. `ValueError` with the reason when it cannot."""
        if word == "eye" and argument in ("left", "right", "both", "none"):
            self.eye = argument
        elif word == "fault" and argument.split(" ")[0] in (*LOOKS, *LINE_FAULTS):
            self.fault = argument.split(" ")[0]
        elif word == "clear":
            self.fault, self.eye = "", "left"
        else:
            raise ValueError(f"known: {', '.join(WORDS)}; faults: {', '.join((*LOOKS, *LINE_FAULTS))}")

    def picture(self, number: int) -> Grey:
        """Picture `number`, with noise of its own."""
        still = _still(self.person, self.eye, LOOKS.get(self.fault, GOOD))
        noise = np.random.default_rng(number).integers(0, 4, still.shape, dtype=np.uint8)
        return np.asarray(cv2.add(still, noise), np.uint8)


class EyeHandler(Handler):
    """One host that looks through the camera."""

    server_version = f"{SIMULATED}/1.0"
    sys_version = ""

    def do_GET(self) -> None:
        """The stream."""
        mind: Mind = self.server.service.mind
        if mind.fault == "refuse":
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        self.close_connection = True
        number = 0
        while mind.fault != "drop":
            number += 1
            if mind.fault == "hang":
                self.wait(FOREVER_S)
                return
            body = cv2.imencode(".jpg", mind.picture(number))[1].tobytes()
            body = b"none" if mind.fault == "damaged" else body
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body + b"\r\n")
            if self.wait(1 / FPS):
                return


@functools.lru_cache(maxsize=16)
def _still(person: int, eye: str, look: Look) -> Grey:
    if eye == "none":
        return surroundings(look)
    if eye == "both":
        # The right eye is on the left of a picture that nobody mirrored.
        return np.hstack([draw(person, each, look) for each in (Eye.RIGHT, Eye.LEFT)])
    return draw(person, Eye.RIGHT if eye == "right" else Eye.LEFT, look)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any free one.")
@click.option("--person", type=click.IntRange(0), default=1, show_default=True, help="Whose eyes are drawn.")
def main(port: int, person: int) -> None:
    """Simulate a near-infrared camera before an eye."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    mind = Mind(person)
    service = Service(EyeHandler, mind, range(port, port + 1))
    play_service(service, lambda number: f"http://{HOST}:{number}/", mind.obey, parent)


if __name__ == "__main__":
    main()
