"""Measures how well zones are read: ``python -m tests.models_text.measure [--pictures 60] [--plain]``.

The table in docs/documents.md comes from here (typeface OCR-B, Debian package fonts-ocr-b).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

import click

from drivers.api import Sex
from drivers.document.documentfile import DocumentFile, printed_zone
from drivers.document.mrz import parse
from drivers.document.mrz_layout import Format
from models.text.lines import LineReader
from models.text.mrz_zone import ZoneReader
from terminal.document import see_zone
from tests.models_text.drawn_documents import MONOSPACED, OCR_B, Scene, page, seen

NAMES = [
    "LI",
    "WANG",
    "ZHANG",
    "OUYANG",
    "ERIKSSON",
    "SMITH",
    "SANTOS",
    "OKONKWO",
    "MULLER",
    "IBRAHIMOVIC",
    "DOS",
]
FORMATS = (Format.TD3, Format.TD3, Format.TD1, Format.PERMIT_LINE, Format.TD2)
CODES = {Format.TD1: "I", Format.TD2: "I", Format.PERMIT_LINE: "CS"}
FIRST_SIGNS = "ABCDEFGHKLMNPRSTVXYZ"
DIGITS = "0123456789"

LEVELS: dict[str, Callable[[random.Random], Scene]] = {
    "easy": lambda r: Scene(
        share=r.uniform(0.6, 0.8),
        turn_degrees=r.uniform(-2, 2),
        tilt=r.uniform(0, 0.04),
        blur=0.6,
        noise=2,
    ),
    "medium": lambda r: Scene(
        share=r.uniform(0.5, 0.75),
        turn_degrees=r.uniform(-7, 7),
        tilt=r.uniform(0, 0.12),
        blur=r.uniform(0.8, 1.4),
        noise=r.uniform(3, 7),
        shadow=r.uniform(0, 0.5),
        glare=r.uniform(0, 0.15),
    ),
    "hard": lambda r: Scene(
        (1280, 720),
        share=r.uniform(0.5, 0.75),
        turn_degrees=r.uniform(-12, 12),
        tilt=r.uniform(0.05, 0.2),
        blur=r.uniform(0.8, 1.6),
        noise=r.uniform(4, 12),
        shadow=r.uniform(0.2, 0.6),
        glare=r.uniform(0, 0.25),
        quality=80,
    ),
    "poor": lambda r: Scene(
        (1280, 720),
        share=r.uniform(0.4, 0.6),
        turn_degrees=r.uniform(-18, 18),
        tilt=r.uniform(0.1, 0.3),
        blur=r.uniform(1.2, 2.0),
        noise=r.uniform(8, 16),
        shadow=r.uniform(0.3, 0.8),
        glare=r.uniform(0.1, 0.5),
        quality=60,
    ),
}


def person(r: random.Random, format_: Format) -> DocumentFile:
    """Somebody invented, four in ten with a Chinese document."""
    china = format_ is Format.PERMIT_LINE or r.random() < 0.4
    start = (
        r.choice(["E", "EA", "EB", "G"]) if china else r.choice(FIRST_SIGNS) + r.choice(FIRST_SIGNS + DIGITS)
    )
    start = "C" if format_ is Format.PERMIT_LINE else start
    return DocumentFile(
        format=format_,
        code=CODES.get(format_, "PO" if china else "P"),
        issuer="CHN" if china else r.choice(["UTO", "FRA", "D", "JPN", "NGA"]),
        nationality="CHN" if china else r.choice(["UTO", "FRA", "D", "JPN"]),
        number=start + "".join(r.choice(DIGITS) for _ in range(9 - len(start))),
        surname=r.choice(NAMES),
        given_names=" ".join(r.sample(NAMES, r.randint(1, 2))),
        sex=r.choice([Sex.MALE, Sex.FEMALE]),
        birth=date(r.randint(1935, 2018), r.randint(1, 12), r.randint(1, 28)),
        expiry=date(r.randint(2026, 2036), r.randint(1, 12), r.randint(1, 28)),
    )


def outcome(reader: ZoneReader, level: str, number: int, plain: bool) -> tuple[str, float]:
    """What became of one picture, and how long reading took."""
    r = random.Random(number * 7)
    lines = printed_zone(person(r, FORMATS[number % len(FORMATS)]))
    picture = seen(page(lines, MONOSPACED if plain else OCR_B, number), LEVELS[level](r), number)
    began = time.perf_counter()
    found = see_zone(picture, reader)
    took = time.perf_counter() - began
    if found is None or not found.certain:
        return "cannot tell", took
    if found.zone.lines == lines:
        return "right", took
    return ("another sign wrong" if found.zone.key == parse(lines).key else "WRONG KEY"), took


@click.command()
@click.option("--pictures", default=60, show_default=True, help="Of each level.")
@click.option("--plain", is_flag=True, help="An ordinary monospaced typeface instead of OCR-B.")
def main(pictures: int, plain: bool) -> None:
    """Draw, read, count."""
    if not plain and not OCR_B.exists():
        raise click.UsageError("the typeface OCR-B is not installed (fonts-ocr-b); try --plain")
    reader = ZoneReader(LineReader())
    for level in LEVELS:
        done = [outcome(reader, level, number, plain) for number in range(pictures)]
        counted = Counter(what for what, _ in done)
        median = sorted(took for _, took in done)[pictures // 2]
        told = ", ".join(f"{count} {what}" for what, count in counted.most_common())
        click.echo(f"{level:7} {told}; median {median * 1000:.0f} ms")


if __name__ == "__main__":
    main()
