"""What becomes of replies at the counter: wrong ones, ways out, second persons, what is said twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from answering import answered_by
from counters import Colleague, Counter, Crew, open_counter

from sync.store import Store
from terminal.asking import Ask, Entry, EntryKind, Label, Rank, Reply
from terminal.case.docket import EVENT
from terminal.case.events import Ending
from terminal.case.values import State
from terminal.checks.centre import Centre
from terminal.control import Interrupted
from terminal.counter.questions import Questions, option
from terminal.handover.held import HeldData
from terminal.ledger import Book
from terminal.people.errors import Refused
from terminal.rules.reading import rules_of
from terminal.rules.today import shipped
from terminal.virtual.people import people
from terminal.virtual.ways import CONDUCT, Way

RULES = rules_of(shipped(), date.today())
Opened = tuple[Book, Store, Centre]
Changed = Callable[[Ask, Reply], Reply]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with open_counter(tmp_path_factory.mktemp("counter")) as found:
        yield found


def counter(
    opened: Opened, change: Changed = lambda _, reply: reply, held: HeldData | None = None
) -> Counter:
    """A counter whose teller does everything right but where `change` says otherwise."""
    made = Counter(*opened, RULES, CONDUCT[Way.ACCEPTED], held)
    usual = made.teller.answer
    made.teller.answer = lambda ask: change(ask, usual(ask))  # type: ignore[method-assign]
    return made


def titled(made: Counter, title: str) -> list[Ask]:
    return [each for each in made.teller.asked if each.title.code == title]


def put(ask: Ask, *replies: Reply) -> tuple[Reply | None, list[Ask]]:
    """Put `ask`; the replies are handed in one after the other, each to the newest question."""
    questions, seen, left, got = Questions(lambda: None), [], list(replies), []
    over = threading.Event()

    def answer(asked: Ask) -> Reply:
        seen.append(asked)
        return replace(left.pop(0), number=asked.number) if left else Reply(-1, "")

    thread = threading.Thread(target=answered_by, args=(questions, answer, over))
    thread.start()
    stop = threading.Timer(1.5, questions.stop)
    stop.start()
    with suppress(Interrupted):
        got.append(questions.put(ask))
    over.set()
    stop.cancel()
    thread.join()
    return (got[0] if got else None), seen


FORM = Ask(
    0,
    Label("ask.opening.line"),
    entries=(
        Entry("amount", EntryKind.AMOUNT, Label("ask.opening.amount")),
        Entry("secret", EntryKind.SECRET, Label("ask.second.password"), needed=False),
        Entry("kind", EntryKind.CHOICE, Label("ask.kind"), needed=False),
        Entry("chip", EntryKind.TEXT, Label("ask.kind"), value="read", fixed=True, needed=False),
    ),
    options=(option("open", rank=Rank.PRIMARY), option("back", takes_entries=False)),
)


def test_what_is_missing_is_asked_again_with_everything_but_secrets_kept() -> None:
    first = Reply(0, "open", {"amount": " ", "secret": "S3cret", "chip": "forged"})
    reply, seen = put(FORM, first, Reply(0, "open", {"amount": "5"}))
    assert reply is not None and reply.values["amount"] == "5"
    again = {each.name: each for each in seen[1].entries}
    assert again["amount"].wrong == Label("ask.needed") and seen[1].trouble == Label("ask.look_again")
    assert again["secret"].value == "" and again["chip"].value == "read"
    assert seen[1].number > seen[0].number


@pytest.mark.parametrize(
    "values", [{"amount": "5", "kind": "unheard_of"}, {"amount": "9" * 2001}], ids=["choice", "long"]
)
def test_what_does_not_fit_the_form_is_asked_again(values: dict[str, str]) -> None:
    reply, seen = put(FORM, Reply(0, "open", values), Reply(0, "back"))
    assert reply is not None and reply.option == "back"
    assert any(each.wrong for each in seen[1].entries)


def test_a_reply_to_another_question_or_with_an_option_not_offered_changes_nothing() -> None:
    reply, seen = put(FORM, Reply(0, "refuse", {"amount": "5"}))
    assert reply is None and len(seen) == 1


def test_a_second_person_who_is_refused_is_asked_again_and_nothing_counts(opened: Opened) -> None:
    class Strict(Crew):
        def second(
            self, number: str, password: str, roles: tuple[str, ...], makers: tuple[str, ...]
        ) -> Colleague:
            if password != "right":
                raise Refused("people.refused")
            assert self.number in makers, "the teller made it"
            return super().second(number, password, roles, makers)

    tries: list[int] = []

    def change(ask: Ask, reply: Reply) -> Reply:
        if "password" in reply.values:
            tries.append(ask.number)
            word = "wrong" if len(tries) % 2 else "right"
            return replace(reply, values={**reply.values, "password": word})
        return reply

    made = counter(opened, change)
    made.desk._room = replace(made.desk._room, staff=Strict())
    made.run("activate_dormant")
    asked = titled(made, "ask.review.title")
    assert [each.trouble for each in asked] == [None, Label("people.refused")]
    assert all(entry.value == "" for entry in asked[1].entries if entry.kind is EntryKind.SECRET)
    assert made.last().ending is Ending.ACCEPTED


def test_who_declines_their_face_is_known_in_another_way_that_two_people_stand_for(opened: Opened) -> None:
    def change(ask: Ask, reply: Reply) -> Reply:
        face = ask.to_customer and "decline" in {each.name for each in ask.options}
        return replace(reply, option="decline") if face else reply

    made = counter(opened, change)
    made.run("activate_dormant")
    case = made.last()
    assert made.within[0].face is False, "the camera must not look"
    stood_in = [each for each in case.done if each.excepted]
    assert [(each.excepted, each.step.value) for each in stood_in] == [
        ("biometrics_declined", "holder_check")
    ]
    assert case.ending is Ending.ACCEPTED and "face_match" not in {method for _, method in case.proved}


def test_a_case_that_was_interrupted_goes_on_with_what_was_typed_and_identifies_anew(
    opened: Opened, tmp_path: Path
) -> None:
    held = HeldData(tmp_path, bytes(range(32)), lambda: 30)

    def leave(ask: Ask, reply: Reply) -> Reply:
        if ask.title.code == "ask.read_back.title":
            made.questions.stop()  # the program is closed
        return reply

    made = counter(opened, leave, held)
    made.run("activate_dormant")
    left = made.last()
    assert left.state is State.OPEN and made.desk.view is None
    files = list(tmp_path.iterdir())
    assert len(files) == 1
    kept = files[0].read_bytes()
    for person in people().values():
        assert person.fields["name"].encode() not in kept
    again = counter(opened, held=held)
    assert left.case_id in [each.case_id for each in again.desk.waiting()]
    again.resume(left.case_id)
    case = again.last()
    assert case.case_id == left.case_id and case.ending is Ending.ACCEPTED
    assert len(again.within) == 1, "the person must be identified anew"
    assert not titled(again, "profile.individual"), "nothing is typed twice"
    assert titled(again, "ask.read_back.title")[0].rows


def test_what_was_entered_and_altered_on_disk_is_asked_again(opened: Opened, tmp_path: Path) -> None:
    held = HeldData(tmp_path, bytes(range(32)), lambda: 30)

    def leave(ask: Ask, reply: Reply) -> Reply:
        if ask.title.code == "ask.read_back.title":
            made.questions.stop()
        return reply

    made = counter(opened, leave, held)
    made.run("activate_dormant")
    place = next(tmp_path.iterdir())
    place.write_bytes(place.read_bytes()[:-1] + b"\0")
    again = counter(opened, held=held)
    again.resume(made.last().case_id)
    assert titled(again, "ask.correct.title") == [] and again.last().ending is Ending.ACCEPTED


def test_a_doubtful_answer_stops_the_case_until_somebody_else_looks_at_it(opened: Opened) -> None:
    def change(ask: Ask, reply: Reply) -> Reply:
        if ask.title.code == "question_set.purpose_and_funds":
            return replace(reply, values={**reply.values, "own_use": "no"})
        return reply

    made = counter(opened, change)
    made.run("open_class_1")
    case = made.last()
    finding = next(each for each in case.findings if each.code == "questions.purpose_and_funds")
    assert finding.resolved_by is not None and finding.resolved_by not in case.makers
    assert titled(made, "ask.resolve.title")


@pytest.mark.parametrize("way", ["leaves", "refer", "refuse"])
def test_from_any_question_a_case_can_be_left_and_gone_back_to(opened: Opened, way: str) -> None:
    back: list[str] = []

    def change(ask: Ask, reply: Reply) -> Reply:
        if ask.title.code == "rules.step.earlier_records":
            return replace(reply, option=way)
        if ask.title.code in ("ask.withdrawn.title", "ask.referred.title", "ask.refuse.title") and not back:
            back.append(ask.title.code)
            return replace(reply, option="back")
        return reply

    made = counter(opened, change)
    made.run("activate_dormant")
    asked = titled(made, "rules.step.earlier_records")
    assert len(asked) == 2, "going back asks the same again"
    endings = {"leaves": Ending.WITHDRAWN, "refer": Ending.REFERRED, "refuse": Ending.REFUSED}
    assert made.last().ending is endings[way]


def test_an_amount_is_asked_for_where_rules_ask_and_must_be_one(opened: Opened) -> None:
    wrong = iter(["0", "-5", "1.005", "many", "1e40", "49999.99"])

    def change(ask: Ask, reply: Reply) -> Reply:
        return (
            replace(reply, values={**reply.values, "amount": next(wrong)})
            if "amount" in reply.values
            else reply
        )

    made = counter(opened, change)
    made.run("cash_out")
    assert str(made.last().situation.amount) == "49999.99"  # type: ignore[union-attr]


def test_nothing_typed_or_read_stands_in_the_log(opened: Opened) -> None:
    made = counter(opened)
    made.run("open_class_1")
    text = str(opened[1].bodies(EVENT))
    typed = {value for ask in made.teller.asked for value in (entry.value for entry in ask.entries)}
    for word in {each for each in typed if len(each) > 5 and not each.isascii()}:
        assert word not in text
    for person in people().values():
        assert person.fields["number"] not in text and person.fields["name"] not in text


def test_the_data_set_goes_to_the_centre_sealed(opened: Opened) -> None:
    made = counter(opened)
    made.run("open_class_1")
    record = opened[1].record(made.last().case_id)
    assert record is not None
    assert [each.name for each in record.record.evidence] == ["dataset"]


def test_a_cut_between_the_end_and_the_record_loses_nothing_that_was_entered(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, store, _ = opened
    held = HeldData(tmp_path, bytes(range(32)), lambda: 30)
    made = counter(opened, held=held)

    def cut(*_: object) -> str:
        raise Interrupted("case.interrupted")

    monkeypatch.setattr(book, "keep_case", cut)
    made.run("activate_dormant")
    monkeypatch.undo()
    case = made.last()
    assert case.state is State.ENDED and store.record(case.case_id) is None
    monkeypatch.setattr(book, "_held", held)
    counter(opened, held=held).desk.settle()
    kept = store.record(case.case_id)
    assert kept is not None and [each.name for each in kept.record.evidence] == ["dataset"]
    assert not list(tmp_path.iterdir()), "what was entered goes once the record is kept"


def test_consent_is_kept_in_the_language_it_was_given_in(opened: Opened) -> None:
    hashes = []
    for language in ("zh", "en"):
        made = counter(opened, lambda ask, reply, language=language: replace(reply, language=language))
        made.run("activate_dormant")
        hashes.append([each.evidence for each in made.last().done if each.step.value == "consent"])
    assert hashes[0] and all(zh != en for zh, en in zip(*hashes, strict=True))
