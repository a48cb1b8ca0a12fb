"""Draws a specimen of a resident card's two sides: the fields where they stand, nothing that makes a card.

No emblem, no pattern against copying, no state's typeface or colours; instead the word 样本 across it. Only
the places of the fields follow the real card, because they are what reading relies on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from drivers.api import Image
from drivers.card.nations import NATIONS
from drivers.card.numbers import check_digit
from terminal.drawn import paint
from terminal.drawn.bank_card import SIZE_MM, Box
from terminal.drawn.typefaces import chinese, plotted, text_mask

DOTS_PER_MM = 18.0
LABEL = (150, 110, 70)
INK = (40, 36, 36)
PAPER = (238, 234, 226)
PITCH_MM = 2.62
"""Of the number's signs."""
ROW_SIGNS = 11
"""Of an address, in one row."""
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玉建国海燕红梅志林春兰东雪莹晨宇轩"
PLACES = (
    "样本省样本市示例区",
    "样本市虚构区",
    "示例省虚构县样本镇",
    "样本自治州示例市",
)
STREETS = ("长安街", "人民路", "解放大道", "中山路", "建设村", "和平里", "新华巷")
AUTHORITIES = ("样本市公安局示例分局", "虚构县公安局", "示例市公安局", "样本市公安局虚构分局")


@dataclass(frozen=True, slots=True)
class Resident:
    """What stands on an invented card."""

    name: str = field(repr=False)
    sex: str
    nation: str
    birth: date = field(repr=False)
    address: str = field(repr=False)
    number: str = field(repr=False)
    authority: str
    valid_from: date
    valid_to: date | None
    """None: 长期."""


@dataclass(frozen=True, slots=True)
class DrawnSide:
    """One side as it leaves the printer."""

    picture: Image = field(repr=False)
    values: tuple[Box, ...]
    """Where what is read stands, row by row."""


def invent(random: np.random.Generator) -> Resident:
    """Somebody who does not exist, with a number of a region that no card has (00 after the province)."""
    birth = date(int(random.integers(1945, 2009)), int(random.integers(1, 13)), int(random.integers(1, 29)))
    male = bool(random.integers(2))
    sequence = int(random.integers(0, 499)) * 2 + male
    first = f"{int(random.integers(11, 66))}0000{birth:%Y%m%d}{sequence:03d}"
    names = "".join(GIVEN[int(each)] for each in random.integers(0, len(GIVEN), int(random.integers(1, 3))))
    nations = [nation.chinese for code, nation in NATIONS.items() if code < "57"]
    nation = "汉" if random.uniform() < 0.6 else nations[int(random.integers(len(nations)))]
    street = f"{STREETS[int(random.integers(len(STREETS)))]}{int(random.integers(1, 999))}号"
    house, stair, flat = (int(random.integers(1, most)) for most in (40, 9, 2905))
    block = f"{house}号楼{stair}单元{flat}室"
    start = date(int(random.integers(2010, 2026)), int(random.integers(1, 13)), int(random.integers(1, 29)))
    years = (5, 10, 20, 0)[int(random.integers(4))]
    return Resident(
        SURNAMES[int(random.integers(len(SURNAMES)))] + names,
        "男" if male else "女",
        nation,
        birth,
        PLACES[int(random.integers(len(PLACES)))] + street + (block if random.uniform() < 0.7 else ""),
        first + check_digit(first),
        AUTHORITIES[int(random.integers(len(AUTHORITIES)))],
        start,
        start.replace(year=start.year + years) if years else None,
    )


def front(person: Resident, random: np.random.Generator) -> DrawnSide:
    """The side with the person. RuntimeError when no Chinese typeface is installed."""
    sheet = _sheet(random)
    month, day = str(person.birth.month), str(person.birth.day)
    rows = [person.address[at : at + ROW_SIGNS] for at in range(0, len(person.address), ROW_SIGNS)]
    values = [
        _row(sheet, (6.0, 6.4), "姓名", (16.4, 6.0), person.name, 3.7),
        _row(sheet, (6.0, 13.6), "性别", (16.4, 13.4), person.sex, 3.2),
        _row(sheet, (25.2, 13.6), "民族", (33.6, 13.4), person.nation, 3.2),
        _row(sheet, (6.0, 20.6), "出生", (16.4, 20.4), str(person.birth.year), 3.2),
        _row(sheet, (25.4, 20.6), "年", (30.4, 20.4), month, 3.2),
        _row(sheet, (34.6, 20.6), "月", (39.0, 20.4), day, 3.2),
    ]
    _words(sheet, "日", 2.9, (43.4, 20.6), LABEL)
    for number, text in enumerate(rows):
        label = "" if number else "住址"
        values.append(_row(sheet, (6.0, 27.4), label, (16.4, 27.2 + 4.7 * number), text, 3.2))
    number_at = (29.0, 45.6)
    values.append(_row(sheet, (6.0, 46.0), "公民身份号码", number_at, person.number, 4.2, spaced=True))
    _portrait(sheet, random)
    _mark(sheet)
    return DrawnSide(sheet, tuple(values))


def back(person: Resident, random: np.random.Generator) -> DrawnSide:
    """The side with authority and validity."""
    sheet = _sheet(random)
    end = f"{person.valid_to:%Y.%m.%d}" if person.valid_to else "长期"
    _words(sheet, "样本 SPECIMEN", 6.0, (27, 9), INK)
    _words(sheet, "不是证件 NOT A CARD", 3.6, (27, 18), INK)
    values = (
        _row(sheet, (17.0, 37.6), "签发机关", (34.0, 37.4), person.authority, 3.2),
        _row(sheet, (17.0, 44.6), "有效期限", (34.0, 44.4), f"{person.valid_from:%Y.%m.%d}-{end}", 3.2),
    )
    _mark(sheet)
    return DrawnSide(sheet, values)


def _sheet(random: np.random.Generator) -> Image:
    """Paper with a faint wash of its own."""
    tint = tuple(int(value) for value in random.integers(205, 245, 3))
    ground = paint.Ground(PAPER, (tint[0], tint[1], tint[2]), float(random.uniform(0, 6)), "cloud", 4.0)
    size = round(SIZE_MM[0] * DOTS_PER_MM), round(SIZE_MM[1] * DOTS_PER_MM)
    return paint.fill(ground, size, random)


def _row(
    sheet: Image,
    label_at: tuple[float, float],
    label: str,
    value_at: tuple[float, float],
    value: str,
    size: float,
    *,
    spaced: bool = False,
) -> Box:
    """A label and its value, its signs `spaced` apart if asked for; gives the value's place."""
    _words(sheet, label, 2.9, label_at, LABEL)
    return (_spaced if spaced else _words)(sheet, value, size, value_at, INK)


def _spaced(sheet: Image, text: str, size: float, at: tuple[float, float], tone: paint.Colour) -> Box:
    """One sign every `PITCH_MM`."""
    high = 0.0
    for place, sign in enumerate(text):
        shape = text_mask(plotted("DejaVuSans-Bold"), sign, round(size * DOTS_PER_MM))
        left = at[0] + place * PITCH_MM + (PITCH_MM - shape.shape[1] / DOTS_PER_MM) / 2
        spot = left * DOTS_PER_MM, at[1] * DOTS_PER_MM
        paint.write(sheet, sign, plotted("DejaVuSans-Bold"), size * DOTS_PER_MM, spot, tone)
        high = shape.shape[0] / DOTS_PER_MM
    return (*at, len(text) * PITCH_MM, high)


def _words(sheet: Image, text: str, size: float, at: tuple[float, float], tone: paint.Colour) -> Box:
    left, top = at
    drawn = paint.write(
        sheet, text, _chinese(), size * DOTS_PER_MM, (left * DOTS_PER_MM, top * DOTS_PER_MM), tone
    )
    left, top, wide, high = (side / DOTS_PER_MM for side in drawn)
    return left, top, wide, high


def _chinese() -> Path:
    file = chinese()
    if file is None:
        raise RuntimeError("no Chinese typeface is installed (package noto-cjk-sans-otc)")
    return file


def _portrait(sheet: Image, random: np.random.Generator) -> None:
    """A grey outline of nobody where the photo stands."""
    left, top, right, bottom = (round(edge * DOTS_PER_MM) for edge in (56.0, 9.0, 79.0, 38.0))
    cv2.rectangle(sheet, (left, top), (right, bottom), (222, 222, 222), -1)
    shade = int(random.integers(120, 175))
    middle = (left + right) // 2
    cv2.ellipse(
        sheet, (middle, bottom), ((right - left) // 2, (bottom - top) // 3), 0, 180, 360, (shade,) * 3, -1
    )
    cv2.circle(sheet, (middle, top + (bottom - top) // 3), (right - left) // 4, (shade,) * 3, -1, cv2.LINE_AA)


def _mark(sheet: Image) -> None:
    """样本 across the card, faint enough to read through."""
    mask = text_mask(_chinese(), "样本 SPECIMEN", round(11 * DOTS_PER_MM))
    height, width = sheet.shape[:2]
    turned = cv2.warpAffine(
        mask,
        cv2.getRotationMatrix2D((mask.shape[1] / 2, mask.shape[0] / 2), 24, 0.85)
        + np.array([[0, 0, (width - mask.shape[1]) / 2], [0, 0, (height - mask.shape[0]) / 2]]),
        (width, height),
    )
    cover = turned[..., None].astype(np.float32) / 255 * 0.1
    sheet[:] = (sheet * (1 - cover) + np.array((90, 90, 190), np.float32) * cover).astype(np.uint8)
