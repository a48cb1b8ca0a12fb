"""``renzheng run``: the counter window where there is a display, otherwise both cases told in words."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from terminal.commands.output import EX_NO, EX_YES, out
from terminal.view import Decision
from terminal.virtual.scripts import VISITS, Script

TOLD = (Script.GENUINE, Script.PRINTED_PHOTO)


@click.command("run")
@click.option("--headless", is_flag=True, help="Tell the cases in words even where there is a display.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Language of the window.")
def command(headless: bool, language: str | None) -> int:
    """Open the counter window on the devices of the settings, or on the virtual branch when none are set.

    Without a display, one genuine customer and one attack are played on the virtual branch and told step
    by step. Exit 0 when both end as they must.
    """
    if not headless and has_display():
        arguments = ["--language", language] if language else []
        return subprocess.run([sys.executable, "-m", "ui", *arguments], check=False).returncode
    return tell_both()


def has_display() -> bool:
    """True when a window can be opened."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def tell_both() -> int:
    """Play and tell the genuine customer and the attack."""
    from terminal.app import Options
    from terminal.commands.case import opened, play, tell

    as_expected = True
    for script in TOLD:
        visit = VISITS[script]
        out.print(f"\n[bold]Virtual customer: {script.value.replace('_', ' ')}[/bold]")
        options = Options(script.value, unattended=True, consent_source="virtual customer")
        with opened(options) as terminal:
            case = play(terminal, "open_class_1", told=tell)
        as_expected = as_expected and Decision(case.decision or "refer") is visit.ends and case.synced is True
    verdict = "Both cases ended as they must." if as_expected else "A case did not end as it must."
    program = os.path.relpath(sys.argv[0]) if os.sep in sys.argv[0] else sys.argv[0]
    out.print(f"\n{verdict} Look further: {program} audit verify, {program} doctor, {program} --help")
    return EX_YES if as_expected else EX_NO
