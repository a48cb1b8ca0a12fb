"""Readers over PC/SC as the program knows them: those that are there, and the one that is open."""

from __future__ import annotations

from drivers.api import About, Found
from drivers.errors import Unsupported
from drivers.link.pcsc import Topics, list_readers

SCHEME = "pcsc:"


def seen(driver: str, topics: Topics) -> list[Found]:
    """The readers that pcscd knows now; none where there is no pcscd or no pyscard."""
    try:
        names = list_readers(topics)
    except Unsupported:
        return []
    return [Found(driver, f"{SCHEME}{name}", name) for name in names]


def described(driver: str, address: str, name: str, simulated: bool) -> About:
    """Which reader it is; `name` is pcscd's."""
    return About(driver, address, "Simulated" if simulated else "", name, simulated=simulated)
