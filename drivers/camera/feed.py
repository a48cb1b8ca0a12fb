"""Reads a source in its own thread and keeps the newest picture only: no read can hold up the program."""

from __future__ import annotations

import threading
import time
from typing import Protocol

import cv2

from drivers.api import Frame
from drivers.errors import DeviceError, Garbled, Missing, TimedOut

CLOSE_SECONDS = 2.0
"""A thread stuck in a device read is left behind after this long; it ends with the read."""


class Source(Protocol):
    """Something that gives pictures one after the other; used by the feed's thread only. Made without I/O."""

    def open(self) -> None:
        """Connect, or raise the `DeviceError` that says why not."""

    def read(self, stop: threading.Event) -> Frame | None:
        """The next picture, however long it takes; None at the end of the source or after `stop`."""

    def interrupt(self) -> None:
        """Make an open or read under way return soon, if that can be done; called from another thread."""

    def close(self) -> None:
        """Release what it holds; also after an `open` that failed."""


class Feed:
    """One source, one thread, one slot. With `keep_all` the thread waits until each picture was taken."""

    def __init__(self, device: str, source: Source, keep_all: bool = False) -> None:
        self._device, self._source, self._keep_all = device, source, keep_all
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._slot: Frame | None = None
        self._ended: DeviceError | None = None
        self._thread = threading.Thread(target=self._run, name=f"camera-read:{device}", daemon=True)
        self._thread.start()

    def wait_until_open(self, seconds: float) -> None:
        """Return with the first picture in the slot; `TimedOut`, or why the source gives none."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(lambda: self._slot or self._ended, deadline - time.monotonic())
            if self._slot is None:
                raise self._ended or TimedOut("camera.open_timed_out", self._device, seconds=seconds)

    def take(self, seconds: float, max_age_seconds: float) -> Frame:
        """A picture not handed out before and not older than `max_age_seconds`; else as `wait_until_open`."""
        deadline = time.monotonic() + max(seconds, 0.0)
        with self._changed:
            while True:
                frame, self._slot = self._slot, None
                self._changed.notify_all()
                if frame and (self._keep_all or time.monotonic() - frame.at <= max_age_seconds):
                    return frame
                if self._ended:
                    raise self._last_word()
                if not self._changed.wait_for(lambda: self._slot or self._ended, deadline - time.monotonic()):
                    raise TimedOut("camera.timed_out", self._device, seconds=seconds)

    def check(self) -> None:
        """Raise why the source ended, or nothing."""
        with self._changed:
            if self._ended:
                raise self._last_word()

    def _last_word(self) -> DeviceError:
        """Why the source ended; afterwards `Missing`, since it must be opened again whatever the reason."""
        error = self._ended or Missing("camera.closed", self._device)
        if not isinstance(error, Missing):
            self._ended = Missing("camera.given_up", self._device, cause=error.code)
        return error

    def close(self) -> None:
        """Stop the thread; waits for it, but not for ever."""
        with self._changed:
            self._stop.set()
            self._ended = self._ended or Missing("camera.closed", self._device)
            self._slot = None
            self._changed.notify_all()
        self._source.interrupt()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            self._source.open()
            self._read_all()
        except DeviceError as error:
            self._end(error)
        except (cv2.error, OSError) as error:
            self._end(Garbled("camera.damaged", self._device, cause=type(error).__name__))
        finally:
            self._source.close()

    def _read_all(self) -> None:
        while not self._stop.is_set():
            frame = self._source.read(self._stop)
            if frame is None:
                self._end(Missing("camera.source_ended", self._device))
                return
            with self._changed:
                if self._keep_all:
                    self._changed.wait_for(lambda: self._slot is None or self._stop.is_set())
                if not self._stop.is_set():
                    self._slot = frame
                self._changed.notify_all()

    def _end(self, error: DeviceError) -> None:
        with self._changed:
            self._ended = self._ended or error
            self._changed.notify_all()


class Pace:
    """Gives pictures their place on the monotonic clock, counted from the first: number n at n / fps."""

    def __init__(self, fps: float, real_time: bool) -> None:
        self._fps, self._real_time = fps, real_time
        self._started: float | None = None
        self.number = 0

    def behind(self) -> int:
        """How many pictures to leave out so that the next one is on time."""
        if not self._real_time or self._started is None:
            return 0
        due = int((time.monotonic() - self._started) * self._fps)
        return max(0, due - self.number)

    def skip(self) -> None:
        """Count a picture that was left out."""
        self.number += 1

    def next(self, stop: threading.Event, unhurried: bool = False) -> float:
        """Wait for the next picture's time and return it; at once when not in real time.

        `unhurried` moves the rest of the source later when this picture is late, as none may be left out.
        """
        self.number += 1
        now = time.monotonic()
        if self._started is None:
            self._started = now
        at = self._started + (self.number - 1) / self._fps
        if self._real_time and unhurried and at < now:
            self._started += now - at
            return now
        if self._real_time:
            stop.wait(max(0.0, at - now))
        return at
