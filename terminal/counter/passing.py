"""Hands a waiting case over to another terminal, and takes one over, as questions to who is on duty (J07)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from models.api import Image
from terminal.asking import Ask, Entry, EntryKind, Label, Option, Rank, Row
from terminal.case.docket import UnknownCase
from terminal.case.values import Case
from terminal.counter.asker import Staff
from terminal.counter.questions import Questions, again, option
from terminal.handover.errors import HandoverError
from terminal.handover.giving import Packed, give_by_centre, give_by_picture, pack
from terminal.handover.parts import is_part, to_parts
from terminal.handover.qr import png, texts_in
from terminal.handover.station import Station
from terminal.handover.taking import Taken, take_by_code, take_by_picture, tell_centre, untold
from terminal.rules.situation import Channel

BACK = "back"
BY_CODE, BY_PICTURE = "by_code", "by_picture"
GIVE = "give"
TAKE, SCAN = "take", "scan"
TRIED_SECONDS = 60.0
"""How often the centre is told of cases taken over without a line, while it does not answer."""


class Passing:
    """Cases between this terminal and others, on the session thread."""

    def __init__(
        self, station: Station, staff: Staff, questions: Questions, look: Callable[[], Image | None]
    ) -> None:
        self._station = station
        self._look = look
        self._staff = staff
        self._questions = questions
        self._tried = -TRIED_SECONDS
        self._untold = True
        """Perhaps: it is looked up with the first line."""

    def give(self, case_id: str) -> bool:
        """Hand the case over; False when somebody went back. Errors of the book.

        A code is shown before the case is let go, since it opens nothing before: a power cut cannot leave the
        case with nobody. QR codes are the case itself and are shown afterwards: else it could go on twice.
        """
        ask = asked_how()
        while True:
            reply = self._questions.put(ask)
            if reply.option == BACK:
                return False
            try:
                packed = pack(self._station, case_id, reply.values.get("to", "").strip())
                done = self._by_code(packed) if reply.option == BY_CODE else self._by_picture(packed)
            except (HandoverError, UnknownCase) as error:
                ask = again(ask, reply, {}, _said(error))
                continue
            if done:
                return True
            ask = replace(again(ask, reply, {}), trouble=None)

    def take(self, channel: Channel) -> Case | None:
        """Take a case over by its code or its pictures, to go on in `channel`; None when they went back."""
        ask = asked_code()
        while True:
            reply = self._questions.put(ask)
            if reply.option == BACK:
                return None
            try:
                if reply.option == SCAN:
                    taken = self._scanned(channel)
                else:
                    taken = take_by_code(self._station, reply.values["code"], channel, self._staff.number)
            except HandoverError as error:
                ask = again(ask, reply, {}, _said(error))
                continue
            if taken is not None:
                self._untold |= not taken.told
                return taken.case
            ask = replace(again(ask, reply, {}), trouble=None)

    def tell(self) -> tuple[tuple[str, str], ...]:
        """Tell the centre what was taken over without a line, now and then; as `tell_centre`."""
        now = time.monotonic()
        if not self._untold or now - self._tried < TRIED_SECONDS:
            return ()
        self._tried = now
        doubles = tell_centre(self._station, "terminal")
        self._untold = bool(untold(self._station))
        return doubles

    def _scanned(self, channel: Channel) -> Taken | None:
        """Read codes before the camera until they are complete; None when somebody went back."""
        texts: set[str] = set()
        row = Row(Label("ask.take_over.read"), "0")
        while True:
            if self._questions.put_until(asked_seen(row), lambda: self._read(texts)) is not None:
                return None
            try:
                return take_by_picture(self._station, tuple(texts), channel, self._staff.number)
            except HandoverError as error:
                if error.code != "handover.incomplete":
                    raise
                row = replace(row, value=f"{error.facts['read']} / {error.facts['codes']}")

    def _read(self, texts: set[str]) -> bool:
        """True when the camera shows a code that was not among `texts`, which take it up."""
        seen = self._look()
        found = {text for text in texts_in(seen) if is_part(text)} if seen is not None else set()
        before = len(texts)
        texts |= found
        return len(texts) > before

    def _by_code(self, packed: Packed) -> bool:
        code = Row(Label("ask.hand_over.code"), packed.ticket.shown, large=True)
        line = Label("ask.hand_over.code_line")
        given = self._given(
            _asked_now(line, code, _until(packed)),
            lambda: give_by_centre(self._station, packed, self._staff.number),
        )
        return given and self._shown(_given_away(line, code, _until(packed)))

    def _by_picture(self, packed: Packed) -> bool:
        texts = to_parts(packed.signed, packed.ticket)
        count = {"count": len(texts)}
        given = self._given(
            _asked_now(Label("ask.hand_over.picture_first", count), _until(packed)),
            lambda: give_by_picture(self._station, packed, self._staff.number),
        )
        after = _given_away(Label("ask.hand_over.picture_line", count), _until(packed))
        return given and self._shown(replace(after, pictures=tuple(map(png, texts))))

    def _given(self, ask: Ask, give: Callable[[], object]) -> bool:
        """Give the case when told to; False when somebody went back."""
        while True:
            reply = self._questions.put(ask)
            if reply.option == BACK:
                return False
            try:
                give()
                return True
            except HandoverError as error:
                ask = again(ask, reply, {}, _said(error))

    def _shown(self, ask: Ask) -> bool:
        """Show what the other terminal needs until somebody has done with it."""
        self._questions.put(ask)
        return True


def asked_how() -> Ask:
    """Which way a case is to go, and to whom."""
    return Ask(
        0,
        Label("ask.hand_over.title"),
        lines=(Label("ask.hand_over.line"),),
        entries=(
            Entry(
                "to",
                EntryKind.TEXT,
                Label("ask.hand_over.to"),
                needed=False,
                hint=Label("ask.hand_over.to_hint"),
            ),
        ),
        options=(
            option(BY_CODE, rank=Rank.PRIMARY),
            option(BY_PICTURE),
            option(BACK, takes_entries=False),
        ),
        clause="J07",
    )


def asked_code() -> Ask:
    """The code of a case that another terminal gave."""
    return Ask(
        0,
        Label("ask.take_over.title"),
        lines=(Label("ask.take_over.line"),),
        entries=(Entry("code", EntryKind.TEXT, Label("ask.hand_over.code")),),
        options=(
            option(TAKE, rank=Rank.PRIMARY),
            option(SCAN, takes_entries=False),
            option(BACK, takes_entries=False),
        ),
        clause="J07",
    )


def asked_seen(read: Row) -> Ask:
    """What the camera is to be shown, and how much of it was read."""
    return Ask(
        0,
        Label("ask.take_over.title"),
        lines=(Label("ask.take_over.scan_line"),),
        rows=(read,),
        options=(option(BACK),),
        camera=True,
        clause="J07",
    )


def _asked_now(line: Label, *rows: Row) -> Ask:
    return _handing((line,), rows, (option(GIVE, rank=Rank.PRIMARY), option(BACK, takes_entries=False)))


def _given_away(line: Label, *rows: Row) -> Ask:
    return _handing((Label("ask.hand_over.given"), line), rows, (option("done", rank=Rank.PRIMARY),))


def _handing(lines: tuple[Label, ...], rows: tuple[Row, ...], options: tuple[Option, ...]) -> Ask:
    return Ask(0, Label("ask.hand_over.title"), lines=lines, rows=rows, options=options, clause="J07")


def _said(error: HandoverError | UnknownCase) -> Label:
    return Label(error.code, error.facts if isinstance(error, HandoverError) else {})


def _until(packed: Packed) -> Row:
    until = datetime.fromisoformat(packed.signed.handover.expires).astimezone()
    return Row(Label("ask.hand_over.until"), f"{until:%Y-%m-%d %H:%M}")
