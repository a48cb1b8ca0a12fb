"""The watch lists of the virtual branch: one of each kind that must be there, of invented people."""

from __future__ import annotations

from sync.questions import Subject
from terminal.checks.list_file import ListEntry
from terminal.checks.lists import Action, WatchLists, judge
from terminal.checks.lists import Subject as Searched
from terminal.checks.shelf import ListState, Shelved
from terminal.rules.lists import ListRules

INVENTED: tuple[ListEntry, ...] = (
    ListEntry(id="V-1", names=("阮不存",), numbers=("110000197001011234",), born="1970-01-01"),
    ListEntry(id="V-2", names=("NONEXISTENT, Person",), numbers=("X0000000",), born="1965"),
)
HARD = "stop"
"""Part of the finding when the rules refuse; staff read the same words either way (T05)."""


def virtual_lists(rules: ListRules, listed: Subject | None = None) -> WatchLists:
    """Lists of every kind that must be there; `listed` stands on all of them."""
    entries = INVENTED
    if listed is not None:
        entries = (*INVENTED, ListEntry(id="V-3", names=(listed.name,), numbers=(listed.number,)))
    kinds = [kind for kind, rule in rules.kinds.items() if rule.required]
    held = [Shelved(f"virtual-{kind}", kind, ListState.CURRENT, entries=entries) for kind in kinds]
    return WatchLists(held, rules)


def list_findings(person: Subject, lists: WatchLists, rules: ListRules) -> tuple[str, ...]:
    """What the lists bring up against `person`: nothing, or words that tell nobody why."""
    found = judge(lists.check(Searched((person.name,), (person.number,), None)), rules)
    if found.action is Action.GO_ON:
        return ()
    return (f"{found.finding}.{HARD}" if found.action is Action.REFUSE else found.finding,)
