"""Puts questions to whoever works at the terminal and waits for the replies; the session thread's end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from terminal.asking import Ask, Entry, EntryKind, Label, Option, Rank, Reply
from terminal.control import Interrupted

log = structlog.get_logger(__name__)
SLICE_S = 0.25
"""How often a waiting question looks whether the program closes, and after what is due meanwhile."""
LONGEST = 2000
"""Characters of one entry; nothing that people type is longer."""


class Questions:
    """One question at a time, or a pile of them: the newest is shown, and replied to, first."""

    def __init__(self, changed: Callable[[], None], meanwhile: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self.meanwhile = meanwhile
        """Called a few times a second while something waits; it may ask something itself."""
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._pile: list[Ask] = []
        self._number = 0
        self._stop = threading.Event()

    @property
    def now(self) -> Ask | None:
        """What waits for a reply."""
        pile = self._pile
        return pile[-1] if pile else None

    def stop(self) -> None:
        """Let everything that waits end, as interrupted."""
        self._stop.set()

    def reply(self, reply: Reply) -> None:
        """Hand in a reply; one to another question than the present is logged and dropped."""
        self._replies.put(reply)

    def put(self, ask: Ask) -> Reply:
        """Ask and wait. What is missing or too long is asked again; raises `Interrupted`."""
        while True:
            self._number += 1
            asked = replace(ask, number=self._number)
            reply = self._wait(asked)
            again = checked(asked, reply)
            if again is None:
                return reply
            ask = again

    def put_until(self, ask: Ask, seen: Callable[[], bool]) -> Reply | None:
        """Ask and wait for a reply, or until `seen`, which is asked a few times a second: None then."""
        self._number += 1
        reply = self._wait(replace(ask, number=self._number), seen)
        return reply if reply.option else None

    def _wait(self, asked: Ask, seen: Callable[[], bool] = lambda: False) -> Reply:
        self._pile.append(asked)
        self._changed()
        try:
            while not self._stop.is_set():
                reply = self._next()
                if reply is None:
                    self.meanwhile()
                    if seen():
                        return Reply(asked.number, "")
                elif self._fits(asked, reply):
                    return reply
                else:
                    log.info("ask.reply_ignored", asked=asked.number, replied=reply.number)
            raise Interrupted("case.interrupted")
        finally:
            self._pile.remove(asked)
            self._changed()

    def _next(self) -> Reply | None:
        try:
            return self._replies.get(timeout=SLICE_S)
        except queue.Empty:
            return None

    @staticmethod
    def _fits(asked: Ask, reply: Reply) -> bool:
        return reply.number == asked.number and reply.option in {each.name for each in asked.options}


def checked(asked: Ask, reply: Reply) -> Ask | None:
    """None when everything needed was entered and fits; else the question again, with what is wrong."""
    option = next(each for each in asked.options if each.name == reply.option)
    if not option.takes_entries:
        return None
    entries = tuple(_judged(each, reply.values.get(each.name, "")) for each in asked.entries)
    wrong = any(each.wrong for each in entries)
    return replace(asked, entries=entries, trouble=Label("ask.look_again")) if wrong else None


def again(asked: Ask, reply: Reply, wrong: Mapping[str, Label], trouble: Label | None = None) -> Ask:
    """The question once more with everything that was entered, but secrets, and what is `wrong` with it."""
    entries = tuple(
        replace(_kept(each, reply.values.get(each.name, "")), wrong=wrong.get(each.name))
        for each in asked.entries
    )
    return replace(asked, entries=entries, trouble=trouble or Label("ask.look_again"))


def option(name: str, *, rank: Rank = Rank.SECONDARY, takes_entries: bool = True) -> Option:
    """An option whose words stand under ``answer.NAME``."""
    return Option(name, Label(f"answer.{name}"), rank, takes_entries)


def _judged(entry: Entry, text: str) -> Entry:
    kept = _kept(entry, text)
    if len(text) > LONGEST:
        return replace(kept, wrong=Label("ask.too_long", {"most": LONGEST}))
    if entry.needed and not text.strip():
        return replace(kept, wrong=Label("ask.needed"))
    if text and entry.kind is EntryKind.CHOICE and text not in {each.name for each in entry.choices}:
        return replace(kept, wrong=Label("ask.not_offered"))
    return replace(kept, wrong=None)


def _kept(entry: Entry, text: str) -> Entry:
    value = "" if entry.kind is EntryKind.SECRET else entry.value if entry.fixed else text
    return replace(entry, value=value)
