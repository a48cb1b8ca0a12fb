"""``renzheng people``: the roll of operators, changed by two persons at a time, and their sign-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from terminal.commands.context import explain, settings
from terminal.commands.output import EX_USAGE, EX_YES, Failure, json_option, out, print_json
from terminal.commands.people_ask import (
    DAY,
    FILE,
    Two,
    entitled,
    entitlements,
    here,
    now,
    office,
    password_of,
    proof,
    today,
    two_persons,
)
from terminal.people.changes import Departure
from terminal.people.operator import Entitlement, Operator, to_json
from terminal.people.roles import Role

Held = tuple[Entitlement, ...]


@click.group("people")
def command() -> None:
    """Who works with this terminal: the roll, and signing in. Every change takes two administrators."""


@command.command("list")
@json_option
def list_(as_json: bool) -> int:
    """Who is on the roll, in which roles, and who is shut out."""
    with office() as opened:
        people = opened.roll.people()
        until = {each.number: opened.roll.locked_until(each.number) for each in people}
        ready = {each.number: opened.roll.held(each.number) is not None for each in people}
    locked = {number: end for number, end in until.items() if end is not None and now() < end}
    if as_json:
        rows = [
            {**to_json(each), "has_password": ready[each.number], "locked": each.number in locked}
            for each in people
        ]
        print_json({"people": rows})
        return EX_YES
    if not people:
        out.print("Nobody is on the roll. Begin with: renzheng people found")
    for each in people:
        roles = ", ".join(role.value for role in sorted(each.roles))
        state = _state(each, ready[each.number], each.number in locked)
        out.print(f"{each.number:12} {state:12} {each.name}  {each.branch}  {roles}", markup=False)
    return EX_YES


@command.command("found")
@click.argument("people", nargs=4, metavar="NUMBER NAME NUMBER NAME")
@click.option("--role", type=click.Choice([each.value for each in Role]), default=Role.OPERATIONS.value)
@click.option("--password-file", "files", type=FILE, multiple=True, help="Twice: the first's, the second's.")
@json_option
def found(people: tuple[str, str, str, str], role: str, files: tuple[Path, ...], as_json: bool) -> int:
    """Enter the first two administrators, NUMBER and NAME each; possible once."""
    if len(files) not in (0, 2):
        raise click.UsageError("--password-file is given twice, or not at all.")
    asked = files or (None, None)
    held = entitlements((role,))
    first, second = _operator(*people[:2], held), _operator(*people[2:], held)
    with office() as opened:
        one = first, password_of(first.number, asked[0], is_new=True)
        two = second, password_of(second.number, asked[1], is_new=True)
        opened.changes.found((one, two), now())
    return _said(as_json, "founded", f"{first.number}, {second.number}")


@command.command("add")
@click.argument("number")
@click.argument("name")
@entitled
@click.option("--leaves", type=DAY, help="Last day on the roll.")
@two_persons
@json_option
def add(number: str, name: str, held: Held, leaves: datetime | None, two: Two, as_json: bool) -> int:
    """Enter NUMBER with NAME and --role; then give them a password: renzheng people reset NUMBER."""
    if not held:
        raise click.UsageError("--role is missing.")
    operator = _operator(number, name, held, leaves)
    with office() as opened:
        opened.changes.add(operator, two.proved(opened), now())
    return _said(as_json, "added", number)


@command.command("change")
@click.argument("number")
@click.option("--name", help="New name.")
@entitled
@click.option("--leaves", type=DAY, help="Last day on the roll.")
@two_persons
@json_option
def change(
    number: str, name: str | None, held: Held, leaves: datetime | None, two: Two, as_json: bool
) -> int:
    """Change NUMBER. With --role all their entitlements are replaced by those given here."""
    with office() as opened:
        before = opened.roll.find(number)
        if before is None:
            raise Failure("people.unknown", explain("people.unknown", person=number), exit_code=EX_USAGE)
        last = leaves.date() if leaves is not None else before.valid_until
        after = _well_formed(
            lambda: replace(
                before,
                name=name if name is not None else before.name,
                entitlements=held or before.entitlements,
                valid_until=last,
            )
        )
        opened.changes.change(after, two.proved(opened), now())
    return _said(as_json, "changed", number)


@command.command("revoke")
@click.argument("number")
@click.option("--why", type=click.Choice([each.value for each in Departure]), required=True)
@two_persons
@json_option
def revoke(number: str, why: str, two: Two, as_json: bool) -> int:
    """Take NUMBER off the roll for good: password and enrolled faces are destroyed."""
    with office() as opened:
        opened.changes.revoke(number, Departure(why), two.proved(opened), now())
        for each in opened.enrolments.of(number):
            opened.enrolments.revoke(each, "off the roll")
    return _said(as_json, "revoked", number)


@command.command("unlock")
@click.argument("number")
@two_persons
@json_option
def unlock(number: str, two: Two, as_json: bool) -> int:
    """Let NUMBER try again after wrong passwords."""
    with office() as opened:
        opened.changes.unlock(number, two.proved(opened), now())
    return _said(as_json, "unlocked", number)


@command.command("reset")
@click.argument("number")
@click.option("--new-password-file", type=FILE, help="Instead of asking for it.")
@two_persons
@json_option
def reset(number: str, new_password_file: Path | None, two: Two, as_json: bool) -> int:
    """Give NUMBER a password: their first, or a new one for one that was forgotten."""
    with office() as opened:
        new = password_of(number, new_password_file, is_new=True, what="New password")
        opened.changes.set_password(number, new, two.proved(opened), now())
    return _said(as_json, "reset", number)


@command.command("password")
@click.argument("number")
@click.option("--duress", is_flag=True, help="Also set one to give when forced to.")
@click.option("--password-file", type=FILE, help="Holds the old one; instead of asking for it.")
@click.option("--new-password-file", type=FILE, help="Instead of asking for it.")
@click.option("--duress-password-file", type=FILE, help="Instead of asking for it.")
@json_option
def password(
    number: str,
    duress: bool,
    password_file: Path | None,
    new_password_file: Path | None,
    duress_password_file: Path | None,
    as_json: bool,
) -> int:
    """Change one's own password."""
    with office() as opened:
        new = password_of(number, new_password_file, is_new=True, what="New password")
        what = "Password under duress"
        forced = password_of(number, duress_password_file, is_new=True, what=what) if duress else None
        own = proof(opened, number, password_file)
        opened.changes.change_own(own, new, forced, now())
    return _said(as_json, "password_changed", number)


@command.command("sign-in")
@click.argument("number")
@click.option("--role", required=True, type=click.Choice([each.value for each in Role]))
@click.option("--password-file", type=FILE, help="Instead of asking for it.")
@json_option
def sign_in(number: str, role: str, password_file: Path | None, as_json: bool) -> int:
    """Whether NUMBER may work here now as --role. Exit 0: yes. 1: no."""
    from terminal.people.session import Sessions

    with office() as opened:
        own = proof(opened, number, password_file)
        session, _ = opened.sign_in.enter(own, Role(role), opened.place, Sessions(), now())
        held = opened.roll.held(own.person)
        is_old = held is not None and opened.passwords.is_old(held, now())
    advice = "people.password_old" if is_old else None
    if as_json:
        said = {"signed_in": session.person, "role": role, "session": session.id, "way": session.way.value}
        print_json({**said, "advice": advice})
        return EX_YES
    out.print(f"Signed in: {session.person} as {role}", markup=False)
    if advice is not None:
        out.print(explain(advice))
    return EX_YES


def _operator(number: str, name: str, held: Held, leaves: datetime | None = None) -> Operator:
    last = leaves.date() if leaves is not None else None
    branch = here(settings()).branch
    return _well_formed(lambda: Operator(number, name, branch, held, today(), last))


def _well_formed(make: Callable[[], Operator]) -> Operator:
    try:
        return make()
    except ValueError:
        raise Failure("people.malformed", explain("people.malformed"), exit_code=EX_USAGE) from None


def _said(as_json: bool, what: str, number: str) -> int:
    if as_json:
        print_json({what: number})
    else:
        out.print(f"Done: {number}", markup=False)
    return EX_YES


def _state(operator: Operator, has_password: bool, locked: bool) -> str:
    if operator.revoked:
        return "revoked"
    if locked:
        return "locked"
    return "holds" if has_password or operator.is_service else "no password"
