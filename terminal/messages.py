"""Code → what customer, teller and engineer are told, in each language.

Texts live in ``texts/<language>.toml`` and ``texts/<language>.<topic>.toml``, one table a code with the keys
``customer``, ``teller`` and ``engineer``; a missing audience falls back to ``teller``, then ``customer``, a
missing code to the neutral text, so that a customer never reads a code. Fill-ins are written ``{name}``;
``{what}`` is the name of the device that a text is about (``device_name.…``).
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = ("zh", "en")
NEUTRAL = "case.neutral"


class Audience(enum.StrEnum):
    """Who reads a text."""

    CUSTOMER = "customer"
    TELLER = "teller"
    ENGINEER = "engineer"


class Texts:
    """The texts of one language."""

    def __init__(self, language: str, tables: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._tables = tables

    def say(
        self, code: str, audience: Audience = Audience.TELLER, facts: Mapping[str, object] | None = None
    ) -> str:
        """The text of `code` for `audience`, filled in with `facts`; `kind` among them names the device."""
        table = self._tables.get(code) or self._tables.get(NEUTRAL, {})
        order = (audience, Audience.TELLER, Audience.CUSTOMER)
        text = next((table[each.value] for each in order if each.value in table), code)
        return text.format_map(_Gaps(self._naming_the_device(code, facts or {})))

    def _naming_the_device(self, code: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        """`facts` and the device's name: of its kind, else of the family of `code`.

        A driver built on another speaks with its codes: a camera for irises must not be called "the camera".
        """
        for kind in (facts.get("kind"), code.split(".")[0]):
            if (name := self._tables.get(f"device_name.{kind}")) is not None:
                return {"what": name[Audience.TELLER.value], **facts}
        return facts

    def knows(self, code: str) -> bool:
        """True when `code` has a text of its own."""
        return code in self._tables

    def codes(self) -> frozenset[str]:
        """All codes of this language."""
        return frozenset(self._tables)


class _Gaps(dict[str, object]):
    """Leaves an unknown fill-in visible as an ellipsis instead of failing in front of a customer."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        super().__init__(facts)

    def __missing__(self, key: str) -> str:
        return "…"


@cache
def texts(language: str, *folders: Traversable) -> Texts:
    """The terminal's texts in `language`, with those of further folders added (a front end's own labels)."""
    tables: dict[str, Mapping[str, str]] = {}
    for folder in (files("terminal") / "texts", *folders):
        for file in folder.iterdir():
            if file.name.split(".")[0] == language and file.name.endswith(".toml"):
                with file.open("rb") as handle:
                    tables.update(tomllib.load(handle))
    return Texts(language, tables)
