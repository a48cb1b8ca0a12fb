"""The layer before the door: slow, endless and broken-off bodies, and bugs behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from structlog.testing import capture_logs

from sync.centre import guard
from sync.centre.guard import Guard

Message = dict[str, Any]


def ask(
    guarded: Guard, messages: Iterable[Message], headers: Iterable[tuple[bytes, bytes]] = ()
) -> list[Message]:
    """One request made of `messages`; after the last one nothing comes any more."""
    waiting = iter(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        message = next(waiting, None)
        if message is None:
            await asyncio.sleep(60)
        return message or {}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    asyncio.run(guarded(scope, receive, send))
    return sent


async def echo(_: Any, receive: Any, send: Any) -> None:
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


def part(body: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def said(sent: list[Message]) -> tuple[int, str]:
    return sent[0]["status"], json.loads(sent[1]["body"])["code"]


def test_a_body_arrives_whole() -> None:
    sent = ask(Guard(echo), [part(b"a"), part(b"b"), part(b"c", more=False)])
    assert sent[1]["body"] == b"abc"


@pytest.mark.parametrize(
    ("messages", "headers", "answer"),
    [
        ([part(b"x")], [], (408, "centre.slow_request")),
        ([part(b"x" * 60), part(b"x" * 60)], [], (413, "centre.too_large")),
        ([], [(b"content-length", b"101")], (413, "centre.too_large")),
        ([], [(b"content-length", b"many")], (413, "centre.too_large")),
        ([part(b"x"), {"type": "http.disconnect"}], [], (422, "centre.malformed")),
    ],
)
def test_bad_bodies_are_turned_away(
    messages: list[Message], headers: list[tuple[bytes, bytes]], answer: tuple[int, str]
) -> None:
    assert said(ask(Guard(echo, body_bytes=100, body_seconds=0.1), messages, headers)) == answer


def test_all_bodies_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "HELD_BYTES_LIMIT", 50)
    guarded = Guard(echo)
    assert said(ask(guarded, [part(b"x" * 51)])) == (503, "centre.unavailable")
    assert ask(guarded, [part(b"x" * 40, more=False)])[0]["status"] == 200
    assert ask(guarded, [part(b"x" * 40, more=False)])[0]["status"] == 200


def test_a_bug_is_logged_without_its_words() -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError("Zhang San 11010519491231002X")

    with capture_logs() as logs:
        ask(Guard(broken), [part(b"", more=False)])
    assert logs[0]["kind"] == "ZeroDivisionError"
    assert logs[0]["where"][-1].startswith("test_centre_guard.py:")
    assert "Zhang" not in str(logs)
