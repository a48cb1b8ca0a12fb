"""Pictures of a whole case in the counter window, on the virtual branch: signing in to the end."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from config.sources import load
from terminal.asking import Ask, Rank
from terminal.view import Action, Stage
from terminal.virtual.staff import PASSWORD
from ui.app import site_of
from ui.counter import SMALLEST, CounterWindow
from ui.opening import Wanted, open_wanted
from ui.screenshots import grab, settle, wait_for
from ui.widgets.form import Form

BUSINESS: Final = "open_class_2"
SECONDS: Final = 120.0
TELLER: Final = "t01"
COLLEAGUES: Final = ("r01", "s01", "b01", "o01")
"""Tried one after the other, until somebody has the role that is asked for."""
WANTED: Final = {
    "ask.sign_in.title": "sign-in",
    "question_set.purpose_and_funds": "questions",
    "profile.individual": "data",
    "profile.account": "data",
    "ask.read_back.title": "read-back",
    "ask.review.title": "review",
    "ask.resolve.title": "doubt",
    "ask.methods.title": "methods",
}
"""Title of a question → name of its picture; each is taken once."""


class Player:
    """Answers in the window as a teller of the virtual branch would, and takes pictures on the way."""

    def __init__(self, window: CounterWindow, folder: Path) -> None:
        self._window = window
        self._folder = folder
        self._answered = 0
        self._colleague = 0
        self._taken: set[str] = set()
        self.saved: list[Path] = []

    def over(self) -> bool:
        """True at the end of the case; until then, does what comes next."""
        snapshot, form = self._window.snapshot, self._window.casework.form
        if snapshot.stage is Stage.DONE and snapshot.case is not None and snapshot.case.end is not None:
            self._take("case-end")
            return True
        if snapshot.stage is Stage.IDLE and snapshot.operator and Action.BEGIN in snapshot.actions:
            self._begin()
        elif snapshot.stage is Stage.CONSENT:
            self._window.choose(Action.CONSENT)
        elif snapshot.stage is Stage.FACE and snapshot.case is not None and snapshot.card is not None:
            self._take("case-face")
        elif snapshot.ask is not None and form.ask == snapshot.ask and form.ask.number > self._answered:
            self._answer(form, form.ask)
        return False

    def _begin(self) -> None:
        self._take("businesses")
        names = [each.name for each in self._window.idle.offered]
        self._window.idle.choose(names.index(BUSINESS))
        self._window.choose(Action.BEGIN)

    def _answer(self, form: Form, ask: Ask) -> None:
        self._answered = ask.number
        for name, field in form.fields.items():
            field.enter(self._value(name, ask) or field.value() or field.first_choice())
        picture = WANTED.get(ask.title.code, "consent-text" if ask.to_customer else "")
        if picture:
            self._take(picture)
        onward = [each for each in ask.options if each.rank is not Rank.ASIDE]
        primary = [each for each in onward if each.rank is Rank.PRIMARY]
        consent = [each for each in onward if each.name == "consent"]
        form.choose((primary or consent or onward)[0])

    def _value(self, name: str, ask: Ask) -> str:
        if name == "password":
            return PASSWORD
        if name != "number" or not any(each.name == "password" for each in ask.entries):
            return ""
        if ask.title.code == "ask.sign_in.title":
            return TELLER
        self._colleague = 0 if ask.trouble is None else self._colleague + 1
        return COLLEAGUES[self._colleague % len(COLLEAGUES)]

    def _take(self, name: str) -> None:
        if name not in self._taken:
            self._taken.add(name)
            settle()
            self.saved += grab(self._window, name, self._folder)


def take_case(folder: Path) -> list[Path]:
    """Run one case on the virtual branch and save its pictures."""
    door = open_wanted(Wanted(staffed=True, way="accepted"))
    window = CounterWindow(site_of(load().settings))
    try:
        window.resize(*SMALLEST)
        window.attach(door)
        window.show()
        player = Player(window, folder)
        wait_for(window, lambda _window: player.over(), SECONDS)
        return player.saved
    finally:
        window.close()
        door.close()
        settle()
