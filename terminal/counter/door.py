"""Lets staff in, and keeps a terminal locked that was left; `terminal.duty` decides who may."""

from __future__ import annotations

from terminal.asking import Ask, Entry, EntryKind, Label, Rank
from terminal.counter.questions import Questions, again, option
from terminal.duty import Duty
from terminal.people.errors import PeopleError
from terminal.people.session import SessionState


def let_in(duty: Duty, questions: Questions, training: Label | None = None) -> None:
    """Ask whoever comes to sign in, where nobody works without. `Interrupted` when the program closes."""
    asked = Ask(
        0,
        Label("ask.sign_in.title"),
        lines=(training,) if training else (),
        entries=(
            Entry("number", EntryKind.TEXT, Label("ask.sign_in.number")),
            Entry("password", EntryKind.SECRET, Label("ask.sign_in.password")),
        ),
        options=(option("sign_in", rank=Rank.PRIMARY),),
        can_lock=False,
    )
    while duty.required and duty.session is None:
        reply = questions.put(asked)
        try:
            duty.enter(reply.values["number"], reply.values["password"])
        except PeopleError as error:
            asked = again(asked, reply, {}, Label(error.code, error.facts))


def keep_locked(duty: Duty, questions: Questions, training: Label | None = None) -> None:
    """Ask for the password of whoever left, once their session is locked; sign in anew once it ended."""
    if duty.session is None or (questions.now is not None and not questions.now.can_lock):
        return
    asked = Ask(
        0,
        Label("ask.unlock.title"),
        lines=(Label("ask.unlock.line", {"number": duty.number}),),
        entries=(Entry("password", EntryKind.SECRET, Label("ask.sign_in.password")),),
        options=(option("unlock", rank=Rank.PRIMARY),),
        can_lock=False,
    )
    while duty.standing() is SessionState.LOCKED:
        reply = questions.put(asked)
        try:
            duty.unlock(reply.values["password"])
        except PeopleError as error:
            asked = again(asked, reply, {}, Label(error.code, error.facts))
    if duty.standing() is SessionState.ENDED or duty.session is None:
        let_in(duty, questions, training)
