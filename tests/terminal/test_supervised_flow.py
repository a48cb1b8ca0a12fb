"""A reader that hangs in the middle of a case pauses it under its name; it goes on when that answers."""

from __future__ import annotations

import threading

import pytest
from supervised import Bench, until

import terminal.devices
import terminal.laned
from drivers.api import Kind
from terminal.devices import KeptDevice
from terminal.flow import Equipment, Flow
from terminal.rules.today import rules_today
from terminal.supervisor import Supervisor
from terminal.view import Action, Decision, Health, Stage


class NoSight:
    """No camera is needed until a card was read."""

    def permit(self) -> None:
        """Nothing to do."""

    def forbid(self) -> None:
        """Nothing to do."""


class Ledger:
    def begun(self, case) -> None:
        """Noted."""

    def keep(self, case, rules, pictures) -> str:
        return "record-1"

    def wait_synced(self, record_id: str, seconds: float) -> bool:
        return False


@pytest.fixture
def waiting(monkeypatch):
    """A case that waits for a card, with reader, camera and printer supervised."""
    monkeypatch.setattr(terminal.laned, "LIMITS", {"wait_for_card": 0.3})
    monkeypatch.setattr(terminal.devices, "REOPEN_SECONDS", 0.1)
    bench = Bench(Kind.CARD_READER, Kind.CAMERA, Kind.PRINTER)
    kept = tuple(KeptDevice(each, lambda: None, bench.open) for each in bench.choices)
    supervisor = Supervisor(kept)
    supervisor.start()
    equipment = Equipment(kept[0], kept[1], NoSight(), True, supervisor)
    flow = Flow(equipment, rules_today, Ledger(), lambda: None)
    thread = threading.Thread(target=flow.run, args=("verify_identity", "teller"))
    thread.start()
    until(lambda: flow.holder.stage is Stage.CONSENT)
    flow.act(Action.CONSENT)
    until(lambda: flow.holder.prompt == "card.place")
    yield flow, bench, supervisor
    bench.release()
    flow.stop()
    thread.join(5)
    supervisor.close()


def test_a_hang_pauses_the_case_and_names_the_reader(waiting):
    flow, bench, supervisor = waiting
    bench[Kind.CARD_READER].hang("wait_for_card")
    until(lambda: flow.holder.stage is Stage.FAULT)
    trouble = flow.holder.trouble
    assert (trouble.code, trouble.device, len(trouble.reference)) == ("device.hung", "card_reader", 4)
    assert [each.health for each in supervisor.views()][1:] == [Health.HEALTHY, Health.HEALTHY]
    bench[Kind.CARD_READER].release()
    until(lambda: supervisor.views()[0].health is Health.HEALTHY)
    flow.act(Action.RETRY)
    until(lambda: flow.holder.stage is Stage.CARD)
    assert flow.holder.decision is None


def test_a_hanging_reader_does_not_keep_the_case_from_being_given_up(waiting):
    flow, bench, _ = waiting
    bench[Kind.CARD_READER].hang("wait_for_card")
    until(lambda: flow.holder.stage is Stage.FAULT)
    flow.act(Action.CANCEL)
    until(lambda: flow.holder.stage is Stage.DONE, 10)
    assert flow.holder.decision is Decision.REFER


@pytest.mark.parametrize("kind", [Kind.CAMERA, Kind.PRINTER])
def test_what_a_step_does_not_need_may_come_and_go(waiting, kind):
    flow, bench, supervisor = waiting
    bench[kind].plugged = False
    place = [each.kind for each in supervisor.views()].index(kind.value)
    until(lambda: supervisor.views()[place].health is Health.LOST)
    assert flow.holder.stage is Stage.CARD
    bench[kind].plugged = True
    until(lambda: supervisor.views()[place].health is Health.HEALTHY)
    assert flow.holder.stage is Stage.CARD
