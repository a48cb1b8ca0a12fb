"""Notes each result of a long evaluation as it comes, so that a run that was stopped goes on where it was.

One JSON line a result, behind a first line that says what the run is of: data, networks, settings, versions.
A journal of another run is refused, never mixed in. Only scores and answers are noted, never templates.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

SCHEMA = "renzheng.evaluation-journal/1"


class JournalError(Exception):
    """A journal that cannot be gone on with; `code` is a message key, the text says what to do.

    Codes: ``evaluate.other_run``, ``evaluate.journal_unreadable``, ``evaluate.journal_unwritable``.
    """

    def __init__(self, code: str, file: Path, remedy: str) -> None:
        super().__init__(f"{file}: {remedy}")
        self.code = code
        self.file = file
        self.remedy = remedy


class Journal:
    """Results by key, in memory; with a file also on disk as soon as they come."""

    def __init__(self, stream: TextIO | None = None, known: Mapping[str, Any] | None = None) -> None:
        self._stream = stream
        self._known = dict(known or {})
        self.found = len(self._known)
        """Results that were there from an earlier run."""

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __getitem__(self, key: str) -> Any:
        """The result noted under `key`; KeyError when there is none."""
        return self._known[key]

    def note(self, key: str, result: Any) -> None:
        """Keep a JSON value; the last one of a key counts."""
        self._known[key] = result
        if self._stream is not None:
            self._stream.write(json.dumps([key, result], ensure_ascii=False) + "\n")
            self._stream.flush()


@contextmanager
def journal(file: Path | None, run: Mapping[str, Any]) -> Iterator[Journal]:
    """The journal of the run that `run` describes, in `file`; in memory alone when None.

    Raises JournalError. A line that was cut short by a loss of power is made anew.
    """
    if file is None:
        yield Journal()
        return
    mark = fingerprint(run)
    known, sound = _read(file, mark) if file.exists() else ({}, 0)
    try:
        with file.open("r+" if sound else "w", encoding="utf-8") as stream:
            stream.seek(sound)
            stream.truncate()
            if not sound:
                stream.write(json.dumps({"schema": SCHEMA, "run": mark, **run}, ensure_ascii=False) + "\n")
            yield Journal(stream, known)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise JournalError(
            "evaluate.journal_unwritable", file, f"cannot be written ({error.strerror}); name another folder"
        ) from error


def fingerprint(run: Mapping[str, Any]) -> str:
    """SHA-256 of what a run is of."""
    text = json.dumps(run, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(file: Path, mark: str) -> tuple[dict[str, Any], int]:
    """Results of an earlier run and how many bytes of the file are sound."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise JournalError(
            "evaluate.journal_unreadable", file, f"cannot be read ({error.strerror})"
        ) from error
    first, *rest = raw.splitlines(keepends=True) or [b""]
    if not first.strip():
        return {}, 0
    head = _json(first)
    if not isinstance(head, dict) or head.get("schema") != SCHEMA:
        raise JournalError(
            "evaluate.journal_unreadable", file, "is no journal of an evaluation; name another folder"
        )
    if head.get("run") != mark:
        raise JournalError(
            "evaluate.other_run",
            file,
            "is of other data, networks or settings; go on with those, or start anew with --fresh",
        )
    known, sound = {}, len(first)
    for line in rest:
        entry = _json(line) if line.endswith(b"\n") else None
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
            break
        known[entry[0]] = entry[1]
        sound += len(line)
    return known, sound


def _json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
