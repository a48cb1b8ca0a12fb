"""The virtual centre: a named customer for everything an online check can meet, over a real desk and line."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from online_rules import NOW, rules

from sync.answers import AccountClass, Category
from sync.centre.desk import Desk, open_desk
from sync.centre.population import TableAnswers
from sync.keys import open_keys
from sync.questions import AccountsHeld, AccountStanding, RiskOf
from sync.records import Enrolment
from sync.transports import Unreachable
from sync.transports.loopback import LoopbackTransport
from terminal.checks.centre import Centre, ClassOne, NoAnswer, class_one, standing_findings
from terminal.checks.online import OnlineChecks
from terminal.virtual.people import people
from terminal.virtual.population import customers, populate, returned_photos

DAY = date(2026, 11, 27)
PHOTOS = {"mei.jpg": b"\xff\xd8 mei", "yun.jpg": b"\xff\xd8 yun"}
EVERYTHING = {*Category, *NoAnswer}


class TooSlow(Exception):
    """The centre would have slept longer than the terminal waits."""


@dataclass
class Impatient:
    """A line whose terminal gives up when the centre sleeps too long."""

    way: LoopbackTransport

    def ask(self, question: Any, now: Any, seconds: float | None = None) -> Any:
        try:
            return self.way.ask(question, now, seconds)
        except TooSlow:
            raise Unreachable("net.timeout") from None


def sleeping(seconds: float) -> None:
    if seconds > rules().wait_seconds:
        raise TooSlow


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """The terminal's way to a populated centre."""
    folder = tmp_path / "centre"
    populate(folder, PHOTOS)
    desk = open_desk(folder, "test")
    keys = open_keys(tmp_path / "keys", "file")
    wish = Enrolment(terminal_id="T-1", branch="B-1", public_key=keys.public_der(), token=desk.token())
    identity = desk.enrol(wish)
    slow = Desk(desk.book, desk.keys, desk.now, TableAnswers(folder, "test", sleeping))
    way = LoopbackTransport(slow, identity, "T-1", keys)
    yield Centre(Impatient(way), rules().wait_seconds, lambda: NOW)
    desk.close()


def test_there_is_a_customer_for_everything_a_check_can_meet() -> None:
    assert {each.meets for each in customers().values()} == EVERYTHING


@pytest.mark.parametrize("name", list(customers()))
def test_each_customer_meets_what_is_said_of_them(centre: Centre, name: str) -> None:
    customer = customers()[name]
    result = OnlineChecks(centre, rules()).check(customer.subject, "1024", DAY)
    assert (result.category or result.no_answer) is customer.meets
    expected = {
        "mei": PHOTOS["mei.jpg"],
        "yun": PHOTOS["yun.jpg"],
        "lan": PHOTOS["yun.jpg"],
        "tong": PHOTOS["mei.jpg"],
    }
    assert result.photo == expected.get(name)


def test_the_people_of_the_virtual_branch_are_in_the_register() -> None:
    for name, person in people().items():
        subject = customers()[name].subject
        assert (person.fields["number"], person.fields["name"]) == (subject.number, subject.name)


def test_the_virtual_people_have_accounts_and_risk(centre: Centre) -> None:
    mei, yun = (customers()[name].subject for name in ("mei", "yun"))
    assert class_one(centre.ask(AccountsHeld(operator_id="1", subject=mei))) is ClassOne.FREE
    held = centre.ask(AccountsHeld(operator_id="1", subject=yun))
    assert class_one(held) is ClassOne.TAKEN
    assert held.answer is not None
    assert held.answer.count(AccountClass.TWO) == 1
    risk = centre.ask(RiskOf(operator_id="1", subject=yun)).answer
    assert risk is not None
    assert risk.assessed_on == date(2025, 11, 20)
    for account, finding in (("6200000000000000037", "dormant"), ("6200000000000000052", "frozen")):
        told = centre.ask(AccountStanding(operator_id="1", account=account))
        assert standing_findings(told) == (f"account.{finding}",)


def test_a_population_changed_for_a_training_stays(tmp_path: Path) -> None:
    populate(tmp_path, PHOTOS)
    file = tmp_path / "population.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("# mine", "utf-8")
    populate(tmp_path, {"mei.jpg": b"other"})
    assert file.read_text("utf-8") == "# mine"
    assert (tmp_path / "photos" / "mei.jpg").read_bytes() == PHOTOS["mei.jpg"]
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "population.toml"}


def test_returned_photos_are_pictures_of_the_chip_photo(stack: Any, tmp_path: Path) -> None:
    photos = returned_photos(stack, tmp_path)
    assert set(photos) == {f"{name}.jpg" for name in people()}
    for packed in photos.values():
        image = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        assert image.shape == (126, 102, 3)
        assert len(stack.detect(image)) == 1
