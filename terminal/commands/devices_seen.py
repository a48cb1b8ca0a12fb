"""What ``renzheng devices`` knows: drivers by kind, devices seen now, devices of the settings with health."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from config.paths import paths
from drivers.api import Kind
from drivers.errors import DeviceError, Unsupported
from drivers.registry import Entry, entry, known, probe_all
from terminal.app import DEVICES_FILE
from terminal.choice import Choice, from_settings, from_word
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_USAGE, Failure
from terminal.supervisor import reported

NOT_RUNNING = "not running"


def the_kind(word: str) -> Kind:
    """The kind so called, or `Failure` with those there are."""
    try:
        return Kind(word)
    except ValueError:
        text = explain("device.unknown_kind", device=word, known=", ".join(Kind))
        raise Failure("device.unknown_kind", text, exit_code=EX_USAGE) from None


def the_driver(name: str) -> Entry:
    """The driver so called, or `Failure` with those there are."""
    try:
        return entry(name)
    except Unsupported as error:
        raise wrong(error) from error


def the_device(word: str) -> Choice:
    """The device of the settings so called, or ``DRIVER@ADDRESS``; `Failure` when it is neither."""
    try:
        return from_word(word, settings().devices)
    except Unsupported as error:
        raise wrong(error) from error


def wrong(error: DeviceError) -> Failure:
    """A word on the command line that names nothing."""
    return Failure(error.code, explain(error.code, device=error.device, **error.facts), exit_code=EX_USAGE)


def chosen_devices() -> tuple[Choice, ...]:
    """All devices of the settings, or `Failure` when they say something that cannot be."""
    try:
        return from_settings(settings().devices)
    except Unsupported as error:
        raise wrong(error) from error


def drivers(kind: Kind | None) -> list[dict[str, Any]]:
    """Every driver, by kind."""
    order = list(Kind)
    entries = [each for each in known().values() if kind is None or each.kind is kind]
    return [
        {
            "driver": each.name,
            "kind": each.kind.value,
            "grade": each.grade.value,
            "summary": each.summary,
            "addresses": each.addresses,
            "options": {name: field.description or "" for name, field in each.settings.model_fields.items()},
        }
        for each in sorted(entries, key=lambda each: (order.index(each.kind), each.name))
    ]


def found(kind: Kind | None) -> list[dict[str, Any]]:
    """Devices that can be seen now."""
    return [{"driver": each.driver, "address": each.address, "label": each.label} for each in probe_all(kind)]


def configured(kind: Kind | None) -> list[dict[str, Any]]:
    """The devices of the settings; health as the running terminal says it."""
    said = reported(paths().data / "terminal" / DEVICES_FILE)
    health = {row["name"]: row for row in said["devices"]} if said else {}
    return [
        {
            "name": each.called,
            "kind": each.kind.value,
            "driver": each.driver,
            "address": without_password(each.address),
            "isolated": each.isolated,
            "health": health.get(each.called, {}).get("health", NOT_RUNNING),
            "code": health.get(each.called, {}).get("code"),
            "self_test": health.get(each.called, {}).get("self_test", []),
        }
        for each in chosen_devices()
        if kind is None or each.kind is kind
    ]


def without_password(address: str) -> str:
    """An address without what stands before its ``@``."""
    return re.sub(r"//[^/@]*@", "//…@", address)


def drivers_table() -> str:
    """The drivers that come with the program, as the table of docs/devices.md."""
    lines = ["| kind | driver | grade | what | addresses |", "|---|---|---|---|---|"]
    ours = [
        row for row in drivers(None) if entry(row["driver"]).implementation.__module__.startswith("drivers.")
    ]
    for row in ours:
        cells = (row["kind"], f"`{row['driver']}`", row["grade"], row["summary"], row["addresses"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def renewed(page: str) -> str:
    """`page` with its table of drivers as it is now."""
    return re.sub(r"(?m)(^\|.*\n)+", lambda _: drivers_table() + "\n", page, count=1)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(renewed(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
