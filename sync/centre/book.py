"""The centre's database: whole transactions, tried again when another copy of the centre was quicker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sync.centre.errors import Code, Refusal
from sync.centre.tables import metadata

T = TypeVar("T")

BUSY_SECONDS = 10
"""How long one writer waits for another."""
ATTEMPTS = 3
"""Losing a race on a unique key once makes the winner's row visible; twice more is caution."""


class CentreBook:
    """Where the centre keeps everything. Safe from any thread and beside other processes."""

    def __init__(self, url: str) -> None:
        """Open the database at the SQLAlchemy `url`, make missing tables; Refusal when it does not open."""
        self._engine = _engine(url)
        try:
            self.write(metadata.create_all)
        except Refusal:
            self._engine.dispose()
            raise

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a consistent view; Refusal ``centre.unavailable`` when the database cannot."""
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except (DBAPIError, PoolTimeout) as fault:
            raise Refusal(Code.UNAVAILABLE) from fault

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as one transaction, all or nothing.

        Run again when a unique key was taken meanwhile, so `work` must look before it inserts.
        """
        for _ in range(ATTEMPTS):
            try:
                with (
                    self._engine.connect().execution_options(immediate=True) as connection,
                    connection.begin(),
                ):
                    return work(connection)
            except IntegrityError:
                continue
            except (DBAPIError, PoolTimeout) as fault:
                raise Refusal(Code.UNAVAILABLE) from fault
        raise Refusal(Code.UNAVAILABLE)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def open_book(folder: Path, database: str | None = None) -> CentreBook:
    """The book at the SQLAlchemy URL `database`, else the SQLite file in `folder`."""
    return CentreBook(database or f"sqlite:///{folder / 'centre.db'}")


def _engine(url: str) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True, "pool_timeout": BUSY_SECONDS}
    if not url.startswith("sqlite:"):
        # Copies of the centre write side by side: what one looked at must still hold when it commits.
        return create_engine(url, pool_pre_ping=True, isolation_level="SERIALIZABLE", **options)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, _: object) -> None:
    """Full durability; the driver's own implicit transactions are switched off."""
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that turns writer could not wait for it."""
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
