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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
            await self._app(scope, _once(body, receive), send)
        except Refusal as refusal:
            await answer(refusal)(scope, receive, send)
        except Exception as bug:  # noqa: BLE001 - top-level hook; the app has answered already
            # Without the message, which may hold personal data.
            log.error("centre.bug", kind=type(bug).__name__, where=_places(bug))

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._body_bytes:
            raise Refusal(Code.TOO_LARGE, {"limit_bytes": self._body_bytes})
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Refusal(Code.MALFORMED, {"where": "body"})
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._body_bytes:
                        raise Refusal(Code.TOO_LARGE, {"limit_bytes": self._body_bytes})
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError as slow:
            raise Refusal(Code.SLOW_REQUEST, {"limit_s": round(self._body_seconds)}) from slow


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
