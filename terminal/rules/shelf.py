"""The rule packs of a terminal: those shipped with the program, and those installed and signed (A12, X04).

A pack is installed only when, together with all others, it makes sound rules today and on every day to come
on which something changes. Until it does, the last good packs stay in force; a state that was damaged on disk
is passed over for the one before, and `Held.problems` says so.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import structlog

from sync.errors import SyncError
from terminal.rules.candidate import Candidate, expired, older, taken, with_candidates
from terminal.rules.errors import RuleError
from terminal.rules.fit import misfits, once
from terminal.rules.pack import RulePack
from terminal.rules.reading import PackFile, read_bytes, rules_of, rules_of_these
from terminal.rules.signature import signer_of
from terminal.rules.states import Change, Placed, State, StateFiles
from terminal.rules.trust import Trust

log = structlog.get_logger(__name__)

_SHA256 = re.compile(r"[0-9a-f]{64}")
Note = Callable[[str, Mapping[str, Any]], object]
"""Writes a line of the audit log: its kind and its body."""
KINDS = {Change.INSTALLED: "rules.installed", Change.ROLLED_BACK: "rules.rolled_back"}
"""Kinds of audit lines; that the program itself was changed is noted elsewhere."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is in force, and what had to be passed over for it."""

    packs: tuple[PackFile, ...]
    """Shipped and installed, of every date."""
    state: State | None
    """None: nothing was ever installed, or no state is sound."""
    problems: tuple[RuleError, ...]


class Shelf:
    """The packs in `folder` under those that are `shipped`. May be called from any thread."""

    def __init__(
        self,
        folder: Path,
        shipped: Sequence[PackFile],
        trust: Trust,
        *,
        note: Note | None = None,
        today: Callable[[], date] = date.today,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._files = StateFiles(folder)
        self._shipped = tuple(shipped)
        self._trust = trust
        self._note = note
        self._today, self._now = today, now
        self._lock = threading.RLock()
        self._held: Held | None = None
        self._seen: tuple[int, ...] = ()

    def held(self) -> Held:
        """What is in force; read anew when another process has changed it."""
        with self._lock:
            numbers = self._files.numbers()
            if self._held is None or numbers != self._seen:
                self._held, self._seen = self._read(numbers), numbers
            return self._held

    @property
    def packs(self) -> tuple[PackFile, ...]:
        """Every pack that is known, of every date."""
        return self.held().packs

    def rules(self, on: date | None = None) -> RulePack:
        """The rules of business date `on`, today's when None; RuleError when none are in force."""
        return rules_of(self.packs, on or self._today())

    def history(self) -> tuple[State, ...]:
        """Every state that can be read, oldest first."""
        states = []
        for number in reversed(self._files.numbers()):
            try:
                states.append(self._files.read(number))
            except RuleError as error:
                log.warning("rules.state_damaged", file=error.file)
        return tuple(states)

    def check(self, candidates: Sequence[Candidate]) -> tuple[RuleError, ...]:
        """Everything that keeps `candidates` from being put in force, but for signatures; changes nothing."""
        held, today = self.held(), self._today()
        found = [
            *expired(candidates, today),
            *older(candidates, held.packs),
            *taken(candidates, self._names(held)),
        ]
        packs = with_candidates(held.packs, candidates)
        return once((*found, *misfits(packs, held.packs, today)))

    def signer(self, candidate: Candidate) -> str:
        """Id of the key that signed it; RuleError as `terminal.rules.signature.signer_of`."""
        return signer_of(candidate.pack, candidate.content, candidate.signature, self._trust)

    def install(self, candidates: Sequence[Candidate], by: Sequence[str] = (), reason: str = "") -> State:
        """Put signed packs in force together, whole or not at all, and note it.

        Raises the first RuleError of `signer` and `check`, ``rules.nothing_new`` when all of them are there
        already, and OSError; what was in force stays so.
        """
        signers = {each.pack.sha256: self.signer(each) for each in candidates}
        with self._lock, self._files.alone():
            for problem in self.check(candidates):
                raise problem
            held = self.held()
            there = {pack.sha256 for pack in held.packs}
            fresh = [each for each in candidates if each.pack.sha256 not in there]
            if not fresh:
                raise RuleError("rules.nothing_new", candidates[0].pack.file if candidates else "", line=1)
            self._keep_shipped()
            for each in fresh:
                self._files.keep(each.content, each.signature)
            packs = with_candidates(held.packs, fresh)
            installed = tuple(
                _placed(pack, signers.get(pack.sha256) or pack.signed_by or "")
                for pack in packs
                if pack not in self._shipped
            )
            return self._write(Change.INSTALLED, installed, by, reason)

    def rollback(self, to: int, by: Sequence[str], reason: str = "") -> State:
        """Go back to the packs of the state `to`, by two different people (B03), and note it.

        Raises RuleError ``rules.two_people``, ``rules.no_such_state``, ``rules.damaged``, any error of
        packs that do not fit with those shipped now, and OSError; what was in force stays so.
        """
        people = {each.strip().casefold() for each in by} - {""}
        if len(people) < 2:
            raise RuleError("rules.two_people", "", "two different people must be named", clause="B03, X04")
        with self._lock, self._files.alone():
            if to not in self._files.numbers():
                raise RuleError("rules.no_such_state", "", f"there is no state {to}", clause="X04")
            wanted = self._files.read(to)
            self._sound(wanted)
            self._keep_shipped()
            return self._write(Change.ROLLED_BACK, wanted.installed, by, reason, to)

    def settle(self) -> None:
        """Keep the packs of this program for later, and note what the audit log does not know yet.

        For whoever has the book open. Raises OSError.
        """
        with self._lock, self._files.alone():
            last = next(iter(reversed(self.history())), None)  # sound or not: nothing installed is forgotten
            if last is None or set(last.shipped) != {pack.sha256 for pack in self._shipped}:
                self._keep_shipped()
                self._write(Change.SHIPPED, last.installed if last else ())
            else:
                self._tell()

    def by_sha256(self, sha256: str) -> PackFile:
        """Any pack that ever was on this terminal; RuleError ``rules.damaged`` when it is not there."""
        if not _SHA256.fullmatch(sha256):
            raise RuleError("rules.damaged", "", "this is no SHA-256", line=1)
        known = next((pack for pack in self._shipped if pack.sha256 == sha256), None)
        return known or read_bytes(self._files.pack(sha256, f"{sha256[:12]}.yaml"), f"{sha256[:12]}.yaml")

    def rules_named(self, packs_sha256: str) -> RulePack:
        """The rules a case names (`RulePack.sha256`), put together of the very files they were made of.

        RuleError ``rules.unknown`` when they were never in force here, ``rules.damaged`` when one of them is
        no longer sound.
        """
        there = {pack.sha256: pack for pack in self.packs}
        named = [part.split(":") for part in packs_sha256.split("+")]
        files = [[there.get(each) or self._kept(each, packs_sha256) for each in part] for part in named]
        exactly = [pack for part in files for pack in part]
        known = self.packs if all(pack.sha256 in there for pack in exactly) else exactly
        for packs in (known, exactly):  # the former first: the same rules are then the same object
            try:
                rules = rules_of_these([part[0] for part in files], packs)
            except RuleError as error:
                raise _unknown(packs_sha256) from error
            if rules.sha256 == packs_sha256:
                return rules
        raise _unknown(packs_sha256)

    def _kept(self, sha256: str, named: str) -> PackFile:
        try:
            return self.by_sha256(sha256)
        except RuleError as error:
            if _SHA256.fullmatch(sha256) and self._files.has(sha256):
                raise
            raise _unknown(named) from error

    def _names(self, held: Held) -> dict[tuple[str, str], str]:
        """The SHA-256 of every pack there ever was, by authority and name."""
        names = {
            (placed.authority, placed.name): placed.sha256
            for state in self.history()
            for placed in state.installed
        }
        return names | {(pack.header.authority, pack.header.name): pack.sha256 for pack in held.packs}

    def _read(self, numbers: Sequence[int]) -> Held:
        problems: list[RuleError] = list(self._trust.problems)
        for number in numbers:
            try:
                state = self._files.read(number)
                return Held(self._sound(state), state, tuple(problems))
            except RuleError as error:
                problems.append(error)
                log.warning("rules.state_passed_over", state=number, code=error.code, file=error.file)
        return Held(self._shipped, None, tuple(problems))

    def _sound(self, state: State) -> tuple[PackFile, ...]:
        """The packs of `state`; RuleError when one is damaged or no longer trusted, or they do not fit."""
        installed = tuple(self._opened(placed) for placed in state.installed)
        packs = (*self._shipped, *installed)
        for problem in misfits(packs, self._shipped, self._today()):
            raise problem
        return packs

    def _opened(self, placed: Placed) -> PackFile:
        content = self._files.pack(placed.sha256, placed.file)
        pack = read_bytes(content, placed.file)
        signer = signer_of(pack, content, self._files.signature(placed.sha256), self._trust)
        return replace(pack, signed_by=signer)

    def _keep_shipped(self) -> None:
        for pack in self._shipped:
            self._files.keep(pack.text.encode(), None)

    def _write(
        self,
        change: Change,
        installed: tuple[Placed, ...],
        by: Sequence[str] = (),
        reason: str = "",
        to: int | None = None,
    ) -> State:
        number = max(self._files.numbers(), default=0) + 1
        state = State(
            number=number,
            change=change,
            at=self._now().astimezone(UTC).isoformat(timespec="seconds"),
            shipped=tuple(pack.sha256 for pack in self._shipped),
            installed=installed,
            by=tuple(each.strip() for each in by),
            reason=reason,
            to=to,
        )
        self._files.write(state)
        self._tell()
        return state

    def _tell(self) -> None:
        """Note every state that the audit log does not know; what cannot be noted now is with `settle`."""
        try:
            self._tell_all()
        except (SyncError, OSError) as error:
            log.warning("rules.not_noted", code=getattr(error, "code", "os"))

    def _tell_all(self) -> None:
        if self._note is None:
            return
        noted, newest = self._files.noted(), max(self._files.numbers(), default=0)
        for state in (each for each in self.history() if each.number > noted and each.change in KINDS):
            self._note(KINDS[state.change], _body(state))
        if newest > noted:
            self._files.mark_noted(newest)


def _unknown(packs_sha256: str) -> RuleError:
    return RuleError("rules.unknown", packs_sha256[:16], "no rule packs with these hashes are here")


def _placed(pack: PackFile, key_id: str) -> Placed:
    header = pack.header
    return Placed(
        sha256=pack.sha256, file=pack.file, name=header.name, authority=header.authority, key_id=key_id
    )


def _body(state: State) -> dict[str, Any]:
    """What the audit line of a state says."""
    packs = [{"name": each.name, "sha256": each.sha256, "key": each.key_id} for each in state.installed]
    said = {"state": state.number, "state_sha256": state.digest, "packs": packs, "by": list(state.by)}
    return {**said, "reason": state.reason, "to": state.to}
