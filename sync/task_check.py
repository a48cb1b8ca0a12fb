"""Checks the follow-ups of a book: each event is the one that was logged, and none was slipped in or lost."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sync.findings import Part
from sync.look import Look
from sync.task_event import COLUMNS, PREFIX, What, row_digest


@dataclass(frozen=True, slots=True)
class TaskCheck:
    """The checks of table ``task_event``."""

    look: Look

    def events(self) -> None:
        """Every row has its audit line, and every audit line its row."""
        logged = self._logged()
        for seq, id_, number, what, body in self.look.database.stream(
            f"SELECT {COLUMNS} FROM task_event ORDER BY audit_seq"
        ):
            digest = logged.pop((seq, str(what)), None)
            if digest is None:
                self.look.found(Part.TASK, "unlogged", id_, line=seq)
            elif digest != row_digest(str(id_), int(number), str(what), str(body)):
                self.look.found(Part.TASK, "altered", id_, line=seq)
        for seq, _ in logged:
            self.look.found(Part.TASK, "missing", f"of line {seq}", line=seq)

    def _logged(self) -> dict[tuple[int, str], object]:
        """(Line, event) → digest of its row; bodies that cannot be read are the log's own finding."""
        found: dict[tuple[int, str], object] = {}
        for what in What:
            sql = "SELECT seq, body FROM audit WHERE kind = ?"
            for seq, text in self.look.database.rows(sql, (PREFIX + what.value,)):
                try:
                    body = json.loads(text)
                except (TypeError, ValueError):
                    continue
                found[seq, what.value] = body.get("row_sha256") if isinstance(body, dict) else None
        return found
