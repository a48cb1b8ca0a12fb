"""How the people of a virtual case behave: every way is one end that a business can come to."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass, field

from terminal.case.events import Ending
from terminal.case.values import CHECKING
from terminal.rules.business import StepName
from terminal.virtual.scripts import Script


class Way(enum.StrEnum):
    """The ways that ``renzheng run BUSINESS --virtual WAY`` can play."""

    ACCEPTED = "accepted"
    """Everybody does what is asked for."""
    IMPOSTOR = "impostor"
    """Somebody else stands before the camera with the holder's card."""
    FORGED_CARD = "forged_card"
    """The card's chip does not prove itself, though all that is printed on it is true."""
    DECLINES = "declines"
    """The customer does not consent."""
    DOUBT = "doubt"
    """The register has another name; a supervisor looks at it and lets the case go on."""
    UNSOLVED = "unsolved"
    """The same, and nobody resolves it."""
    LISTED = "listed"
    """The customer's number is on a sanctions list; nobody is told why the case ends."""
    PAPERS_MISSING = "papers_missing"
    """The customer has not everything with them, gets an appointment and comes back."""
    NO_APPROVAL = "no_approval"
    """Whoever must review or approve does not."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """What a way makes of a case."""

    ends: tuple[Ending, ...]
    """The endings it may come to, by business."""
    first: Script = Script.GENUINE
    """What the first person to be checked does."""
    declines: bool = False
    doubts: bool = False
    resolves: bool = True
    parks_at: frozenset[StepName] = field(default_factory=frozenset)
    approves: bool = True
    listed: bool = False


_GOOD = (Ending.ACCEPTED, Ending.PROVISIONAL, Ending.NOT_NEEDED)
_PAPERS = frozenset({StepName.SUPPORTING_DOCUMENT, StepName.AUTHORITY, StepName.MEDIUM, StepName.DATA})

CONDUCT: dict[Way, Conduct] = {
    Way.ACCEPTED: Conduct(_GOOD),
    Way.IMPOSTOR: Conduct((Ending.REFUSED,), first=Script.OTHER_PERSON),
    Way.FORGED_CARD: Conduct((Ending.REFUSED,), first=Script.FORGED_CARD),
    Way.DECLINES: Conduct((Ending.WITHDRAWN,), declines=True),
    Way.DOUBT: Conduct(_GOOD, doubts=True),
    Way.UNSOLVED: Conduct((Ending.REFERRED,), doubts=True, resolves=False),
    Way.LISTED: Conduct((Ending.REFUSED,), listed=True),
    Way.PAPERS_MISSING: Conduct(_GOOD, parks_at=_PAPERS),
    Way.NO_APPROVAL: Conduct((Ending.REFERRED,), approves=False),
}


def ends(way: Way, demanded: Collection[StepName]) -> tuple[Ending, ...]:
    """The endings that a case of this way may come to, by the steps that were demanded.

    Nobody can leave a doubt unsolved where nothing looks anybody up, nor fail to approve where nobody must. A
    business that is not done here is offered elsewhere whatever the way.
    """
    conduct = CONDUCT[way]
    played = True
    if conduct.doubts:
        played = StepName.ONLINE_CHECK in demanded
    if not conduct.approves:
        played = bool(CHECKING & set(demanded))
    if conduct.listed:
        played = StepName.WATCH_LIST in demanded
    if conduct.declines:
        played = StepName.CONSENT in demanded
    if conduct.first is not Script.GENUINE:
        played = StepName.IDENTITY_DOCUMENT in demanded
    found = (*(conduct.ends if played else _GOOD), Ending.OFFERED)
    stranger = conduct.doubts and StepName.METHODS in demanded  # to whom the register confirms nothing
    return (*found, Ending.REFERRED) if stranger else found
