"""What ``renzheng people`` asks for: the roll in the book, two persons, passwords, entitlements."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.paths import paths, ready
from config.settings import Settings
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_NO, EX_USAGE, Failure
from terminal.people.errors import PeopleError, Refused
from terminal.people.operator import Entitlement, Hours, WorkChannel, Workplace, bank_time
from terminal.people.roles import Role
from terminal.rules.people import PeopleRules
from terminal.workplace import workplace

if TYPE_CHECKING:
    from sync.enrolments import Enrolments
    from terminal.people.changes import Changes
    from terminal.people.pair import Pair
    from terminal.people.passwords import Passwords
    from terminal.people.proof import Proof, Proving
    from terminal.people.roll import Roll
    from terminal.people.signin import SignIn

FILE = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
LONGEST_FILE = 4096
OTHERS = 0o077
HOURS = re.compile(r"([1-7])(?:-([1-7]))? (\d\d:\d\d)-(\d\d:\d\d)")
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Office:
    """Everything of this terminal that a command about people needs."""

    roll: Roll
    passwords: Passwords
    proving: Proving
    changes: Changes
    sign_in: SignIn
    enrolments: Enrolments
    rules: PeopleRules
    place: Workplace


@dataclass(frozen=True, slots=True)
class Two:
    """Maker and checker as they were named, and where their passwords are."""

    maker: str
    checker: str
    maker_file: Path | None
    checker_file: Path | None

    def proved(self, office: Office) -> Pair:
        """Both, after each has given their password; `Refused` when one is not who they say."""
        from terminal.people.pair import paired

        first = proof(office, self.maker, self.maker_file)
        second = proof(office, self.checker, self.checker_file)
        return paired(first, second, office.rules.two_persons_seconds, now())


@contextmanager
def office() -> Iterator[Office]:
    """The roll in the terminal's own book, open for writing; what is refused becomes a `Failure`."""
    from sync.errors import SyncError
    from terminal.keeping import keys_of, open_book

    chosen = settings()
    rules = people_rules()
    home = ready(paths().data / "terminal")
    try:
        keys = keys_of(home, chosen)
        with open_book(home, chosen, keys) as store:
            yield _office(store, keys.database_key(), rules, here(chosen))
    except SyncError as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error
    except PeopleError as error:
        code = EX_NO if isinstance(error, Refused) else EX_USAGE
        raise Failure(error.code, explain(error.code, **error.facts), exit_code=code) from error


def people_rules() -> PeopleRules:
    """The section ``people`` of the rule pack in force today."""
    from terminal.rules.today import rules_today

    return rules_today().people


def here(chosen: Settings) -> Workplace:
    """This terminal, as a place to work at."""
    return workplace(chosen)


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day by the bank's clock."""
    return bank_time(now()).date()


def proof(office: Office, number: str, file: Path | None) -> Proof:
    """Proof of one person by their password."""
    return office.proving.by_password(number, password_of(number, file), now())


def password_of(number: str, file: Path | None, *, is_new: bool = False, what: str = "Old password") -> str:
    """A password, asked for without echo (a new one twice), or the first line of a file.

    Failure ``people.password_file`` for a file that others may read, or that cannot be used.
    """
    if file is None:
        said = f"{what} of {number}"
        return str(click.prompt(said, hide_input=True, confirmation_prompt=is_new, err=True))
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(handle, encoding="utf-8") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & OTHERS:
                raise Failure("people.password_file", explain("people.password_file"), exit_code=EX_USAGE)
            return opened.read(LONGEST_FILE).partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure("people.password_file", explain("people.password_file"), exit_code=EX_USAGE) from error


def hours_of(text: str) -> Hours:
    """``1-5 08:30-17:00``: Monday to Friday from half past eight until just before five."""
    found = HOURS.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        first, last = int(found[1]), int(found[2] or found[1])
        days = tuple(range(first, last + 1))
        return Hours(days, time.fromisoformat(found[3]), time.fromisoformat(found[4]))
    except ValueError as error:
        raise click.BadParameter("hours are written like 1-5 08:30-17:00") from error


def two_persons(command: Command) -> Command:
    """Options that name maker and checker; the command gets them as `two`."""

    @wraps(command)
    def with_two(**given: Any) -> Any:
        names = ("maker", "checker", "maker_password_file", "checker_password_file")
        two = Two(*(given.pop(name) for name in names))
        return command(two=two, **given)

    return _with(
        with_two,
        click.option("--maker", required=True, help="Staff number of the first administrator."),
        click.option("--checker", required=True, help="Staff number of the second administrator."),
        click.option("--maker-password-file", type=FILE, help="Instead of asking for it."),
        click.option("--checker-password-file", type=FILE, help="Instead of asking for it."),
    )


def entitled(command: Command) -> Command:
    """Options that say what somebody may do, where and when; the command gets them as `held`."""

    @wraps(command)
    def with_held(**given: Any) -> Any:
        names = ("roles", "channels", "branches", "terminals", "hours", "until")
        roles, *places = (given.pop(name) for name in names)
        if not roles and any(places):
            raise click.UsageError("Places and hours belong to --role.")
        return command(held=entitlements(roles, *places), **given)

    return _with(
        with_held,
        click.option("--role", "roles", type=click.Choice([each.value for each in Role]), multiple=True),
        click.option(
            "--channel", "channels", type=click.Choice([e.value for e in WorkChannel]), multiple=True
        ),
        click.option("--branch", "branches", multiple=True, help="Where they may act; default this one."),
        click.option("--terminal", "terminals", multiple=True, help="Default all of those branches."),
        click.option("--hours", multiple=True, help="Such as '1-5 08:30-17:00'; default always."),
        click.option("--until", type=DAY, help="Last day of these entitlements."),
    )


def entitlements(
    roles: Sequence[str],
    channels: Sequence[str] = (),
    branches: Sequence[str] = (),
    terminals: Sequence[str] = (),
    hours: Sequence[str] = (),
    until: datetime | None = None,
) -> tuple[Entitlement, ...]:
    """One for each role, at the given places and hours; usage error for hours that cannot be read."""
    place = here(settings())
    return tuple(
        Entitlement(
            Role(role),
            tuple(map(WorkChannel, channels)) or (place.channel,),
            tuple(branches) or (place.branch,),
            tuple(terminals) or None,
            tuple(map(hours_of, hours)) or None,
            until.date() if until is not None else None,
        )
        for role in dict.fromkeys(roles)
    )


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def _office(store: Any, key: bytes, rules: PeopleRules, place: Workplace) -> Office:
    from sync.enrolments import Enrolments
    from sync.staff_roll import StaffRoll
    from terminal.people.changes import Changes
    from terminal.people.passwords import Passwords
    from terminal.people.proof import Proving
    from terminal.people.roll import Roll
    from terminal.people.signin import SignIn

    roll, passwords = Roll(StaffRoll(store, key), rules.lock), Passwords(rules.password)
    return Office(
        roll,
        passwords,
        Proving(roll, passwords),
        Changes(roll, passwords, rules, place),
        SignIn(roll, rules),
        Enrolments(store, key),
        rules,
        place,
    )
