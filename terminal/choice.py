"""Which devices a terminal uses: from the settings or the command line, and how a chosen one is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.settings import DeviceChoice
from drivers.api import Grade, Kind
from drivers.errors import Missing, Refused, Unsupported
from drivers.kept import kept
from drivers.registry import entry, open_device, parse_options


@dataclass(frozen=True, slots=True)
class Choice:
    """Which device to use: driver, address and the driver's own options."""

    kind: Kind
    driver: str
    address: str
    """Empty takes the first one found, each time it is opened."""
    options: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    """What it is called among several; its kind when empty."""
    isolated: bool = False
    """Runs in a process of its own, which is ended when it hangs."""

    @property
    def called(self) -> str:
        """Its name, or its kind."""
        return self.name or self.kind.value

    @property
    def simulated(self) -> bool:
        """True when its driver only pretends."""
        return entry(self.driver).grade is Grade.SIMULATED


Opener = Callable[[Choice], Any]


def open_choice(choice: Choice) -> Any:
    """Open the chosen device, the first found where no address is set; `DeviceError` when that fails."""
    address = checked(choice).address or _first_found(choice)
    if choice.isolated:
        from drivers.host.hosted import host_device

        return host_device(choice.driver, address, choice.options)
    return open_device(choice.driver, address, choice.options)


def open_real(choice: Choice) -> Any:
    """Open the chosen device; one that says it is simulated is `Refused`. For production."""
    with kept(open_choice(choice)) as device:
        if device.about.simulated:
            raise Refused("device.simulated", choice.called, driver=choice.driver)
        return device


def checked(choice: Choice) -> Choice:
    """`choice`, if its driver exists, is for its kind and takes its options; `Unsupported` otherwise."""
    chosen = entry(choice.driver)
    if chosen.kind is not choice.kind:
        facts = {"driver": chosen.name, "wanted": choice.kind.value, "kind": chosen.kind.value}
        raise Unsupported("device.other_kind", choice.called, **facts)
    parse_options(chosen, choice.options)
    return choice


def from_settings(devices: tuple[DeviceChoice, ...]) -> tuple[Choice, ...]:
    """The devices of the settings, each under a name of its own; `Unsupported` for one that cannot be."""
    chosen: list[Choice] = []
    for device in devices:
        try:
            kind = Kind(device.kind)
        except ValueError:
            raise Unsupported("device.unknown_kind", device.kind, known=", ".join(Kind)) from None
        name = _free(device.name or kind.value, {each.called for each in chosen})
        options = dict(device.options)
        twin = next(
            (each for each in chosen if (each.driver, each.address) == (device.driver, device.address)), None
        )
        if twin is not None and twin.address:
            raise Unsupported("device.same_address", name, other=twin.called)
        chosen.append(Choice(kind, device.driver, device.address, options, name, device.isolated))
    return tuple(chosen)


def from_word(word: str, devices: tuple[DeviceChoice, ...]) -> Choice:
    """``NAME`` of a device of the settings, or ``DRIVER@ADDRESS``, or ``DRIVER`` for the first one found.

    Raises `Unsupported` with the names there are.
    """
    known = from_settings(devices)
    for choice in known:
        if choice.called == word:
            return choice
    driver, _, address = word.partition("@")
    try:
        chosen = entry(driver)
    except Unsupported:
        names = ", ".join(each.called for each in known) or "-"
        raise Unsupported("device.unknown_name", word, known=names) from None
    return Choice(chosen.kind, chosen.name, address)


def _free(name: str, taken: set[str]) -> str:
    """`name`, with a number when it is taken."""
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _first_found(choice: Choice) -> str:
    chosen = entry(choice.driver)
    found = chosen.implementation.probe(parse_options(chosen, choice.options))
    if not found:
        raise Missing("device.not_found", choice.called, driver=choice.driver)
    return str(found[0].address)
