"""Puts together what whole cases at the counter are worked on with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from config.paths import paths
from config.settings import Settings
from models.api import Image
from sync.staff_roll import StaffRoll
from terminal.checks.centre import Centre
from terminal.checks.held import HeldLists
from terminal.checks.shelf import Shelf as ListShelf
from terminal.checks.shelf import trusted_keys
from terminal.counter.desk import Guests, Room
from terminal.counter.guests import RealGuests
from terminal.counter.owed import FOLDER, Owed
from terminal.duty import Duty
from terminal.handover.peers import peers
from terminal.keeping import Keeping
from terminal.people.operator import Workplace
from terminal.people.passwords import Passwords
from terminal.people.proof import Proving
from terminal.people.roll import Roll
from terminal.people.signin import SignIn
from terminal.rules.situation import Channel
from terminal.running import Terminal
from terminal.virtual.branch import VirtualBranch
from terminal.virtual.guests import VirtualGuests
from terminal.virtual.staff import found_staff, training
from terminal.virtual.ways import CONDUCT, Conduct, Way
from terminal.workplace import workplace


def staff(
    terminal: Terminal,
    centre: Centre,
    keeping: Keeping,
    settings: Settings,
    branch: VirtualBranch | None,
    conduct: Conduct | None,
) -> None:
    """Let `terminal` run whole cases, for real people or for those of the virtual `branch`."""
    virtual = branch is not None
    place = workplace(settings)
    duty = on_duty(keeping, place, virtual=virtual, roll_needed=settings.terminal.production)
    room = Room(
        keeping.book,
        centre,
        terminal.check,
        keeping.packs.rules,
        keeping.packs.rules_named,
        duty,
        _guests(keeping, settings, branch, conduct),
        Owed(keeping.home / FOLDER, keeping.keys.database_key()),
        keeping.held,
        keeping.book.station(keeping.packs.rules_named, centre, peers(settings)),
        lambda: _image(terminal),
        Channel(place.channel.value),
        simulated=virtual,
    )
    terminal.work_on_cases(duty, room, training() if virtual else None)


def _image(terminal: Terminal) -> Image | None:
    seen = terminal.preview()
    return seen.image if seen is not None else None


def on_duty(keeping: Keeping, place: Workplace, *, virtual: bool, roll_needed: bool) -> Duty:
    """Who is on duty by the roll of this book; the virtual branch's is founded at its first start."""
    rules = keeping.packs.rules().people
    roll = Roll(StaffRoll(keeping.store, keeping.keys.database_key()), rules.lock)
    passwords = Passwords(rules.password)
    if virtual:
        found_staff(roll, passwords, rules, place, datetime.now(UTC))
    return Duty(
        roll,
        Proving(roll, passwords),
        SignIn(roll, rules),
        lambda: keeping.packs.rules().people,
        place,
        lambda: datetime.now(UTC),
        roll_needed=roll_needed,
    )


def _guests(
    keeping: Keeping, settings: Settings, branch: VirtualBranch | None, conduct: Conduct | None
) -> Guests:
    if branch is not None:
        return VirtualGuests(conduct or CONDUCT[Way.ACCEPTED], branch.call)
    folder = Path(settings.lists.folder) if settings.lists.folder else paths().data / "lists"
    lists = ListShelf(folder, trusted_keys(settings.lists.keys), keeping.keys.database_key())
    return RealGuests(HeldLists(lists, keeping.store))
