"""Questions to the centre: answered from its table, sealed both ways, believed only when proven."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.answers import CardStatus, Category
from sync.asking import Answered, Asked, prepare
from sync.centre.desk import Desk, open_desk
from sync.centre.embedded import RunningCentre, start_centre
from sync.centre.errors import Code, Refusal
from sync.enrol import enrol
from sync.keys import open_keys
from sync.questions import DocumentKind, OnlineCheck, Subject
from sync.transports import Refused, Unreachable
from sync.transports.http import HttpTransport
from sync.transports.line import Address
from sync.transports.loopback import LoopbackTransport
from sync.transports.proof import prove_answer

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
PHOTO = b"\xff\xd8 no real picture \xff\xd9"
TABLE = """
[[people]]
number = "110000198803124413"
name = "苏小兰"
photo = "lan.jpg"
[[people]]
number = "420000197006153316"
name = "何安"
[[people]]
number = "330000200109097727"
name = "程雨晨"
card = "lost"
[[people]]
number = "130000196611204552"
name = "董建平"
card = "void"
[[people]]
number = "610000197804042130"
name = "马超群"
down = true
[[people]]
number = "350000198507176192"
name = "傅清河"
delay_seconds = 3
"""


def person(number: str = "110000198803124413", name: str = "苏小兰") -> Subject:
    return Subject(document=DocumentKind.RESIDENT, number=number, name=name)


def check(subject: Subject | None = None) -> OnlineCheck:
    return OnlineCheck(operator_id="1024", case_id="K7Q2", subject=subject or person())


def settle(folder: Path, table: str = TABLE) -> None:
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    (folder / "photos" / "lan.jpg").write_bytes(PHOTO)
    (folder / "population.toml").write_text(table, "utf-8")


@pytest.fixture
def way(desk: Desk, till: Any, tmp_path: Path) -> LoopbackTransport:
    settle(tmp_path / "centre")
    return LoopbackTransport(desk, till.identity, till.terminal_id, till.keys)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running centre that knows people."""
    folder = tmp_path_factory.mktemp("town") / "centre"
    settle(folder)
    with start_centre(folder) as running:
        yield running


def enrolled(town: RunningCentre, tmp_path: Path, url: str, **limits: float) -> HttpTransport:
    keys = open_keys(tmp_path / "keys", "file")
    name = f"T-{tmp_path.name}"
    identity = enrol(Address(town.url), name, "B-1", keys, town.token(), tmp_path / "pinned")
    return HttpTransport(Address(url, **limits), identity, name, keys)


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Unreachable) as caught:
        work()
    return caught.value.code


@pytest.mark.parametrize(
    ("subject", "category", "status"),
    [
        (person(), Category.AGREE_WITH_PHOTO, None),
        (person("420000197006153316", "何安"), Category.AGREE_WITHOUT_PHOTO, None),
        (person("420000197006153316", "何岸"), Category.NAME_DIFFERS, None),
        (person("440000199906305242", "林望"), Category.NO_SUCH_NUMBER, None),
        (person("440000199906305243", "林望"), Category.FORMAT_ERROR, None),
        (person("3300002001090977277", "程雨晨"), Category.FORMAT_ERROR, None),
        (person("330000200109097727", "程雨晨"), Category.CARD_LOST_OR_VOID, CardStatus.LOST),
        (person("130000196611204552", "董建平"), Category.CARD_LOST_OR_VOID, CardStatus.VOID),
    ],
)
def test_every_category_comes_over_the_line(
    way: LoopbackTransport, subject: Subject, category: Category, status: CardStatus | None
) -> None:
    question = check(subject)
    told = way.ask(question, NOW)
    assert (told.answer.category, told.answer.card_status) == (category, status)
    assert (told.answer.photo == PHOTO) is (category is Category.AGREE_WITH_PHOTO)
    assert told.question_id == question.id
    assert told.request != told.question_id
    assert told.asked_at == NOW


def test_over_real_http_with_both_sides_proven(town: RunningCentre, tmp_path: Path) -> None:
    way = enrolled(town, tmp_path, town.url)
    told = way.ask(check(), NOW)
    assert (told.answer.category, told.answer.photo) == (Category.AGREE_WITH_PHOTO, PHOTO)
    assert (
        code_of(lambda: way.ask(check(person("610000197804042130", "马超群")), NOW)) == "centre.unavailable"
    )
    way.close()


def test_nothing_personal_goes_over_the_line_in_clear(
    town: RunningCentre, tmp_path: Path, spoiled_line: Any
) -> None:
    seen: list[bytes] = []

    def listen(body: bytes) -> bytes:
        seen.append(body)
        return body

    with spoiled_line(town.url, request=listen, answer=listen) as url:
        way = enrolled(town, tmp_path, url)
        assert way.ask(check(), NOW).answer.photo == PHOTO
        way.close()
    assert len(seen) == 2
    for body in seen:
        for secret in (b"110000198803124413", "苏小兰".encode(), json.dumps("苏小兰").encode(), b"1024"):
            assert secret not in body
    assert b"agree" not in seen[1]
    assert PHOTO not in seen[1]


def test_a_slow_answer_is_a_timeout_in_its_time(town: RunningCentre, tmp_path: Path) -> None:
    way = enrolled(town, tmp_path, town.url)
    began = time.monotonic()
    slow = check(person("350000198507176192", "傅清河"))
    assert code_of(lambda: way.ask(slow, NOW, 0.5)) == "net.timeout"
    assert time.monotonic() - began < 2.5
    assert way.ask(check(), NOW, 10.0).answer.category is Category.AGREE_WITH_PHOTO
    way.close()


def test_a_line_cut_in_mid_request_is_no_answer(town: RunningCentre, tmp_path: Path) -> None:
    own = tmp_path / "own"
    settle(own)
    with start_centre(own) as centre:
        way = enrolled(centre, tmp_path, centre.url)
        threading.Timer(0.7, centre.kill).start()
        slow = check(person("350000198507176192", "傅清河"))
        assert code_of(lambda: way.ask(slow, NOW)) == "net.unreachable"
        assert code_of(lambda: way.ask(check(), NOW)) == "net.unreachable"
        centre.restart()
        assert way.ask(check(), NOW).answer.category is Category.AGREE_WITH_PHOTO
        way.close()


def test_garbage_is_no_answer(town: RunningCentre, tmp_path: Path, stranger: Any) -> None:
    for kind, text in (("text/html", b"<html>"), ("application/json", b"{}"), ("application/json", b"\xff[")):
        with stranger(kind=kind, text=text) as url:
            way = enrolled(town, tmp_path / kind / text.hex(), url)
            assert code_of(lambda way=way: way.ask(check(), NOW)) == "net.captive"
            way.close()


def test_an_answer_altered_on_the_way_is_not_believed(
    town: RunningCentre, tmp_path: Path, spoiled_line: Any
) -> None:
    def later(body: bytes) -> bytes:
        return body.replace(b'"at":"20', b'"at":"21')

    with spoiled_line(town.url, answer=later) as url:
        way = enrolled(town, tmp_path, url)
        assert code_of(lambda: way.ask(check(), NOW)) == "net.bad_answer"
        way.close()


def test_the_answer_to_another_question_is_not_believed(desk: Desk, till: Any, tmp_path: Path) -> None:
    settle(tmp_path / "centre")
    first, second = (prepare(check(), till.terminal_id, till.keys, till.identity, NOW) for _ in range(2))
    answered = desk.ask(first.asked)
    assert prove_answer(till.identity, first, answered).answer.category is Category.AGREE_WITH_PHOTO
    assert code_of(lambda: prove_answer(till.identity, second, answered)) == "net.bad_answer"


FIELDS = ("at", "centre_id", "question_id", "question_sha256", "request", "sealed", "signature")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(FIELDS), st.floats(0, 0.999), st.integers(0, 10))
def test_no_tampered_answer_is_believed(
    desk: Desk, till: Any, tmp_path: Path, field: str, place: float, other: int
) -> None:
    settle(tmp_path / "centre")
    pending = prepare(check(), till.terminal_id, till.keys, till.identity, NOW)
    whole = desk.ask(pending.asked).model_dump(mode="json", by_alias=True)
    assert set(whole) == {"schema", *FIELDS}
    text = whole[field]
    at = int(place * len(text))
    sign = next(each for each in "0123abcdXYZ0123"[other:] if each != text[at])
    try:
        answered = Answered.model_validate({**whole, field: text[:at] + sign + text[at + 1 :]})
    except ValueError:
        return
    if answered.model_dump(mode="json", by_alias=True) == whole:
        return  # the last sign of base64 may hold bits that count for nothing
    assert code_of(lambda: prove_answer(till.identity, pending, answered)) == "net.bad_answer"


def refused(desk: Desk, asked: Asked) -> Code:
    with pytest.raises(Refusal) as caught:
        desk.ask(asked)
    return caught.value.code


def test_only_what_an_enrolled_terminal_signed_is_answered(
    desk: Desk, till: Any, new_till: Callable[..., Any], tmp_path: Path
) -> None:
    settle(tmp_path / "centre")
    asked = prepare(check(), till.terminal_id, till.keys, till.identity, NOW).asked
    other = new_till(desk, "T-02")
    spoiled = asked.sealed[:-1] + bytes([asked.sealed[-1] ^ 1])
    strange = prepare(check(), "T-nobody", till.keys, till.identity, NOW).asked
    foreign = prepare(check(), other.terminal_id, till.keys, till.identity, NOW).asked
    assert refused(desk, strange) is Code.UNKNOWN_TERMINAL
    assert refused(desk, foreign) is Code.UNKNOWN_KEY
    assert refused(desk, asked.model_copy(update={"sealed": spoiled})) is Code.BAD_SIGNATURE
    assert refused(desk, asked.model_copy(update={"kind": "risk_of"})) is Code.BAD_SIGNATURE
    assert refused(desk, asked.model_copy(update={"terminal_id": "T-02"})) is Code.UNKNOWN_KEY
    assert refused(desk, asked.model_copy(update={"id": "1"})) is Code.BAD_ID
    resigned = asked.model_copy(update={"sealed": spoiled})
    resigned = resigned.model_copy(update={"signature": till.keys.sign(resigned.signed_bytes())})
    assert refused(desk, resigned) is Code.MALFORMED


def test_an_id_stands_for_one_question(desk: Desk, till: Any, tmp_path: Path) -> None:
    settle(tmp_path / "centre")
    question = check()
    first, again = (prepare(question, till.terminal_id, till.keys, till.identity, NOW) for _ in range(2))
    request = desk.ask(first.asked).request
    assert desk.ask(first.asked).request == request
    assert refused(desk, again.asked) is Code.ID_CONFLICT


def test_the_transports_tell_a_refusal_from_no_answer(desk: Desk, till: Any, tmp_path: Path) -> None:
    other = open_keys(tmp_path / "other keys", "file")
    way = LoopbackTransport(desk, till.identity, till.terminal_id, other)
    with pytest.raises(Refused) as caught:
        way.ask(check(), NOW)
    assert caught.value.code == "centre.unknown_key"
    way = LoopbackTransport(desk, till.identity, till.terminal_id, till.keys)
    way.down = "net.dns"
    assert code_of(lambda: way.ask(check(), NOW)) == "net.dns"


def test_the_register_holds_nobody(desk: Desk, way: LoopbackTransport, tmp_path: Path) -> None:
    way.ask(check(), NOW)
    stored = b"".join(path.read_bytes() for path in (tmp_path / "centre").glob("centre.db*"))
    assert b"agree_with_photo" in stored
    for secret in (b"110000198803124413", "苏小兰".encode(), PHOTO):
        assert secret not in stored


def test_a_production_centre_never_answers_from_the_table(
    tmp_path: Path, new_till: Callable[..., Any]
) -> None:
    settle(tmp_path / "real")
    desk = open_desk(tmp_path / "real", "production")
    till = new_till(desk)
    way = LoopbackTransport(desk, till.identity, till.terminal_id, till.keys)
    assert code_of(lambda: way.ask(check(), NOW)) == "centre.unavailable"
    desk.close()


@pytest.mark.parametrize(
    "table", ["[[people]\n", '[[people]]\nnumber = "1"\n', 'down = ["online_check"]\n' + TABLE]
)
def test_a_broken_table_or_source_is_no_answer(way: LoopbackTransport, tmp_path: Path, table: str) -> None:
    assert way.ask(check(), NOW).answer.category is Category.AGREE_WITH_PHOTO
    (tmp_path / "centre" / "population.toml").write_text(table, "utf-8")
    assert code_of(lambda: way.ask(check(), NOW)) == "centre.unavailable"
    settle(tmp_path / "centre")
    assert way.ask(check(), NOW + timedelta(hours=1)).answer.category is Category.AGREE_WITH_PHOTO


def test_a_returned_photo_that_is_gone_is_no_answer(way: LoopbackTransport, tmp_path: Path) -> None:
    (tmp_path / "centre" / "photos" / "lan.jpg").unlink()
    assert code_of(lambda: way.ask(check(), NOW)) == "centre.unavailable"
