"""Somebody who works at the counter in tests: reads what is asked and replies, one way or another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from terminal.asking import Ask, Entry, EntryKind, Rank, Reply
from terminal.counter.questions import Questions
from terminal.virtual.ways import Conduct

STEPS_THAT_PARK = ("rules.step.supporting_document", "rules.step.authority", "rules.step.medium")


@dataclass
class Teller:
    """Replies as `conduct` says; keeps what was asked."""

    conduct: Conduct
    password: str = "training"
    colleagues: dict[str, str] = field(default_factory=dict)
    """Role → staff number of somebody who has it."""
    asked: list[Ask] = field(default_factory=list)
    parked: bool = False

    def answer(self, ask: Ask) -> Reply:
        """The reply to one question."""
        self.asked.append(ask)
        option = self._option(ask)
        values = {entry.name: self._value(entry, ask) for entry in ask.entries}
        return Reply(ask.number, option, values)

    def _option(self, ask: Ask) -> str:
        offered = [each.name for each in ask.options]
        title = ask.title.code
        aside = None
        if self.conduct.declines and ask.to_customer and "decline" in offered:
            aside = "leaves"
        if not self.conduct.resolves and title == "ask.resolve.title":
            aside = "refer"
        if not self.conduct.approves and title in ("ask.review.title", "ask.approval.title"):
            aside = "refer"
        if title == "ask.methods.title" and ask.trouble is not None:
            aside = "refer"
        if self.conduct.parks_at and not self.parked and self._parks(ask):
            self.parked, aside = True, "later"
        if aside is not None:
            return aside
        primary = [each.name for each in ask.options if each.rank is Rank.PRIMARY]
        return primary[0] if primary else "consent" if "consent" in offered else offered[0]

    def _parks(self, ask: Ask) -> bool:
        return ask.title.code in STEPS_THAT_PARK or ask.title.code.startswith("profile.")

    def _value(self, entry: Entry, ask: Ask) -> str:
        if entry.name == "password":
            return self.password
        if entry.name == "number" and any(each.name == "password" for each in ask.entries):
            return self._colleague(ask)
        if entry.value or not entry.needed:
            return entry.value
        match entry.kind:
            case EntryKind.CHOICE:
                taken = [each.name for each in entry.choices]
                return (
                    taken[int(entry.name.partition("_")[2] or 1) - 1] if "kind_" in entry.name else taken[0]
                )
            case EntryKind.DATE:
                return (date.today() + timedelta(days=1)).isoformat()
            case EntryKind.AMOUNT:
                return "60000"
            case _:
                return "示例"

    def _colleague(self, ask: Ask) -> str:
        """Somebody who may agree here, of those the question names."""
        told = " ".join(line.en for line in ask.lines)
        before = {each for each in self.colleagues if f" {each.replace('_', ' ')}" in f" {told.lower()}"}
        chosen = sorted(before) or sorted(self.colleagues)
        return self.colleagues[chosen[0]]


def answered_by(questions: Questions, answer: Callable[[Ask], Reply], over: threading.Event) -> None:
    """Reply to whatever is asked until `over`."""
    last = 0
    while not over.wait(0.002):
        ask = questions.now
        if ask is not None and ask.number != last:
            last = ask.number
            questions.reply(answer(ask))
