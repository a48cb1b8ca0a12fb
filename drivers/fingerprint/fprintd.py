"""Staff sign-in by fprintd, the fingerprint service of desktop systems, over D-Bus (spec §6).

fprintd keeps the templates of its users and needs its own permission rules. It falls asleep when unused and
is woken by the next call; only while a finger is awaited is its end the end of the device.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator
from typing import Any, Self

import structlog
from pydantic import BaseModel

from drivers.api import About, Can, Found, Grade, Kind
from drivers.capture import Finger, Progress
from drivers.errors import DeviceError, Fault, Garbled, Missing, Retry, TimedOut
from drivers.fingerprint import fprintd_words
from drivers.fingerprint.fprintd_words import TOPIC, Meaning, Outcome
from drivers.fingerprint.settings import FprintdSettings
from drivers.kept import kept
from drivers.link.dbus import Declined, Service, Signal
from drivers.registry import driver

log = structlog.get_logger(__name__)

NAME = "net.reactivated.Fprint"
MANAGER_PATH = "/net/reactivated/Fprint/Manager"
MANAGER, DEVICE = f"{NAME}.Manager", f"{NAME}.Device"
DEFAULT = "default"
WAKE_LIMIT_S = 5.0
"""fprintd may have to be started and to look for devices first."""
PROBE_LIMIT_S = 1.0
CHECK_LIMIT_S = 0.3
"""Each of at most three questions of a check."""
STOP_LIMIT_S = 2.0
NOBODY_TOUCHED: Meaning = (Retry, "finger.none")
_SIMULATED = ("virtual", "simulated")
"""How the names of libfprint's virtual devices, and of our simulator's, begin."""


@driver(
    "fprintd",
    Kind.STAFF_FINGERPRINT,
    FprintdSettings,
    Grade.PROTOCOL_TESTED,
    addresses="default, /net/reactivated/Fprint/Device/0",
)
class FprintdSensor:
    """Fingerprint reader of this computer, by fprintd, for staff sign-in."""

    def __init__(self, service: Service, address: str, settings: FprintdSettings) -> None:
        self._service = service
        self._address = address
        self._call_s = settings.call_ms / 1000
        self._gone: DeviceError | None = None
        self._path = self._find()
        self._about = self._describe()
        service.listen(self._path, DEVICE)

    @classmethod
    def probe(cls, settings: BaseModel) -> list[Found]:
        """The readers that fprintd has; none where there is no bus. Wakes fprintd."""
        knobs = FprintdSettings.model_validate(settings.model_dump())
        try:
            service = Service(knobs.bus_address, NAME, TOPIC)
        except Missing:
            return []
        try:
            paths = service.call(MANAGER_PATH, MANAGER, "GetDevices", seconds=PROBE_LIMIT_S)[0]
            names = [service.property(path, DEVICE, "name", PROBE_LIMIT_S / 4) for path in paths]
        except (DeviceError, Declined):
            return []
        finally:
            service.close()
        return [Found("fprintd", path, str(name)) for path, name in zip(paths, names, strict=True)]

    @classmethod
    def open(cls, address: str, settings: BaseModel) -> Self:
        """The reader at the D-Bus path `address`, or fprintd's ``default`` one; not claimed yet."""
        knobs = FprintdSettings.model_validate(settings.model_dump())
        with kept(Service(knobs.bus_address, NAME, TOPIC)) as service:
            return cls(service, address, knobs)

    @property
    def about(self) -> About:
        """Who the reader is; libfprint's virtual devices are known by name."""
        return self._about

    @property
    def can(self) -> Can:
        """Enrol and match; pictures and templates never leave fprintd."""
        return Can.ENROL_TEMPLATE | Can.MATCH_TEMPLATE

    def enrolled(self, user: str) -> tuple[Finger, ...]:
        """The fingers of `user` that are enrolled."""
        self._require_live()
        try:
            names = self._call("ListEnrolledFingers", "s", (user,))[0]
        except Declined as error:
            if error.name == fprintd_words.NOBODY_ENROLLED:
                return ()
            raise self._declined(error) from error
        return tuple(fprintd_words.finger(name) for name in names)

    def enrol(self, user: str, finger: Finger, seconds: float, progress: Progress) -> None:
        """Enrol one finger of `user`, touches within `seconds` all together.

        A touch that was not good enough is told to `progress` and asked for again. `Retry` ``finger.none``,
        or what was amiss last, when time is up; `Refused` ``staff_fingerprint.permission``, `Busy` …
        """
        ends = time.monotonic() + seconds
        with self._claimed(user):
            stages = max(1, int(self._property("num-enroll-stages")))
            with self._under_way("Enroll", fprintd_words.name(finger)) as owner:
                progress("finger.touch", 0, stages)
                done, amiss = 0, NOBODY_TOUCHED
                while (outcome := self._outcome("EnrollStatus", owner, ends, amiss)).going_on:
                    done += outcome.passed
                    amiss = outcome.error or NOBODY_TOUCHED
                    again = amiss[1] if outcome.error else "finger.touch_again"
                    progress(again, min(done, stages), stages)
                if outcome.error is not None:
                    raise self._error(*outcome.error, status=outcome.word)
                progress("finger.enough", stages, stages)

    def verify(self, user: str, seconds: float) -> bool:
        """True when the finger put on within `seconds` is one of `user`'s; False when it is not.

        `Retry` ``finger.none``, ``finger.again`` …; `Refused` ``staff_fingerprint.not_enrolled``.
        """
        ends = time.monotonic() + seconds
        with self._claimed(user), self._under_way("Verify", "any") as owner:
            outcome = self._outcome("VerifyStatus", owner, ends)
            if outcome.error is not None:
                raise self._error(*outcome.error, status=outcome.word)
            return outcome.word == fprintd_words.VERIFIED

    def forget(self, user: str) -> None:
        """Delete every finger of `user`."""
        with self._claimed(user):
            try:
                self._call("DeleteEnrolledFingers2")
            except Declined as error:
                if error.name != fprintd_words.NOBODY_ENROLLED:
                    raise self._declined(error) from error

    def check(self) -> None:
        """Raise why the reader cannot be used. An fprintd that is asleep counts as there."""
        self._require_live()
        if not self._service.owner(CHECK_LIMIT_S):
            if not self._service.can_start(CHECK_LIMIT_S):
                raise self._died(self._error(Missing, f"{TOPIC}.stopped"))
            return
        if self._path not in self._listed(CHECK_LIMIT_S):
            raise self._died(self._error(Missing, f"{TOPIC}.unplugged"))

    def close(self) -> None:
        """Leave fprintd, which then gives up whatever was claimed. Safe twice; never raises."""
        self._gone = self._gone or self._error(Missing, f"{TOPIC}.unplugged", reason="closed")
        self._service.close()

    def _find(self) -> str:
        """The D-Bus path of the reader that the address names."""
        if self._address != DEFAULT and not self._address.startswith("/"):
            raise self._error(Missing, f"{TOPIC}.unplugged", reason="neither default nor a D-Bus path")
        try:
            if self._address == DEFAULT:
                found = self._service.call(MANAGER_PATH, MANAGER, "GetDefaultDevice", seconds=WAKE_LIMIT_S)
                return str(found[0])
        except Declined as error:
            raise self._declined(error) from error
        paths = self._listed(WAKE_LIMIT_S)
        if self._address not in paths:
            raise self._error(Missing, f"{TOPIC}.unplugged", known=len(paths))
        return self._address

    def _listed(self, seconds: float) -> Collection[str]:
        """The paths of the readers that fprintd has now."""
        try:
            paths = self._service.call(MANAGER_PATH, MANAGER, "GetDevices", seconds=seconds)[0]
        except Declined as error:
            raise self._declined(error) from error
        return frozenset(str(path) for path in paths)

    def _describe(self) -> About:
        name = str(self._property("name"))
        simulated = name.lower().startswith(_SIMULATED)
        vendor = "Simulated" if simulated else ""
        return About("fprintd", self._address, vendor, model=name, simulated=simulated)

    @contextlib.contextmanager
    def _claimed(self, user: str) -> Iterator[None]:
        """The reader is ours for `user` meanwhile, and released whatever happens."""
        self._require_live()
        try:
            with self._held(user):
                yield
        except Fault as error:
            # fprintd calls the loss of a reader an unknown error, and lists it until it is released.
            if error.code == fprintd_words.FAILED and self._path not in self._listed(self._call_s):
                raise self._died(self._error(Missing, f"{TOPIC}.unplugged")) from error
            raise

    @contextlib.contextmanager
    def _held(self, user: str) -> Iterator[None]:
        try:
            self._call("Claim", "s", (user,))
        except Declined as error:
            raise self._declined(error) from error
        except TimedOut:
            # Whether it was claimed is unknown; leaving the bus releases it.
            self.close()
            raise
        try:
            yield
        except Missing as error:
            raise self._died(error) from error
        finally:
            self._finish("Release")

    @contextlib.contextmanager
    def _under_way(self, what: str, finger: str) -> Iterator[str]:
        """Enrolment or comparison is running; gives the D-Bus name of who runs it."""
        owner = self._service.owner(self._call_s)
        try:
            self._call(f"{what}Start", "s", (finger,))
        except Declined as error:
            raise self._declined(error) from error
        # What came before the answer belongs to something earlier and must not be taken for this finger's.
        self._service.forget_signals()
        try:
            yield owner
        except Missing as error:
            raise self._died(error) from error
        finally:
            self._finish(f"{what}Stop")

    def _outcome(self, member: str, owner: str, ends: float, amiss: Meaning = NOBODY_TOUCHED) -> Outcome:
        """The next thing that fprintd says of the finger; raises `amiss` when time is up."""
        while True:
            said = self._service.signal(owner, max(0.0, ends - time.monotonic()))
            if said is None:
                raise self._error(*amiss)
            if said.member == member and said.path == self._path:
                return self._meaning(said)

    def _meaning(self, said: Signal) -> Outcome:
        match said.body:
            case (str(word), bool(done)):
                outcome = fprintd_words.outcome(word, done)
                # EnrollStatus speaks of enroll-…, VerifyStatus of verify-…; neither is taken for the other.
                if outcome is not None and said.member.lower().startswith(word.partition("-")[0]):
                    return outcome
        raise self._error(Garbled, f"{TOPIC}.protocol", signal=said.member)

    def _finish(self, method: str) -> None:
        """End something, unless there is nothing left to talk to."""
        if self._gone is not None:
            return
        try:
            self._call(method, seconds=min(STOP_LIMIT_S, self._call_s))
        except Declined as error:
            if error.name not in fprintd_words.NOTHING_TO_END:
                log.warning("staff_fingerprint.not_ended", method=method, answer=error.name)
        except DeviceError:
            # A claim that may still stand ends with the connection, and the object with it.
            self.close()
            raise

    def _call(
        self, method: str, signature: str = "", body: tuple[Any, ...] = (), seconds: float | None = None
    ) -> tuple[Any, ...]:
        limit = self._call_s if seconds is None else seconds
        return self._service.call(self._path, DEVICE, method, signature, body, limit)

    def _property(self, name: str) -> Any:
        try:
            return self._service.property(self._path, DEVICE, name, self._call_s)
        except Declined as error:
            raise self._declined(error) from error

    def _declined(self, error: Declined) -> DeviceError:
        kind, code = fprintd_words.refusal(error.name)
        meant = self._error(kind, code, answer=error.name)
        return self._died(meant) if kind is Missing else meant

    def _died(self, error: DeviceError) -> DeviceError:
        self._gone = error
        self._service.close()
        return error

    def _require_live(self) -> None:
        if self._gone is not None:
            raise Missing(self._gone.code, self._address, **self._gone.facts)

    def _error(self, kind: type[DeviceError], code: str, **facts: object) -> DeviceError:
        return kind(code, self._address, **facts)
