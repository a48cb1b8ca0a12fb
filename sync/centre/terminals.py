"""Which terminals the centre knows, and the one-time tokens they introduce themselves with."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from sync.centre import tables
from sync.centre.checks import NAME_LIMIT, Terminal
from sync.centre.errors import Code, Refusal
from sync.centre.keys import CentreKeys, fingerprint, is_signing_key
from sync.records import Enrolment, sha256

TOKEN_BYTES = 20
TOKEN_HOURS = 24


def stamp(moment: datetime) -> str:
    """UTC in the form used on the wire."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_token(connection: Connection, keys: CentreKeys, now: datetime) -> str:
    """A token that enrols one terminal within a day.

    It ends with the receipt key's fingerprint, so that a terminal recognises the centre it was given for.
    Only its hash is stored.
    """
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    while secret.startswith("-"):  # a command line would take it for an option
        secret = secrets.token_urlsafe(TOKEN_BYTES)
    token = f"{secret}.{fingerprint(keys.identity.receipt_key)}"
    expires = stamp(now + timedelta(hours=TOKEN_HOURS))
    connection.execute(insert(tables.token).values(sha256=sha256(token.encode()), expires_at=expires))
    return token


def enrol(connection: Connection, wish: Enrolment, now: datetime) -> None:
    """Make a terminal known.

    Coming again with the same key is harmless. Refusal ``centre.bad_token`` for a wrong, expired or used
    token, ``centre.terminal_taken`` when the terminal is known with another key or branch.
    """
    _check_wish(wish)
    known = find(connection, wish.terminal_id)
    same = known is not None and (known.public_key, known.branch) == (wish.public_key, wish.branch)
    token_hash = sha256(wish.token.encode(errors="replace"))
    row = connection.execute(select(tables.token).where(tables.token.c.sha256 == token_hash)).one_or_none()
    if same and row is not None and row.used_by == wish.terminal_id:
        return
    if row is None or row.used_by is not None or row.expires_at <= stamp(now):
        raise Refusal(Code.BAD_TOKEN)
    if known is not None and not same:
        raise Refusal(Code.TERMINAL_TAKEN)
    mine = (tables.token.c.sha256 == token_hash) & tables.token.c.used_by.is_(None)
    if connection.execute(update(tables.token).where(mine).values(used_by=wish.terminal_id)).rowcount != 1:
        raise Refusal(Code.BAD_TOKEN)
    if known is None:
        _insert(connection, wish, now)


def find(connection: Connection, terminal_id: str) -> Terminal | None:
    """An enrolled terminal, or None."""
    row = connection.execute(
        select(tables.terminal).where(tables.terminal.c.terminal_id == terminal_id)
    ).one_or_none()
    return None if row is None else Terminal(row.terminal_id, row.branch, row.public_key)


def known(connection: Connection, terminal_id: str) -> Terminal:
    """An enrolled terminal; Refusal ``centre.unknown_terminal`` when it is not."""
    terminal = find(connection, terminal_id)
    if terminal is None:
        raise Refusal(Code.UNKNOWN_TERMINAL)
    return terminal


def _insert(connection: Connection, wish: Enrolment, now: datetime) -> None:
    connection.execute(
        insert(tables.terminal).values(
            terminal_id=wish.terminal_id,
            branch=wish.branch,
            public_key=wish.public_key,
            enrolled_at=stamp(now),
        )
    )


def _check_wish(wish: Enrolment) -> None:
    for where, name in (("terminal_id", wish.terminal_id), ("branch", wish.branch)):
        if not 0 < len(name) <= NAME_LIMIT or not name.isprintable() or "/" in name:
            raise Refusal(Code.MALFORMED, {"where": where})
    if not is_signing_key(wish.public_key):
        raise Refusal(Code.MALFORMED, {"where": "public_key"})
