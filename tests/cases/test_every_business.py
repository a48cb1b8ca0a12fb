"""Every business to each of its ends: the virtual people work through it, the centre answers for real.

The check before devices is left out here (it has tests of its own): a holder check comes as it would from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import cv2
import numpy as np
import pytest

from drivers.api import CardKind, IdCard, Sex
from models.api import Answer, LiveAnswer, Liveness, Match, PhotoKind
from sync.centre.desk import open_desk
from sync.keys import open_keys
from sync.records import Enrolment
from sync.transports.loopback import LoopbackTransport
from terminal.calendar import Calendar
from terminal.case.docket import EVENT, Docket, told
from terminal.case.events import Ending, Unparked
from terminal.case.report import case_body
from terminal.case.values import Case, State
from terminal.case.verdict import verdict
from terminal.casework import CaseWork
from terminal.checks.centre import Centre
from terminal.commands.run_case import Asked, situation_of
from terminal.holder.values import HolderCheck
from terminal.rules.pack import RulePack
from terminal.rules.reading import rules_of
from terminal.rules.situation import Channel
from terminal.rules.today import shipped
from terminal.tasks import open_task
from terminal.virtual.hands import VirtualHands
from terminal.virtual.people import people
from terminal.virtual.population import populate
from terminal.virtual.scripts import Script
from terminal.virtual.ways import CONDUCT, Way, ends

DAYS = (date(2025, 12, 31), date(2026, 2, 3))
NOW = datetime(2026, 2, 3, 8, 0, tzinfo=UTC)
AT = "2026-02-03T08:00:00.000Z"
PHOTO = cv2.imencode(".jpg", np.full((126, 102, 3), 127, np.uint8))[1].tobytes()
PHOTOS = {f"{name}.jpg": PHOTO for name in ("mei", "yun", "tong")}


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """The way to a centre that knows the virtual people."""
    base = tmp_path_factory.mktemp("centre")
    populate(base / "centre", PHOTOS)
    desk = open_desk(base / "centre", "test")
    keys = open_keys(base / "keys", "file")
    identity = desk.enrol(
        Enrolment(terminal_id="T-1", branch="B-1", public_key=keys.public_der(), token=desk.token())
    )
    yield Centre(LoopbackTransport(desk, identity, "T-1", keys), 5.0, lambda: NOW)
    desk.close()


def card_of(name: str) -> IdCard:
    """The card of a virtual person, as the reader gives it."""
    fields = people()[name].fields
    born = fields["birth"]
    return IdCard(
        CardKind.RESIDENT,
        fields["name"],
        fields["number"],
        Sex(fields["sex"]),
        date(int(born[:4]), int(born[4:6]), int(born[6:])),
        date(2020, 1, 1),
        None,
        long_term=True,
        nation=fields["nation"],
        address=fields["address"],
    )


def checked(name: str, script: Script) -> HolderCheck:
    """What the check of a person leaves."""
    if script is Script.FORGED_CARD:
        return HolderCheck(case_id="h", reasons=(("card.not_genuine", "C19"),), record_id="r-1")
    answer = Answer.NO_MATCH if script is Script.OTHER_PERSON else Answer.MATCH
    match = Match(0.7, 0.45, 0.3, answer, 1e-6, (0.0, 1e-5), "open", "test", PhotoKind.CHIP, 20.0)
    return HolderCheck(
        case_id="h",
        card=card_of(name),
        liveness=Liveness(LiveAnswer.LIVE, {}, (), 12),
        matches=(match, replace(match, photo_kind=PhotoKind.RETURNED)),
        reasons=(("match.no_match", "A01"),) if answer is Answer.NO_MATCH else (),
        record_id="r-1",
    )


@dataclass
class Counter:
    """A counter with its log, at which one case is run."""

    rules: RulePack
    centre: Centre
    log: list[dict[str, object]]

    def run(self, asked: Asked) -> Case:
        conduct = CONDUCT[asked.way]
        hands = VirtualHands(conduct)
        docket = Docket(lambda kind, body: self.log.append({"kind": kind, **body}), self.rules, lambda: AT)

        def check(name: str) -> HolderCheck:
            first = conduct.first if not any(done.method for done in docket.case.done) else Script.GENUINE
            holder = checked(name, first)
            if holder.card is not None:
                hands.photos(holder.card)
            return holder

        hands.attend(docket, self.centre, check, self.task)
        work = CaseWork(docket, hands)
        case = work.open(situation_of(asked, self.rules), "virtual-teller")
        if case.state is State.PARKED:
            docket.apply(Unparked(at=AT, by="virtual-teller"))
            case = work.go_on()
        return case

    def task(self, kind: str, case: Case) -> str:
        rule = self.rules.tasks.kinds[kind]
        asked = case.situation
        assert asked is not None
        made = open_task(kind, rule, Calendar.load(), id_="t", case_id=case.case_id, now=NOW, given=asked.on)
        assert made.due >= asked.on
        return made.id


@pytest.fixture(params=(pytest.param(DAYS[0], marks=pytest.mark.slow), DAYS[1]), ids=str)
def counter(request: pytest.FixtureRequest, centre: Centre) -> Counter:
    return Counter(rules_of(shipped(), request.param), centre, [])


def asked_for(rules: RulePack, business: str, way: Way, channel: Channel) -> Asked:
    amount = Decimal(60_000)
    return Asked(business, way, channel, date(2026, 2, 3), amount)


def test_every_business_comes_to_every_end(counter: Counter) -> None:
    seen: dict[str, set[str]] = {}
    for business in sorted(counter.rules.businesses):
        for way in Way:
            counter.log.clear()
            channel = counter.rules.businesses[business].channels[0]
            case = counter.run(asked_for(counter.rules, business, way, channel))
            assert case.state is State.ENDED, f"{business} {way}: open"
            demanded = {each.step for each in case.plan.required} if case.plan else set()
            assert case.ending in ends(way, demanded), (
                f"{business} {way}: {case.ending} {case.ground} {[f.code for f in case.findings]}"
            )
            seen.setdefault(business, set()).add(str(case.ending))
            assert [m.case for m in told(case.case_id, lines(counter), lambda _: counter.rules)][-1] == case
            body = json.dumps(case_body(case, verdict(case, counter.rules)), ensure_ascii=False)
            for person in people().values():
                assert person.fields["name"] not in body and person.fields["number"] not in body
    without = [name for name, ends in seen.items() if not ends & {"accepted", "provisional", "not_needed"}]
    assert not without, f"never accepted: {without}, {[seen[name] for name in without]}"


def lines(counter: Counter) -> list[dict[str, object]]:
    assert all(line["kind"] == EVENT for line in counter.log)
    return counter.log


def test_the_log_of_a_case_holds_no_personal_data(counter: Counter) -> None:
    for business in sorted(counter.rules.businesses):
        channel = counter.rules.businesses[business].channels[0]
        counter.run(asked_for(counter.rules, business, Way.DOUBT, channel))
    text = json.dumps(counter.log, ensure_ascii=False)
    for person in people().values():
        for key in ("name", "number", "address"):
            assert person.fields[key] not in text


def test_a_business_begun_where_it_is_not_done_is_offered_elsewhere(counter: Counter) -> None:
    for business, about in sorted(counter.rules.businesses.items()):
        for channel in set(Channel) - set(about.channels):
            case = counter.run(asked_for(counter.rules, business, Way.ACCEPTED, channel))
            assert case.ending in (Ending.OFFERED, Ending.REFERRED, Ending.REFUSED), f"{business} {channel}"
