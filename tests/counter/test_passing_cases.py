"""A case begun at one counter goes on at another: by a code, by pictures, and not at all when told so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from counters import Counter, open_centre, open_terminal

from models.api import Image
from sync.centre.desk import Desk
from terminal.asking import Ask, Reply
from terminal.case.docket import EVENT, HANDED
from terminal.case.events import Ending
from terminal.case.values import State
from terminal.handover.held import HeldData
from terminal.handover.station import TAKEN, TOLD, Station
from terminal.rules.business import StepName
from terminal.rules.reading import rules_of
from terminal.rules.today import shipped
from terminal.virtual.ways import CONDUCT, Way

RULES = rules_of(shipped(), date.today())
BUSINESS = "open_class_1"
Make = Callable[..., Counter]
Choices = dict[str, str]
"""The option to choose by the title of what is asked, where it is not the first."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_centre(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture
def make(desk: Desk, tmp_path: Path) -> Iterator[Make]:
    """Makes counters of that centre, each with a book of its own."""
    with ExitStack() as undo:

        def made(
            name: str,
            way: Way = Way.ACCEPTED,
            *,
            peers: dict[str, bytes] | None = None,
            online: bool = True,
            look: Callable[[], Image | None] = lambda: None,
        ) -> Counter:
            base, terminal = tmp_path / name, f"{name}-{tmp_path.name}"
            book, store, centre, keys = undo.enter_context(open_terminal(base, desk, terminal))
            held = HeldData(base / "held", keys.database_key(), lambda: 30)
            line = centre if online else None
            station = Station(terminal, store, keys, lambda _: RULES, held, line, peers or {})
            return Counter(book, store, centre, RULES, CONDUCT[way], held, station=station, look=look)

        yield made


def told(made: Counter, choices: Choices, values: dict[str, str] | None = None) -> None:
    """What the teller chooses and enters where a case is handed over or taken."""
    usual = made.teller.answer

    def answer(ask: Ask) -> Reply:
        reply = usual(ask)
        if ask.camera:  # holds the codes before it and touches nothing
            return Reply(-1, "")
        typed = {name: text for name, text in (values or {}).items() if name in reply.values}
        wanted = choices.get(ask.title.code, reply.option)
        offered = {each.name for each in ask.options}
        option = wanted if wanted in offered else reply.option
        return replace(reply, option=option, values={**reply.values, **typed})

    made.teller.answer = answer  # type: ignore[method-assign]


def waiting(made: Counter) -> str:
    """A case that waits for papers."""
    made.run(BUSINESS)
    (case,) = made.desk.waiting()
    return case.case_id


def shown(made: Counter) -> Ask:
    """The last question of handing over: with code or pictures."""
    return [each for each in made.teller.asked if each.title.code == "ask.hand_over.title"][-1]


def code_of(made: Counter) -> str:
    return next(row.value for row in shown(made).rows if row.label.code == "ask.hand_over.code")


def frames(pictures: tuple[bytes, ...]) -> Callable[[], Image | None]:
    """A camera before which one code after the other is held, with nothing in between."""
    left: list[Image | None] = []
    for each in pictures:
        picture = cv2.imdecode(np.frombuffer(each, np.uint8), cv2.IMREAD_COLOR)
        framed = cv2.copyMakeBorder(picture, 40, 40, 120, 120, cv2.BORDER_CONSTANT, value=(190, 190, 190))
        left += [None, np.asarray(framed, np.uint8)]
    return lambda: left.pop(0) if left else None


def test_a_case_goes_on_at_another_counter_and_nothing_is_asked_twice(make: Make) -> None:
    here, there = make("here", Way.PAPERS_MISSING), make("there")
    case_id = waiting(here)
    before = here.last()
    entered = here.desk._room.held.of(case_id)
    here.hand_over(case_id)
    assert here.desk.waiting() == () and here.store.bodies(HANDED)[-1]["case_id"] == case_id
    told(there, {}, {"code": code_of(here).lower()})
    there.take_over()
    after = there.last()
    assert after.case_id == case_id and after.ending is Ending.ACCEPTED
    assert after.terminal == there.desk._room.station.terminal_id
    kept = {each.key for each in before.done if each.step is StepName.DATA}
    assert kept <= {each.key for each in after.done}
    typed = {entry.name for ask in there.teller.asked for entry in ask.entries if not entry.value}
    assert not typed & {value.field for values in entered.values() for value in values}


def test_whoever_was_identified_there_is_identified_anew_here(make: Make) -> None:
    here, there = make("here", Way.PAPERS_MISSING), make("there")
    case_id = waiting(here)
    here.hand_over(case_id)
    told(there, {}, {"code": code_of(here)})
    there.take_over()
    assert len(there.within) == len(here.within) == 1


def test_a_case_goes_on_by_pictures_before_the_camera_without_a_line(make: Make) -> None:
    here = make("here", Way.PAPERS_MISSING, online=False)
    case_id = waiting(here)
    told(here, {"ask.hand_over.title": "by_picture"})
    here.hand_over(case_id)
    pictures = shown(here).pictures
    assert len(pictures) > 1
    giver = here.desk._room.station
    peers = {giver.terminal_id: giver.signer.public_der()}
    there = make("there", peers=peers, online=False, look=frames(pictures))
    told(there, {"ask.take_over.title": "scan"})
    there.take_over()
    assert there.last().case_id == case_id and there.last().ending is not None
    counted = [row.value for ask in there.teller.asked if ask.camera for row in ask.rows]
    assert counted[: len(pictures)] == ["0", *[f"{n} / {len(pictures)}" for n in range(1, len(pictures))]]
    (line,) = there.store.bodies(TAKEN)
    assert line["told"] is False


def test_no_picture_is_shown_while_the_case_could_go_on_here(make: Make) -> None:
    """Whoever photographed it could take the case, and it would go on twice."""
    here = make("here", Way.PAPERS_MISSING, online=False)
    case_id = waiting(here)
    usual, given, back = here.teller.answer, [], ["back", "give"]

    def answer(ask: Ask) -> Reply:
        if ask.pictures:
            given.append(len(here.store.bodies(HANDED)))
            return usual(ask)
        giving = "give" in {each.name for each in ask.options}
        return replace(usual(ask), option=back.pop(0) if giving else "by_picture")

    here.teller.answer = answer  # type: ignore[method-assign]
    here.hand_over(case_id)
    assert back == [] and given == [1]


def test_the_centre_is_told_later_of_a_case_taken_over_without_a_line(make: Make) -> None:
    here = make("here", Way.PAPERS_MISSING, online=False)
    case_id = waiting(here)
    told(here, {"ask.hand_over.title": "by_picture"})
    here.hand_over(case_id)
    giver = here.desk._room.station
    peers = {giver.terminal_id: giver.signer.public_der()}
    there = make("there", peers=peers, online=False, look=frames(shown(here).pictures))
    told(there, {"ask.take_over.title": "scan"})
    there.take_over()
    back = replace(there.desk._room.station, centre=there.desk._room.centre)
    there.desk._passing._station = back
    assert there.desk._passing.tell() == ()
    assert [line["handover"] for line in there.store.bodies(TOLD)] == [
        line["handover"] for line in there.store.bodies(TAKEN)
    ]


def test_who_goes_back_keeps_the_case(make: Make) -> None:
    here = make("here", Way.PAPERS_MISSING)
    case_id = waiting(here)
    shows: list[Ask] = []
    usual = here.teller.answer

    def answer(ask: Ask) -> Reply:
        shows.append(ask)
        return replace(usual(ask), option="by_code" if len(shows) == 1 else "back")

    here.teller.answer = answer  # type: ignore[method-assign]
    here.hand_over(case_id)
    assert [bool(each.rows) for each in shows] == [False, True, False]
    assert [each.case_id for each in here.desk.waiting()] == [case_id]
    assert here.store.bodies(HANDED) == () and here.last().state is State.PARKED


def test_without_a_line_the_code_changes_nothing_and_pictures_are_offered(make: Make) -> None:
    here = make("here", Way.PAPERS_MISSING, online=False)
    case_id = waiting(here)
    asked: list[Ask] = []
    usual = here.teller.answer

    def answer(ask: Ask) -> Reply:
        asked.append(ask)
        return replace(usual(ask), option="back") if ask.trouble or len(asked) > 2 else usual(ask)

    here.teller.answer = answer  # type: ignore[method-assign]
    here.hand_over(case_id)
    assert [each.trouble.code for each in asked if each.trouble] == ["handover.no_line"]
    assert [each.case_id for each in here.desk.waiting()] == [case_id]


def test_a_wrong_code_is_asked_again_and_another_terminals_case_is_refused(make: Make) -> None:
    here, there = make("here", Way.PAPERS_MISSING), make("there")
    case_id = waiting(here)
    told(here, {}, {"to": "somebody-else"})
    here.hand_over(case_id)
    tries = iter(["", "AAAA-BBBB", code_of(here)])
    usual = there.teller.answer
    asked: list[Ask] = []

    def answer(ask: Ask) -> Reply:
        asked.append(ask)
        code = next(tries, None)
        return (
            replace(usual(ask), option="back") if code is None else Reply(ask.number, "take", {"code": code})
        )

    there.teller.answer = answer  # type: ignore[method-assign]
    there.take_over()
    codes = [each.trouble.code if each.trouble else "" for each in asked]
    assert codes == ["", "ask.look_again", "handover.bad_code", "handover.not_for_here"]
    assert there.store.bodies(EVENT) == () and there.store.bodies(TAKEN) == ()
