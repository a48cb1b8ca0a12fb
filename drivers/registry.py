"""Finds drivers: every module below this package, and the entry points ``renzheng.drivers``.

A driver announces itself with `@driver(...)`; importing its module must not need its vendor's SDK.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

import drivers
from drivers.api import Found, Grade, Kind
from drivers.errors import DeviceError, Unsupported

log = structlog.get_logger(__name__)
DriverClass = TypeVar("DriverClass", bound=type)


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered driver."""

    name: str
    kind: Kind
    grade: Grade
    settings: type[BaseModel]
    implementation: Any
    addresses: str = ""
    """Examples of addresses it opens, for people."""

    @property
    def summary(self) -> str:
        """First line of the driver's docstring."""
        return (self.implementation.__doc__ or "").strip().split("\n")[0]


_entries: dict[str, Entry] = {}


def driver(
    name: str, kind: Kind, settings: type[BaseModel], grade: Grade, addresses: str = ""
) -> Callable[[DriverClass], DriverClass]:
    """Register the decorated class as the driver `name`."""

    def register(implementation: DriverClass) -> DriverClass:
        _entries[name] = Entry(name, kind, grade, settings, implementation, addresses)
        return implementation

    return register


def known() -> Mapping[str, Entry]:
    """All drivers by name. A module that cannot be imported is logged and left out."""
    _walk()
    return MappingProxyType(dict(sorted(_entries.items())))


@cache
def _walk() -> None:
    for module in pkgutil.walk_packages(drivers.__path__, "drivers."):
        _import(module.name)
    for point in entry_points(group="renzheng.drivers"):
        _import(point.value.split(":")[0])


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001  plug-in walk: one broken driver must not stop the rest
        log.warning("driver.not_loaded", module=name, cause=type(error).__name__)


def entry(name: str) -> Entry:
    """The driver called `name`, or `Unsupported` naming those that exist."""
    found = known().get(name)
    if found is None:
        raise Unsupported("driver.unknown", name, known=", ".join(known()))
    return found


def open_device(name: str, address: str, options: Mapping[str, object]) -> Any:
    """Open `address` with driver `name`; its options are checked by the driver's own settings class."""
    chosen = entry(name)
    return chosen.implementation.open(address, parse_options(chosen, options))


def parse_options(chosen: Entry, options: Mapping[str, object]) -> BaseModel:
    """Options checked by the driver's settings class, or `Unsupported` naming the key at fault."""
    try:
        return chosen.settings.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Unsupported("driver.bad_option", chosen.name, key=key, reason=first["msg"]) from error


def probe_all(kind: Kind | None = None) -> list[Found]:
    """Devices that can be seen now, of one kind or all, with default driver options."""
    seen: list[Found] = []
    for item in known().values():
        if kind is None or item.kind is kind:
            try:
                seen.extend(item.implementation.probe(item.settings()))
            except DeviceError as error:
                log.warning("driver.probe_failed", driver=item.name, code=error.code)
    return seen
