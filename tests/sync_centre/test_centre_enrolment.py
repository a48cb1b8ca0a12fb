"""Enrolment: one-time tokens, pinning, and what happens when the centre is another one later."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.centre.desk import Desk
from sync.centre.embedded import RunningCentre
from sync.centre.errors import Refusal
from sync.enrol import EnrolmentFault, enrol, load
from sync.keys import open_keys
from sync.records import Enrolment
from sync.transports import Refused
from sync.transports.line import Address


def wish(desk: Desk, keys: Any, **changes: Any) -> Enrolment:
    values = {"terminal_id": "T-1", "branch": "B-1", "public_key": keys.public_der(), **changes}
    return Enrolment(**{"token": desk.token() if "token" not in changes else "", **values})


def test_a_token_serves_one_terminal_once(desk: Desk, tmp_path: Path) -> None:
    first, second = open_keys(tmp_path / "a", "file"), open_keys(tmp_path / "b", "file")
    asked = wish(desk, first)
    assert desk.enrol(asked) == desk.keys.identity
    assert desk.enrol(asked) == desk.keys.identity
    with pytest.raises(Refusal, match="bad_token"):
        desk.enrol(wish(desk, second, terminal_id="T-2", token=asked.token))
    with pytest.raises(Refusal, match="terminal_taken"):
        desk.enrol(wish(desk, second))
    assert desk.enrol(wish(desk, first)) == desk.keys.identity


@pytest.mark.parametrize("token", ["", "wrong", "wrong.0123456789abcdef", "\ud800"])
def test_a_wrong_token_is_refused(desk: Desk, tmp_path: Path, token: str) -> None:
    keys = open_keys(tmp_path / "a", "file")
    with pytest.raises((Refusal, ValueError), match=r"bad_token|surrogate"):
        desk.enrol(wish(desk, keys, token=token))


def test_a_token_is_never_taken_for_an_option(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-SXQ7vZkAJCeFZ9p", "--", "good-one"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: next(drawn))
    assert desk.token().startswith("good-one.")


def test_a_token_expires(desk: Desk, tmp_path: Path) -> None:
    asked = wish(desk, open_keys(tmp_path / "a", "file"))
    later = Desk(desk.book, desk.keys, lambda: datetime.now(UTC) + timedelta(hours=25))
    with pytest.raises(Refusal, match="bad_token"):
        later.enrol(asked)


def test_a_token_serves_once_even_at_the_same_moment(desk: Desk, tmp_path: Path) -> None:
    token = desk.token()
    wishes = [
        wish(desk, open_keys(tmp_path / str(part), "file"), terminal_id=f"T-{part}", token=token)
        for part in range(6)
    ]
    gate = threading.Barrier(6)
    outcomes: list[str] = []

    def ask(one: Enrolment) -> None:
        gate.wait()
        try:
            desk.enrol(one)
            outcomes.append("enrolled")
        except Refusal as refusal:
            outcomes.append(refusal.code.value)

    threads = [threading.Thread(target=ask, args=(one,)) for one in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [*["centre.bad_token"] * 5, "enrolled"]


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal_id": ""},
        {"terminal_id": "a/b"},
        {"terminal_id": "T\n1"},
        {"branch": "B" * 129},
        {"public_key": b"no key"},
    ],
)
def test_nonsense_is_not_enrolled(desk: Desk, tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="malformed"):
        desk.enrol(wish(desk, open_keys(tmp_path / "a", "file"), **changes))


def test_the_centre_is_pinned(centre: RunningCentre, tmp_path: Path) -> None:
    keys = open_keys(tmp_path / "keys", "file")
    assert load(tmp_path / "pinned") is None
    token = centre.token()
    for _ in range(2):
        identity = enrol(Address(centre.url), "T-pin", "B-1", keys, token, tmp_path / "pinned")
        assert load(tmp_path / "pinned") == identity
    assert stat.S_IMODE((tmp_path / "pinned" / "centre.json").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "pinned").iterdir()] == ["centre.json"]
    (tmp_path / "pinned" / "centre.json").write_bytes(b"{")
    with pytest.raises(EnrolmentFault, match=r"enrol\.damaged"):
        load(tmp_path / "pinned")


def test_a_token_is_not_shown_to_another_centre(centre: RunningCentre, tmp_path: Path) -> None:
    keys = open_keys(tmp_path / "keys", "file")
    other = centre.token().rpartition(".")[0] + ".0123456789abcdef"
    for token, code in ((other, "enrol.other_centre"), ("nothing", "centre.bad_token")):
        with pytest.raises(EnrolmentFault) as caught:
            enrol(Address(centre.url), "T-other", "B-1", keys, token, tmp_path / "pinned")
        assert caught.value.code == code
    assert load(tmp_path / "pinned") is None


def test_a_used_or_invented_token_is_refused_over_http(
    centre: RunningCentre, online: Any, tmp_path: Path
) -> None:
    keys = open_keys(tmp_path / "other", "file")
    _, _, fingerprint = centre.token().rpartition(".")
    with pytest.raises(Refused) as caught:
        enrol(Address(centre.url), "T-new", "B-1", keys, f"guess.{fingerprint}", tmp_path / "p2")
    assert caught.value.code == "centre.bad_token"
    with pytest.raises(Refused) as caught:
        enrol(Address(centre.url), online.terminal_id, "B-1", keys, centre.token(), tmp_path / "p2")
    assert caught.value.code == "centre.terminal_taken"


def test_another_centre_later_is_refused(
    centre: RunningCentre, other_centre: RunningCentre, tmp_path: Path
) -> None:
    keys = open_keys(tmp_path / "keys", "file")
    identity = enrol(Address(centre.url), "T-change", "B-1", keys, centre.token(), tmp_path / "pinned")
    with pytest.raises(EnrolmentFault) as caught:
        enrol(Address(other_centre.url), "T-change", "B-1", keys, other_centre.token(), tmp_path / "pinned")
    assert caught.value.code == "centre.identity_changed"
    assert load(tmp_path / "pinned") == identity
