"""A rule pack that somebody wants to install, as its files say, and what speaks against it by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from terminal.rules.errors import RuleError
from terminal.rules.reading import PackFile, read_bytes
from terminal.rules.signature import MOST_BYTES as MOST_SIGNATURE
from terminal.rules.signature import signature_path
from terminal.rules.states import MOST_BYTES

CLAUSE = "X04"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pack and the signature beside it."""

    pack: PackFile
    content: bytes = field(repr=False)
    signature: bytes | None = field(default=None, repr=False)
    """None: there is none."""


def read_content(path: Path) -> bytes:
    """The bytes of a pack's file; RuleError ``rules.unreadable`` for a file that is not there or too long."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RuleError("rules.unreadable", path.name, error.strerror or "", line=1) from error
    if len(content) > MOST_BYTES:
        raise RuleError("rules.unreadable", path.name, f"it has more than {MOST_BYTES} bytes", line=1)
    return content


def read_candidate(path: Path) -> Candidate:
    """The pack in `path`; RuleError as `read_content` and `terminal.rules.reading.read_pack`."""
    content = read_content(path)
    signature = None
    with suppress(OSError), signature_path(path).open("rb") as file:
        signature = file.read(MOST_SIGNATURE + 1)
    return Candidate(read_bytes(content, path.name), content, signature)


def with_candidates(packs: Sequence[PackFile], candidates: Sequence[Candidate]) -> tuple[PackFile, ...]:
    """`packs` with the candidates added, each in the place of the installed one of its name and first day."""
    fresh = tuple(each.pack for each in candidates)
    days = {_day(pack) for pack in fresh}
    stay = (pack for pack in packs if pack.signed_by is None or _day(pack) not in days)
    return (*stay, *fresh)


def expired(candidates: Sequence[Candidate], today: date) -> Iterator[RuleError]:
    """Packs whose last day has passed."""
    for each in candidates:
        until = each.pack.header.effective_until
        if until is not None and until < today:
            cause = f"its last day was {until}"
            yield each.pack.error("rules.expired", ("effective_until",), cause, CLAUSE)


def older(candidates: Sequence[Candidate], packs: Sequence[PackFile]) -> Iterator[RuleError]:
    """Packs that would put an older version in the place of an installed newer one; that is a rollback."""
    for each in candidates:
        asked = each.pack.header
        for pack in packs:
            there = pack.header
            same = (there.authority, there.pack) == (asked.authority, asked.pack)
            if pack.signed_by is None or not same or there.effective_from > asked.effective_from:
                continue
            if _parts(asked.version) < _parts(there.version):
                cause = f"{there.name} is installed, in force from {there.effective_from}"
                yield each.pack.error("rules.older", ("version",), cause, CLAUSE)


def taken(candidates: Sequence[Candidate], names: Mapping[tuple[str, str], str]) -> Iterator[RuleError]:
    """Packs that bear name and version of another; `names` has the SHA-256 by authority and name."""
    seen = dict(names)
    for each in candidates:
        header = each.pack.header
        if seen.setdefault((header.authority, header.name), each.pack.sha256) != each.pack.sha256:
            cause = (
                f"another {header.authority} pack is called {header.name}; give this one a version of its own"
            )
            yield each.pack.error("rules.version_taken", ("version",), cause, CLAUSE)


def _day(pack: PackFile) -> tuple[str, str, date]:
    return pack.header.authority, pack.header.pack, pack.header.effective_from


def _parts(version: str) -> tuple[tuple[int, int, str], ...]:
    """Parts between dots and hyphens, numbers as numbers: 2026.10 comes after 2026.9."""
    parts = re.split(r"[.-]", version)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)
