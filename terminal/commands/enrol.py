"""``renzheng enrol``: introduce this terminal to its centre, once."""

from __future__ import annotations

from dataclasses import replace

import click

from config.paths import paths, ready
from sync.errors import SyncError
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_YES, Failure, json_option, out, print_json


@click.command("enrol")
@click.argument("url")
@click.argument("token")
@json_option
def command(url: str, token: str, as_json: bool) -> int:
    """Enrol at the centre URL with the one-time TOKEN its operator gave; from then on it is pinned."""
    from sync import enrol
    from terminal.keeping import centre_address, keys_of

    chosen = settings()
    home = ready(paths().data / "terminal")
    terminal = chosen.terminal
    try:
        keys = keys_of(home, chosen)
        address = replace(centre_address(chosen), url=url)
        identity = enrol.enrol(address, terminal.id, terminal.branch, keys, token, home)
    except SyncError as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error
    if as_json:
        print_json({"terminal": terminal.id, "centre": identity.centre_id, "domain": identity.domain})
        return EX_YES
    out.print(f"Enrolled {terminal.id} at {identity.centre_id} ({identity.domain}).")
    out.print(f'Now set it: centre.url = "{url}" in {paths().settings / "machine.toml"}', markup=False)
    return EX_YES
