"""A record that cannot be kept accepts nobody: the case waits for help, goes on, or is given up whole."""

from __future__ import annotations

import threading

import pytest

from sync.errors import DiskFull
from terminal.flow import Equipment, Flow
from terminal.rules.today import rules_today
from terminal.view import Action, Decision, Stage


class FullLedger:
    """A book on a full disk, until somebody frees space."""

    def __init__(self) -> None:
        self.full = True
        self.kept: list[Decision] = []
        self.asked = threading.Event()

    def begun(self, case) -> None:
        """Noted."""

    def keep(self, case, rules, pictures) -> str:
        self.asked.set()
        if self.full:
            raise DiskFull()
        self.kept.append(case.decision)
        return "record-1"

    def wait_synced(self, record_id: str, seconds: float) -> bool:
        return False


class NoSight:
    """No camera is needed for a customer who declines."""

    def permit(self) -> None:
        """Nothing to do."""

    def forbid(self) -> None:
        """Nothing to do."""


class NoDevice:
    about = None


@pytest.fixture
def running():
    ledger = FullLedger()
    flow = Flow(Equipment(NoDevice(), NoDevice(), NoSight(), True), rules_today, ledger, lambda: None)
    thread = threading.Thread(target=flow.run, args=("verify_identity", "teller"))
    thread.start()
    until(lambda: flow.holder.stage is Stage.CONSENT)
    flow.act(Action.DECLINE)
    assert ledger.asked.wait(5)
    until(lambda: flow.holder.stage is Stage.FAULT)
    yield flow, ledger, thread
    flow.stop()
    thread.join(5)


def until(condition) -> None:
    for _ in range(100):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never came")


def test_a_full_disk_pauses_the_case_and_names_itself(running):
    flow, ledger, _ = running
    assert (flow.holder.trouble.code, flow.holder.resume) == ("store.disk_full", Stage.KEEPING)
    assert not flow.holder.record_id and not ledger.kept


def test_with_space_again_the_same_case_is_kept_once(running):
    flow, ledger, thread = running
    ledger.full = False
    flow.act(Action.RETRY)
    thread.join(5)
    assert (flow.holder.stage, flow.holder.record_id) == (Stage.DONE, "record-1")
    assert ledger.kept == [Decision.REFER]


def test_given_up_nothing_was_decided_and_nothing_is_left(running):
    flow, ledger, thread = running
    flow.act(Action.CANCEL)
    thread.join(5)
    assert (flow.holder.stage, flow.holder.decision, flow.pictures.chip_photo) == (Stage.IDLE, None, None)
    assert not ledger.kept
