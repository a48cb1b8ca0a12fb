"""The book as a case sees it: begun, kept for good, on its way, at the centre."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
import uuid_utils

from sync import heads, retention
from sync.engine import SyncEngine
from sync.errors import StoreError
from sync.keys import Signer
from sync.outbox import Outbox
from sync.records import CentreIdentity, Record
from sync.seal import seal_values
from sync.store import Store, stamp
from sync.tasks_book import TasksBook
from terminal.case.docket import EVENT, HANDED, RulesNamed, ended
from terminal.case.report import case_body
from terminal.case.unended import Grown, Unended
from terminal.case.values import Case
from terminal.case.verdict import verdict
from terminal.checks.centre import Centre
from terminal.handover.entered import as_json
from terminal.handover.errors import HandoverError
from terminal.handover.held import HeldData
from terminal.handover.peers import Peers
from terminal.handover.station import Station
from terminal.holder.values import HolderCheck
from terminal.pictures import Pictures
from terminal.report import Place, evidence_items, result_body, sealed_record
from terminal.rules.errors import RuleError
from terminal.rules.pack import RulePack
from terminal.task_desk import TaskDesk

log = structlog.get_logger(__name__)
NOT_TRIED = "net.not_tried"
FORGET_EVERY_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Line:
    """The line to the centre, as the status strip shows it."""

    online: bool | None
    offline_since: datetime | None
    code: str
    """Why it is offline; a message key."""
    waiting: int
    rejected: int


class Book:
    """Keeps cases; wakes the sync engine; knows what is still owed to the centre."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        signer: Signer,
        identity: CentreIdentity,
        engine: SyncEngine,
        terminal_id: str,
        place: Callable[[], Place],
        grace: timedelta = timedelta(days=3),
        held: HeldData | None = None,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._signer = signer
        self._identity = identity
        self._engine = engine
        self._terminal_id = terminal_id
        self._place = place
        self._grace = grace
        self._held = held
        self._unended = Unended(partial(store.bodies_after, EVENT))
        self._handed = Grown(partial(store.bodies_after, HANDED), lambda: store.head().seq)
        self._forgotten_at = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="net", daemon=True)

    def start(self) -> None:
        """Begin to send what waits."""
        self._thread.start()

    def close(self) -> None:
        """Stop sending and let go of the book; what was kept stays kept."""
        self._stop.set()
        self._engine.wake()
        if self._thread.is_alive():
            self._thread.join(timeout=20)
        self._sign_head()
        self._store.close()

    def _sign_head(self) -> None:
        """Sign where the log ends, so that a tail cut off while the terminal is off is seen."""
        try:
            head = self._store.head()
            if head.seq:
                heads.sign(self._store, self._terminal_id, self._signer, head)
        except StoreError as error:
            log.warning("book.head_not_signed", code=error.code)

    def forget(self) -> None:
        """Delete sealed evidence the centre acknowledged a grace time ago, now and then; results stay.

        What was entered for cases that waited too long goes as well.
        """
        if time.monotonic() - self._forgotten_at < FORGET_EVERY_SECONDS:
            return
        self._forgotten_at = time.monotonic()
        self._forget_entered()
        try:
            while retention.forget(self._store, self._grace, datetime.now(UTC)).records:
                continue
        except StoreError as error:
            log.warning("book.not_forgotten", code=error.code)

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """Add a line to the audit log; `body` holds no personal data. Raises StoreError."""
        self._store.note(kind, body)

    def open_events(self) -> tuple[Mapping[str, Any], ...]:
        """The bodies of the events of all cases that have no end yet, in order; on the session thread."""
        return self._unended.lines()

    def handed_over(self) -> tuple[Mapping[str, Any], ...]:
        """The bodies of the lines that ended this terminal's hold on a case; on the session thread."""
        return self._handed.lines()

    def station(self, rules: RulesNamed, centre: Centre | None, peers: Peers) -> Station:
        """What handing over and taking over need. ValueError when the book holds nothing that was entered."""
        if self._held is None:
            raise ValueError("this book holds nothing that was entered")
        return Station(self._terminal_id, self._store, self._signer, rules, self._held, centre, peers)

    def task_desk(self) -> TaskDesk:
        """The follow-ups in this book."""
        return TaskDesk(TasksBook(self._store))

    def keep_case(
        self, case: Case, rules: RulePack, simulated: bool, said: Mapping[str, Any] | None = None
    ) -> str:
        """Keep the record of an ended case of several checks, which were kept already. Errors as in `keep`.

        `said` is the data set that was taken down, which is sealed to the centre; None: what this disk holds
        of it. The record has the id of the case: kept again after a power cut it stays one record.
        """
        place = self._place()
        key = self._identity.sealing_key
        taken_down = dict(said) if said is not None else self._left(case.case_id)
        sealed = [seal_values(case.case_id, "dataset", taken_down, key)] if taken_down else []
        record = Record(
            id=case.case_id,
            at=case.ended_at,
            terminal_id=place.terminal_id,
            branch=place.branch,
            simulated=simulated,
            body={**case_body(case, verdict(case, rules)), "program": place.program},
            evidence=tuple(ref for ref, _ in sealed),
        )
        self._store.keep(record, tuple(evidence for _, evidence in sealed), self._signer)
        self._engine.wake()
        self._forget_entered(case.case_id)
        return record.id

    def _left(self, case_id: str) -> dict[str, Any]:
        """What a power cut left of what was entered for a case."""
        try:
            return dict(as_json(self._held.of(case_id))) if self._held is not None else {}
        except HandoverError as error:
            log.warning("case.entered_unreadable", case_id=case_id, code=error.code)
            return {}

    def settle_cases(self, rules: RulesNamed, simulated: bool) -> int:
        """Keep the records of cases that ended in the log just before the power went; how many there were."""
        owed = ended(self._store.bodies(EVENT), rules, lambda id_: self._store.record(id_) is not None)
        for case in owed:
            self.keep_case(case, rules(case.packs_sha256), simulated)
        return len(owed)

    def begun(self, holder: HolderCheck) -> None:
        """Note in the audit log that a case was opened."""
        self._store.note("case.begun", {"case_id": holder.case_id, "business": holder.business})

    def keep(self, holder: HolderCheck, rules: RulePack, pictures: Pictures) -> str:
        """Seal, sign and keep the decided case in one transaction; returns the record's id.

        Raises `sync.errors.StoreError` when it could not be kept; then nothing was.
        """
        place = self._place()
        record_id = str(uuid_utils.uuid7())
        record, sealed = sealed_record(
            record_id,
            stamp(datetime.now(UTC)),
            holder,
            result_body(holder, rules, place),
            place,
            evidence_items(holder, pictures.evidence_jpeg, pictures.further),
            self._identity.sealing_key,
        )
        self._store.keep(record, sealed, self._signer)
        self._engine.wake()
        return record_id

    def wait_synced(self, record_id: str, seconds: float) -> bool:
        """True as soon as the centre's receipt for the record is in the book, False after `seconds`."""
        pause = threading.Event()
        for _ in range(max(1, int(seconds / 0.05))):
            if self.synced(record_id):
                return True
            pause.wait(0.05)
        return False

    def synced(self, record_id: str) -> bool:
        """True when the centre has accepted the record."""
        receipt = self._outbox.receipt(record_id)
        return receipt is not None and receipt.outcome.value in ("accepted", "already_have")

    def line(self) -> Line:
        """How the line is and what is owed."""
        tally = self._outbox.tally()
        state = self._engine.state
        tried = state.online or state.code != NOT_TRIED
        since = state.since if tried and not state.online else None
        return Line(state.online if tried else None, since, state.code, tally.waiting, tally.rejected)

    def _forget_entered(self, case_id: str = "") -> None:
        """Of the case, which is over, or of those that waited too long."""
        if self._held is None:
            return
        try:
            if case_id:
                self._held.forget(case_id)
            else:
                self._held.forget_old(datetime.now(UTC))
        except (OSError, RuleError) as error:
            log.warning("book.entered_not_forgotten", cause=type(error).__name__)

    def _run(self) -> None:
        self._engine.run(self._stop)
