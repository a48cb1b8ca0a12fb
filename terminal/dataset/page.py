"""The tables of the documentation that are made from the catalogues, so that they cannot fall behind.

``python -m terminal.dataset.page docs`` writes them anew below the mark of each page; a test asks that they
are fresh.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from terminal.consent.wording import consent_texts
from terminal.dataset.documents import Kind, document_kinds
from terminal.dataset.fields import FieldEntry, catalogue

MARK = "<!-- Made by `python -m terminal.dataset.page docs`; what is above is written by hand. -->"


def field_table() -> str:
    """Every field: name, Chinese and English, class, ranking, what may be said."""
    head = ("Field", "中文", "English", "Class", "Believed by", "Choices")
    return _table(head, (_field(name, entry) for name, entry in catalogue().fields.items()))


def document_table() -> str:
    """Every kind of document with what it proves and must show; then the marks that are looked at."""
    kinds = document_kinds()
    head = ("Kind", "中文", "English", "Proves", "Images", "Number", "Years", "Together with", "Marks")
    listed = _table(head, (_kind(name, kind) for name, kind in kinds.kinds.items()))
    marks = ((f"`{name}`", mark.zh, mark.en) for name, mark in kinds.marks.items())
    return f"{listed}\n\n{_table(('Mark', '看什么', 'What is looked at'), marks)}"


def text_table() -> str:
    """Every text: id, title, version, kind, what it is about, who answers, its hashes."""
    head = ("Text", "标题", "Title", "Version", "Kind", "About", "Answered by", "SHA-256 zh", "SHA-256 en")
    rows = (
        (
            f"`{text.id}`",
            text.zh.title,
            text.en.title,
            text.version,
            text.kind.value + (", one by one" if text.one_by_one else ""),
            text.modality.value,
            text.signer.value,
            f"`{text.sha256('zh')[:12]}`",
            f"`{text.sha256('en')[:12]}`",
        )
        for text in consent_texts()
    )
    return _table(head, rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "dataset.md": field_table,
    "document-kinds.md": document_table,
    "consent.md": text_table,
}
"""Page → its table."""


def renewed(name: str, page: str) -> str:
    """The page `name` with its table made anew. ValueError when it has no mark."""
    written, mark, _ = page.partition(MARK)
    if not mark:
        raise ValueError(f"{name} has no mark")
    return f"{written}{MARK}\n\n{TABLES[name]()}\n"


def _field(name: str, entry: FieldEntry) -> tuple[str, ...]:
    choices = ", ".join(f"`{kept}`" for kept, _, _ in entry.choices)
    ranks = entry.ranks + (", key" if entry.key else "")
    return (f"`{name}`", entry.zh, entry.en, entry.data_class.value, ranks, choices)


def _kind(name: str, kind: Kind) -> tuple[str, ...]:
    role = kind.role.value + (f" under {kind.until_age}" if kind.until_age is not None else "")
    years = [str(each) for each in kind.terms] + (["long term"] if kind.long_term else [])
    together = ", ".join(each.replace("|", " or ") for each in kind.together)
    sides = ", ".join(side.value for side in kind.sides) + (", chip" if kind.chip else "")
    marks = ", ".join(f"`{mark}`" for mark in kind.marks)
    return (f"`{name}`", kind.zh, kind.en, role, sides, kind.number.value, ", ".join(years), together, marks)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for file in TABLES:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(renewed(file, text), encoding="utf-8")
