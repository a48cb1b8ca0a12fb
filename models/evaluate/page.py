"""One report as a page: a self-contained HTML file with its figures, tables, pictures and provenance."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; color: #1b1f24;
  max-width: 60em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.7em; margin-bottom: 0; } h2 { margin-top: 2em; border-bottom: 1px solid #d5dae0; }
p.sub { color: #59636e; margin-top: .2em; } p.note { color: #59636e; font-size: .92em; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3em .9em .3em 0; border-bottom: 1px solid #e3e7ec; vertical-align: top; }
th { font-weight: 600; color: #39424e; } td.number { text-align: right; white-space: nowrap; }
ul.warn { background: #fff6e0; border-left: 4px solid #d99400; padding: .7em 1em .7em 2em; }
figure { margin: 1.5em 0; } img { max-width: 100%; } code { font-size: .88em; overflow-wrap: anywhere; }
figcaption { color: #59636e; font-size: .92em; }
@media print { body { margin: 0; max-width: none; } figure, tr { break-inside: avoid; } }
"""
NUMBER_LIKE = frozenset("0123456789.,%+-−–[]≤≥∞ e")


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows; the first row is the head."""

    title: str
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as PNG."""

    title: str
    png: bytes = field(repr=False)
    name: str
    """File name beside the page."""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report."""

    title: str
    subtitle: str
    warnings: Sequence[str]
    """What a reader must know before believing a figure."""
    parts: Sequence[Table | Picture]
    figures: Mapping[str, Any]
    """Everything as numbers, for machines."""
    provenance: Mapping[str, Any]


def write(page: Page, folder: Path) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.json`` and the pictures into `folder`; the files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    html, figures = folder / "report.html", folder / "report.json"
    html.write_text(render(page), encoding="utf-8")
    content = {"title": page.title, "figures": page.figures, "provenance": page.provenance}
    figures.write_text(
        json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
    )
    pictures = [part for part in page.parts if isinstance(part, Picture)]
    for picture in pictures:
        (folder / picture.name).write_bytes(picture.png)
    return (html, figures, *(folder / picture.name for picture in pictures))


def render(page: Page) -> str:
    """The page as HTML; it loads nothing from anywhere."""
    root = ET.Element("html", lang="en")
    head, body = ET.SubElement(root, "head"), ET.SubElement(root, "body")
    ET.SubElement(head, "meta", charset="utf-8")
    ET.SubElement(head, "title").text = page.title
    ET.SubElement(head, "style").text = STYLE
    ET.SubElement(body, "h1").text = page.title
    _paragraph(body, page.subtitle, "sub")
    if page.warnings:
        _list(body, page.warnings)
    for part in page.parts:
        ET.SubElement(body, "h2").text = part.title
        if isinstance(part, Table):
            _table(body, part)
        else:
            _picture(body, part)
    ET.SubElement(body, "h2").text = "Made with"
    _facts(body, page.provenance)
    text: str = ET.tostring(root, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n"


def _table(body: ET.Element, table: Table) -> None:
    head, *rows = table.rows
    drawn = ET.SubElement(body, "table")
    line = ET.SubElement(drawn, "tr")
    for cell in head:
        ET.SubElement(line, "th").text = cell
    for row in rows:
        line = ET.SubElement(drawn, "tr")
        for cell in row:
            number = set(cell) <= NUMBER_LIKE and any(each.isdigit() for each in cell)
            ET.SubElement(line, "td", {"class": "number"} if number else {}).text = cell
    _paragraph(body, table.note, "note")


def _picture(body: ET.Element, picture: Picture) -> None:
    figure = ET.SubElement(body, "figure")
    data = base64.b64encode(picture.png).decode()
    ET.SubElement(figure, "img", src=f"data:image/png;base64,{data}", alt=picture.title)
    if picture.caption:
        ET.SubElement(figure, "figcaption").text = picture.caption


def _facts(body: ET.Element, facts: Mapping[str, Any]) -> None:
    drawn = ET.SubElement(body, "table")
    for name, value in _flat("", facts):
        line = ET.SubElement(drawn, "tr")
        ET.SubElement(line, "th").text = name
        cell = ET.SubElement(line, "td")
        ET.SubElement(cell, "code").text = value


def _flat(prefix: str, facts: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in facts.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _flat(f"{path}.", value)
        else:
            yield path, str(value)


def _list(body: ET.Element, lines: Sequence[str]) -> None:
    drawn = ET.SubElement(body, "ul", {"class": "warn"})
    for line in lines:
        ET.SubElement(drawn, "li").text = line


def _paragraph(body: ET.Element, text: str, kind: str) -> None:
    if text:
        ET.SubElement(body, "p", {"class": kind}).text = text
