"""``renzheng devices test`` and ``options``: does a device work, and what can be set about it?"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from terminal.commands.context import explain
from terminal.commands.output import EX_UNAVAILABLE, EX_USAGE, EX_YES, Failure, json_option, out, print_json
from terminal.messages import Audience, texts

if TYPE_CHECKING:
    from drivers.errors import DeviceError
    from terminal.choice import Choice
    from terminal.selftest import Tried


@click.command("test")
@click.argument("device", required=False)
@json_option
def command(device: str | None, as_json: bool) -> int:
    """Test DEVICE (a name of the settings, or DRIVER@ADDRESS), or every device of the settings.

    Nothing is printed, taken or read that is a person's. Exit 69 when one does not work.
    """
    from terminal.commands.devices_seen import chosen_devices, the_device

    choices = (the_device(device),) if device else chosen_devices()
    if not choices:
        text = "No device is set in the settings."
        raise Failure("device.none_set", text, "Try: renzheng devices test DRIVER@ADDRESS", EX_USAGE)
    rows = [_tested(each, as_json) for each in choices]
    good = all(row["good"] for row in rows)
    if as_json:
        print_json({"good": good, "devices": rows})
    return EX_YES if good else EX_UNAVAILABLE


@click.command("options")
@click.argument("driver")
@json_option
def options(driver: str, as_json: bool) -> int:
    """Say what can be set about DRIVER, with the defaults, as the settings take it."""
    from terminal.commands.devices_seen import the_driver

    entry = the_driver(driver)
    schema = entry.settings.model_json_schema()
    if as_json:
        print_json({"driver": entry.name, "addresses": entry.addresses, "options": schema})
        return EX_YES
    out.print(f"[bold]{entry.name}[/bold]  {entry.kind.value}, {entry.grade.value}")
    out.print(f"  {entry.summary}", markup=False)
    out.print(f"  addresses: {entry.addresses or '-'}", markup=False)
    for name, about in schema.get("properties", {}).items():
        default = json.dumps(about.get("default"), ensure_ascii=False)
        out.print(f"  {name} = {default}", style="bold", markup=False)
        out.print(f"      {about.get('description', '')}{_bounds(about)}", style="dim", markup=False)
    address = entry.addresses.split(",")[0].strip()
    out.print("\n[[devices]]", markup=False)
    out.print(f'kind = "{entry.kind.value}"\ndriver = "{entry.name}"\naddress = "{address}"', markup=False)
    return EX_YES


def _tested(choice: Choice, as_json: bool) -> dict[str, Any]:
    from terminal.commands.devices_seen import without_password
    from terminal.selftest import examine, first_fault

    where = without_password(choice.address) or "the first found"
    if not as_json:
        out.print(f"[bold]{choice.called}[/bold]  {choice.driver}@{where}")
    steps = examine(choice, (lambda step: None) if as_json else partial(_tell, choice))
    error = first_fault(steps)
    return {
        "name": choice.called,
        "kind": choice.kind.value,
        "driver": choice.driver,
        "address": without_password(choice.address),
        "good": error is None,
        "code": error.code if error else None,
        "cause": explain(error.code, **_about(choice, error)) if error else "",
        "steps": [
            {"step": each.step, "ms": each.ms, "code": each.code, "facts": _facts(each)} for each in steps
        ],
    }


def _tell(choice: Choice, step: Tried) -> None:
    mark = "[green]ok[/green]" if step.good else "[red]no[/red]"
    facts = ", ".join(f"{name} {value}" for name, value in _facts(step).items() if value not in ("", None))
    out.print(f"  {mark}  {step.step:18} {step.ms:6} ms  ", end="")
    out.print(facts, style="dim", markup=False)
    if step.error is None:
        return
    error = step.error
    about = _about(choice, error)
    out.print(f"      {explain(error.code, **about)}", style="bold red", markup=False)
    table = texts("en")
    detail = table.say(error.code, Audience.ENGINEER, about)
    if table.knows(error.code) and detail != explain(error.code, **about):
        out.print(f"      {detail}", markup=False)
    out.print(f"      {type(error).__name__} {error.code}", style="dim", markup=False)


def _about(choice: Choice, error: DeviceError) -> dict[str, object]:
    """What the text of `error` is filled in with."""
    return {"kind": choice.kind.value, "device": error.device, **error.facts}


def _facts(step: Tried) -> dict[str, Any]:
    facts = step.facts if step.error is None else step.error.facts
    return {
        name: value if isinstance(value, int | float | bool) else str(value) for name, value in facts.items()
    }


def _bounds(about: dict[str, Any]) -> str:
    names = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "enum": "one of"}
    said = [f"{text} {about[name]}" for name, text in names.items() if name in about]
    return f" ({', '.join(said)})" if said else ""
