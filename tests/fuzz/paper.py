"""Hostile pictures before the finder of cards, its rows of print, and the rules for what was read on them."""

from __future__ import annotations

import math
from datetime import date
from functools import lru_cache

import numpy as np

from config.settings import Documents
from drivers.bank_card.numbers import luhn
from drivers.card.numbers import check_digit
from models.paper.judge import PLACES, judge
from models.paper.outline import Format, find_outlines
from models.paper.straight import DOTS_PER_MM, Straight, size, straighten
from models.text.fields import ROW
from models.text.lines import LineReader, ReadDigits
from models.text.number_line import EXPIRY, NUMBER, NumberLine, find_numbers
from models.text.rows import find_rows
from models.text.strokes import Stroke, straightened
from terminal.bank_card import LEAST_SURE, LENGTHS, examine_line
from terminal.card_ranges import issuer_of, parse
from terminal.resident_rules import back_doubts, birth_of, front_doubts, validity_of
from tests.fuzz.scenes import FILLED, NOISY, OUTLINED, PRINTED, Canvas, scene, shape
from tests.fuzz.target import Target

LIMITS = Documents()
PROBLEMS = {"cut_off", "too_far", "dark", "tilted", "glare", "blurred"}
TODAY = date(2026, 11, 1)
CARD = Straight(np.zeros((2, 2, 3), np.uint8), Format.ID1)
FRONT = ("number", "birth", "sex", "nation", "name", "address")
BACK = ("validity", "authority")
UNIONPAY = bytes(map(int, "6259654738291052"))


def card_outlines(data: bytes) -> None:
    """An outline has four finite corners, and a card that is said to be whole lies inside the picture."""
    canvas = scene(data)
    for outline in find_outlines(canvas):
        assert outline.corners.shape == (4, 2)
        assert np.isfinite(outline.corners).all()
        assert 0 < outline.score <= 1
        if outline.whole:
            assert (outline.corners > -1).all()
            assert (outline.corners < (canvas.shape[1], canvas.shape[0])).all()
        straight = straighten(canvas, outline)
        assert straight.picture.shape[1::-1] == size(outline.format)
        judged = judge(canvas, outline, straight, LIMITS)
        assert judged.problem is None or judged.problem.removeprefix("paper.") in PROBLEMS
        assert 0 <= judged.glare_share <= 1 and 0 <= judged.tilt_degrees <= 90
        assert not judged.glare_place or any(judged.glare_place in row for row in PLACES)
        assert outline.whole or judged.problem == "paper.cut_off"


def print_rows(data: bytes) -> None:
    """Rows have the heights that were asked for, and can be cut out whole."""
    canvas = scene(data)
    for wanted in (NUMBER, EXPIRY, ROW):
        for row in find_rows(canvas, DOTS_PER_MM, wanted):
            assert wanted.heights[0] < row.height / DOTS_PER_MM < wanted.heights[1]
            _cut(canvas, row)
    for row in find_numbers(canvas, DOTS_PER_MM):
        _cut(canvas, row)


def _cut(canvas: Canvas, row: Stroke) -> None:
    assert all(math.isfinite(each) for each in (*row.centre, row.length, row.height, row.slope))
    assert min(straightened(canvas, row, 1.0).shape[:2]) >= 2


def read_lines(data: bytes) -> None:
    """What the network reads in any line has one probability a sign, and places inside the line."""
    line = scene(data)
    zone, text, digits = (read(line) for read in (_reader().read, _reader().read_text, _reader().read_digits))
    assert len(zone.text) == len(zone.letters) == len(zone.digits) == len(zone.sure)
    assert len(text.text) == len(text.sure) == len(text.places)
    assert len(digits.digits) == len(digits.sure) == len(digits.places)
    assert digits.digits.max(initial=0) <= 9
    for sure in (zone.sure, text.sure, digits.sure):
        assert all(0 <= each <= 1.001 for each in sure)
    assert all(0 <= each <= 1 for each in (*text.places, *digits.places))


@lru_cache(maxsize=1)
def _reader() -> LineReader:
    return LineReader()


def card_numbers(data: bytes) -> None:
    """A number is certain only when both looks gave it, surely, as a known scheme makes and prints them."""
    count = LENGTHS[0] + data[0] % (LENGTHS[1] - LENGTHS[0] + 1) if data else LENGTHS[0]
    first, second = _digits(data[1 : 1 + 3 * count], count), _digits(data[1 + 3 * count :], count)
    line = NumberLine(Stroke((500.0, 300.0), 800.0, 50.0, 0.0), first, second)
    seen = examine_line(line, CARD, drenched=bool(len(data) % 2))
    assert seen.number is not None
    number = seen.number.reveal()
    assert number not in repr(seen)
    if seen.certain:
        assert luhn(number) and 16 <= len(number) <= 19
        assert bytes(first.digits) == bytes(second.digits) == bytes(map(int, number))
        assert min(first.sure.min(), second.sure.min()) >= LEAST_SURE
        assert len(data) % 2 == 0 and sum(seen.groups) == len(number)
    line.wipe()
    assert not first.digits.any() and not second.digits.any()


def _digits(data: bytes, count: int) -> ReadDigits:
    """Three bytes a digit: value, sureness, and the way to the next."""
    values = np.frombuffer(data.ljust(3 * count, b"\xf0")[: 3 * count], np.uint8).reshape(count, 3)
    places = np.cumsum(values[:, 2].astype(np.float32))
    return ReadDigits(
        values[:, 0] % 10,
        (values[:, 1] / 255).astype(np.float32),
        places / max(1.0, float(places[-1])),
    )


def _looked(number: bytes, groups: tuple[int, ...]) -> bytes:
    ends = set(np.cumsum(groups).tolist())
    one = b"".join(bytes([digit, 250, 40 if place in ends else 20]) for place, digit in enumerate(number))
    return bytes([len(number) - LENGTHS[0]]) + one + one + b"\0"


def card_ranges(data: bytes) -> None:
    """A table is refused, or it finds a scheme of its own for a number or none."""
    text, _, digits = data.partition(b"\0")
    try:
        table = parse(text.decode("utf-8"))
    except ValueError:
        return
    number = "".join(str(each % 10) for each in digits)
    found = issuer_of(number, table)
    if found is not None:
        own = [each for each in table.range if each.scheme == found.scheme]
        assert any(each.holds(number) for each in own)
        assert not found.length_fits or any(len(number) in each.lengths for each in own)


def resident_fields(data: bytes) -> None:
    """Texts of a card's fields, parted by line ends: nothing impossible is without its doubt."""
    texts = [*data.decode("utf-8", "replace").split("\n"), *[""] * len(FRONT)]
    front, back = dict(zip(FRONT, texts, strict=False)), dict(zip(BACK, texts, strict=False))
    doubted = {name for name, _ in front_doubts(front, TODAY)}
    birth = birth_of(front["birth"])
    if not doubted & {"number", "birth"}:
        assert birth is not None and front["number"][6:14] == f"{birth:%Y%m%d}"
        assert check_digit(front["number"][:17]) == front["number"][17:]
    if not doubted & {"number", "sex"}:
        assert ("女", "男")[int(front["number"][16]) % 2] == front["sex"]
    validity = validity_of(back["validity"])
    if not {name for name, _ in back_doubts(back, TODAY)}:
        assert validity is not None and validity[0] <= TODAY
        assert validity[1] is None or validity[0] < TODAY <= validity[1]


def _card(*more: bytes, kind: int = FILLED) -> bytes:
    corners = ((0.2, 0.25), (0.8, 0.28), (0.79, 0.8), (0.18, 0.77))
    digits = shape(PRINTED, ((0.26, 0.5), (0.72, 0.53), (0.3, 0.6), (0.0, 0.0)), (40, 40, 40))
    return bytes([100, 66, 3, 60]) + shape(kind, corners, (210, 180, 90)) + digits + b"".join(more)


_BEHIND = shape(NOISY, ((0.3, 0.3), (0.5, 0.5), (0.7, 0.7), (0.5, 0.5)), (1, 2, 3))
_LINE = bytes([100, 11, 1, 230]) + shape(
    PRINTED, ((0.05, 0.2), (0.95, 0.2), (0.1, 0.8), (0.0, 0.0)), (25,) * 3
)
_TABLE = b'dated = 2026-11-01\n[[range]]\nscheme = "A"\nbegins = ["62", "51-55"]\nlengths = [16, 19]\n\0'
_FIRST = "11000019900101001"

TARGETS: tuple[Target, ...] = (
    Target(
        "card_outlines", card_outlines, (_card(), _card(_BEHIND), _card(kind=OUTLINED)), share=0.012, quick=20
    ),
    Target("print_rows", print_rows, (_card(), _LINE), share=0.05, quick=60),
    Target("read_lines", read_lines, (_LINE, _card()[:28]), share=0.005, quick=12),
    Target(
        "card_numbers", card_numbers, (_looked(UNIONPAY, (4, 4, 4, 4)), _looked(UNIONPAY, (16,))), share=0.3
    ),
    Target("card_ranges", card_ranges, (_TABLE + UNIONPAY,), share=0.3),
    Target(
        "resident_fields",
        resident_fields,
        (
            f"{_FIRST}{check_digit(_FIRST)}\n1990年1月1日\n男\n汉\n样本人\n样本省样本市".encode(),
            "2020.03.05-2040.03.05\n样本市公安局".encode(),
            "2020.03.05-长期\n样本市公安局".encode(),
        ),
    ),
)
