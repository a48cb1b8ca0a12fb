"""What is shown before anything begins, and all that the customer must bring, told once and in full (K05)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import rfc8785

from terminal.rules.disclosure import DisclosureRules

SCHEMA = "renzheng/materials/1"


@dataclass(frozen=True, slots=True)
class Notice:
    """The three things in a prominent place, in one language."""

    service_standard: tuple[str, ...]
    negative_list: tuple[str, ...]
    phone: str


@dataclass(frozen=True, slots=True)
class Demanded:
    """One thing that is demanded, as whoever plans the case knows it."""

    kind: str
    """``document``, ``form``, ``text``, ``method``, ``person``: the heading it stands under."""
    texts: Mapping[str, str]
    """Language → what it is called."""
    party: str = "customer"
    """Who brings or does it."""
    instead: tuple[Mapping[str, str], ...] = ()
    """What will do as well."""


@dataclass(frozen=True, slots=True)
class Material:
    """One line of the list."""

    kind: str
    party: str
    text: str
    instead: tuple[str, ...] = ()


ORDER = ("person", "document", "form", "text", "method")
"""Of the headings; others come last."""


def notice(rules: DisclosureRules, language: str) -> Notice:
    """Service standard, negative list and supervision phone in ``zh`` or ``en``."""
    return Notice(
        tuple(each.say(language) for each in rules.service_standard.values()),
        tuple(each.say(language) for each in rules.negative_list.values()),
        rules.phone,
    )


def materials(demanded: Iterable[Demanded], language: str) -> tuple[Material, ...]:
    """Everything demanded, each thing once, by heading, then party, in the order it was demanded."""
    lines = dict.fromkeys(_line(each, language) for each in demanded)
    parties = list(dict.fromkeys(line.party for line in lines))
    return tuple(sorted(lines, key=lambda line: (_place(line.kind), parties.index(line.party))))


def told(list_: Iterable[Material], language: str) -> str:
    """SHA-256 of a list as it was told, kept with the case."""
    lines = [[line.kind, line.party, line.text, list(line.instead)] for line in list_]
    body = {"schema": SCHEMA, "language": language, "lines": lines}
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def added(before: Iterable[Material], now: Iterable[Material]) -> tuple[Material, ...]:
    """What was not told the first time: each such line means that the list was not told in full."""
    known = set(before)
    return tuple(line for line in now if line not in known)


def _line(each: Demanded, language: str) -> Material:
    instead = tuple(texts[_key(language)] for texts in each.instead)
    return Material(each.kind, each.party, each.texts[_key(language)], instead)


def _key(language: str) -> Literal["zh", "en"]:
    return "zh" if language == "zh" else "en"


def _place(kind: str) -> int:
    return ORDER.index(kind) if kind in ORDER else len(ORDER)
