"""The running terminal: one case at a time, devices kept open, records on their way to the centre.

`Terminal` does everything a front end may ask (`terminal.view.Door`); the window, the command line and the
tests get the same object from `terminal.app`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from models.memory import give_back_memory
from sync.errors import SyncError
from terminal.asking import Label, Reply
from terminal.caseview import BusinessLine, ParkedCase
from terminal.checks.centre import Centre
from terminal.control import Interrupted
from terminal.counter.desk import CaseDesk, Room
from terminal.counter.door import keep_locked, let_in
from terminal.counter.overlay import overlaid
from terminal.counter.questions import Questions
from terminal.duty import Duty
from terminal.flow import Equipment, Flow, Within
from terminal.holder.values import HolderCheck
from terminal.ledger import Book
from terminal.pictures import Pictures
from terminal.reference import new_reference
from terminal.rules.errors import RuleError
from terminal.rules.pack import RulePack
from terminal.rules.plan import only_a_holder_check
from terminal.screen import draw
from terminal.view import Action, Preview, Shown, Snapshot, Stage, Status

if TYPE_CHECKING:
    from terminal.virtual.branch import VirtualBranch

log = structlog.get_logger(__name__)
IDLE_SECONDS = 1.0
"""How often an idle terminal looks after its line."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to do (nothing: finish), and the case on the screen when it was wished."""

    seen: str
    business: str = ""
    resume: str = ""
    hand_over: str = ""
    take_over: bool = False

    @property
    def finish(self) -> bool:
        """Dismiss what is over."""
        return not (self.business or self.resume or self.hand_over or self.take_over)


class Terminal:
    """The running program: one case at a time, devices kept open, records on their way."""

    def __init__(
        self,
        equipment: Equipment,
        book: Book,
        rules: Callable[[], RulePack],
        closing: tuple[Callable[[], None], ...] = (),
        consent_source: str = "teller",
        centre: Centre | None = None,
    ) -> None:
        self._equipment = equipment
        self._rules = rules
        self._closing = closing
        self._consent_source = consent_source
        self.centre = centre
        """Answers questions before and during a case; None where there is no line to one."""
        self.book = book
        self.branch: VirtualBranch | None = None
        """Who stands in front of it, where that is simulated."""
        self._duty: Duty | None = None
        self._training: Label | None = None
        self._desk: CaseDesk | None = None
        self._parked: tuple[ParkedCase, ...] = ()
        self._questions = Questions(self._changed, self._meanwhile)
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Snapshot], None]] = []
        self._wishes: queue.Queue[_Wish] = queue.Queue()
        self._stop = threading.Event()
        self._trouble: Shown | None = None
        self._flow = Flow(equipment, rules, book, self._changed)
        self._newest = self._draw(HolderCheck(), Pictures())
        self._thread = threading.Thread(target=self._serve, name="session", daemon=True)

    def work_on_cases(self, duty: Duty, room: Room, training: Label | None = None) -> None:
        """From now on whole cases can be run here; `training` is told at sign-in. Before `start`."""
        self._duty = duty
        self._training = training
        self._desk = CaseDesk(room, self._questions, self._changed)

    def check(self, business: str, within: Within) -> HolderCheck:
        """Have one person checked as part of a whole case; on the session thread."""
        return self._flow.run(business, self._consent_source, within)

    def start(self) -> None:
        """Open devices, begin to see, send and serve."""
        if self._equipment.supervisor is not None:
            self._equipment.supervisor.start()
        self._equipment.sight.start()
        self.book.start()
        self._thread.start()

    def close(self) -> None:
        """End what runs, in order: case, camera and networks, devices, sending, simulators."""
        self._stop.set()
        self._questions.stop()
        self._flow.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        self._equipment.sight.close()
        if self._equipment.supervisor is not None:
            self._equipment.supervisor.close()
        self.book.close()
        for close in self._closing:
            close()

    def begin(self, business: str) -> None:
        """Open a new case of `business`; ignored while one is open, and when said twice."""
        if self._newest.stage in (Stage.IDLE, Stage.DONE):
            self._wishes.put(_Wish(self._newest.case_id, business.removeprefix("business.")))

    def resume(self, case_id: str) -> None:
        """Go on with a case that waits or was interrupted; ignored while one is open."""
        if self._waits(case_id):
            self._wishes.put(_Wish(self._newest.case_id, resume=case_id))

    def hand_over(self, case_id: str) -> None:
        """Give a case that waits to another terminal; ignored while one is open."""
        if self._waits(case_id):
            self._wishes.put(_Wish(self._newest.case_id, hand_over=case_id))

    def take_over(self) -> None:
        """Take over a case of another terminal; ignored while one is open, and where no cases are run."""
        if self._newest.stage is Stage.IDLE and self._desk is not None:
            self._wishes.put(_Wish(self._newest.case_id, take_over=True))

    def act(self, action: Action) -> None:
        """Do what the snapshot offers; anything else is ignored and logged."""
        if action not in self._newest.actions:
            log.info("terminal.action_ignored", action=action.value, stage=self._newest.stage.value)
        elif action is Action.FINISH:
            self._wishes.put(_Wish(self._newest.case_id))
        elif action is Action.LOCK and self._duty is not None:
            self._duty.lock()
        elif action is Action.SIGN_OUT and self._duty is not None:
            self._duty.leave()
            self._changed()
        else:
            self._flow.act(action)

    def reply(self, reply: Reply) -> None:
        """Answer what is asked; a reply to something else is ignored and logged."""
        if self._duty is not None:
            self._duty.touch()
        self._questions.reply(reply)

    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._newest

    def subscribe(self, listener: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Call `listener` on each change, from a terminal thread; returns the way to stop that."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    def preview(self) -> Preview | None:
        """The newest camera picture."""
        return self._equipment.sight.preview()

    def businesses(self) -> tuple[BusinessLine, ...]:
        """What can be begun here: every business of the channel, or the check of one person alone."""
        rules = self._rules()
        return tuple(
            BusinessLine(name, Label.titled(business.title))
            for name, business in rules.businesses.items()
            if (self._desk is not None and self._desk.channel in business.channels)
            or only_a_holder_check(rules, name)
        )

    def tell(self, instruction: str) -> None:
        """Say something to whoever is before the camera; a virtual customer hears it."""
        self._equipment.sight.tell(instruction)

    @property
    def flow(self) -> Flow:
        """The case in hand, with all it knows; for the command line's report."""
        return self._flow

    def refresh(self) -> None:
        """Draw again: a device or the line changed."""
        self._changed()

    def _serve(self) -> None:
        self._settle_cases()
        while not self._stop.is_set():
            try:
                wish = self._wishes.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                self._look_after()
                self._let_in()
                continue
            if wish.seen != self._newest.case_id:
                continue  # a second press: it was about a screen that is gone
            self._trouble = None
            if wish.finish:
                self._forget()
            else:
                self._run(wish)

    def _let_in(self) -> None:
        """Ask whoever comes to sign in, where nobody works without; who left is asked to unlock."""
        if self._duty is None or self._newest.stage not in (Stage.IDLE, Stage.DONE):
            return
        try:
            let_in(self._duty, self._questions, self._training)
            keep_locked(self._duty, self._questions, self._training)
        except Interrupted:
            return
        except SyncError as error:
            self._trouble = Shown(error.code, {}, new_reference())
            log.error("staff.not_read", code=error.code, reference=self._trouble.reference)
            self.refresh()

    def _run(self, wish: _Wish) -> None:
        try:
            if not wish.business and self._desk is not None:
                self._elsewhere(wish, self._desk)
            elif self._desk is None or only_a_holder_check(self._rules(), wish.business):
                self._flow.run(wish.business, self._consent_source)
            else:
                self._desk.run(wish.business)
        except Interrupted:
            log.info("case.interrupted")
        except Exception as error:  # lane loop: a bug ends the case, never the terminal
            reference = new_reference()
            code = error.code if isinstance(error, SyncError) else "case.neutral"
            log.exception("case.failed", reference=reference, code=code)
            self._trouble = Shown(code, {}, reference)
            self._forget()
        self._look_for_parked()
        give_back_memory()

    def _elsewhere(self, wish: _Wish, desk: CaseDesk) -> None:
        """A case that was begun before, here or at another terminal."""
        if wish.resume:
            desk.resume(wish.resume)
        elif wish.hand_over:
            desk.hand_over(wish.hand_over)
        else:
            desk.take_over()

    def _waits(self, case_id: str) -> bool:
        """Whether the screen offers to go on with this case."""
        return self._newest.stage is Stage.IDLE and case_id in {each.case_id for each in self._newest.parked}

    def _forget(self) -> None:
        """Drop the case that is over, and everything of it."""
        if self._desk is not None:
            self._desk.forget()
        self._flow.forget()
        self._look_for_parked()

    def _settle_cases(self) -> None:
        """At the start: what a power cut left of cases. Trouble is shown, and keeps nobody from work."""
        if self._desk is None:
            return
        try:
            self._desk.settle()
        except (SyncError, RuleError) as error:
            self._trouble = Shown(error.code, {}, new_reference())
            log.error("cases.not_settled", code=error.code, reference=self._trouble.reference)
        self._look_for_parked()

    def _look_for_parked(self) -> None:
        """Which cases wait; read from the log only when that may have changed."""
        if self._desk is None or (self._desk.view is not None and self._desk.view.end is None):
            return
        try:
            self._parked = self._desk.waiting()
        except SyncError as error:
            log.error("cases.not_read", code=error.code)
            self._parked = ()
        self._changed()

    def _meanwhile(self) -> None:
        """While a question waits: the line, the lock."""
        self._settle_sync()
        if self._duty is not None:
            keep_locked(self._duty, self._questions, self._training)
        self.refresh()

    def _look_after(self) -> None:
        """While idle: follow the line, clear away what is done."""
        self._settle_sync()
        self._settle_owed()
        self.book.forget()
        self.refresh()

    def _settle_owed(self) -> None:
        """What cases accepted or taken over offline owe the centre; it is tried again while that fails."""
        if self._desk is None:
            return
        try:
            self._desk.settle_owed()
            for case_id, terminal in self._desk.doubles():
                self._trouble = Shown("handover.double", {"case": case_id, "terminal": terminal})
        except (SyncError, OSError) as error:
            log.warning("case.owed_not_settled", cause=type(error).__name__)

    def _settle_sync(self) -> None:
        holder = self._flow.holder
        if holder.stage is Stage.DONE and holder.synced is False and self.book.synced(holder.record_id):
            self._flow.synced_late()

    def _changed(self) -> None:
        with self._lock:
            snapshot = self._whole(self._draw(self._flow.holder, self._flow.pictures))
            if _same(snapshot, self._newest):
                return
            self._newest = snapshot
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(self._newest)

    def _whole(self, snapshot: Snapshot) -> Snapshot:
        """With the whole case in hand, and what is asked."""
        desk = self._desk
        return overlaid(
            snapshot,
            desk.view if desk else None,
            self._questions.now,
            self._parked,
            self._duty.shown if self._duty else "",
            checking=desk.checking if desk else False,
            passes=desk is not None,
        )

    def _draw(self, holder: HolderCheck, pictures: Pictures) -> Snapshot:
        rules = self._rules()
        tries = rules.card.max_tries if holder.stage is Stage.CARD else rules.face.max_tries
        return draw(holder, pictures, self._status(), tries, rules.name, self._trouble)

    def _status(self) -> Status:
        line = self.book.line()
        devices = self._equipment.views()
        since = line.offline_since.astimezone().strftime("%H:%M") if line.offline_since else None
        simulated = any(device.simulated for device in devices)
        return Status(devices, line.online, since, line.waiting, line.rejected, simulated)


def _same(one: Snapshot, other: Snapshot) -> bool:
    """True when nothing to be drawn differs; pictures are the same when they are the same object."""
    if one.chip_photo is not other.chip_photo or one.live_face is not other.live_face:
        return False
    bare = replace(one, chip_photo=None, live_face=None)
    return bare == replace(other, chip_photo=None, live_face=None)
