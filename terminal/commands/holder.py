"""One case from the command line: open the terminal, follow the case, tell what happened."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from config.sources import WrongSettings
from models.api import ModelError
from sync.centre.embedded import CentreDidNotStart
from sync.errors import SyncError
from terminal.app import Options, open_terminal
from terminal.commands.context import explain
from terminal.commands.output import EX_USAGE, Failure, err, out
from terminal.commands.pairs import pair_line, pair_row
from terminal.holder.values import HolderCheck
from terminal.not_ready import NotReady
from terminal.running import Terminal
from terminal.view import Action, Decision, Health, Shown, Snapshot, Stage, StepState

READY_SECONDS = 30.0
CASE_SECONDS = 300.0
NEEDED = ("card_reader", "camera")
"""Without these no case can be begun; everything else may come later."""
_MARKS = {
    StepState.DONE: "[green]ok[/green]",
    StepState.FAILED: "[red]no[/red]",
    StepState.SKIPPED: "[dim]–[/dim]",
}
_COLOURS = {Decision.ACCEPT: "green", Decision.REFER: "yellow", Decision.REFUSE: "red"}

Told = Callable[[HolderCheck, Snapshot], None]


@contextmanager
def opened(options: Options) -> Iterator[Terminal]:
    """An open terminal; everything that keeps it from opening becomes a `Failure`."""
    try:
        terminal = open_terminal(options)
    except NotReady as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error
    except ModelError as error:
        raise Failure(error.code, explain(error.code, model=error.model, **error.detail)) from error
    except SyncError as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error
    except WrongSettings as error:
        raise Failure("settings.wrong", str(error), exit_code=EX_USAGE) from error
    except CentreDidNotStart as error:
        raise Failure("centre.not_started", explain("centre.not_started", cause=str(error))) from error
    try:
        yield terminal
    finally:
        terminal.close()


def require_business(terminal: Terminal, business: str) -> None:
    """`Failure` when the rules in force know no such business."""
    known = [each.name for each in terminal.businesses()]
    if business not in known:
        message = f"The rules in force know no business {business!r}."
        raise Failure("rules.no_business", message, f"Known: {', '.join(known)}", EX_USAGE)


def play(
    terminal: Terminal,
    business: str,
    *,
    declined: bool = False,
    told: Told | None = None,
    guide: bool = False,
) -> HolderCheck:
    """Run one case to its end without a screen and return it; `guide` says on standard error what to do.

    A device that is not there at the start is a `Failure`; one that fails later ends the case, which then
    names it.
    """
    seen: queue.Queue[Snapshot] = queue.Queue()
    stop = terminal.subscribe(seen.put)
    try:
        _wait_for_devices(terminal, seen)
        terminal.begin(business)
        said = ""
        while True:
            snapshot = _next(seen)
            said = _guide(snapshot, said) if guide else said
            _answer(terminal, snapshot, declined)
            if snapshot.stage is Stage.DONE and terminal.flow.holder.synced is not None:
                holder = terminal.flow.holder
                if told:
                    told(holder, terminal.snapshot())
                return holder
            if snapshot.stage is Stage.IDLE and snapshot.shown is not None:
                raise _failed(snapshot.shown)
    finally:
        stop()


def _guide(snapshot: Snapshot, said: str) -> str:
    """Say the instruction of the moment, once each time it changes."""
    wanted = snapshot.prompt.code if snapshot.prompt else ""
    if wanted and wanted != said and snapshot.stage in (Stage.CARD, Stage.FACE):
        err.print(f"  > {explain(wanted)}", style="bold", markup=False)
    return wanted


def _next(seen: queue.Queue[Snapshot]) -> Snapshot:
    try:
        return seen.get(timeout=CASE_SECONDS)
    except queue.Empty:
        raise Failure("case.stuck", "The case did not move for minutes; it was ended.") from None


def _wait_for_devices(terminal: Terminal, seen: queue.Queue[Snapshot]) -> None:
    terminal.refresh()
    while True:
        snapshot = terminal.snapshot()
        devices = [each for each in snapshot.status.devices if each.kind in NEEDED]
        if all(device.health in (Health.HEALTHY, Health.ATTENTION) for device in devices):
            return
        lost = [device for device in devices if device.health is Health.LOST]
        if lost:
            code = lost[0].code or "case.neutral"
            raise Failure(code, explain(code, device=lost[0].label, kind=lost[0].kind))
        try:
            seen.get(timeout=READY_SECONDS)
        except queue.Empty:
            raise Failure("device.not_ready", "A device did not get ready in time.") from None


def _answer(terminal: Terminal, snapshot: Snapshot, declined: bool) -> None:
    """What the operator of the command line does in the teller's place."""
    if snapshot.stage is Stage.CONSENT:
        terminal.act(Action.DECLINE if declined else Action.CONSENT)
    elif snapshot.stage is Stage.FAULT:
        terminal.act(Action.CANCEL)


def _failed(shown: Shown) -> Failure:
    return Failure(shown.code, f"{explain(shown.code, **dict(shown.facts))} (ref {shown.reference})")


def story(holder: HolderCheck) -> dict[str, Any]:
    """What `renzheng verify --json` prints."""
    return {
        "case_id": holder.case_id,
        "business": holder.business,
        "decision": holder.decision.value if holder.decision else None,
        "reasons": [
            {"code": finding, "clause": clause, "text": explain(finding)}
            for finding, clause in holder.reasons
        ],
        "steps": [
            {
                "name": step.name,
                "state": step.state.value,
                "begun_ms": step.begun_ms,
                "elapsed_ms": step.elapsed_ms,
                "code": step.code,
            }
            for step in holder.steps
        ],
        "liveness": holder.liveness.decision.value if holder.liveness else None,
        "score": round(holder.match.score, 4) if holder.match else None,
        "threshold": round(holder.match.threshold, 4) if holder.match else None,
        "false_match_rate": holder.match.false_match_rate if holder.match else None,
        "interval": list(holder.match.interval) if holder.match else None,
        "matches": [pair_row(match) for match in holder.matches],
        "simulated": holder.simulated,
        "record_id": holder.record_id,
        "synced": holder.synced is True,
    }


def tell(holder: HolderCheck, snapshot: Snapshot) -> None:
    """The same for people: each step with its time, then the decision and where the record is."""
    for step in holder.steps:
        elapsed = f"{step.elapsed_ms / 1000:6.2f} s" if step.elapsed_ms is not None else " " * 8
        note = f"  {explain(step.code)}" if step.code else _detail(holder, step.name)
        out.print(f"  {_MARKS.get(step.state, ''):>2} {elapsed}  {explain('step.' + step.name):22}{note}")
    for line in _pairs(holder):
        out.print(line, markup=False)
    if holder.decision is not None:
        colour = _COLOURS[holder.decision]
        out.print(f"  [bold {colour}]{explain('decision.' + holder.decision.value)}[/bold {colour}]")
    pack = snapshot.result.rule_pack if snapshot.result else ""
    for finding, clause in holder.reasons:
        out.print(f"     {explain(finding)} [dim]({finding}; {clause}; {pack})[/dim]")
    where = "at the centre" if holder.synced else "waiting to be sent"
    mark = ", simulated" if holder.simulated else ""
    out.print(f"     record {holder.record_id}: kept, {where}{mark}")


def _detail(holder: HolderCheck, step: str) -> str:
    if step == "card" and holder.card is not None:
        return f"  {explain('card_kind.' + holder.card.kind.value)}, module {holder.card.module_id}"
    if step == "liveness" and holder.liveness is not None:
        asked = (
            ", asked to " + ", ".join(kind.value.replace("_", " ") for kind in holder.liveness.challenges)
            if holder.liveness.challenges
            else ""
        )
        return f"  {holder.liveness.decision.value} over {holder.liveness.frames} frames{asked}"
    if step == "match" and holder.match is not None:
        match = holder.match
        return (
            f"  score {match.score:.3f}, accepted from {match.threshold:.3f}; "
            f"false-match rate {match.false_match_rate:.1g} ({match.interval[0]:.1g}–{match.interval[1]:.1g})"
        )
    return ""


def _pairs(holder: HolderCheck) -> list[str]:
    """Each comparison in words, where there were several."""
    return [f"     {pair_line(match)}" for match in holder.matches] if len(holder.matches) > 1 else []
