"""Words of texts, catalogues and packs as labels in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from terminal.asking import Label
from terminal.consent.wording import Rendered
from terminal.messages import LANGUAGES, Audience, texts

PARTED = {"zh": "、", "en": ", "}


def said(code: str, language: str, **facts: object) -> str:
    """The teller's text of `code`."""
    return texts(language).say(code, Audience.TELLER, facts)


def known(code: str) -> bool:
    """True when `code` has a text."""
    return texts(LANGUAGES[0]).knows(code)


def listed(code: str, name: str, codes: Iterable[str]) -> Label:
    """The text of `code` with the texts of `codes`, one after the other, filled in as `name`."""
    each = tuple(codes)
    both = {
        language: said(code, language, **{name: PARTED[language].join(said(one, language) for one in each)})
        for language in LANGUAGES
    }
    return Label.titled(both)


def roles_label(roles: Sequence[str]) -> Label:
    """Who may agree."""
    return listed("ask.second.roles", "roles", (f"role.{each}" for each in roles))


def finding(code: str) -> Label:
    """What is said of a finding; where its own words are missing, those of its family."""
    nearest = code
    while not known(nearest) and "." in nearest:
        nearest = nearest.rpartition(".")[0]
    return Label(nearest if known(nearest) else "case.neutral")


def paper(name: str) -> Label:
    """What a form, notice or proof of that id is called; the id itself where nobody named it."""
    code = f"paper.{name}"
    return Label(code) if known(code) else Label(zh=name, en=name)


def paragraphs(shown: dict[str, Rendered]) -> tuple[Label, ...]:
    """A text in both languages: its lead, each point, and how it goes on without it."""
    zh, en = shown["zh"].wording, shown["en"].wording
    points = tuple(
        Label(zh=f"{one.head}：{one.text}", en=f"{other.head}: {other.text}")
        for one, other in zip(zh.points, en.points, strict=True)
    )
    return (
        Label(zh=zh.lead, en=en.lead),
        *points,
        Label(zh=zh.instead, en=en.instead),
    )
