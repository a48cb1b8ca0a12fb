"""Sees the person: one thread reads the camera, one runs the networks, the newest frame is always at hand.

The camera thread writes a one-slot mailbox, so the preview keeps the camera's pace while the networks
take the frames they can. Whoever listens gets (frame, observation) pairs and camera faults in order.
Before the customer's consent, and after the case, the networks look at nothing.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from config.guide import GuideLimits
from drivers.api import About, Camera, Frame, follows_instructions
from drivers.errors import DeviceError, Garbled
from models.api import Observation
from models.face.guidance import GOOD, Guidance, Guide
from models.face.stack import FaceStack
from models.face.track import Track
from terminal.devices import KeptDevice
from terminal.latest import Latest
from terminal.view import Preview

log = structlog.get_logger(__name__)
FRAME_SECONDS = 1.0
"""How long one frame may take before the camera is asked again."""
IDLE_SECONDS = 0.12
"""Pause between observations while nobody listens: guidance stays live, the processor stays free."""
BACKLOG = 8
"""Observations kept for a slow listener; older ones are dropped."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame with what the networks saw in it."""

    frame: Frame
    observation: Observation
    guidance: Guidance = GOOD
    """What the person is told at this moment, and whether the frame can be used."""


class Listener:
    """What one look at the person receives, in order."""

    def __init__(self) -> None:
        self._items: queue.Queue[Seen | Exception] = queue.Queue(BACKLOG)

    def put(self, item: Seen | Exception) -> None:
        """Add an item; the oldest makes room."""
        while True:
            try:
                self._items.put_nowait(item)
            except queue.Full:
                with suppress(queue.Empty):
                    self._items.get_nowait()
            else:
                return

    def next(self, seconds: float) -> Seen | None:
        """The next pair, None on time-out; raises the camera's or the networks' error in its place."""
        try:
            item = self._items.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            raise item
        return item


class Sight:
    """Camera and networks at work."""

    def __init__(
        self, camera: KeptDevice[Camera], load: Callable[[], FaceStack], limits: GuideLimits | None = None
    ) -> None:
        self._camera = camera
        self._load = load
        self._guide = Guide(limits or GuideLimits())
        self._stack: FaceStack | None = None
        self._stack_ready = threading.Event()
        self._stack_error: Exception | None = None
        self._stack_lock = threading.RLock()
        self._frames: Latest[Frame] = Latest()
        self._track = Track()
        self._looks = 0
        self._newest: Seen | None = None
        self._listener: Listener | None = None
        self._permitted = threading.Event()
        self._stop = threading.Event()
        self._threads = (
            threading.Thread(target=self._read, name="camera:0", daemon=True),
            threading.Thread(target=self._watch, name="vision", daemon=True),
        )

    def start(self) -> None:
        """Begin to read and to see."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop both threads and release camera and networks."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)
        self._camera.close()
        if self._stack is not None:
            self._stack.close()

    def permit(self) -> None:
        """The customer has consented: from now on the networks may look at the pictures."""
        if not self._permitted.is_set():
            self._guide.start()
        self._permitted.set()

    def forbid(self) -> None:
        """The case is over: no network looks at anybody until the next consent."""
        self._permitted.clear()
        self._newest = None

    def preview(self) -> Preview | None:
        """The newest picture with the newest findings; None while there is none."""
        frame = self._frames.peek()
        if frame is None:
            return None
        newest, watched = self._newest, self._listener is not None
        if newest is None:
            return Preview(frame.image, frame.number, looks=self._looks, watched=watched)
        face, said = newest.observation.face, newest.guidance.instruction
        box = face.box if face is not None else None
        good = box is not None and said is None
        return Preview(frame.image, frame.number, box, said, good, self._looks, watched)

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Receive what is seen from now on: a new try."""
        listener = Listener()
        self._guide.count_anew()
        self._listener = listener
        try:
            yield listener
        finally:
            self._listener = None

    @contextmanager
    def stack(self, seconds: float = 30.0) -> Iterator[FaceStack]:
        """The networks, for one thread at a time; waits until they are loaded."""
        if not self._stack_ready.wait(seconds):
            raise TimeoutError("the networks were not loaded in time")
        if self._stack is None:
            raise self._stack_error or TimeoutError("the networks were closed")
        with self._stack_lock:
            yield self._stack

    def require_networks(self, seconds: float = 30.0) -> None:
        """Wait until the networks are loaded; raises what kept them from it, `ModelError` for one."""
        with self.stack(seconds):
            return

    def about(self) -> About | None:
        """Who the camera says it is; None when there is none."""
        return self._camera.about

    def tell(self, instruction: str) -> None:
        """Say an instruction aloud: a virtual customer hears it."""
        try:
            camera = self._camera.get()
        except DeviceError:
            return
        if follows_instructions(camera):
            camera.hear(instruction)

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                self._frames.put(self._camera.get().frame(FRAME_SECONDS))
            except DeviceError as error:
                self._lose(error)
            except Exception as error:  # lane loop: a bug of the driver is a broken camera
                log.error("camera.bug", cause=type(error).__name__, exc_info=error)
                self._lose(Garbled("camera.damaged", self._camera.choice.driver))

    def _lose(self, error: DeviceError) -> None:
        self._camera.lost(error)
        self._frames.clear()
        self._newest = None
        listener = self._listener
        if listener is not None:
            listener.put(error)
        self._stop.wait(0.2)

    def _watch(self) -> None:
        if not self._load_stack():
            return
        count = 0
        while not self._stop.is_set():
            if not self._permitted.wait(0.5):
                continue
            count, frame = self._frames.next(count, 0.5)
            if frame is not None:
                self._observe_safely(frame)
            if self._listener is None:
                self._stop.wait(IDLE_SECONDS)

    def _load_stack(self) -> bool:
        try:
            self._stack = self._load()
            self._stack.warm_up()
            self._track = Track(self._stack.settings.track)
        except Exception as error:  # noqa: BLE001  lane loop: whoever asks for the networks gets the cause
            log.error("models.not_loaded", cause=type(error).__name__)
            self._stack_error = error
        self._stack_ready.set()
        return self._stack_error is None

    def _observe_safely(self, frame: Frame) -> None:
        try:
            self._observe(frame)
        except Exception as error:  # lane loop: the case hears of it, the next frame is tried
            log.error("vision.failed", cause=type(error).__name__, exc_info=error)
            listener = self._listener
            if listener is not None:
                listener.put(error)

    def _observe(self, frame: Frame) -> None:
        listener = self._listener
        with self.stack() as stack:
            wanted = listener is not None
            seen = stack.observe(
                frame.image, frame.number, frame.at, mesh=True, passive=wanted, track=self._track
            )
        if not self._permitted.is_set():
            return
        self._looks += 1
        self._newest = Seen(frame, seen, self._guide.next(seen))
        if listener is not None:
            listener.put(self._newest)
