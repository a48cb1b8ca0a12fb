"""Numbers of documents that are one person's: the old and the new one, linked with evidence (C02).

A renewed permit may end in other digits; a changed number is no reason to turn anybody away, and none to take
somebody for another. Chains are followed: old → newer → newest.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from terminal.rules.dataset import LinkRules


class LinkError(Exception):
    """A link that cannot be made; `code` is a message key.

    Codes: ``link.same_number``, ``link.not_enough``, ``link.same_person``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Shows(enum.StrEnum):
    """What shows that two numbers are one person's."""

    CARD_SAYS = "card_says"
    """The new card's chip holds the old number."""
    SAME_STEM = "same_stem"
    """A travel permit of the same holder number, with another count of issues."""
    POLICE = "police_certificate"
    OLD_DOCUMENT = "old_document"
    """The old document was shown, too."""
    ONLINE = "online"
    """The authority's check named both."""
    FACE = "face"
    """The live face matches the photo kept with the old number."""
    REGISTER = "household_register"


class Same(enum.StrEnum):
    """What two numbers are to one another."""

    EQUAL = "equal"
    LINKED = "linked"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Link:
    """Two numbers of one person. `repr` shows neither."""

    kind: str
    former: str = field(repr=False)
    present: str = field(repr=False)
    shows: frozenset[Shows]
    at: datetime
    by: str
    reviewed_by: str


def link(made: Link, rules: LinkRules) -> Link:
    """`made`, if its evidence is enough: one piece that counts alone, or several together. Else LinkError."""
    if plain(made.former) == plain(made.present):
        raise LinkError("link.same_number")
    if not made.reviewed_by or made.by == made.reviewed_by:
        raise LinkError("link.same_person")
    alone = any(each.value in rules.alone for each in made.shows)
    if not alone and len(made.shows) < rules.together:
        raise LinkError("link.not_enough", given=len(made.shows), needed=rules.together)
    return made


def suggested(former: str, present: str, chip_says: str = "") -> frozenset[Shows]:
    """What the numbers themselves show. `chip_says`: the former number that the new card's chip holds."""
    first, second = plain(former), plain(present)
    if not first or not second or first == second:
        return frozenset()
    found = set()
    if chip_says and plain(chip_says) == first:
        found.add(Shows.CARD_SAYS)
    if _stem(first) and _stem(first) == _stem(second):
        found.add(Shows.SAME_STEM)
    return frozenset(found)


def same_holder(former: str, present: str, links: Iterable[Link]) -> Same:
    """Whether two numbers are one person's by these links; the number at opening and at closing (N06)."""
    start, goal = plain(former), plain(present)
    if start == goal:
        return Same.EQUAL
    pairs = [(plain(each.former), plain(each.present)) for each in links]
    reached, edge = {start}, {start}
    while edge:
        edge = {
            far
            for one, other in pairs
            for near, far in ((one, other), (other, one))
            if near in edge and far not in reached
        }
        reached |= edge
    return Same.LINKED if goal in reached else Same.OTHER


def plain(number: str) -> str:
    """The number without spaces and hyphens, in capitals."""
    return re.sub(r"[\s-]", "", number).upper()


def _stem(number: str) -> str:
    """The holder's lifelong part of a travel permit's number; empty for other numbers."""
    found = re.fullmatch(r"([HM][0-9]{8})([0-9]{2})?", number) or re.fullmatch(
        r"([0-9]{8})([0-9]{2}[A-Z]?)?", number
    )
    return found[1] if found else ""
