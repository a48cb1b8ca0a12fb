"""Writes the old book of a new schema: ``python -m tests.sync_store.freeze_schema OLD.sql NEW.sql``, by hand.

The book of OLD is brought up to date, gets a row of every kind that the newest step knows, and is written out
as statements. Run it once, when a step is added; never for a step that was released.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sync.database import Database, connect
from sync.staff_roll import StaffRoll
from sync.staff_row import TryOutcome
from sync.store import Store


def main(old: Path, new: Path) -> None:
    """Write `new` from `old`."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.db"
        book.touch(0o600)
        with connect(book, None) as database:
            for statement in old.read_text("utf-8").split(";;\n"):
                if statement.strip():
                    database.rows(statement)
        with Store.open(book, None) as store:
            newest(store)
        with connect(book, None, read_only=True) as database:
            new.write_text("".join(f"{each};;\n" for each in statements(database)), encoding="utf-8")


def newest(store: Store) -> None:
    """A row of every kind that the newest step knows."""
    roll = StaffRoll(store, bytes(32))
    roll.put("S-1", {"name": "示例"}, ("S-2", "S-3"), {})
    roll.keep_secret("S-1", b"secret", {})
    roll.tried("S-1", TryOutcome.REFUSED, {})


def statements(database: Database) -> list[str]:
    """Everything in the book as SQL: tables, rows, then what watches over them."""
    found = ["PRAGMA foreign_keys = OFF"]
    objects = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    rows = database.rows(objects)
    tables = [(name, sql) for kind, name, sql in rows if kind == "table"]
    found += [sql for _, sql in tables]
    for name, _ in tables:
        columns = [row[1] for row in database.rows(f"PRAGMA table_info({name})")]
        quoted = " || ',' || ".join(f"quote({column})" for column in columns)
        found += [
            f'INSERT INTO "{name}" VALUES({row[0]})' for row in database.rows(f"SELECT {quoted} FROM {name}")
        ]
    found += [sql for kind, _, sql in rows if kind != "table"]
    for pragma in ("application_id", "user_version"):
        found.append(f"PRAGMA {pragma} = {database.rows(f'PRAGMA {pragma}')[0][0]}")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
