"""The watch lists of the virtual branch: one of each kind that must be there, of invented people."""

from __future__ import annotations

from sync.questions import Subject
from terminal.checks.list_file import ListEntry
from terminal.checks.lists import WatchLists
from terminal.checks.shelf import ListState, Shelved
from terminal.rules.lists import ListRules

INVENTED: tuple[ListEntry, ...] = (
    ListEntry(id="V-1", names=("阮不存",), numbers=("110000197001011234",), born="1970-01-01"),
    ListEntry(id="V-2", names=("NONEXISTENT, Person",), numbers=("X0000000",), born="1965"),
)


def virtual_lists(rules: ListRules, listed: Subject | None = None) -> WatchLists:
    """Lists of every kind that must be there; `listed` stands on all of them."""
    entries = INVENTED
    if listed is not None:
        entries = (*INVENTED, ListEntry(id="V-3", names=(listed.name,), numbers=(listed.number,)))
    kinds = [kind for kind, rule in rules.kinds.items() if rule.required]
    held = [Shelved(f"virtual-{kind}", kind, ListState.CURRENT, entries=entries) for kind in kinds]
    return WatchLists(held, rules)
