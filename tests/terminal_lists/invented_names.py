"""Invents people, and the ways in which their names come out otherwise than a list has them.

Chinese names: surnames drawn about as often as they occur, given names of one or two common signs. Nobody
here exists; that such a name is somebody's cannot be avoided.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from drivers.card.numbers import check_digit
from terminal.checks.names import name_form

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
DOUBLE = ("欧阳", "上官", "司马", "诸葛", "东方", "尉迟")
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国志文斌波辉鹏宇飞浩然子轩梓涵雨欣怡佳琪思睿"
    "泽博俊晨晓东海燕春梅兰云龙虎山林峰岩松柏青松雪冰梦瑶婷雯慧颖莉琳倩薇宁凯翔鑫淼森垚焱旭阳光亮清泉源"
    "德福贵财富荣昌盛兴旺成功立业忠孝仁义礼智信诚廉洁正直善良和谐安康乐天长生永恒久远益民继先绍祖耀庆祥瑞"
)
MINORITY = (
    "买买提", "吐尔逊", "阿不都", "热合曼", "古丽", "米热", "艾合买提", "库尔班", "帕提古丽", "木合塔尔",
    "阿依努尔", "玉素甫", "依明", "卡德尔", "扎西", "次仁", "多吉", "卓玛", "旺堆", "格桑",
)  # fmt: skip
FIRST = (
    "Alan", "Bruno", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hasan", "Irina", "Jamal", "Karim", "Lena",
    "Marco", "Nadia", "Oskar", "Paula", "Qasim", "Rosa", "Stefan", "Tamara", "Umar", "Vera", "Walid", "Yusuf",
)  # fmt: skip
SYLLABLES = ("ba", "del", "kar", "mo", "ri", "son", "tan", "ver", "zek", "lin", "ov", "ish", "ghan", "ter")
TRADITIONAL = str.maketrans(
    "张刘陈杨赵吴孙马郑谢韩冯许伟丽强军涛国东龙云华", "張劉陳楊趙吳孫馬鄭謝韓馮許偉麗強軍濤國東龍雲華"
)


@dataclass(frozen=True)
class Invented:
    """One who does not exist."""

    name: str
    number: str
    born: date


def people(count: int, seed: int, kinds: str = "hhhhhhhhdl") -> list[Invented]:
    """`count` people; `kinds` holds h (Chinese), d (with a dot) and l (Latin) as often as they occur."""
    chance = random.Random(seed)
    return [_one(chance, chance.choice(kinds)) for _ in range(count)]


def _one(chance: random.Random, kind: str) -> Invented:
    born = date(1945, 1, 1) + timedelta(days=chance.randrange(23_000))
    first = f"{chance.randrange(110000, 659000)}{born:%Y%m%d}{chance.randrange(1000):03}"
    name = {"h": chinese, "d": dotted, "l": latin}[kind](chance)
    return Invented(name, first + check_digit(first), born)


def chinese(chance: random.Random) -> str:
    """Common surnames come often; two signs after it in four of five."""
    weights = [1 / (rank + 4) for rank in range(len(SURNAMES))]
    surname = chance.choice(DOUBLE) if chance.random() < 0.01 else chance.choices(SURNAMES, weights)[0]
    return surname + "".join(chance.choice(GIVEN) for _ in range(1 + (chance.random() < 0.8)))


def dotted(chance: random.Random) -> str:
    return "·".join(chance.sample(MINORITY, 2))


def latin(chance: random.Random) -> str:
    last = "".join(chance.choice(SYLLABLES) for _ in range(chance.randrange(2, 5))).title()
    middle = [chance.choice(FIRST)] if chance.random() < 0.4 else []
    return " ".join([chance.choice(FIRST), *middle, last])


def in_traditional_signs(name: str, chance: random.Random) -> str:
    return name.translate(TRADITIONAL)


def with_another_dot(name: str, chance: random.Random) -> str:
    return name.replace("·", chance.choice(["", "•", "・", ".", " ", "‧"]))


def sounding_alike(name: str, chance: random.Random) -> str:
    """One sign for another of the same sound; the name itself when there is none."""
    places = list(range(1, len(name)))
    chance.shuffle(places)
    for place in places:
        alike = [sign for sign in GIVEN if sign != name[place] and sounds(sign) == sounds(name[place])]
        if alike:
            return name[:place] + chance.choice(alike) + name[place + 1 :]
    return name


def with_one_other_sign(name: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(name))
    return name[:place] + chance.choice([each for each in GIVEN if each != name[place]]) + name[place + 1 :]


def in_latin_letters(name: str, chance: random.Random) -> str:
    """As a passport has it, family name first or last."""
    length = 2 if name[:2] in DOUBLE else 1
    parts = [sounds(name[:length]).upper(), sounds(name[length:]).title()]
    return " ".join(parts if chance.random() < 0.5 else parts[::-1])


def in_another_order(name: str, chance: random.Random) -> str:
    parts = name.split(" ")
    return ", ".join([parts[-1].upper(), " ".join(parts[:-1])])


def with_one_slip(name: str, chance: random.Random) -> str:
    """A letter dropped, doubled, changed or swapped with the next."""
    place = chance.randrange(1, len(name) - 1)
    before, sign, after = name[:place], name[place], name[place + 1 :]
    slips = [before + after, before + sign + sign + after, before + chance.choice("aeiou") + after]
    return chance.choice([*slips, before + after[:1] + sign + after[1:]])


def sounds(text: str) -> str:
    return name_form(text).sounds[0]
