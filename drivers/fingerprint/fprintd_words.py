"""The words of fprintd's D-Bus interface and what each means to the program (spec §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers.capture import Finger
from drivers.errors import Busy, DeviceError, Fault, Garbled, Missing, Refused, Retry

TOPIC = "staff_fingerprint"
VERIFIED = "verify-match"
FAILED = f"{TOPIC}.failed"

Meaning = tuple[type[DeviceError], str]

_ERROR = "net.reactivated.Fprint.Error."
NOBODY_ENROLLED = f"{_ERROR}NoEnrolledPrints"
NOTHING_TO_END = frozenset({f"{_ERROR}NoActionInProgress", f"{_ERROR}ClaimDevice"})
"""What fprintd says when the operation, or the claim, had ended by itself."""

_REFUSALS: Mapping[str, Meaning] = MappingProxyType(
    {
        f"{_ERROR}AlreadyInUse": (Busy, f"{TOPIC}.busy"),
        f"{_ERROR}PermissionDenied": (Refused, f"{TOPIC}.permission"),
        f"{_ERROR}NoSuchDevice": (Missing, f"{TOPIC}.unplugged"),
        f"{_ERROR}ClaimDevice": (Fault, FAILED),
        NOBODY_ENROLLED: (Refused, f"{TOPIC}.not_enrolled"),
        f"{_ERROR}FingerAlreadyEnrolled": (Refused, f"{TOPIC}.duplicate"),
        "org.freedesktop.DBus.Error.UnknownObject": (Missing, f"{TOPIC}.unplugged"),
        # Debian's fprintd answers so for the path of a reader that was pulled out.
        "org.freedesktop.DBus.Error.UnknownMethod": (Missing, f"{TOPIC}.unplugged"),
    }
)

_AGAIN: Mapping[str, Meaning] = MappingProxyType(
    {
        "retry-scan": (Retry, "finger.again"),
        "swipe-too-short": (Retry, "finger.swipe_too_short"),
        "finger-not-centered": (Retry, "finger.not_centred"),
        "remove-and-retry": (Retry, "finger.remove_and_retry"),
        "too-fast": (Retry, "finger.too_fast"),
    }
)

_ENDS: Mapping[str, Meaning | None] = MappingProxyType(
    {
        VERIFIED: None,
        "verify-no-match": None,
        "enroll-completed": None,
        "verify-disconnected": (Missing, f"{TOPIC}.unplugged"),
        "enroll-disconnected": (Missing, f"{TOPIC}.unplugged"),
        "verify-unknown-error": (Fault, FAILED),
        "enroll-unknown-error": (Fault, FAILED),
        "enroll-failed": (Retry, "finger.differs"),
        "enroll-data-full": (Refused, f"{TOPIC}.full"),
        "enroll-duplicate": (Refused, f"{TOPIC}.duplicate"),
    }
)

_FINGERS: Mapping[Finger, str] = MappingProxyType(
    {
        each: each.name.lower().replace("_", "-") + ("" if "THUMB" in each.name else "-finger")
        for each in Finger
        if each is not Finger.UNKNOWN
    }
)
_BY_NAME = {name: each for each, name in _FINGERS.items()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What fprintd said of one touch."""

    word: str
    going_on: bool
    """More touches are awaited."""
    passed: bool = False
    """This touch counted."""
    error: Meaning | None = None


def outcome(word: str, done: bool) -> Outcome | None:
    """What a status word means; None for a word that fprintd does not have, or not in this place.

    A comparison that has to be repeated goes on by itself; whoever asked decides.
    """
    _, _, rest = word.partition("-")
    if word == "enroll-stage-passed":
        return Outcome(word, going_on=True, passed=True)
    if rest in _AGAIN:
        return Outcome(word, going_on=True, error=_AGAIN[rest])
    return Outcome(word, going_on=False, error=_ENDS[word]) if word in _ENDS and done else None


def refusal(name: str) -> Meaning:
    """What a D-Bus error of fprintd means."""
    if name in _REFUSALS:
        return _REFUSALS[name]
    return (Fault, FAILED) if name.startswith(_ERROR) else (Garbled, f"{TOPIC}.protocol")


def name(finger: Finger) -> str:
    """fprintd's word for a finger; the right index finger where none is named."""
    return _FINGERS.get(finger, _FINGERS[Finger.RIGHT_INDEX])


def finger(name: str) -> Finger:
    """The finger of fprintd's word."""
    return _BY_NAME.get(name, Finger.UNKNOWN)
