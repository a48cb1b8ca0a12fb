"""``renzheng run BUSINESS``: a whole case of any business on the virtual branch, told step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sync.store import stamp
from terminal.calendar import Calendar
from terminal.case.docket import Docket
from terminal.case.events import Unparked
from terminal.case.report import told_line
from terminal.case.values import Case, State
from terminal.casework import CaseWork
from terminal.commands.output import EX_NO, EX_USAGE, EX_YES, Failure, out, print_json
from terminal.rules.pack import RulePack
from terminal.rules.situation import Channel, PartyFacts, Role, Situation
from terminal.rules.today import rules_named, rules_on
from terminal.virtual.ways import CONDUCT, Way, ends

if TYPE_CHECKING:
    from terminal.checks.centre import Centre
    from terminal.holder.values import HolderCheck
    from terminal.running import Terminal
    from terminal.task_desk import TaskDesk
    from terminal.virtual.hands import VirtualHands


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    business: str
    way: Way
    channel: Channel
    on: date
    amount: Decimal | None = None
    currency: str = "CNY"
    parties: tuple[Role, ...] = ()
    """Beside those that the business needs at the least."""
    flags: tuple[str, ...] = ()


def run_case(asked: Asked, as_json: bool) -> int:
    """Play the case, keep its record and tell it. Exit 0 when it ends as this way must."""
    from terminal.app import Options
    from terminal.commands.holder import opened
    from terminal.virtual.hands import VirtualHands

    rules = rules_on(asked.on)
    situation = situation_of(asked, rules)
    conduct = CONDUCT[asked.way]
    hands = VirtualHands(conduct)
    options = Options(
        conduct.first.value,
        in_turn=True,
        unattended=True,
        consent_source="virtual customer",
        further_photos=hands.photos,
    )
    with opened(options) as terminal:
        terminal.book.settle_cases(rules_named, simulated=True)
        docket = Docket(terminal.book.note, rules, lambda: stamp(datetime.now(UTC)))
        desk = terminal.book.task_desk()
        tasks = _tasks(desk, rules)
        hands.attend(docket, _centre(terminal), lambda who: _checked(terminal, who), tasks)
        case = _work(docket, hands, situation, as_json)
        record = terminal.book.keep_case(case, rules, simulated=True)
        synced = terminal.book.wait_synced(record, 3.0)
    return _tell(asked, case, record, synced, as_json)


def _centre(terminal: Terminal) -> Centre:
    if terminal.centre is None:
        raise Failure("terminal.no_centre", "The virtual branch has no centre.")
    return terminal.centre


def _checked(terminal: Terminal, who: str) -> HolderCheck:
    from terminal.commands.holder import play

    if terminal.branch is not None:
        terminal.branch.call(who)
    return play(terminal, "verify_identity")


def _tasks(desk: TaskDesk, rules: RulePack) -> Callable[[str, Case], str]:
    """Opens follow-ups in the book, due on working days."""
    calendar = Calendar.load()

    def open_task(kind: str, case: Case) -> str:
        on = case.situation.on if case.situation else date.today()
        return desk.open(kind, rules.tasks, calendar, case.case_id, given=on).id

    return open_task


def situation_of(asked: Asked, rules: RulePack) -> Situation:
    """The situation asked for; `Failure` when the rules know no such business or fact."""
    if asked.business not in rules.businesses:
        known = ", ".join(sorted(rules.businesses))
        message = f"The rules of {asked.on} know no business {asked.business!r}."
        raise Failure("rules.no_business", message, f"Known: {known}", EX_USAGE)
    unknown = [flag for flag in asked.flags if flag not in rules.flags]
    if unknown:
        message = f"The rules of {asked.on} know no fact {unknown[0]!r}."
        raise Failure("rules.no_flag", message, f"Known: {', '.join(sorted(rules.flags))}", EX_USAGE)
    seats = rules.businesses[asked.business].parties
    roles = [role for role, seat in seats.items() for _ in range(seat.least)]
    return Situation(
        business=asked.business,
        channel=asked.channel,
        on=asked.on,
        amount=asked.amount,
        currency=asked.currency,
        parties=_parties((*roles, *asked.parties)),
        flags=frozenset(asked.flags),
    )


def _parties(roles: Sequence[Role]) -> tuple[PartyFacts, ...]:
    numbers = [roles[: place + 1].count(role) for place, role in enumerate(roles)]
    names = [role.value if n == 1 else f"{role.value}_{n}" for role, n in zip(roles, numbers, strict=True)]
    return tuple(PartyFacts(id=name, role=role) for name, role in zip(names, roles, strict=True))


def _work(docket: Docket, hands: VirtualHands, situation: Situation, as_json: bool) -> Case:
    last = Case()

    def changed(case: Case) -> None:
        nonlocal last
        if not as_json:
            for line in told_line(last, case):
                out.print(line, markup=False)
        last = case

    work = CaseWork(docket, hands, changed)
    case = work.open(situation, "virtual-teller")
    if case.state is State.PARKED:
        changed(docket.apply(Unparked(at=docket.at(), by="virtual-teller")))
        case = work.go_on()
    return case


def _tell(asked: Asked, case: Case, record: str, synced: bool, as_json: bool) -> int:
    demanded = {each.step for each in case.plan.required} if case.plan else set()
    right = case.ending in ends(asked.way, demanded)
    if as_json:
        print_json(_story(case, record, synced, right))
    else:
        where = "at the centre" if synced else "waiting to be sent"
        out.print(f"  {case.ending.value if case.ending else 'open'}: record {record}, {where}, simulated")
        out.print(f"  See every step again: renzheng case replay {case.case_id}", markup=False)
    return EX_YES if right and synced else EX_NO


def _story(case: Case, record: str, synced: bool, right: bool) -> Mapping[str, Any]:
    return {
        "case_id": case.case_id,
        "ending": case.ending.value if case.ending else None,
        "as_expected": right,
        "ground": case.ground,
        "steps": [f"{done.key} by {done.by}" for done in case.done],
        "findings": [each.code for each in case.findings],
        "record_id": record,
        "synced": synced,
        "packs": case.packs,
    }
