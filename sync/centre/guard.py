"""What stands before every request: limits on size and time, and the log of bugs."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.centre.door import Problem
from sync.centre.errors import Code, Refusal

log = structlog.get_logger()

BODY_BYTES_LIMIT = 48 << 20
"""A record with its evidence in base64: a third more than the evidence itself."""
HELD_BYTES_LIMIT = 512 << 20
"""All bodies that are being read or worked on; beyond that callers come again later."""
BODY_SECONDS = 60
"""A whole body must have arrived by then."""


class Guard:
    """ASGI layer around the app; reads bodies whole, within limits."""

    def __init__(
        self, app: ASGIApp, body_bytes: int = BODY_BYTES_LIMIT, body_seconds: float = BODY_SECONDS
    ) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._body_seconds = body_seconds
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        try:
            await self._read(scope, receive, parts)
            await self._app(scope, _once(b"".join(parts), receive), send)
        except Refusal as refusal:
            await answer(refusal)(scope, receive, send)
        except Exception as bug:  # noqa: BLE001 - top-level hook; the app has answered already
            # Without the message, which may hold personal data.
            log.error("centre.bug", kind=type(bug).__name__, where=_places(bug))
        finally:
            self._held -= sum(map(len, parts))

    async def _read(self, scope: Scope, receive: Receive, parts: list[bytes]) -> None:
        """Fill `parts` with the whole body; Refusal when it is too large, too slow, or there is no room."""
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._body_bytes:
            raise Refusal(Code.TOO_LARGE, {"limit_bytes": self._body_bytes})
        try:
            async with asyncio.timeout(self._body_seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Refusal(Code.MALFORMED, {"where": "body"})
                    self._take(message.get("body", b""), parts)
                    more = message.get("more_body", False)
        except TimeoutError as slow:
            raise Refusal(Code.SLOW_REQUEST, {"limit_s": round(self._body_seconds)}) from slow

    def _take(self, part: bytes, parts: list[bytes]) -> None:
        parts.append(part)
        self._held += len(part)
        if sum(map(len, parts)) > self._body_bytes:
            raise Refusal(Code.TOO_LARGE, {"limit_bytes": self._body_bytes})
        if self._held > HELD_BYTES_LIMIT:
            raise Refusal(Code.UNAVAILABLE)


def answer(refusal: Refusal) -> JSONResponse:
    """A refusal as an HTTP answer."""
    problem = Problem(code=refusal.code.value, facts=dict(refusal.facts))
    return JSONResponse(problem.model_dump(mode="json"), status_code=refusal.status)


def _once(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the whole body first."""
    given = False

    async def next_message() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message


def _places(bug: BaseException) -> list[str]:
    """File and line of each frame, innermost last."""
    frames = traceback.extract_tb(bug.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames][-12:]
