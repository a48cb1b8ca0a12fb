"""``renzheng settings``: every setting, its value, and which layer, file and line it comes from."""

from __future__ import annotations

import click

from config.explain import explain, explain_all
from config.sources import WrongSettings, load
from terminal.commands.output import EX_USAGE, EX_YES, Failure, json_option, out, print_json


@click.command("settings")
@click.argument("key", required=False)
@json_option
def command(key: str | None, as_json: bool) -> int:
    """Explain one setting KEY (for example sync.grace_days), or all of them."""
    try:
        loaded = load()
        found = [explain(loaded, key)] if key else explain_all(loaded)
    except WrongSettings as error:
        raise Failure("settings.wrong", str(error), exit_code=EX_USAGE) from error
    rows = [
        {
            "key": each.key,
            "value": each.value if isinstance(each.value, str | int | float | bool) else str(each.value),
            "layer": each.origin.layer.value,
            "file": each.origin.file,
            "line": each.origin.line,
            "description": each.description,
        }
        for each in found
    ]
    if as_json:
        print_json({"settings": rows})
        return EX_YES
    for row in rows:
        place = f"{row['file']}:{row['line']}" if row["line"] else row["file"]
        out.print(f"[bold]{row['key']}[/bold] = {row['value']!r}   [dim]{row['layer']} ({place})[/dim]")
        if key:
            out.print(f"  {row['description']}")
    return EX_YES
