"""What the terminal asks whoever works at it, and the reply. Frozen values; a front end draws and fills them.

An `Ask` waits until somebody replies with one of its options. What was entered wrongly comes back as a new
`Ask` with the same title and what is wrong at each entry; nothing that was entered is lost.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Label:
    """Words on a screen: a message key with its fill-ins, or words in both languages that a rule pack has."""

    code: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    zh: str = ""
    en: str = ""

    @classmethod
    def titled(cls, title: Mapping[str, str]) -> Label:
        """From a title of a rule pack, a catalogue or a text; the other language where one is missing."""
        zh, en = title.get("zh", ""), title.get("en", "")
        return cls(zh=zh or en, en=en or zh)


class EntryKind(enum.StrEnum):
    """How something is entered."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    SECRET = "secret"
    """Never shown, never prefilled, wiped from the screen with the reply."""
    AMOUNT = "amount"
    DATE = "date"
    """ISO 8601."""
    CHOICE = "choice"
    TICK = "tick"
    """``yes`` when ticked, otherwise empty."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things to choose from."""

    name: str
    label: Label


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form."""

    name: str
    kind: EntryKind
    label: Label
    value: str = field(default="", repr=False)
    """Filled in beforehand."""
    choices: tuple[Choice, ...] = ()
    needed: bool = True
    fixed: bool = False
    """Read from a chip: shown, and not to be typed over."""
    words: Label | None = None
    """Shown in the place of a fixed value that is a code."""
    hint: Label | None = None
    wrong: Label | None = None
    """What is wrong with what was entered."""


class Rank(enum.StrEnum):
    """How an option stands among the others."""

    PRIMARY = "primary"
    """What comes next when all is well; Enter."""
    SECONDARY = "secondary"
    ASIDE = "aside"
    """Leaves the straight way: the customer leaves, somebody else takes over, refuse, come back later."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to reply."""

    name: str
    label: Label
    rank: Rank = Rank.SECONDARY
    takes_entries: bool = True
    """False: the entries may be left as they are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table that is read out, compared or confirmed."""

    label: Label
    value: str = field(default="", repr=False)
    words: Label | None = field(default=None, repr=False)
    """Shown in the place of a value that is a code."""
    large: bool = False
    """To be read from some way off, and copied."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that waits for somebody."""

    number: int
    """Names it in the reply; an answer to an earlier one is ignored."""
    title: Label
    for_party: str = ""
    """Id of the person it is about, of `caseview.PartyLine`."""
    lines: tuple[Label, ...] = ()
    """Paragraphs to read or to read out."""
    rows: tuple[Row, ...] = ()
    pictures: tuple[bytes, ...] = field(default=(), repr=False)
    """PNG files to be looked at or photographed, one at a time."""
    camera: bool = False
    """Show what the camera sees: something is held before it."""
    entries: tuple[Entry, ...] = ()
    options: tuple[Option, ...] = ()
    trouble: Label | None = None
    """Why it is asked again."""
    clause: str = ""
    can_lock: bool = True
    """False: the terminal is locked, or nobody is signed in."""
    to_customer: bool = False
    """To be shown to the customer rather than to staff: large, without the case's internals."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody chose and entered."""

    number: int
    option: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    language: str = "zh"
    """In which it was asked: of what a customer agreed to."""
