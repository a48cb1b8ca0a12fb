"""Keeps each chosen device open; reopens it after a loss; says healthy, or why not; logs each change once.

Every call of a device runs on its own lane (`terminal.lane`), so that one that hangs holds up nobody else
and can be named.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar, cast

import structlog

from drivers.api import About, Device
from drivers.errors import DeviceError, Fault, Garbled, Missing, Retry, TimedOut
from drivers.kept import kept
from terminal.choice import Choice, Opener, open_choice
from terminal.lane import Hung, Lane
from terminal.laned import CHECK_LIMIT_S, Laned
from terminal.selftest import Tried, first_fault, try_out
from terminal.view import DeviceView, Health

log = structlog.get_logger(__name__)
D = TypeVar("D", bound=Device)
REOPEN_SECONDS = 1.0
"""Pause between two attempts to open a device that is not there, and between two looks at one that is."""
PATIENT_AFTER = 15
"""Attempts in vain after which nobody is in a hurry any more."""
PATIENT_SECONDS = 3.0
"""The pause from then on; what is plugged in is opened at once all the same."""
OPEN_LIMIT_S = 20.0
SELF_TEST_LIMIT_S = 5.0
CLOSE_LIMIT_S = 2.0
PROOF_SECONDS = 5.0
"""A device that opens well but soon fails for the same cause again (a camera in a dark room) is called
healthy only after so long; or it would be lost and back, lost and back, all night."""
MOST_HANGING = 3
"""Lanes given up for one device before it is left alone until one of them returns."""
HUNG = "device.hung"


class KeptDevice(Generic[D]):
    """One device; its methods may be called from one thread at a time, its health asked from any."""

    def __init__(self, choice: Choice, changed: Callable[[], None], opener: Opener = open_choice) -> None:
        self.choice = choice
        self._changed = changed
        self._opener = opener
        self._lock = threading.Lock()
        self._news = False
        self._lane: Lane | None = None
        self._hanging: list[Lane] = []
        self._device: D | None = None
        self._dropped: list[D] = []
        """Lost, and to be closed before another is opened."""
        self.about: About | None = None
        """Who the device last said it is; kept after a loss."""
        self.openings = 0
        """How often it was opened: a device that is opened anew has forgotten what went before."""
        self.tested: tuple[Tried, ...] = ()
        """What the self-test found last; it is repeated until it passes, then no more."""
        self._code: str | None = None
        self._health = Health.OPENING
        self._tried = float("-inf")
        self._in_vain = 0
        self._opened_at = float("-inf")
        self._doubted = False
        self._lost_for: str | None = None
        self._last_error: DeviceError | None = None
        self._reported: DeviceError | None = None
        self._closed = False

    def get(self) -> D:
        """The open device, opened now if need be; `DeviceError` when it cannot be had.

        Its methods run on the lane; one that takes too long raises `TimedOut` with code ``device.hung``.
        """
        with self._lock:
            device = self._device
            if device is None:
                self._pause_between_tries(REOPEN_SECONDS)
            lane = self._lane_now()
        if device is None:
            device = self._through(lane, None, "open", lambda: self._opened(lane), OPEN_LIMIT_S)
        return cast(D, Laned(self.choice.kind, device, lambda *work: self._through(lane, device, *work)))

    def lost(self, error: DeviceError) -> None:
        """Report an error met in use; a device that failed is closed, and opened anew by the next `get`."""
        if isinstance(error, Retry) or error is self._reported:
            return
        self._lose(error, None)

    def ready(self) -> bool:
        """Try to have it open; True when it is."""
        try:
            self.get()
        except DeviceError:
            return False
        return True

    def keep(self) -> None:
        """Open it in the background from now on, and look after it."""
        with self._lock:
            if not self._closed and (self._lane is not None or self._hanging_now() < MOST_HANGING):
                self._lane_now().wake()

    def plugged(self) -> None:
        """Something was plugged in or out: look at once, whether it was this device."""
        with self._lock:
            if not self._hanging_now():
                self._last_error, self._in_vain = None, 0
        self.keep()

    def watch_over(self) -> None:
        """Give up a lane that hangs, and try again after it; asked for several times a second."""
        with self._lock:
            lane = self._lane
            pausing = time.monotonic() - self._tried < REOPEN_SECONDS
        hung = lane.hung() if lane is not None else None
        if lane is not None and hung is not None:
            self._give_up(lane, hung)
        elif lane is None and not pausing:
            self.keep()
        elif self._doubted:
            self._believe()

    def view(self) -> DeviceView:
        """For the status strip."""
        about = self.about
        label = about.model if about is not None and about.model else self.choice.driver
        simulated = about is not None and about.simulated
        kind, name = self.choice.kind.value, self.choice.called
        return DeviceView(kind, label, self._health, self._code, simulated, name)

    def close(self) -> None:
        """Release the device for good. Safe twice; takes some seconds at most, even when it hangs."""
        with self._lock:
            self._closed = True
            self._drop()
            lane, self._lane = self._lane, None
        if lane is None:
            return
        with contextlib.suppress(Hung):
            lane.call("close", self._close_dropped, CLOSE_LIMIT_S, patience_s=2 * CLOSE_LIMIT_S)
        lane.give_up(self._close_dropped)
        lane.join(CLOSE_LIMIT_S)

    @contextlib.contextmanager
    def _settled(self) -> Iterator[None]:
        """Alone with the state; who follows it hears of changes afterwards, outside the lock."""
        with self._lock:
            yield
            news, self._news = self._news, False
        if news:
            self._changed()

    def _lane_now(self) -> Lane:
        """Its lane; an error when it is closed, or too many of them hang."""
        if self._closed:
            raise Missing("device.closed", self.choice.called)
        if self._lane is None:
            if self._hanging_now() >= MOST_HANGING:
                raise self._last_error or TimedOut(HUNG, self.choice.called)
            self._lane = Lane(f"io:{self.choice.called}", self._look_after, idle_seconds=REOPEN_SECONDS)
        return self._lane

    def _hanging_now(self) -> int:
        self._hanging = [each for each in self._hanging if each.alive]
        return len(self._hanging)

    def _pause_between_tries(self, seconds: float) -> None:
        if self._last_error is not None and time.monotonic() - self._tried < seconds:
            raise self._last_error

    def _through(
        self, lane: Lane, device: D | None, call: str, work: Callable[[], Any], limit_s: float
    ) -> Any:
        """What `work` gives, done on `lane`; a hang and a bug of the driver become errors of the device."""
        try:
            return lane.call(call, work, limit_s)
        except Hung as hung:
            raise self._give_up(lane, hung) from None
        except DeviceError as error:
            if isinstance(error, Missing) and device is not None:
                self._lose(error, device)
            raise
        except Exception as error:  # lane: a bug of the driver is a broken device
            log.error("device.bug", device=self.choice.driver, call=call, exc_info=error)
            broken = Garbled("device.bug", self.choice.called, call=call, cause=type(error).__name__)
            self._lose(broken, device)
            raise broken from error

    def _opened(self, lane: Lane, pause_s: float = REOPEN_SECONDS) -> D:
        """The device, opened if it is not and was not just tried; runs on the lane."""
        with self._lock:
            if self._too_late(lane):
                raise Missing("device.closed", self.choice.called)
            if self._device is not None:
                return self._device
            self._pause_between_tries(pause_s)
            self._tried = time.monotonic()
            self._in_vain += 1
        self._close_dropped()
        try:
            with kept(self._opener(self.choice)) as device:
                return self._take(lane, device)
        except DeviceError as error:
            self._not_opened(lane, error)
            raise

    def _take(self, lane: Lane, device: D) -> D:
        """Have the device that was just opened; one that fails its self-test is not had."""
        self.about = device.about
        error = self._self_test(lane, device)
        if isinstance(error, Fault):
            raise error
        with self._settled():
            if self._too_late(lane):
                raise Missing("device.closed", self.choice.called)
            self._device, self._last_error = device, None
            self.openings += 1
            self._in_vain, self._opened_at = 0, time.monotonic()
            if error is not None or not self._doubted:
                self._set(Health.ATTENTION if error else Health.HEALTHY, error)
        return device

    def _self_test(self, lane: Lane, device: D) -> DeviceError | None:
        """Why the self-test fails; None when it passes, or did so before."""
        if not self.tested or first_fault(self.tested):
            lane.doing("self-test", SELF_TEST_LIMIT_S)
            self.tested = try_out(self.choice.kind, device)
        return first_fault(self.tested)

    def _too_late(self, lane: Lane) -> bool:
        """True when nobody waits for what `lane` opens: it was closed, or somebody else opens it."""
        return lane is not self._lane

    def _not_opened(self, lane: Lane, error: DeviceError) -> None:
        with self._settled():
            if self._too_late(lane):
                return
            if not self._hanging_now() or self._last_error is None:
                self._last_error = error
            self._reported = error
            self._set(Health.LOST, self._last_error)

    def _look_after(self) -> None:
        """While idle: open what is lost, look at what is open. Runs on the lane."""
        with self._lock:
            lane, device = self._lane, self._device
        if lane is None or lane.given_up:
            return
        try:
            if device is None:
                lane.doing("open", OPEN_LIMIT_S)
                self._opened(lane, PATIENT_SECONDS if self._in_vain > PATIENT_AFTER else REOPEN_SECONDS)
                return
            lane.doing("check", CHECK_LIMIT_S)
            device.check()
            if (failed := self._self_test(lane, device)) is not None:
                raise failed
        except Retry as error:
            self._attend(device, Health.ATTENTION, error)
        except DeviceError as error:
            if device is not None:
                self._lose(error, device)
        except Exception as error:  # lane loop: a bug of the driver is a broken device
            log.error("device.bug", device=self.choice.driver, call="idle", exc_info=error)
            self._lose(Garbled("device.bug", self.choice.called, cause=type(error).__name__), device)
        else:
            self._attend(device, Health.HEALTHY, None)

    def _attend(self, device: D | None, health: Health, error: DeviceError | None) -> None:
        with self._settled():
            if device is not None and self._device is device and not (self._doubted and error is None):
                self._set(health, error)

    def _believe(self) -> None:
        """Call a device healthy that has not failed again for long enough."""
        with self._settled():
            if self._device is not None and time.monotonic() - self._opened_at >= PROOF_SECONDS:
                self._doubted = False
                self._set(Health.HEALTHY, None)

    def _lose(self, error: DeviceError, which: D | None) -> None:
        """Drop the device for `error`; one that was opened anew meanwhile stays (`which` is the one lost)."""
        with self._settled():
            self._reported = error
            device, lane = self._device, self._lane
            if which is not None and device is not which:
                return
            self._doubted = device is not None and self._is_relapse(error)
            self._drop()
            self._last_error, self._tried, self._lost_for = error, time.monotonic(), error.code
            self._set(Health.LOST, error)
        if device is not None and lane is not None:
            try:
                lane.call("close", self._close_dropped, CLOSE_LIMIT_S)
            except Hung as hung:
                self._give_up(lane, hung)

    def _is_relapse(self, error: DeviceError) -> bool:
        """True when it fails as before, soon after it was opened; being unplugged again is no failing."""
        soon = time.monotonic() - self._opened_at < PROOF_SECONDS
        return soon and error.code == self._lost_for and not isinstance(error, Missing)

    def _drop(self) -> None:
        """Have the device no longer; whoever is next on the lane closes it."""
        if self._device is not None:
            self._dropped.append(self._device)
        self._device = None

    def _close_dropped(self) -> None:
        """Close what was lost; runs on the lane."""
        with self._lock:
            dropped, self._dropped = self._dropped, []
        self._close_all(dropped)

    def _close_all(self, dropped: list[D]) -> None:
        for device in dropped:
            try:
                device.close()
            except Exception as error:  # lane loop: it is dropped all the same
                log.error("device.bug", device=self.choice.driver, call="close", exc_info=error)

    def _give_up(self, lane: Lane, hung: Hung) -> DeviceError:
        """Leave the device that hangs to its thread; the error that names it."""
        facts = {"driver": self.choice.driver, "call": hung.call, "seconds": hung.seconds}
        error = TimedOut(HUNG, self.choice.called, **facts)
        with self._settled():
            if self._lane is not lane:
                return self._last_error or error
            self._doubted = self._device is not None and self._is_relapse(error)
            self._lost_for = error.code
            self._drop()
            left, self._dropped, self._lane = self._dropped, [], None
            self._hanging_now()
            self._hanging.append(lane)
            self._last_error, self._tried, self._reported = error, time.monotonic(), error
            lane.give_up(lambda: self._close_all(left))
            log.error("device.hung", device=self.choice.driver, call=hung.call, lanes=len(self._hanging))
            self._set(Health.LOST, error)
        return error

    def _set(self, health: Health, error: DeviceError | None) -> None:
        code = error.code if error else None
        if (health, code) == (self._health, self._code):
            return
        before, self._health, self._code = self._health, health, code
        facts = {"device": self.choice.driver, "kind": self.choice.kind.value, "name": self.choice.called}
        if health is Health.HEALTHY:
            if before is not Health.OPENING:
                log.info("device.back", **facts)
        elif health is before:
            log.info("device.still_lost", code=code, **facts)
        else:
            log.warning("device.lost" if health is Health.LOST else "device.attention", code=code, **facts)
        self._news = True
