"""Asks within a case: every question also offers the ways out of it, and some need a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Option, Rank, Reply
from terminal.case.docket import Docket
from terminal.case.events import Ended, Ending, Parked
from terminal.case.values import DERIVED
from terminal.casework import StepEvents
from terminal.counter.questions import Questions, again, option
from terminal.counter.wording import roles_label
from terminal.people.errors import PeopleError

BACK = "back"


class Second(Protocol):
    """Another person who proved who they are."""

    @property
    def number(self) -> str:
        """Staff number."""

    @property
    def role(self) -> str:
        """In which of the roles asked for."""


class Staff(Protocol):
    """Who works at the terminal."""

    @property
    def number(self) -> str:
        """Of who is signed in; what stands for them where nobody must sign in."""

    def second(self, number: str, password: str, roles: tuple[str, ...], makers: tuple[str, ...]) -> Second:
        """A second person. PeopleError with why not."""


class Aside(Exception):
    """Somebody left the straight way; the events say how."""

    def __init__(self, *events: Parked | Ended) -> None:
        super().__init__()
        self.events: StepEvents = events


@dataclass(frozen=True, slots=True)
class Agreed:
    """A second person agreed, with what was entered beside."""

    by: str
    role: str
    reply: Reply = field(repr=False)


class Asker:
    """Puts the questions of one case."""

    def __init__(self, docket: Docket, questions: Questions, staff: Staff) -> None:
        self._docket = docket
        self._questions = questions
        self.staff = staff

    def ask(self, ask: Ask) -> Reply:
        """Ask with the ways out of the case; taking one of those raises `Aside`, going back asks again."""
        offered = replace(ask, options=(*ask.options, *_asides()))
        while True:
            reply = self._questions.put(offered)
            if reply.option in {each.name for each in ask.options}:
                return reply
            self._leave(reply.option)
            offered = again(offered, reply, {}, Label())

    def plain(self, ask: Ask) -> Reply:
        """Ask without ways out."""
        return self._questions.put(ask)

    def agreed(self, ask: Ask, roles: Sequence[str], *, ways_out: bool = True) -> Agreed | None:
        """Ask for the consent of a second person with one of `roles`; None when they went back.

        The question has the option ``agree`` and whatever `ask` has already.
        """
        proof = (
            Entry("number", EntryKind.TEXT, Label("ask.second.number")),
            Entry("password", EntryKind.SECRET, Label("ask.second.password")),
        )
        asked = replace(
            ask,
            entries=(*ask.entries, *proof),
            lines=(*ask.lines, roles_label(roles)),
            options=(option("agree", rank=Rank.PRIMARY), *ask.options),
        )
        while True:
            reply = self.ask(asked) if ways_out else self.plain(asked)
            if reply.option != "agree":
                return None
            try:
                found = self.staff.second(
                    reply.values.get("number", ""),
                    reply.values.get("password", ""),
                    tuple(roles),
                    self._docket.case.makers,
                )
            except PeopleError as error:
                asked = again(asked, reply, {}, Label(error.code, error.facts))
                continue
            return Agreed(found.number, found.role, reply)

    def _leave(self, way: str) -> None:
        match way:
            case "leaves":
                self._ended(Ending.WITHDRAWN)
            case "refer":
                self._ended(Ending.REFERRED)
            case "refuse":
                self.refuse()
            case "later":
                self._park()

    def _ended(self, ending: Ending) -> None:
        sure = Ask(
            0,
            Label(f"ask.{ending.value}.title"),
            lines=(Label(f"ask.{ending.value}.line"),),
            options=(option("yes", rank=Rank.PRIMARY), option(BACK)),
        )
        if self.plain(sure).option == "yes":
            by = self.staff.number
            raise Aside(Ended(at=self._docket.at(), by=by, ending=ending))

    def refuse(self, lines: tuple[Label, ...] = ()) -> None:
        """Refuse with a ground and a second person, which raises `Aside`; returns when they went back."""
        handling = self._docket.rules.handling
        asked = Ask(
            0,
            Label("ask.refuse.title"),
            lines=lines,
            entries=(grounds("ground", handling.refusal_grounds),),
            options=(option(BACK, takes_entries=False),),
            clause="A08, A09",
        )
        agreed = self.agreed(asked, handling.refusers, ways_out=False)
        if agreed is not None:
            raise Aside(
                Ended(
                    at=self._docket.at(),
                    by=self.staff.number,
                    ending=Ending.REFUSED,
                    ground=agreed.reply.values["ground"],
                    second=agreed.by,
                    second_role=agreed.role,
                )
            )

    def _park(self) -> None:
        case = self._docket.case
        missing = [
            each
            for each in case.missing_steps(self._docket.rules.families_by_method)
            if each.step not in DERIVED
        ]
        named = {each.id: Label(f"rules.step.{each.step.value}") for each in missing}
        asked = Ask(
            0,
            Label("ask.later.title"),
            entries=(
                Entry(
                    "missing",
                    EntryKind.CHOICE,
                    Label("ask.later.missing"),
                    choices=tuple(Choice(name, label) for name, label in named.items()),
                ),
                Entry("until", EntryKind.DATE, Label("ask.later.until")),
            ),
            options=(option("park", rank=Rank.PRIMARY), option(BACK, takes_entries=False)),
            clause="Q04",
        )
        while True:
            reply = self.plain(asked)
            if reply.option == BACK:
                return
            most = self._docket.rules.handling.parked_days
            until, wrong = _day(reply.values["until"], self._docket.at(), most)
            if wrong is None:
                raise Aside(
                    Parked(
                        at=self._docket.at(),
                        by=self.staff.number,
                        missing=(reply.values["missing"],),
                        until=until,
                    )
                )
            asked = again(asked, reply, {"until": wrong})


def grounds(name: str, listed: Sequence[str]) -> Entry:
    """An entry that chooses a ground of the pack's list."""
    choices = tuple(Choice(each, Label(f"ground.{each}")) for each in listed)
    return Entry(name, EntryKind.CHOICE, Label("ask.ground"), choices=choices)


def _asides() -> tuple[Option, ...]:
    names = ("leaves", "later", "refer", "refuse")
    return tuple(option(name, rank=Rank.ASIDE, takes_entries=False) for name in names)


def _day(text: str, now: str, most: int) -> tuple[str, Label | None]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "", Label("ask.no_day")
    today = datetime.fromisoformat(now).date()
    if day < today:
        return "", Label("ask.past_day")
    if day > today + timedelta(days=most):
        return "", Label("ask.too_late_day", {"days": most})
    return day.isoformat(), None
