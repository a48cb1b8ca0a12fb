"""Drivers that do what makers' libraries do on bad days."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import time
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from drivers.api import About, Can, Found, Frame, Grade, Kind
from drivers.capture import Finger, FingerTemplate, Progress
from drivers.errors import Retry, TimedOut
from drivers.registry import driver


class Settings(BaseModel):
    """What goes wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    does: str = Field("", description="What goes wrong, and in which call: 'hang open'.")
    width: int = Field(640, description="Of the picture.")


@driver("bad-camera", Kind.CAMERA, Settings, Grade.SIMULATED, addresses="bad:")
class BadCamera:
    """A camera that fails as its settings say."""

    def __init__(self, settings: Settings) -> None:
        self._does = settings.does
        self._width = settings.width
        self._number = 0
        self._heard: list[str] = []
        self.about = About("bad-camera", "bad:", vendor="Simulated", model="bad", simulated=True)
        if "unmasks" in settings.does:
            self.about = About("bad-camera", "bad:", vendor="Real")
        self.can = Can.FOLLOW_INSTRUCTIONS

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        return []

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        made = cls(Settings.model_validate(settings.model_dump()))
        made._misbehave("open")
        return made

    def check(self) -> None:
        self._misbehave("check")

    def hear(self, instruction: str) -> None:
        self._heard.append(instruction)

    def frame(self, seconds: float) -> Frame:
        self._misbehave("frame")
        if "slow" in self._does:
            time.sleep(seconds)
            raise TimedOut("camera.timed_out", "bad:", seconds=seconds)
        self._number += 1
        if "unmasks" in self._does:
            self.about = About("bad-camera", "bad:", vendor="Simulated", simulated=True)
        image = np.full((self._width * 3 // 4, self._width, 3), self._number % 256, np.uint8)
        infrared = image[::2, ::2].copy() if "infrared" in self._does else None
        return Frame(image, self._number, time.monotonic(), infrared)

    def heard(self) -> tuple[str, ...]:
        return tuple(self._heard)

    def process(self) -> int:
        return os.getpid()

    def enrol(self, finger: Finger, seconds: float, progress: Progress) -> FingerTemplate:
        while "endless" in self._does:
            progress("finger.touch", 1, 3)
        for touch in range(3):
            progress("finger.touch", touch + 1, 3)
        if finger is Finger.LEFT_THUMB:
            raise Retry("finger.messy", "bad:", touches=3)
        return FingerTemplate(bytes(range(256)) * 4, "bad", finger)

    def close(self) -> None:
        self._misbehave("close")

    def _misbehave(self, call: str) -> None:
        match self._does.split():
            case ["hang", where] if where == call:
                while True:
                    time.sleep(60)
            case ["seize", where] if where == call:
                ctypes.PyDLL(None).sleep(60)  # holds the interpreter's lock
            case ["segfault", where] if where == call:
                ctypes.string_at(0)
            case ["exit", where] if where == call:
                os._exit(3)
            case ["bug", where] if where == call:
                raise ZeroDivisionError("of the maker")
            case ["forge", where, message] if where == call:
                _forge(message)
            case ["flood", where] if where == call:
                for _ in range(2000):
                    sys.stdout.write("x" * 1000 + "\n")
                    os.write(2, b"y" * 1000)


def _forge(message: str) -> None:
    """Say to the program what only a driver's process that was taken over says."""
    text = {
        "deep": "[" * 200_000,
        "list": '{"id": [1], "result": null}',
        "failure": '{"id": 4, "failure": "none"}',
        "none": '{"id": 4}',
        "function": '{"id": 4, "function": 7, "arguments": {"$": "tuple", "is": []}}',
        "error": '{"id": 4, "error": "errors", "code": "", "device": "", "facts": {"$": "map", "is": []}}',
        "facts": '{"id": 4, "error": "Retry", "code": "", "device": "", "facts": 7}',
    }[message].encode()
    os.write(int(sys.argv[1]), struct.pack(">II", len(text) + 3, 0) + b"[]\n" + text)
    time.sleep(60)
