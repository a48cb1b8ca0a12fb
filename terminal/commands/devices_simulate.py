"""``renzheng devices simulate``: a simulated device to open, with its faults at hand."""

from __future__ import annotations

import sys

import click

from drivers.errors import DeviceError, Missing
from drivers.sim.handle import Simulated
from terminal.commands.context import explain
from terminal.commands.output import EX_USAGE, EX_YES, Failure, json_option, out, print_json


@click.command("simulate")
@click.argument("driver")
@json_option
def command(driver: str, as_json: bool) -> int:
    """Start the simulator of DRIVER, print its address, and pass on what is typed: unplug, fault NAME …

    Ends with `quit`, at the end of the input, or at Ctrl-C.
    """
    from terminal.simulators import RECIPES, simulating

    if driver not in RECIPES:
        text = f"The driver {driver!r} has no simulator of its own."
        raise Failure("simulator.none", text, f"There is one for: {', '.join(RECIPES)}", EX_USAGE)
    try:
        with simulating(driver) as running:
            words = f"{running.recipe.words}, unplug, replug, quit".removeprefix(", ")
            if as_json:
                said = {"driver": driver, "address": running.address, "options": running.options}
                print_json({**said, "words": words})
            else:
                options = "".join(f"  {name} = {value}" for name, value in running.options.items())
                out.print(f"{driver}@{running.address}{options}", style="bold", markup=False)
                out.print(f"Try: renzheng devices test {driver}@{running.address}", markup=False)
                out.print(f"Type: {words}", style="dim", markup=False)
            _pass_on(running.handle, as_json)
    except KeyboardInterrupt:
        return EX_YES
    except Missing as error:
        raise Failure(error.code, explain(error.code, device=error.device, **error.facts)) from error
    return EX_YES


def _pass_on(handle: Simulated, as_json: bool) -> None:
    """Each line of the input to the simulator; what it answers to the output."""
    for line in sys.stdin:
        word = line.strip()
        if word == "quit":
            return
        if not word:
            continue
        try:
            said = handle.tell(word)
        except Missing:
            raise
        except DeviceError as error:
            said = {"failed": word, "reason": str(error.facts.get("reason", error.code))}
        if as_json:
            print_json(dict(said))
        else:
            out.print("  " + ", ".join(f"{name} {value}" for name, value in said.items()), markup=False)
