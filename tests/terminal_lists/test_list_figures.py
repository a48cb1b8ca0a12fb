"""How often names that come out otherwise are found, how often strangers hit, and how long it takes.

The figures of docs/watch-lists.md: ``python -m pytest tests/terminal_lists/test_list_figures.py -s`` prints
them, with ``-m slow`` those of long lists.
"""

from __future__ import annotations

import random
import time

import pytest

from terminal.checks.list_file import ListEntry
from terminal.checks.list_index import ListIndex, asked_of
from terminal.checks.names import Born

STRANGERS, ASKED = 1500, 200


class Measured:
    """A list of invented people, and what asking it comes to."""

    def __init__(self, invented, limits, count, births):
        self.invented, self.births = invented, births
        self.people = invented.people(count, seed=1)
        entries = [
            ListEntry(id=str(place), names=(one.name,), born=one.born.isoformat() if births else "")
            for place, one in enumerate(self.people)
        ]
        self.index = ListIndex(entries, limits)
        self.times = []

    def ask(self, name, born):
        known = Born(born.year, born.month, born.day) if self.births else None
        began = time.perf_counter()
        found = self.index.find(asked_of([name], [], known))
        self.times.append(time.perf_counter() - began)
        return {each.place for each in found}

    def strangers(self):
        """Share of people who are not on the list and hit all the same."""
        others = self.invented.people(STRANGERS, seed=2)
        return sum(bool(self.ask(one.name, one.born)) for one in others) / len(others)

    def found(self, change, fits):
        """Share of listed people who are found when their name is changed."""
        chance = random.Random(3)
        asked = hit = 0
        for place in chance.sample(range(len(self.people)), len(self.people)):
            person = self.people[place]
            changed = change(person.name, chance) if fits(person.name) else person.name
            if fits(person.name) and (changed != person.name or change is unchanged):
                asked += 1
                hit += place in self.ask(changed, person.born)
            if asked == ASKED:
                break
        return hit / asked


def unchanged(name, chance):
    return name


def is_chinese(name):
    return not name.isascii() and "·" not in name


def is_dotted(name):
    return "·" in name


def figures(invented, measured):
    """Change → share found."""
    ways = {
        "as listed": (unchanged, lambda name: True),
        "traditional signs": (invented.in_traditional_signs, is_chinese),
        "another dot": (invented.with_another_dot, is_dotted),
        "another sign of the same sound": (invented.sounding_alike, is_chinese),
        "one other sign": (invented.with_one_other_sign, is_chinese),
        "Chinese in Latin letters": (invented.in_latin_letters, is_chinese),
        "Latin, another order": (invented.in_another_order, str.isascii),
        "Latin, one slip": (invented.with_one_slip, str.isascii),
    }
    return {way: measured.found(change, fits) for way, (change, fits) in ways.items()}


def told(measured, found, strangers):
    ordered = sorted(measured.times)
    median, worst = ordered[len(ordered) // 2] * 1000, ordered[-1] * 1000
    print(f"\n{len(measured.people)} entries, births: {measured.births}")
    print(f"strangers {strangers:.2%}; ms: median {median:.1f}, worst {worst:.1f}")
    for way, share in found.items():
        print(f"  {way:32} {share:.1%}")


ALWAYS = ("as listed", "traditional signs", "another dot", "Latin, another order")
"""Changes that make no difference at all."""


def check(invented, limits, count, births, least, most):
    measured = Measured(invented, limits, count, births)
    found, strangers = figures(invented, measured), measured.strangers()
    told(measured, found, strangers)
    assert {way: found[way] for way in ALWAYS} == dict.fromkeys(ALWAYS, 1.0)
    assert {way: share for way, share in found.items() if share < least.get(way, 0)} == {}
    assert strangers <= most
    return measured


WITH_BIRTHS = {
    "another sign of the same sound": 1.0,
    "one other sign": 1.0,
    "Chinese in Latin letters": 1.0,
    "Latin, one slip": 0.97,
}
WITHOUT = {
    "another sign of the same sound": 0.85,
    "Chinese in Latin letters": 0.7,
    "Latin, one slip": 0.95,
}


@pytest.mark.parametrize(
    ("births", "least", "most"), [(True, WITH_BIRTHS, 0.05), (False, WITHOUT, 0.08)], ids=["births", "names"]
)
def test_a_short_list_searched_widely(invented, rules, births, least, most):
    check(invented, rules.of("sanctions").names, 1000, births, least, most)


@pytest.mark.slow
def test_a_longer_list_searched_narrowly(invented, rules):
    check(invented, rules.of("wanted").names, 10_000, True, WITH_BIRTHS, 0.02)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("births", [True, False])
def test_a_list_of_a_hundred_thousand_is_searched(invented, rules, births):
    least = WITH_BIRTHS if births else {}
    check(invented, rules.of("wanted").names, 100_000, births, least, 0.06 if births else 0.4)
