"""A card that the last customer left lying is not read for the next one, though the reader forgot it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from supervised import until

from drivers.api import Kind
from drivers.card.faults import Fault
from drivers.card.simulated import SimulatedReader, start_simulator
from drivers.errors import Missing
from terminal.choice import Choice
from terminal.devices import KeptDevice
from terminal.flow import Equipment, Flow
from terminal.rules.today import rules_today
from terminal.view import Action, Health, Stage
from tests.drivers_card.invented import RESIDENT

READING_S = 20.0
ASKED = ("card.place", "card.take", "card.hold")


class NoSight:
    """Only the card is looked at here."""

    def permit(self) -> None:
        """Nothing to do."""

    def forbid(self) -> None:
        """Nothing to do."""

    def require_networks(self) -> None:
        """The face is where these cases end."""
        raise Missing("camera.missing", "camera")


class NoCamera:
    """Never there."""

    about = None


class Ledger:
    def begun(self, case) -> None:
        """Noted."""

    def keep(self, case, rules, pictures) -> str:
        return "record-1"

    def wait_synced(self, record_id: str, seconds: float) -> bool:
        return False


class Counter:
    """Cases before one simulated reader, each ended when its card was read."""

    def __init__(self, simulator: SimulatedReader) -> None:
        choice = Choice(Kind.CARD_READER, "sdt", simulator.address, options={"answer_ms": 600})
        self.simulator = simulator
        self.reader = KeptDevice(choice, lambda: None)
        self.flow = Flow(
            Equipment(self.reader, NoCamera(), NoSight(), True), rules_today, Ledger(), self._look
        )
        self.prompts: list[str | None] = []

    def _look(self) -> None:
        case = self.flow.holder
        if not self.prompts or self.prompts[-1] != case.prompt:
            self.prompts.append(case.prompt)
        if case.stage is Stage.CONSENT:
            self.flow.act(Action.CONSENT)
        if case.stage is Stage.FACE:
            self.flow.act(Action.CANCEL)

    def case(self, during: Callable[[], None] = lambda: None) -> list[str | None]:
        """Run a case until its card is read; what was asked of the customer."""
        self.prompts = []
        running = threading.Thread(target=self.flow.run, args=("verify_identity", "teller"))
        running.start()
        try:
            during()
            running.join(READING_S)
            assert not running.is_alive(), self.prompts
        finally:
            self.flow.act(Action.CANCEL)
            running.join(5)
        assert self.flow.holder.card is not None
        return self.prompts

    def shows(self, prompt: str) -> bool:
        """True while that is asked."""
        return self.flow.holder.prompt == prompt

    def lose_power(self) -> None:
        """The reader forgets everything, and comes back; what lies on it stays there."""
        self.simulator.unplug()
        until(lambda: self.reader.view().health is Health.LOST, 10)
        self.power_back()
        until(self.reader.ready, 10)

    def power_back(self) -> None:
        """A module that was without power finds what lies on it as if it were new."""
        self.simulator.replug()
        self.simulator.insert()


@pytest.fixture
def counter() -> Iterator[Counter]:
    with start_simulator(RESIDENT, chip_ms=50) as simulator:
        made = Counter(simulator)
        yield made
        made.reader.close()


def test_a_card_left_lying_is_taken_up_before_it_is_read_again(counter):
    counter.case()
    counter.lose_power()

    def customer() -> None:
        until(lambda: counter.shows("card.take"), READING_S)
        time.sleep(1.5)
        assert counter.shows("card.take") and counter.flow.holder.card is None
        counter.simulator.remove()
        until(lambda: counter.shows("card.place"), READING_S)
        counter.simulator.insert()

    asked = counter.case(customer)
    assert [each for each in asked if each in ASKED] == ["card.place", "card.take", "card.place", "card.hold"]


def test_a_card_taken_up_and_laid_down_before_the_case_is_read_at_once(counter):
    counter.case()
    counter.simulator.remove()
    counter.simulator.insert()
    assert "card.take" not in counter.case()


def test_a_reader_that_came_back_empty_asks_for_nothing_more(counter):
    counter.case()
    counter.simulator.remove()
    counter.lose_power()
    counter.simulator.remove()

    def customer() -> None:
        until(lambda: counter.shows("card.place"), READING_S)
        time.sleep(1.0)
        counter.simulator.insert()

    assert "card.take" not in counter.case(customer)


def test_in_the_same_case_the_card_may_stay_where_it_is(counter):
    counter.simulator.fault(Fault.UNPLUGGED_MID_READ, 1)

    def teller() -> None:
        until(lambda: counter.flow.holder.stage is Stage.FAULT, READING_S)
        counter.power_back()
        until(counter.reader.ready, 10)
        counter.flow.act(Action.RETRY)

    assert "card.take" not in counter.case(teller)
