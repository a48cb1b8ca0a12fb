"""``renzheng devices``: which drivers there are, what is attached, and whether it works."""

from __future__ import annotations

from typing import Any

import click

from terminal.commands.output import EX_YES, json_option, out, print_json


@click.group("devices", invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List drivers and devices; test, watch, record and simulate them."""
    if context.invoked_subcommand is None:
        return show(None, as_json)
    return EX_YES


@command.command("list")
@click.option("--kind", help="Only devices of this kind, such as card_reader.")
@json_option
def list_devices(kind: str | None, as_json: bool) -> int:
    """List the drivers with their grade, the devices seen now, those of the settings with their health."""
    return show(kind, as_json)


def show(kind: str | None, as_json: bool) -> int:
    """What `renzheng devices` prints."""
    from terminal.commands.devices_seen import configured, drivers, found, the_kind

    wanted = the_kind(kind) if kind else None
    rows, seen, chosen = drivers(wanted), found(wanted), configured(wanted)
    if as_json:
        print_json({"drivers": rows, "found": seen, "configured": chosen})
        return EX_YES
    _tell_drivers(rows)
    out.print()
    _tell_found(seen)
    out.print()
    _tell_configured(chosen)
    return EX_YES


def _tell_drivers(rows: list[dict[str, Any]]) -> None:
    kind = ""
    for row in rows:
        if row["kind"] != kind:
            kind = row["kind"]
            out.print(f"[bold]{kind}[/bold]")
        out.print(f"  {row['driver']:18} {row['grade']:16} {row['summary']}", markup=False)
        if row["addresses"]:
            out.print(f"  {'':18} {'':16} {row['addresses']}", style="dim", markup=False)


def _tell_found(seen: list[dict[str, Any]]) -> None:
    out.print("Seen now:" if seen else "No device is seen now; `renzheng run` uses the virtual branch.")
    for row in seen:
        out.print(f"  {row['driver']}@{row['address']}  {row['label']}", markup=False)


def _tell_configured(rows: list[dict[str, Any]]) -> None:
    out.print("In the settings:" if rows else "No device is set in the settings.")
    for row in rows:
        where = row["address"] or "the first found"
        isolated = ", isolated" if row["isolated"] else ""
        code = f" ({row['code']})" if row["code"] else ""
        out.print(
            f"  {row['name']:18} {row['health']}{code}  {row['driver']}@{where}{isolated}", markup=False
        )


def _register() -> None:
    """The other commands of the group; each in a file of its own."""
    from terminal.commands import devices_record, devices_simulate, devices_test, devices_watch

    for each in (
        devices_test.command,
        devices_test.options,
        devices_watch.command,
        devices_record.command,
        devices_simulate.command,
    ):
        command.add_command(each)


_register()
