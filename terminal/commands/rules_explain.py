"""``renzheng rules explain``: which steps a situation demands, of whom, by which clause of which pack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import click

from terminal.commands.output import EX_YES, json_option, out, print_json
from terminal.commands.rules_situation import Asked, situation_of
from terminal.commands.rules_told import refusing, say, shelf_here, words
from terminal.rules.pack import RulePack
from terminal.rules.plan import Plan, Required, Stopped, plan
from terminal.rules.situation import Channel, Risk, Situation

_DETAILS = (
    "texts",
    "roles",
    "question",
    "answers",
    "kinds",
    "evidence",
    "count",
    "form",
    "approvers",
    "ladder",
)


@click.command("explain")
@click.option("--business", required=True, help="What is to be done, for example verify_identity.")
@click.option("--amount", help="In units of the currency; without it the strictest is assumed.")
@click.option("--currency", default="CNY", show_default=True, help="Three letters (ISO 4217).")
@click.option(
    "--rate",
    "rates",
    multiple=True,
    help="CUR=VALUE: what a unit of CUR is worth in the thresholds' currency.",
)
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Business date; today when left out.")
@click.option(
    "--channel", type=click.Choice([each.value for each in Channel]), default="counter", show_default=True
)
@click.option("--risk", type=click.Choice([each.value for each in Risk]), help="Class the centre gave.")
@click.option(
    "--party", "parties", multiple=True, help="ROLE[:age=40,document=KIND,phone=none,flag=FACT]; repeatable."
)
@click.option("--flag", "flags", multiple=True, help="A fact of the case that holds; repeatable.")
@json_option
def explain_case(as_json: bool, on: datetime | None, **asked: Any) -> int:
    """Which steps a business demands, of whom, and by which clause of which pack; what stops it.

    Without --party: the people the business needs at least, of whom nothing is known yet.
    """
    day = on.date() if on else date.today()
    with refusing():
        rules = shelf_here().rules(day)
    situation = situation_of(rules, Asked(**asked), day)
    made = plan(rules, situation)
    if as_json:
        print_json(made.as_json())
    else:
        for line in told(rules, situation, made):
            out.print(line, markup=False)
    return EX_YES


def told(rules: RulePack, situation: Situation, made: Plan) -> Iterator[str]:
    """The plan in words, in the language of the settings."""
    channel = say(f"rules.channel.{situation.channel.value}")
    title = _title(rules, made.business)
    yield say("rules.told.head", title=title, business=made.business, on=situation.on, channel=channel)
    yield say("rules.told.packs", packs=made.packs)
    for stop in made.stops:
        yield from _stop(rules, stop)
    stage = ""
    for step in made.required:
        if step.stage.value != stage:
            stage = step.stage.value
            yield say(f"rules.stage.{stage}")
        yield _step(step)
    yield from _rest(made)


def _stop(rules: RulePack, stop: Stopped) -> Iterator[str]:
    text = say("rules.told.stop", finding=say(stop.rule.finding), who=_who(stop.party))
    yield f"{text} [{stop.rule.clause}]"
    if stop.rule.offer:
        offered = (_title(rules, each) if each in rules.businesses else each for each in stop.rule.offer)
        channels = {each.value: say(f"rules.channel.{each.value}") for each in Channel}
        yield "  " + say("rules.told.offer", offer=", ".join(channels.get(each, each) for each in offered))


def _step(step: Required) -> str:
    said = step.demand.model_dump(mode="json", exclude_defaults=True)
    details = [f"{say(f'rules.said.{name}')}: {_listed(said[name])}" for name in _DETAILS if name in said]
    more = f" ({'; '.join(details)})" if details else ""
    what = say(f"rules.step.{step.step.value}")
    return f"  {what} – {_who(step.party)}{more} [{step.demand.clause}] {step.pack}"


def _rest(made: Plan) -> Iterator[str]:
    if made.seats:
        parties = (_seat(each) for each in made.seats)
        yield say("rules.told.parties", parties=", ".join(parties))
    if made.unknown:
        yield say("rules.told.unknown", facts=", ".join(made.unknown))
    if made.assumed:
        yield say("rules.told.assumed", facts=", ".join(made.assumed))
    if made.reached:
        yield say("rules.told.reached", names=", ".join(made.reached))
    yield say("rules.told.retention", name=made.retention)


def _seat(said: str) -> str:
    role, _, what = said.partition(".")
    return say(f"rules.told.{what}", role=say(f"rules.role.{role}"))


def _who(party: str) -> str:
    """``customer_2`` in words: the second customer."""
    role, _, number = party.rpartition("_")
    if number.isdigit():
        return f"{say(f'rules.role.{role}')} {number}"
    return say(f"rules.role.{party}")


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _title(rules: RulePack, business: str) -> str:
    title = rules.businesses[business].title
    return title.get(words().language) or business
