"""What the book's log says of watch lists: which editions were put in force on this terminal.

The log can be neither changed nor cut unseen, so an older edition cannot come back by deleting files, and a
list that is gone is missed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sync.records import AuditLine
from sync.store import Store

INSTALLED = "list.installed"
"""Kind of the audit line."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a list."""

    list_id: str
    kind: str
    dated: str
    """ISO 8601 with zone, as the issuer wrote it."""
    sha256: str


def note_installed(store: Store, edition: Edition, count: int) -> AuditLine:
    """Note that `edition` with `count` entries is in force from now on. Errors as in `Store.note`."""
    body = {"list": edition.list_id, "kind": edition.kind, "dated": edition.dated}
    return store.note(INSTALLED, {**body, "sha256": edition.sha256, "count": count})


def newest(store: Store) -> Mapping[str, Edition]:
    """The last edition noted of each list."""
    found: dict[str, Edition] = {}
    for (text,) in store.database.rows("SELECT body FROM audit WHERE kind = ? ORDER BY seq", (INSTALLED,)):
        body = json.loads(text)
        edition = Edition(body["list"], body["kind"], body["dated"], body["sha256"])
        found[edition.list_id] = edition
    return found
