"""The section ``disclosure`` of a rule pack: what is shown beforehand, which texts are put, their figures."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from terminal.rules.part import Clause, Tighter, tighter

Words = dict[Literal["zh", "en"], str]


class ClassLimits(Clause):
    """Limits of account classes in CNY, as they are told; the account system enforces them."""

    class_2_day: int = tighter(Tighter.LOWER, "Class II, out in a day", ge=1)
    class_2_year: int = tighter(Tighter.LOWER, "Class II, out in a year", ge=1)
    class_3_balance: int = tighter(Tighter.LOWER, "Class III, balance", ge=1)
    class_3_day: int = tighter(Tighter.LOWER, "Class III, out in a day", ge=1)
    class_3_year: int = tighter(Tighter.LOWER, "Class III, out in a year", ge=1)


class DisclosureRules(Clause):
    """The whole section."""

    bank: Words = tighter(Tighter.ANY, "Name of the bank, as texts call it")
    phone: str = tighter(Tighter.ANY, "Supervision telephone", pattern=r"^[0-9+ -]{5,24}$")
    service_standard: tuple[Words, ...] = tighter(Tighter.MORE, "What the bank promises of its service")
    negative_list: tuple[Words, ...] = tighter(Tighter.MORE, "What the bank never does or asks for")
    guardian_below_years: int = tighter(Tighter.HIGHER, "Below this age the guardian consents", ge=14, le=18)
    tax_change_days: int = tighter(Tighter.LOWER, "Days to report a change of tax residency", ge=1, le=365)
    aloud_in: tuple[str, ...] = tighter(Tighter.MORE, "Channels in which limits are also spoken (K02)")
    texts: dict[str, tuple[str, ...]] = tighter(
        Tighter.MORE, "Occasion → ids of the texts put to the customer"
    )
    limits: ClassLimits

    @field_validator("service_standard", "negative_list", "bank")
    @classmethod
    def _both_languages(cls, told: tuple[Words, ...] | Words) -> tuple[Words, ...] | Words:
        for words in told if isinstance(told, tuple) else (told,):
            if set(words) != {"zh", "en"} or not all(text.strip() for text in words.values()):
                raise ValueError("words are given in zh and in en")
        return told

    def facts(self, language: str) -> dict[str, str]:
        """The figures and names that texts are filled in with, as they are written in ``zh`` or ``en``."""
        limits = {name: f"{value:,}" for name, value in self.limits if name != "clause"}
        bank = self.bank["zh"] if language == "zh" else self.bank["en"]
        return {**limits, "bank": bank, "phone": self.phone, "tax_change_days": str(self.tax_change_days)}
