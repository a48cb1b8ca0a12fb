"""A half-done case goes from the kiosk to the counter and on to a home visit, and nothing is typed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sites import ENTERED, NAME, NUMBER, PHONE, WORK, Site, begin, go_on, http_line, make_site

from sync.centre.embedded import RunningCentre, start_centre
from sync.store import stamp
from terminal.case.docket import EVENT, HANDED, HandedOver, told, unfinished
from terminal.case.events import Ending, Moved, Parked, Unparked, as_json
from terminal.case.session import NotNow
from terminal.case.values import State
from terminal.handover.bundle import moment
from terminal.handover.errors import HandoverError
from terminal.handover.giving import give_by_centre, give_by_picture, pack
from terminal.handover.parts import to_parts
from terminal.handover.qr import drawn, png, texts_in
from terminal.handover.station import TAKEN, TOLD
from terminal.handover.taking import take_by_code, take_by_picture, tell_centre
from terminal.rules.situation import Channel
from terminal.rules.today import rules_named

PERSONAL = (NAME, NUMBER, PHONE, WORK)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """A real centre behind real HTTP."""
    with start_centre(tmp_path_factory.mktemp("handing") / "centre") as running:
        yield running


@pytest.fixture
def site(centre: RunningCentre, tmp_path: Path) -> Iterator[Callable[[str], Site]]:
    """Makes terminals of that centre."""
    with ExitStack() as undo:

        def make(name: str) -> Site:
            terminal_id = f"{name}-{tmp_path.name}"
            line = http_line(centre.url, centre.token, terminal_id, tmp_path / name)
            made = make_site(tmp_path / name, terminal_id, line)
            undo.callback(made.close)
            return made

        yield make


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(HandoverError) as caught:
        work()
    return caught.value.code


def given(site: Site, case_id: str, to: str = "") -> str:
    packed = pack(site.station, case_id, to)
    give_by_centre(site.station, packed, "op-1")
    return packed.ticket.shown


def test_from_kiosk_to_counter_to_visit_with_nothing_entered_again(site: Callable[[str], Site]) -> None:
    kiosk, counter, visit = site("kiosk"), site("counter"), site("visit")
    case = begin(kiosk)
    taken = take_by_code(counter.station, given(kiosk, case.case_id), Channel.COUNTER, "op-2")
    assert taken.entered == ENTERED
    assert taken.again == ()
    assert taken.case.done and {each.key for each in case.done} >= {each.key for each in taken.case.done}
    go_on(counter.resumed(case.case_id), 2)
    last = take_by_code(visit.station, given(counter, case.case_id).lower(), Channel.VISIT, "op-3")
    assert last.entered == ENTERED
    ended = go_on(visit.resumed(case.case_id))
    assert ended.ending in (Ending.ACCEPTED, Ending.PROVISIONAL)
    assert ended.terminal == visit.station.terminal_id
    again = [each.case for each in told(case.case_id, visit.store.bodies(EVENT), rules_named)]
    assert again[-1] == ended
    origins = [line.get("from", "visit") for line in visit.store.bodies(EVENT)]
    assert set(origins) == {counter.station.terminal_id, "visit"}
    assert all(each.store.verify().sound for each in (kiosk, counter, visit))


def test_who_gave_it_away_cannot_go_on_with_it(site: Callable[[str], Site]) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    docket = kiosk.resumed(case.case_id)
    code = given(kiosk, case.case_id)
    docket.release()
    with pytest.raises(NotNow, match=r"case\.handed_over"):
        go_on(docket, 1)
    with pytest.raises(HandedOver):
        kiosk.resumed(case.case_id)
    with pytest.raises(HandedOver):
        pack(kiosk.station, case.case_id)
    assert unfinished(kiosk.store.bodies(EVENT), rules_named, kiosk.store.bodies(HANDED)) == ()
    assert kiosk.station.held.of(case.case_id) == {}
    take_by_code(counter.station, code, Channel.COUNTER, "op-2")
    left = unfinished(counter.store.bodies(EVENT), rules_named, counter.store.bodies(HANDED))
    assert [each.case_id for each in left] == [case.case_id]


def test_a_case_comes_back_to_where_it_was(site: Callable[[str], Site]) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    take_by_code(counter.station, given(kiosk, case.case_id), Channel.COUNTER, "op-2")
    go_on(counter.resumed(case.case_id), 1)
    back = take_by_code(kiosk.station, given(counter, case.case_id), Channel.KIOSK, "op-4")
    told_here = [each.event for each in told(case.case_id, kiosk.store.bodies(EVENT), rules_named)]
    told_there = [each.event for each in told(case.case_id, counter.store.bodies(EVENT), rules_named)]
    assert told_here[:-3] == told_there
    assert [type(each) for each in told_here[-3:]] == [Parked, Unparked, Moved]
    assert kiosk.resumed(case.case_id).case == back.case
    assert back.entered == ENTERED


def test_who_gave_it_may_take_it_back_with_the_code(site: Callable[[str], Site]) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    code = given(kiosk, case.case_id)
    assert take_by_code(kiosk.station, code, Channel.KIOSK, "op-1").entered == ENTERED
    assert code_of(lambda: take_by_code(counter.station, code, Channel.COUNTER, "op-2")) == (
        "handover.taken_elsewhere"
    )
    go_on(kiosk.resumed(case.case_id), 1)


def test_a_code_gives_a_case_once(site: Callable[[str], Site]) -> None:
    kiosk, counter, other = site("kiosk"), site("counter"), site("other")
    case = begin(kiosk)
    code = given(kiosk, case.case_id)
    take_by_code(counter.station, code, Channel.COUNTER, "op-2")
    again = lambda: take_by_code(counter.station, code, Channel.COUNTER, "op-2")  # noqa: E731
    assert code_of(again) == "handover.taken_already"
    assert code_of(lambda: take_by_code(other.station, code, Channel.COUNTER, "op-3")) == (
        "handover.taken_elsewhere"
    )
    assert other.store.bodies(EVENT) == ()


def test_whoever_lost_power_after_claiming_it_claims_it_again(site: Callable[[str], Site]) -> None:
    """The centre gave it, and the book could not be written: the same terminal tries again."""
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    code = given(kiosk, case.case_id)
    counter.store.close()
    with pytest.raises(Exception, match=r"store\.misused"):
        take_by_code(replace(counter.station, book=Broken(counter)), code, Channel.COUNTER, "op-2")
    counter.store = type(counter.store).open(counter.store.path, counter.keys.database_key())
    station = replace(counter.station, book=counter.store)
    assert take_by_code(station, code, Channel.COUNTER, "op-2").entered == ENTERED
    counter.store.close()


class Broken:
    """The book as it reads before the power goes, at the moment of writing."""

    def __init__(self, site: Site) -> None:
        self._store = site.store

    def bodies(self, kind: str) -> tuple:
        return ()

    def note(self, kind, body):
        return self._store.note(kind, body)

    def note_all(self, lines):
        return self._store.note_all(lines)


def test_a_parked_case_is_taken_up_again_elsewhere(site: Callable[[str], Site]) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    now = kiosk.clock()
    until = (now + timedelta(days=7)).date().isoformat()
    kiosk.resumed(case.case_id).apply(
        Parked(at=stamp(now), by="op-1", missing=("household_register",), until=until)
    )
    taken = take_by_code(counter.station, given(kiosk, case.case_id), Channel.COUNTER, "op-2")
    assert taken.case.state is State.OPEN
    kinds = [type(each.event) for each in told(case.case_id, counter.store.bodies(EVENT), rules_named)][-3:]
    assert kinds == [Parked, Unparked, Moved]


def test_by_picture_with_a_line_everything_comes_along(site: Callable[[str], Site]) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    texts, deposited = give_by_picture(kiosk.station, pack(kiosk.station, case.case_id), "op-1")
    assert deposited
    read = tuple(text for each in texts for text in texts_in(drawn(each)))
    taken = take_by_picture(counter.station, read[::-1], Channel.COUNTER, "op-2")
    assert (taken.entered, taken.again, taken.told) == (ENTERED, (), True)


def test_by_picture_without_a_line_only_what_was_said_and_typed_is_given_again(
    site: Callable[[str], Site],
) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    texts, deposited = give_by_picture(kiosk.without_line(), pack(kiosk.station, case.case_id), "op-1")
    assert not deposited
    known = {kiosk.station.terminal_id: kiosk.keys.public_der()}
    taken = take_by_picture(replace(counter.without_line(), peers=known), texts, Channel.COUNTER, "op-2")
    assert {each.field for each in taken.again} == {"phone", "occupation"}
    assert (taken.entered, taken.told) == ({}, False)
    assert go_on(counter.resumed(case.case_id)).ending in (Ending.ACCEPTED, Ending.PROVISIONAL)


def test_a_picture_of_a_terminal_nobody_knows_is_refused(site: Callable[[str], Site]) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    texts, _ = give_by_picture(kiosk.without_line(), pack(kiosk.station, case.case_id), "op-1")
    take = lambda: take_by_picture(counter.without_line(), texts, Channel.COUNTER, "op-2")  # noqa: E731
    assert code_of(take) == "handover.unknown_terminal"
    stranger = replace(counter.without_line(), peers={kiosk.station.terminal_id: counter.keys.public_der()})
    assert code_of(lambda: take_by_picture(stranger, texts, Channel.COUNTER, "op-2")) == "handover.altered"
    assert counter.store.bodies(EVENT) == ()


def test_the_giver_without_a_line_is_known_by_the_centre(site: Callable[[str], Site]) -> None:
    """Only the taker has a line: the centre's key is believed, and the centre knows who has the case."""
    kiosk, counter, other = site("kiosk"), site("counter"), site("other")
    case = begin(kiosk)
    texts, _ = give_by_picture(kiosk.without_line(), pack(kiosk.station, case.case_id), "op-1")
    taken = take_by_picture(counter.station, texts, Channel.COUNTER, "op-2")
    assert taken.told and {each.field for each in taken.again} == {"phone", "occupation"}
    assert code_of(lambda: take_by_picture(other.station, texts, Channel.COUNTER, "op-3")) == (
        "handover.taken_elsewhere"
    )


def test_two_that_took_it_without_a_line_are_told_apart_later(site: Callable[[str], Site]) -> None:
    kiosk, counter, other = site("kiosk"), site("counter"), site("other")
    case = begin(kiosk)
    texts, _ = give_by_picture(kiosk.without_line(), pack(kiosk.station, case.case_id), "op-1")
    known = {kiosk.station.terminal_id: kiosk.keys.public_der()}
    for each in (counter, other):
        take_by_picture(replace(each.without_line(), peers=known), texts, Channel.COUNTER, "op-2")
    assert tell_centre(counter.without_line(), "op-2") == ()
    assert counter.store.bodies(TOLD) == ()
    assert tell_centre(counter.station, "op-2") == ()
    assert tell_centre(other.station, "op-3") == ((case.case_id, counter.station.terminal_id),)
    assert [line["outcome"] for line in other.store.bodies(TOLD)] == ["taken"]
    assert tell_centre(other.station, "op-3") == ()


def test_a_case_given_twice_is_taken_once(site: Callable[[str], Site]) -> None:
    """A giver whose book was set back gives the same case again, under another code."""
    kiosk, counter, other = site("kiosk"), site("counter"), site("other")
    case = begin(kiosk)
    first, second = pack(kiosk.station, case.case_id), pack(kiosk.station, case.case_id)
    give_by_centre(kiosk.station, first, "op-1")
    give_by_centre(kiosk.station, second, "op-1")
    take_by_code(counter.station, second.ticket.code, Channel.COUNTER, "op-2")
    assert code_of(lambda: take_by_code(other.station, first.ticket.code, Channel.COUNTER, "op-3")) == (
        "handover.taken_elsewhere"
    )


def test_the_centre_and_the_logs_hold_nothing_of_the_person(
    site: Callable[[str], Site], centre: RunningCentre
) -> None:
    kiosk, counter = site("kiosk"), site("counter")
    case = begin(kiosk)
    packed = pack(kiosk.station, case.case_id)
    give_by_centre(kiosk.station, packed, "op-1")
    kept = b"".join(each.read_bytes() for each in centre.folder.glob("centre.db*"))
    assert packed.data is not None and packed.data in kept
    take_by_code(counter.station, packed.ticket.shown, Channel.COUNTER, "op-2")
    lines = str([each.store.bodies(kind) for each in (kiosk, counter) for kind in (EVENT, HANDED, TAKEN)])
    assert case.case_id in lines
    for secret in (*PERSONAL, packed.ticket.code, packed.ticket.shown):
        assert secret.encode() not in kept
        assert secret not in lines
    carried = str(to_parts(packed.signed, packed.ticket)) + packed.signed.handover.model_dump_json()
    assert not [each for each in PERSONAL if each in carried or each in repr(packed)]


def test_the_centre_keeps_nothing_without_a_line(site: Callable[[str], Site]) -> None:
    kiosk = site("kiosk")
    case = begin(kiosk)
    packed = pack(kiosk.station, case.case_id)
    assert code_of(lambda: give_by_centre(kiosk.without_line(), packed, "op-1")) == "handover.no_line"
    assert kiosk.store.bodies(HANDED) == ()
    go_on(kiosk.resumed(case.case_id), 1)


def test_codes_are_read_from_a_photograph_of_a_screen(site: Callable[[str], Site]) -> None:
    """Turned, smaller and a little out of focus."""
    kiosk = site("kiosk")
    packed = pack(kiosk.station, begin(kiosk).case_id)
    texts = to_parts(packed.signed, packed.ticket)
    for text in texts:
        code = cv2.imdecode(np.frombuffer(png(text), np.uint8), cv2.IMREAD_COLOR)
        code = cv2.copyMakeBorder(code, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=(210, 210, 210))
        middle = (code.shape[1] / 2, code.shape[0] / 2)
        turned = cv2.getRotationMatrix2D(middle, 7, 0.7)
        seen = cv2.warpAffine(code, turned, code.shape[1::-1], borderValue=(90, 90, 90))
        seen = cv2.GaussianBlur(seen, (3, 3), 0)
        assert texts_in(seen) == (text,)


def test_an_ended_case_is_not_handed_over(site: Callable[[str], Site]) -> None:
    kiosk = site("kiosk")
    case = begin(kiosk, Channel.COUNTER)
    go_on(kiosk.resumed(case.case_id))
    assert code_of(lambda: pack(kiosk.station, case.case_id)) == "handover.not_open"


def test_expiry_is_the_rules_own(site: Callable[[str], Site]) -> None:
    kiosk = site("kiosk")
    case = begin(kiosk)
    handover = pack(kiosk.station, case.case_id).signed.handover
    lasts = moment(handover.expires) - moment(handover.at)
    assert lasts == timedelta(minutes=rules_named(case.packs_sha256).handling.handover_minutes)


def test_what_is_given_is_what_the_log_says(site: Callable[[str], Site]) -> None:
    kiosk = site("kiosk")
    case = begin(kiosk)
    events = [as_json(each.event) for each in told(case.case_id, kiosk.store.bodies(EVENT), rules_named)]
    assert list(pack(kiosk.station, case.case_id).signed.handover.events) == events
