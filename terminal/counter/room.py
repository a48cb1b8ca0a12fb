"""Puts together what whole cases at the counter are worked on with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.paths import paths
from config.settings import Settings
from sync.keys import Keys
from sync.store import Store
from terminal.checks.centre import Centre
from terminal.checks.held import HeldLists
from terminal.checks.shelf import Shelf as ListShelf
from terminal.checks.shelf import trusted_keys
from terminal.counter.asker import Staff
from terminal.counter.desk import Guests, Room
from terminal.counter.drafts import Drafts
from terminal.counter.guests import RealGuests
from terminal.ledger import Book
from terminal.rules.shelf import Shelf
from terminal.rules.situation import Channel
from terminal.running import Terminal
from terminal.virtual.branch import VirtualBranch
from terminal.virtual.guests import VirtualGuests
from terminal.virtual.ways import CONDUCT, Conduct, Way

DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where this terminal keeps things."""

    home: Path
    store: Store
    keys: Keys
    packs: Shelf


def room(
    terminal: Terminal,
    book: Book,
    centre: Centre,
    staff: Staff,
    keeping: Keeping,
    settings: Settings,
    branch: VirtualBranch | None,
    conduct: Conduct | None,
) -> Room:
    """The room of `terminal`: real people, or those of the virtual `branch`, who behave as `conduct` says."""
    return Room(
        book,
        centre,
        terminal.check,
        keeping.packs.rules,
        keeping.packs.rules_named,
        staff,
        _guests(keeping, settings, branch, conduct),
        Drafts(keeping.home / DRAFTS, keeping.keys.database_key()),
        Channel.COUNTER,
        simulated=branch is not None,
    )


def _guests(
    keeping: Keeping, settings: Settings, branch: VirtualBranch | None, conduct: Conduct | None
) -> Guests:
    if branch is not None:
        return VirtualGuests(conduct or CONDUCT[Way.ACCEPTED], branch.call)
    folder = Path(settings.lists.folder) if settings.lists.folder else paths().data / "lists"
    lists = ListShelf(folder, trusted_keys(settings.lists.keys), keeping.keys.database_key())
    return RealGuests(HeldLists(lists, keeping.store))
