"""What a simulated fprintd does: one reader, the people who touch it, and what can go wrong. Knows no bus.

A person who `touch`es the reader does so whenever a finger is awaited, until `lift`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

STAGES = 5
PATH = "/net/reactivated/Fprint/Device/0"
MODEL = "Simulated fingerprint reader"
ERROR = "net.reactivated.Fprint.Error."
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"

Reply = tuple[str, tuple[Any, ...]]
"""Signature and values."""
NOTHING: Reply = ("", ())


class Problem(enum.StrEnum):
    """What goes wrong; the first group befalls touches."""

    RETRY_SCAN = "retry-scan"
    SWIPE_TOO_SHORT = "swipe-too-short"
    NOT_CENTERED = "finger-not-centered"
    REMOVE_AND_RETRY = "remove-and-retry"
    UNKNOWN_ERROR = "unknown-error"
    DISCONNECTED = "disconnected"
    DATA_FULL = "data-full"
    FAILED = "failed"
    NONSENSE = "nonsense"
    """A word that fprintd does not have."""
    IN_USE = "in_use"
    FORBIDDEN = "forbidden"
    HANG = "hang"
    """No call is answered."""
    HANG_WHILE_TOUCHED = "hang_while_touched"
    """Nothing is answered or said once a finger is awaited."""
    STOP_WHILE_TOUCHED = "stop_while_touched"
    """The service ends once a finger is awaited."""
    STALE_MATCH = "stale_match"
    """The verdict on an earlier finger comes just before a comparison begins."""


ON_TOUCH = frozenset(list(Problem)[: list(Problem).index(Problem.IN_USE)])
_GOING_ON = frozenset(
    {Problem.RETRY_SCAN, Problem.SWIPE_TOO_SHORT, Problem.NOT_CENTERED, Problem.REMOVE_AND_RETRY}
)


class Refusal(Exception):
    """The service answers with a D-Bus error of this name."""


@dataclass(slots=True)
class Work:
    """An enrolment or comparison under way."""

    what: str
    """``enroll`` or ``verify``."""
    finger: str
    passed: int = 0


class FakeFprintd:
    """The service. `say` sends a signal of the reader: its name, a word and whether that was the last."""

    def __init__(self, say: Callable[[str, str, bool], None]) -> None:
        self._say = say
        self.problems: dict[Problem, int] = {}
        self.plugged = True
        self.work: Work | None = None
        self._claimed: tuple[str, str] | None = None
        self._prints: dict[tuple[str, str], str] = {}
        self._touching = ""
        self._methods: Mapping[str, Callable[..., Reply]] = MappingProxyType(
            {
                "Claim": self._claim,
                "Release": self._release,
                "EnrollStart": lambda who, finger: self._start(who, "enroll", finger),
                "VerifyStart": lambda who, finger: self._start(who, "verify", finger),
                "EnrollStop": self._stop,
                "VerifyStop": self._stop,
                "ListEnrolledFingers": self._list,
                "DeleteEnrolledFingers2": self._delete,
            }
        )

    def touch(self, name: str) -> None:
        """`name` touches the reader from now on; nobody does when empty."""
        self._touching = name

    def add(self, argument: str) -> None:
        """``NAME [TIMES]``; `ValueError` when there is no such problem."""
        name, _, times = argument.partition(" ")
        self.problems[Problem(name)] = int(times or 0)

    def has(self, problem: Problem) -> bool:
        """True when it is there now; one that was limited is used up."""
        if problem not in self.problems:
            return False
        if self.problems[problem] == 1:
            del self.problems[problem]
        elif self.problems[problem]:
            self.problems[problem] -= 1
        return True

    def unplug(self) -> None:
        """The reader is pulled out. The real one, too, calls that an unknown error."""
        if self.work is not None:
            self._end("unknown-error")
        self.plugged, self._claimed, self.work = False, None, None

    def left(self, who: str) -> None:
        """A caller left the bus: what it had claimed is free."""
        if self._claimed is not None and self._claimed[0] == who:
            self._claimed = self.work = None

    def answer(self, who: str, path: str, interface: str, member: str, body: tuple[Any, ...]) -> Reply:
        """The reply to a call of `who`. Raises `Refusal`."""
        if interface.endswith(".Manager"):
            return self._manager(member)
        if path != PATH or not self.plugged:
            raise Refusal(UNKNOWN_OBJECT)
        if interface.endswith(".Properties"):
            values = {"name": ("s", MODEL), "num-enroll-stages": ("i", STAGES), "scan-type": ("s", "press")}
            return ("v", (values[str(body[1])],))
        if self.has(Problem.FORBIDDEN):
            raise Refusal(f"{ERROR}PermissionDenied")
        return self._methods[member](who, *body)

    def scan(self) -> None:
        """Whoever touches the reader is looked at, if a finger is awaited."""
        if self.work is None or not self._touching:
            return
        problem = next((each for each in ON_TOUCH if self.has(each)), None)
        if problem in _GOING_ON:
            self._end(problem.value, done=False)
        elif problem is not None:
            self._end(problem.value)
        elif self.work.what == "enroll":
            self._scan_to_enrol(self.work)
        else:
            user = self._claimed[1] if self._claimed else ""
            known = {who for (owner, _), who in self._prints.items() if owner == user}
            self._end("match" if self._touching in known else "no-match")

    def _scan_to_enrol(self, work: Work) -> None:
        work.passed += 1
        if work.passed < STAGES:
            self._end("stage-passed", done=False)
        elif self._claimed is not None:
            self._prints[self._claimed[1], work.finger] = self._touching
            self._end("completed")

    def _end(self, word: str, done: bool = True) -> None:
        if self.work is not None:
            what = self.work.what
            self.work = None if done else self.work
            self._say(f"{what.title()}Status", f"{what}-{word}", done)

    def _manager(self, member: str) -> Reply:
        if member == "GetDevices":
            return ("ao", ([PATH] if self.plugged else [],))
        if not self.plugged:
            raise Refusal(f"{ERROR}NoSuchDevice")
        return ("o", (PATH,))

    def _claim(self, who: str, user: str) -> Reply:
        if self._claimed is not None or self.has(Problem.IN_USE):
            raise Refusal(f"{ERROR}AlreadyInUse")
        self._claimed = who, user
        return NOTHING

    def _release(self, who: str) -> Reply:
        self._require_claim(who)
        self._claimed = self.work = None
        return NOTHING

    def _start(self, who: str, what: str, finger: str) -> Reply:
        user = self._require_claim(who)
        if what == "verify" and not any(owner == user for owner, _ in self._prints):
            raise Refusal(f"{ERROR}NoEnrolledPrints")
        if self.work is not None:
            raise Refusal(f"{ERROR}AlreadyInUse")
        self.work = Work(what, finger)
        return NOTHING

    def _stop(self, who: str) -> Reply:
        self._require_claim(who)
        if self.work is None:
            raise Refusal(f"{ERROR}NoActionInProgress")
        self.work = None
        return NOTHING

    def _list(self, who: str, user: str) -> Reply:
        fingers = [finger for owner, finger in self._prints if owner == user]
        if not fingers:
            raise Refusal(f"{ERROR}NoEnrolledPrints")
        return ("as", (fingers,))

    def _delete(self, who: str) -> Reply:
        user = self._require_claim(who)
        for key in [key for key in self._prints if key[0] == user]:
            del self._prints[key]
        return NOTHING

    def _require_claim(self, who: str) -> str:
        if self._claimed is None or self._claimed[0] != who:
            raise Refusal(f"{ERROR}ClaimDevice")
        return self._claimed[1]
