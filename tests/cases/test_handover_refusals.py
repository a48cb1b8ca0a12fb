"""What was altered, came twice, too late, in part or to the wrong terminal is refused, each with its code."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sites import ENTERED, Clock, Site, begin, make_site
from sqlalchemy import select, update

from sync.answers import Passing
from sync.centre import tables
from sync.centre.desk import Desk, open_desk
from sync.keys import Keys
from sync.questions import TakeOver
from sync.records import Enrolment
from sync.transports.loopback import LoopbackTransport
from terminal.case.docket import EVENT, HANDED
from terminal.handover.bundle import Handover, Signed, read, signed
from terminal.handover.entered import written
from terminal.handover.errors import HandoverError
from terminal.handover.giving import Packed, give_by_centre, pack
from terminal.handover.held import HeldData
from terminal.handover.parts import MOST_SIGNS, from_parts, to_parts
from terminal.handover.peers import peer_file, read_peers
from terminal.handover.station import TAKEN
from terminal.handover.taking import take_by_code, take_by_picture
from terminal.handover.ticket import new_ticket, read_ticket
from terminal.messages import LANGUAGES, texts
from terminal.reference import LETTERS
from terminal.rules.errors import RuleError
from terminal.rules.situation import Channel

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Branch:
    """A centre in this process with a clock that can be put on, and two terminals of it."""

    desk: Desk
    centre_clock: Clock
    kiosk: Site
    counter: Site
    make: Callable[[str], Site]

    def later(self, minutes: int) -> None:
        for clock in (self.centre_clock, self.kiosk.clock, self.counter.clock):
            clock.ahead = timedelta(minutes=minutes)


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    clock = Clock()
    with ExitStack() as undo:
        desk = replace(open_desk(tmp_path / "centre", "test"), now=clock)
        undo.callback(desk.close)

        def make(name: str) -> Site:
            def line(keys: Keys) -> LoopbackTransport:
                wish = Enrolment(
                    terminal_id=name, branch="B-1", public_key=keys.public_der(), token=desk.token()
                )
                return LoopbackTransport(desk, desk.enrol(wish), name, keys)

            site = make_site(tmp_path / name, name, line)
            undo.callback(site.close)
            return site

        yield Branch(desk, clock, make("kiosk"), make("counter"), make)


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(HandoverError) as caught:
        work()
    return caught.value.code


def take(site: Site, packed: Packed, whole: Signed | None = None) -> str:
    """How the counter refuses the picture of `whole`; it knows the kiosk's key and has no line."""
    station = replace(site.without_line(), peers=PEERS)
    parts = to_parts(whole or packed.signed, packed.ticket)
    found = refusal(lambda: take_by_picture(station, parts, Channel.COUNTER, "op-2"))
    assert site.store.bodies(EVENT) == site.store.bodies(TAKEN) == ()
    return found


PEERS: dict[str, bytes] = {}


@pytest.fixture
def packed(branch: Branch) -> Packed:
    """A case of the kiosk, ready to be given."""
    PEERS.clear()
    PEERS["kiosk"] = branch.kiosk.keys.public_der()
    return pack(branch.kiosk.station, begin(branch.kiosk).case_id)


def signed_again(branch: Branch, packed: Packed, **changes: Any) -> Signed:
    """As the kiosk would sign it if its program were another one."""
    return signed(packed.signed.handover.model_copy(update=changes), branch.kiosk.keys)


def changed(packed: Packed, number: int, **changes: Any) -> tuple[dict[str, Any], ...]:
    events = list(packed.signed.handover.events)
    events[number] = {**events[number], **changes}
    return tuple(events)


def test_a_changed_event_is_not_what_was_signed(branch: Branch, packed: Packed) -> None:
    handover = packed.signed.handover.model_copy(update={"events": changed(packed, 1, by="op-9")})
    assert take(branch.counter, packed, packed.signed.model_copy(update={"handover": handover})) == (
        "handover.altered"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"case_id": "another"},
        {"terminal": "counter"},
        {"to": "counter"},
        {"expires": "2099-01-01T00:00:00.000Z"},
        {"packs_sha256": "0" * 64},
        {"data_sha256": "0" * 64},
        {"fields": ()},
        {"id": "another"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_nothing_of_it_can_be_changed(branch: Branch, packed: Packed, changes: dict[str, Any]) -> None:
    PEERS["counter"] = branch.counter.keys.public_der()
    handover = packed.signed.handover.model_copy(update=changes)
    assert take(branch.counter, packed, packed.signed.model_copy(update={"handover": handover})) == (
        "handover.altered"
    )


def test_another_code_does_not_fit_it(branch: Branch, packed: Packed) -> None:
    assert take(branch.counter, replace(packed, ticket=new_ticket())) == "handover.altered"


def test_what_its_rules_do_not_allow_is_refused_even_signed(branch: Branch, packed: Packed) -> None:
    events = packed.signed.handover.events
    for wrong, number in (
        ((events[0], *events[2:]), 3),
        ((*events, events[-1]), len(events) + 1),
        (events[1:], 1),
        ((), 1),
        (changed(packed, 2, key="customer/nothing"), 3),
        ((*events, {"at": "2026-02-03T04:05:06Z", "by": "op-1", "kind": "ended", "ending": "accepted",
                    "ground": "", "second": None, "second_role": None}), len(events) + 1),
    ):  # fmt: skip
        again = signed_again(branch, packed, events=wrong)
        station = replace(branch.counter.without_line(), peers=PEERS)
        with pytest.raises(HandoverError) as caught:
            take_by_picture(station, to_parts(again, packed.ticket), Channel.COUNTER, "op-2")
        assert (caught.value.code, caught.value.facts["number"]) == ("handover.does_not_replay", number)


def test_a_case_that_ended_is_none_to_take(branch: Branch, packed: Packed) -> None:
    end = {"at": "2026-02-03T04:05:06Z", "by": "op-1", "kind": "ended", "ending": "withdrawn", "ground": "",
           "second": None, "second_role": None}  # fmt: skip
    again = signed_again(branch, packed, events=(*packed.signed.handover.events, end))
    station = replace(branch.counter.without_line(), peers=PEERS)
    with pytest.raises(HandoverError) as caught:
        take_by_picture(station, to_parts(again, packed.ticket), Channel.COUNTER, "op-2")
    found = (caught.value.code, caught.value.facts["number"], caught.value.facts["cause"])
    assert found == ("handover.does_not_replay", len(again.handover.events), "case.not_open")


def test_an_event_of_another_program_is_not_guessed(branch: Branch, packed: Packed) -> None:
    for wrong in (changed(packed, 1, kind="danced"), changed(packed, 1, mood="good")):
        again = signed_again(branch, packed, events=wrong)
        assert take(branch.counter, packed, again) == "handover.unreadable"


def test_it_expires(branch: Branch, packed: Packed) -> None:
    give_by_centre(branch.kiosk.station, packed, "op-1")
    branch.later(241)
    assert take(branch.counter, packed) == "handover.expired"
    code = packed.ticket.shown
    take_code = lambda: take_by_code(branch.counter.station, code, Channel.COUNTER, "op-2")  # noqa: E731
    assert refusal(take_code) == "handover.expired"
    branch.counter.clock.ahead = timedelta()  # a clock put back does not make it good again
    assert refusal(take_code) == "handover.expired"


def test_the_centre_forgets_what_expired(branch: Branch, packed: Packed) -> None:
    give_by_centre(branch.kiosk.station, packed, "op-1")
    branch.later(241)
    give_by_centre(branch.kiosk.station, pack(branch.kiosk.station, begin(branch.kiosk).case_id), "op-1")
    table = tables.handover
    kept = branch.desk.book.read(
        lambda connection: connection.execute(
            select(table.c.data, table.c.handover).where(
                table.c.reference == packed.signed.handover.reference
            )
        ).one()
    )
    assert tuple(kept) == (None, None)


def test_no_giver_makes_it_last_longer(branch: Branch, packed: Packed) -> None:
    whole = signed_again(branch, packed, expires="2099-01-01T00:00:00.000Z")
    assert take(branch.counter, packed, whole) == "handover.too_long"


def test_it_is_for_the_terminal_it_names(branch: Branch) -> None:
    case = begin(branch.kiosk)
    packed = pack(branch.kiosk.station, case.case_id, to="visit")
    PEERS["kiosk"] = branch.kiosk.keys.public_der()
    assert take(branch.counter, packed) == "handover.not_for_here"
    give_by_centre(branch.kiosk.station, packed, "op-1")
    station, code = branch.counter.station, packed.ticket.code
    assert refusal(lambda: take_by_code(station, code, Channel.COUNTER, "op-2")) == "handover.not_for_here"
    claim = TakeOver(operator_id="op-2", reference=packed.ticket.reference, claim=True)
    heard = station.centre.ask(claim).answer if station.centre else None
    assert heard is not None and (heard.passing, heard.data) == (Passing.ELSEWHERE, None)  # by the centre too
    visit = branch.make("visit")
    assert take_by_code(visit.station, code, Channel.VISIT, "op-3").entered == ENTERED


def test_other_rules_than_the_case_was_opened_by_do_not_decide_it(branch: Branch, packed: Packed) -> None:
    def unknown(sha256: str) -> Any:
        raise RuleError("rules.unknown", "", "no such rules")

    branch.counter.station = replace(branch.counter.station, rules=unknown)
    assert take(branch.counter, packed) == "handover.other_rules"


def test_who_handed_a_case_on_cannot_sign_for_it(branch: Branch, packed: Packed) -> None:
    give_by_centre(branch.kiosk.station, packed, "op-1")
    take_by_code(branch.counter.station, packed.ticket.code, Channel.COUNTER, "op-2")
    there = pack(branch.counter.station, packed.signed.handover.case_id)
    forged = there.signed.handover.model_copy(update={"terminal": "kiosk"})
    other = branch.make("other")
    station = replace(other.without_line(), peers=PEERS)
    parts = to_parts(signed(forged, branch.kiosk.keys), there.ticket)
    assert refusal(lambda: take_by_picture(station, parts, Channel.COUNTER, "op-3")) == (
        "handover.not_the_holder"
    )


def test_a_log_that_tells_it_differently_is_not_mended(branch: Branch, packed: Packed) -> None:
    give_by_centre(branch.kiosk.station, packed, "op-1")
    take_by_code(branch.counter.station, packed.ticket.code, Channel.COUNTER, "op-2")
    there = pack(branch.counter.station, packed.signed.handover.case_id)
    events = list(there.signed.handover.events)
    events[1] = {**events[1], "by": "op-5"}
    other = there.signed.handover.model_copy(update={"events": tuple(events)})
    parts = to_parts(signed(other, branch.counter.keys), there.ticket)
    station = replace(branch.kiosk.without_line(), peers={"counter": branch.counter.keys.public_der()})
    assert refusal(lambda: take_by_picture(station, parts, Channel.KIOSK, "op-1")) == "handover.diverged"


def test_a_case_that_is_still_here_cannot_come_here(branch: Branch, packed: Packed) -> None:
    parts = to_parts(packed.signed, packed.ticket)
    station = branch.kiosk.without_line()
    assert refusal(lambda: take_by_picture(station, parts, Channel.KIOSK, "op-1")) == "handover.diverged"
    assert branch.kiosk.store.bodies(TAKEN) == ()


def test_what_was_entered_cannot_be_swapped_at_the_centre(branch: Branch, packed: Packed) -> None:
    give_by_centre(branch.kiosk.station, packed, "op-1")
    assert packed.data is not None
    station, code = branch.counter.station, packed.ticket.code
    other = {"customer": tuple(replace(each, text="别人") for each in ENTERED["customer"])}
    resealed = packed.ticket.seal(written(other), packed.signed.handover.aad())  # by whoever saw the code
    for spoilt in (bytes((packed.data[0] ^ 1, *packed.data[1:])), resealed):
        spoil = update(tables.handover).values(data=spoilt)
        branch.desk.book.write(lambda connection, spoil=spoil: connection.execute(spoil))
        found = refusal(lambda: take_by_code(station, code, Channel.COUNTER, "op-2"))
        assert found == "handover.data_altered"
    mend = update(tables.handover).values(data=packed.data)
    branch.desk.book.write(lambda connection: connection.execute(mend))
    assert take_by_code(station, code, Channel.COUNTER, "op-2").entered == ENTERED


def test_values_of_another_case_do_not_open_with_this_one(branch: Branch, packed: Packed) -> None:
    other = packed.signed.handover.model_copy(update={"case_id": "another"})
    assert packed.data is not None
    data = packed.data
    assert refusal(lambda: packed.ticket.open(data, other.aad())) == "handover.data_altered"


def test_an_unknown_code_and_a_mistyped_one(branch: Branch) -> None:
    station = branch.counter.station
    assert refusal(lambda: take_by_code(station, new_ticket().code, Channel.COUNTER, "op-2")) == (
        "handover.unknown_code"
    )
    code = new_ticket().code
    for wrong in (code[:-1], code + "A", code[:3] + "I" + code[4:], ""):
        assert refusal(lambda wrong=wrong: read_ticket(wrong)) == "handover.bad_code"
    assert read_ticket(new_ticket().shown.lower().replace("-", " "))


def test_nearly_every_mistyped_sign_is_noticed() -> None:
    code = new_ticket().code
    noticed = 0
    for place in range(len(code)):
        for letter in set(LETTERS) - {code[place]}:
            try:
                read_ticket(code[:place] + letter + code[place + 1 :])
            except HandoverError:
                noticed += 1
    assert noticed / (16 * 31) > 0.9


def test_codes_are_given_all_and_of_one_set(branch: Branch) -> None:
    first = pack(branch.kiosk.station, begin(branch.kiosk, steps=14).case_id)
    second = pack(branch.kiosk.station, begin(branch.kiosk, steps=14).case_id)
    one, other = (to_parts(each.signed, each.ticket) for each in (first, second))
    assert len(one) > 1 and max(map(len, one)) <= MOST_SIGNS + 30
    assert from_parts((*one[::-1], one[0])) == (first.signed, first.ticket)
    for place in range(len(one)):
        assert refusal(lambda place=place: from_parts(one[:place] + one[place + 1 :])) == (
            "handover.incomplete"
        )
    assert refusal(lambda: from_parts((*one[:-1], other[-1]))) == "handover.mixed_parts"
    assert refusal(lambda: from_parts(())) == "handover.no_code_in_picture"
    assert refusal(lambda: from_parts(("HTTPS://EXAMPLE.COM",))) == "handover.no_code_in_picture"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_changed_sign_gets_through(branch: Branch, packed: Packed, data: st.DataObject) -> None:
    texts_ = list(to_parts(packed.signed, packed.ticket))
    which = data.draw(st.integers(0, len(texts_) - 1))
    place = data.draw(st.integers(0, len(texts_[which]) - 1))
    sign = data.draw(
        st.sampled_from([each for each in "0123456789ABCXYZ $%*+-./:" if each != texts_[which][place]])
    )
    texts_[which] = texts_[which][:place] + sign + texts_[which][place + 1 :]
    found = refusal(lambda: from_parts(texts_))
    assert found.startswith("handover.")
    assert found == "handover.altered" or place < len("RZHO1:1/1:0123456789AB:")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_refused(content: bytes) -> None:
    assert refusal(lambda: read(content)) == "handover.unreadable"


def test_a_flood_of_zeros_or_spaces_is_not_unpacked(packed: Packed) -> None:
    whole = zlib.decompress(packed.signed.written())
    assert read(zlib.compress(whole + b" ")) == packed.signed
    for flood in (bytes(200 << 20), whole + b" " * (2 << 20)):
        assert refusal(lambda flood=flood: read(zlib.compress(flood, 9))) == "handover.unreadable"


def test_what_is_held_opens_only_for_its_case_and_its_key(tmp_path: Path) -> None:
    held = HeldData(tmp_path / "entered", bytes(32), lambda: 1)
    held.keep("one", ENTERED)
    held.keep("two", {})
    assert held.of("one") == ENTERED and held.of("none") == {}
    files = {path.read_bytes(): path for path in (tmp_path / "entered").iterdir()}
    first, second = sorted(files, key=len, reverse=True)
    assert not [each for values in ENTERED.values() for each in values if each.text.encode() in first]
    files[second].write_bytes(first)
    assert refusal(lambda: held.of("two")) == "handover.held_altered"
    assert (
        refusal(lambda: HeldData(tmp_path / "entered", bytes([1] * 32), lambda: 1).of("one"))
        == "handover.held_altered"
    )
    assert held.forget_old(datetime.now(UTC)) == 0
    assert held.forget_old(datetime.now(UTC) + timedelta(days=2)) == 2
    assert held.of("one") == {}


def test_a_peer_that_two_files_name_differently_is_not_believed(branch: Branch, tmp_path: Path) -> None:
    one, two = branch.kiosk.keys.public_der(), branch.counter.keys.public_der()
    for name, content in (
        ("a", peer_file("kiosk", one).written()),
        ("b", peer_file("counter", two).written()),
        ("c", peer_file("counter", one).written()),
        ("d", "no key"),
    ):
        (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
    assert read_peers(tmp_path) == {"kiosk": one}
    assert read_peers(tmp_path / "nowhere") == {}


def test_a_reference_is_taken_by_one_case(branch: Branch, packed: Packed) -> None:
    give_by_centre(branch.kiosk.station, packed, "op-1")
    other = pack(branch.kiosk.station, begin(branch.kiosk).case_id)
    same = signed_again(branch, other, reference=packed.signed.handover.reference)
    assert refusal(lambda: give_by_centre(branch.kiosk.station, replace(other, signed=same), "op-1")) == (
        "handover.no_line"
    )
    assert len(branch.kiosk.store.bodies(HANDED)) == 1


def test_every_code_is_told_in_both_languages() -> None:
    sources = [
        *(ROOT / "terminal" / "handover").glob("*.py"),
        ROOT / "terminal" / "commands" / "case_moves.py",
    ]
    codes = {
        code
        for source in sources
        for code in re.findall(
            r'(?<!info\()(?<!warning\()"((?:handover|appointment)\.[a-z_]+)"',
            source.read_text(encoding="utf-8"),
        )
    }
    assert len(codes) > 25
    for language in LANGUAGES:
        assert {code for code in codes if not texts(language).knows(code)} == set()


def test_handovers_have_one_form(packed: Packed) -> None:
    whole = read(packed.signed.written())
    assert whole == packed.signed
    assert Handover.model_validate(whole.handover.model_dump(by_alias=True)) == whole.handover
