"""A device whose driver runs in a child process: same contract, and a watchdog over every call.

A call that does not return in its time ends the child: `TimedOut` ``device.hung`` names it, and the object
is dead. A child that crashes is `Missing` ``device.crashed``. Either way the program goes on.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field

from drivers.api import About, Can, Kind
from drivers.errors import DeviceError, Garbled
from drivers.host.process import CLOSE_SECONDS, Process
from drivers.kept import kept
from drivers.registry import Entry, entry, parse_options

log = structlog.get_logger(__name__)
ONE_WAY = frozenset({"hear", "cancel"})
"""Told without waiting for an answer: they must never block, also when the driver hangs."""
LONGER_S: Mapping[tuple[Kind, str], float] = MappingProxyType({(Kind.DOCUMENT_READER, "read"): 80.0})
"""Calls without a limit of their own that take long by nature: a chip with large pictures."""
_NOT_OFFERED = frozenset({"open", "probe", "close", "about", "can"})


class Limits(BaseModel):
    """How long a hosted driver may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open_seconds: float = Field(20.0, gt=0, le=120, description="Opening, the start of the process included.")
    call_seconds: float = Field(20.0, gt=0, le=120, description="A call that is given no limit of its own.")
    check_seconds: float = Field(1.5, gt=0, le=10, description="Asking whether the device lives.")
    grace_seconds: float = Field(0.5, gt=0, le=10, description="Added to the limit a call was given.")


def host_device(
    driver: str,
    address: str,
    options: Mapping[str, object],
    limits: Limits | None = None,
    modules: Sequence[str] = (),
) -> Hosted:
    """The device at `address`, opened by `driver` in a process of its own. Raises `DeviceError`.

    `modules` are imported in the child first: drivers that neither the package nor an entry point names.
    """
    chosen = entry(driver)
    parse_options(chosen, options)
    with kept(Hosted(chosen, address, limits or Limits(), modules)) as hosted:
        hosted.open(options)
        return hosted


class Hosted:
    """Stands for the device. Offers every public method of its driver; unknown ones are `AttributeError`s."""

    def __init__(self, chosen: Entry, address: str, limits: Limits, modules: Sequence[str]) -> None:
        self._driver = chosen
        self._address = address
        self._limits = limits
        self._child = Process(chosen.name, address, modules)
        self._can = Can.NOTHING
        self._about = About(chosen.name, address)

    def open(self, options: Mapping[str, object]) -> None:
        """Open the device in the child; called once."""
        self._child.call("open", (self._driver.name, self._address, dict(options)), self._limits.open_seconds)
        about = self._child.call("about", (), self._limits.check_seconds)
        can = self._child.call("can", (), self._limits.check_seconds)
        if not (isinstance(about, About) and isinstance(can, Can)):
            raise Garbled("device.bug", self._address, call="open", cause="About")
        self._about, self._can = about, can

    @property
    def about(self) -> About:
        """Who the device said it is with its last answer; asking again would wait behind a long call.

        Some are found to be simulated only when something was read. What was simulated once stays so.
        """
        newest = self._child.about or self._about
        self._about = self._about if self._about.simulated else newest
        return self._about

    @property
    def can(self) -> Can:
        """What the device said it is able to do when it was opened."""
        return self._can

    @property
    def process_id(self) -> int:
        """Of the child."""
        return self._child.process_id

    def close(self) -> None:
        """Close the device and end the child. Safe twice; never raises."""
        with contextlib.suppress(DeviceError):
            self._child.call("close", (), CLOSE_SECONDS)
        self._child.end()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = None if name.startswith("_") else getattr(self._driver.implementation, name, None)
        if not callable(method) or name in _NOT_OFFERED:
            raise AttributeError(name)
        signature = inspect.signature(method)

        def call(*arguments: Any, **named: Any) -> Any:
            bound = signature.bind(None, *arguments, **named)
            bound.apply_defaults()
            given = tuple(bound.arguments.values())[1:]
            if name in ONE_WAY:
                return self._child.tell(name, given)
            return self._child.call(name, given, self._limit(name, bound.arguments.get("seconds")))

        return call

    def _limit(self, name: str, seconds: float | None) -> float:
        if seconds is not None:
            return float(seconds) + self._limits.grace_seconds
        if name == "check":
            return self._limits.check_seconds
        return max(self._limits.call_seconds, LONGER_S.get((self._driver.kind, name), 0.0))
