"""The centre's door: FastAPI over a `Desk`, versioned, described by its own OpenAPI page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import rfc8785
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from sync.asking import Answered, Asked
from sync.centre import intake
from sync.centre.desk import Desk
from sync.centre.door import PREFIX, Health, Hello, Problem, RecordIds, StoredRecord, read_authorization
from sync.centre.errors import Code, Refusal
from sync.centre.guard import BODY_BYTES_LIMIT, BODY_SECONDS, Guard, answer
from sync.records import (
    AuditReceipt,
    AuditUpload,
    CentreIdentity,
    Counts,
    Enrolment,
    Envelope,
    Receipt,
    sha256,
)

PROBLEMS: dict[int | str, dict[str, object]] = {
    "4XX": {"model": Problem, "description": "Refused; the code says why."},
    "5XX": {"model": Problem, "description": "Not now; try again later."},
}
NAME_IN_PROBLEM_LIMIT = 80


def make_app(desk: Desk, body_bytes: int = BODY_BYTES_LIMIT, body_seconds: float = BODY_SECONDS) -> ASGIApp:
    """The ASGI application of a centre; closes `desk` when it ends."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="Renzheng centre", version="1", lifespan=life, responses=PROBLEMS, docs_url=None, redoc_url=None
    )
    app.state.desk = desk
    _add_public(app, desk)
    _add_intake(app, desk)
    _add_questions(app, desk)
    _add_refusals(app, desk)
    return Guard(app, body_bytes, body_seconds)


def _add_public(app: FastAPI, desk: Desk) -> None:
    @app.get(PREFIX + "/hello")
    def hello(nonce: Annotated[str, Query()] = "") -> Hello:
        """Who this centre is, and its time, signed over the nonce."""
        return desk.hello(nonce)

    @app.get(PREFIX + "/health")
    def health() -> Health:
        """Whether the centre can work now."""
        return desk.health()


def _add_intake(app: FastAPI, desk: Desk) -> None:
    @app.post(PREFIX + "/terminals")
    def enrol(wish: Enrolment) -> CentreIdentity:
        """A terminal introduces itself with a one-time token."""
        return desk.enrol(wish)

    @app.post(PREFIX + "/audit")
    def take_audit(upload: AuditUpload) -> AuditReceipt:
        """Audit lines; the head is countersigned."""
        return desk.take_audit(upload)

    @app.post(PREFIX + "/records")
    def take_record(envelope: Envelope) -> Receipt:
        """One record; the signed receipt says accepted, already have or rejected."""
        return desk.take_record(envelope)


def _add_questions(app: FastAPI, desk: Desk) -> None:
    """What a terminal asks about customers, sealed and signed by it, and what it may ask about its own."""

    @app.post(PREFIX + "/questions")
    def ask(asked: Asked) -> Answered:
        """A sealed question; the signed answer is sealed to the asker."""
        return desk.ask(asked)

    _add_own(app, desk)


def _add_own(app: FastAPI, desk: Desk) -> None:
    """What a terminal may ask about its own: the ``Authorization`` header is signed by it."""

    @app.get(PREFIX + "/records/{record_id}")
    def record(record_id: str, terminal_id: Annotated[str, Depends(_asker)]) -> StoredRecord:
        """A record as kept, without its sealed evidence."""
        owner, stored = desk.record(record_id)
        _check_owner(owner, terminal_id)
        return stored

    @app.get(PREFIX + "/counts/{owner}")
    def counts(owner: str, terminal_id: Annotated[str, Depends(_asker)]) -> Counts:
        """How much the centre has of a terminal."""
        _check_owner(owner, terminal_id)
        return desk.counts(owner)

    @app.get(PREFIX + "/terminals/{owner}/records")
    def record_ids(
        owner: str, terminal_id: Annotated[str, Depends(_asker)], after: Annotated[str, Query()] = ""
    ) -> RecordIds:
        """A page of the ids of a terminal's records."""
        _check_owner(owner, terminal_id)
        return desk.record_ids(owner, after)


def _asker(request: Request, authorization: Annotated[str, Header()] = "") -> str:
    """The terminal that signed this question."""
    try:
        terminal_id, signature = read_authorization(authorization)
    except ValueError as fault:
        raise Refusal(Code.BAD_SIGNATURE) from fault
    desk: Desk = request.app.state.desk
    desk.admit(terminal_id, request.scope["path"], signature)
    return terminal_id


def _check_owner(owner: str, terminal_id: str) -> None:
    if owner != terminal_id:
        raise Refusal(Code.NOT_YOURS)


def _add_refusals(app: FastAPI, desk: Desk) -> None:
    @app.exception_handler(Refusal)
    def refused(_: Request, refusal: Refusal) -> Response:
        return answer(refusal)

    @app.exception_handler(Exception)
    def bug(_: Request, __: Exception) -> Response:
        """The guard logs it."""
        return answer(Refusal(Code.FAULT))

    @app.exception_handler(HTTPException)
    def no_such_door(_: Request, fault: HTTPException) -> Response:
        code = Code.NOT_FOUND if fault.status_code in (404, 405) else Code.MALFORMED
        return answer(Refusal(code))

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, fault: RequestValidationError) -> Response:
        """Say where, never what: the value may be personal data."""
        place = ".".join(str(part) for part in fault.errors()[0]["loc"][1:])[:NAME_IN_PROBLEM_LIMIT]
        refusal = Refusal(Code.MALFORMED, {"where": place or "body"})
        if request.url.path == PREFIX + "/records":
            return _malformed_record(desk, fault.body, refusal)
        return answer(refusal)


def _malformed_record(desk: Desk, body: object, refusal: Refusal) -> Response:
    """A signed rejection when it is clear which record is meant: it goes to a person, not into a loop."""
    record = body.get("record") if isinstance(body, dict) else None
    record_id = record.get("id") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(record_id, str):
        return answer(refusal)
    try:
        digest = sha256(rfc8785.dumps(record))
        receipt = intake.reject(desk.keys, record_id, digest, refusal, desk.now())
    except (ValueError, RecursionError):
        return answer(refusal)
    return Response(receipt.model_dump_json(), media_type="application/json")
