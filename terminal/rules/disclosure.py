"""The section ``disclosure`` of a rule pack: what is shown beforehand, which texts are put, their figures."""

from __future__ import annotations

from pydantic import Field

from terminal.rules.part import Clause, Part, Tighter, tighter
from terminal.rules.situation import Channel


class Promise(Part):
    """One line that is shown; a lower pack may add lines and change none."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def say(self, language: str) -> str:
        """The words, ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


class Name(Part):
    """Name of the bank, as texts call it."""

    zh: str = tighter(Tighter.ANY, "In Chinese", min_length=1)
    en: str = tighter(Tighter.ANY, "In English", min_length=1)


class ClassLimits(Clause):
    """Limits of account classes in CNY, as they are told; the account system enforces them."""

    class_2_day: int = tighter(Tighter.LOWER, "Class II, out in a day", ge=1)
    class_2_year: int = tighter(Tighter.LOWER, "Class II, out in a year", ge=1)
    class_3_balance: int = tighter(Tighter.LOWER, "Class III, balance", ge=1)
    class_3_day: int = tighter(Tighter.LOWER, "Class III, out in a day", ge=1)
    class_3_year: int = tighter(Tighter.LOWER, "Class III, out in a year", ge=1)


class DisclosureRules(Clause):
    """The whole section."""

    bank: Name
    phone: str = tighter(Tighter.ANY, "Supervision telephone", pattern=r"^[0-9+ -]{5,24}$")
    service_standard: dict[str, Promise] = tighter(Tighter.MORE, "What the bank promises of its service")
    negative_list: dict[str, Promise] = tighter(Tighter.MORE, "What the bank never does or asks for")
    guardian_below_years: int = tighter(Tighter.HIGHER, "Below this age the guardian consents", ge=14, le=18)
    tax_change_days: int = tighter(Tighter.LOWER, "Days to report a change of tax residency", ge=1, le=365)
    aloud_in: tuple[Channel, ...] = tighter(Tighter.MORE, "Channels in which limits are also spoken (K02)")
    limits: ClassLimits

    def facts(self, language: str) -> dict[str, str]:
        """The figures and names that texts are filled in with, as they are written in ``zh`` or ``en``."""
        limits = {name: f"{value:,}" for name, value in self.limits if name != "clause"}
        bank = self.bank.zh if language == "zh" else self.bank.en
        return {**limits, "bank": bank, "phone": self.phone, "tax_change_days": str(self.tax_change_days)}
