"""``renzheng devices``: which drivers there are, how far each is proved, and what can be seen now."""

from __future__ import annotations

from typing import Any

import click

from terminal.commands.output import EX_YES, json_option, out, print_json


@click.command("devices")
@json_option
def command(as_json: bool) -> int:
    """List the drivers with their quality grade and options, and the devices seen now."""
    from drivers.registry import known, probe_all

    entries: list[dict[str, Any]] = [
        {
            "driver": entry.name,
            "kind": entry.kind.value,
            "grade": entry.grade.value,
            "summary": entry.summary,
            "options": {name: field.description or "" for name, field in entry.settings.model_fields.items()},
        }
        for entry in known().values()
    ]
    seen = [{"driver": found.driver, "address": found.address, "label": found.label} for found in probe_all()]
    if as_json:
        print_json({"drivers": entries, "found": seen})
        return EX_YES
    for entry in entries:
        out.print(f"[bold]{entry['driver']}[/bold]  {entry['kind']}, {entry['grade']}")
        out.print(f"  {entry['summary']}")
        for name, text in entry["options"].items():
            out.print(f"    {name}: {text}", style="dim")
    out.print()
    out.print("Seen now:" if seen else "No device is seen now; `renzheng run` uses the virtual branch.")
    for found in seen:
        out.print(f"  {found['driver']}  {found['address']}  {found['label']}")
    return EX_YES
