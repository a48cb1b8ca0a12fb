"""Texts put to a customer in a case, one by one, each refused as easily as accepted (K01-K05)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import rfc8785

from terminal.asking import Ask, Label, Rank, Reply
from terminal.case.docket import Docket
from terminal.case.events import Did, Ended, Ending, Learned
from terminal.case.values import Case
from terminal.casework import StepEvents
from terminal.consent.wording import ConsentError, Modality, consent_texts, in_force, render
from terminal.counter.asker import Asker
from terminal.counter.questions import option
from terminal.counter.wording import known, paper, paragraphs, said
from terminal.dataset.documents import document_kinds
from terminal.messages import LANGUAGES
from terminal.rules.plan import CASE, Required

CUSTOMER = "customer"
SCHEMA = "renzheng/told/1"
DECLINES_FACE = "declines_face"
"""Fact of the packs: this person declined the comparison by face."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One text as it was shown."""

    label: Label
    lines: tuple[Label, ...]
    modality: Modality | None
    hashes: Mapping[str, str]

    def sha256(self, language: str) -> str:
        """Of exactly what was shown in that language."""
        return self.hashes.get(language) or self.hashes["zh"]


class Consents:
    """Notices and consents of one case."""

    def __init__(self, docket: Docket, asker: Asker) -> None:
        self._docket = docket
        self._asker = asker

    def notice(self, case: Case, required: Required) -> StepEvents:
        """Tell the texts, each acknowledged by itself."""
        shas = []
        for name in required.demand.texts:
            shown = self._text(name, case)
            ask = Ask(
                0,
                shown.label,
                _party(required),
                lines=shown.lines,
                options=(option("told", rank=Rank.PRIMARY),),
                clause=required.demand.clause,
            )
            shas.append(shown.sha256(self._asker.ask(ask).language))
        by = self._asker.staff.number
        return (Did(at=self._docket.at(), by=by, key=required.key, evidence=tuple(shas)),)

    def consent(self, case: Case, required: Required) -> StepEvents:
        """Ask for each consent; declining the face leads another way, declining anything else ends."""
        shas = []
        for name in required.demand.texts:
            shown = self._text(name, case)
            reply = self._asked(shown, required)
            if reply.option != "consent":
                return self._declined(case, required, shown)
            shas.append(shown.sha256(reply.language))
        return (Did(at=self._docket.at(), by=CUSTOMER, key=required.key, evidence=tuple(shas)),)

    def _asked(self, shown: Shown, required: Required) -> Reply:
        ask = Ask(
            0,
            shown.label,
            _party(required),
            lines=shown.lines,
            options=(option("decline"), option("consent")),  # neither stands before the other (K04)
            clause=required.demand.clause,
            to_customer=True,
        )
        return self._asker.ask(ask)

    def _declined(self, case: Case, required: Required, shown: Shown) -> StepEvents:
        situation = case.situation
        party = situation.party(required.party) if situation else None
        if shown.modality is not Modality.FACE or situation is None or party is None:
            return (Ended(at=self._docket.at(), by=CUSTOMER, ending=Ending.WITHDRAWN),)
        without = replace(party, flags=party.flags | {DECLINES_FACE})
        return (Learned(at=self._docket.at(), by=CUSTOMER, situation=situation.with_party(without)),)

    def _text(self, name: str, case: Case) -> Shown:
        """The text of that id on the business date; the words of the screen where no text is held."""
        on = case.situation.on if case.situation else None
        try:
            text = in_force(consent_texts(), name, on) if on else None
        except ConsentError:
            text = None
        if text is None:
            return self._said(name, case)
        rules = self._docket.rules.disclosure
        both = {language: render(text, language, rules.facts(language)) for language in LANGUAGES}
        label = Label(zh=both["zh"].wording.title, en=both["en"].wording.title)
        return Shown(
            label, paragraphs(both), text.modality, {name: each.sha256 for name, each in both.items()}
        )

    def _said(self, name: str, case: Case) -> Shown:
        lines = self._lines(name, case)
        hashes = {language: _hash(name, language, lines) for language in LANGUAGES}
        return Shown(paper(name), lines, None, hashes)

    def _lines(self, name: str, case: Case) -> tuple[Label, ...]:
        """What is read out under a heading that has no text of its own."""
        rules = self._docket.rules.disclosure
        match name:
            case "service_standard":
                return tuple(Label(zh=each.zh, en=each.en) for each in rules.service_standard.values())
            case "negative_list":
                return tuple(Label(zh=each.zh, en=each.en) for each in rules.negative_list.values())
            case "supervision_phone":
                return (Label(zh=rules.phone, en=rules.phone),)
            case "materials":
                return materials_of(case)
            case _:
                told = f"told.{name}"
                return (Label(told),) if known(told) else ()


def _hash(name: str, language: str, lines: tuple[Label, ...]) -> str:
    """SHA-256 of what is told under a heading that has no text of its own, in one language."""
    told = [
        said(each.code, language) if each.code else each.zh if language == "zh" else each.en for each in lines
    ]
    body = {"schema": SCHEMA, "id": name, "language": language, "lines": told}
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def materials_of(case: Case) -> tuple[Label, ...]:
    """Everything the customer must bring, once and in full (K05)."""
    required = case.plan.required if case.plan else ()
    names = dict.fromkeys(name for each in required for name in _brought(each))
    kinds = document_kinds().kinds
    return tuple(
        Label(zh=kinds[name].zh, en=kinds[name].en) if name in kinds else paper(name) for name in names
    )


def _brought(required: Required) -> tuple[str, ...]:
    """The document that is asked for in the first place; others may do instead of it."""
    return required.demand.kinds[: required.demand.count or 1]


def _party(required: Required) -> str:
    return "" if required.party == CASE else required.party
