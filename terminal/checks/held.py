"""The watch lists of this terminal, indexed once for each day, edition and rule."""

from __future__ import annotations

from datetime import date

from sync.list_notes import newest
from sync.store import Store
from terminal.checks.lists import WatchLists
from terminal.checks.shelf import Shelf
from terminal.rules.lists import ListRules


class HeldLists:
    """What the book's log vouches for of the lists on the shelf."""

    def __init__(self, shelf: Shelf, store: Store) -> None:
        self._shelf = shelf
        self._store = store
        self._made: tuple[object, WatchLists] | None = None

    def on(self, day: date, rules: ListRules) -> WatchLists:
        """The lists to search on the business date `day`. Errors as `Store` when the log cannot be read."""
        noted = newest(self._store)
        wanted = (day, rules, tuple(sorted(noted.items(), key=lambda each: each[0])))
        if self._made is None or self._made[0] != wanted:
            self._made = (wanted, WatchLists(self._shelf.lists(day, rules.grace_days, noted), rules))
        return self._made[1]
