"""``renzheng run``: the counter window where there is a display, otherwise both cases told in words."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from terminal.commands.output import EX_NO, EX_YES, json_option, out, print_json
from terminal.commands.run_case import Asked, run_case
from terminal.rules.situation import Channel, Role
from terminal.virtual.scripts import VISITS, Script
from terminal.virtual.ways import Way

TOLD = (Script.GENUINE, Script.PRINTED_PHOTO)


@click.command("run")
@click.argument("business", required=False)
@click.option(
    "--virtual", "way", type=click.Choice([*map(str, Way)]), default="accepted", help="How people behave."
)
@click.option("--channel", type=click.Choice([*map(str, Channel)]), default="counter", show_default=True)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Business date; today when left out.")
@click.option("--amount", help="In the currency.")
@click.option("--currency", default="CNY", show_default=True, help="ISO 4217.")
@click.option(
    "--party", "parties", multiple=True, type=click.Choice([*map(str, Role)]), help="One more person."
)
@click.option("--flag", "flags", multiple=True, help="A fact of the case that the rules ask for.")
@click.option("--headless", is_flag=True, help="Tell the cases in words even where there is a display.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Language of the window.")
@json_option
def command(business: str | None, headless: bool, language: str | None, as_json: bool, **asked: Any) -> int:
    """Play a case of BUSINESS on the virtual branch; without one, open the counter window.

    The window works on the devices of the settings, or on the virtual branch when none are set. Without a
    display, one genuine customer and one attack are played and told step by step (with --json always). Exit 0
    when everything ends as it must.
    """
    if business is not None:
        return run_case(_asked(business, **asked), as_json)
    if not headless and not as_json and has_display():
        arguments = ["--language", language] if language else []
        arguments += ["--way", asked["way"]] if asked["way"] != Way.ACCEPTED else []
        return subprocess.run([sys.executable, "-m", "ui", *arguments], check=False).returncode
    return tell_both(as_json)


def _asked(
    business: str,
    way: str,
    channel: str,
    on: datetime | None,
    amount: str | None,
    currency: str,
    parties: tuple[str, ...],
    flags: tuple[str, ...],
) -> Asked:
    try:
        worth = Decimal(amount) if amount is not None else None
    except InvalidOperation:
        raise click.BadParameter(f"{amount!r} is no amount", param_hint="--amount") from None
    if worth is not None and (not worth.is_finite() or worth < 0):
        raise click.BadParameter("an amount is not below zero", param_hint="--amount")
    day = on.date() if on else date.today()
    roles = tuple(map(Role, parties))
    return Asked(business, Way(way), Channel(channel), day, worth, currency.upper(), roles, flags)


def has_display() -> bool:
    """True when a window can be opened."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def tell_both(as_json: bool) -> int:
    """Play and tell the genuine customer and the attack."""
    stories = {script.value: _play(script, as_json) for script in TOLD}
    as_expected = all(
        told["decision"] == VISITS[Script(name)].ends.value and told["synced"]
        for name, told in stories.items()
    )
    if as_json:
        print_json({"as_expected": as_expected, "cases": stories})
        return EX_YES if as_expected else EX_NO
    verdict = "Both cases ended as they must." if as_expected else "A case did not end as it must."
    program = os.path.relpath(sys.argv[0]) if os.sep in sys.argv[0] else sys.argv[0]
    out.print(f"\n{verdict} Look further: {program} audit verify, {program} doctor, {program} --help")
    return EX_YES if as_expected else EX_NO


def _play(script: Script, as_json: bool) -> dict[str, Any]:
    from terminal.app import Options
    from terminal.commands.holder import opened, play, story, tell

    if not as_json:
        out.print(f"\n[bold]Virtual customer: {script.value.replace('_', ' ')}[/bold]")
    with opened(Options(script.value, unattended=True, consent_source="virtual customer")) as terminal:
        return story(play(terminal, "verify_identity", told=None if as_json else tell))
