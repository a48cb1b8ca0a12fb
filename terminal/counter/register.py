"""The data set of a case at the counter: what the chip says, what is typed, its reading back (D01-D10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from drivers.card.nations import nation
from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Rank, Row
from terminal.case.docket import Docket
from terminal.case.events import Did, Failed
from terminal.case.values import Case
from terminal.casechecks import CaseChecks, first_party
from terminal.casework import StepEvents
from terminal.counter.asker import Asker
from terminal.counter.questions import again, option
from terminal.dataset.codes import Bounds
from terminal.dataset.documents import document_kinds
from terminal.dataset.examined import bounds_of, examine
from terminal.dataset.fields import Catalogue, FieldEntry, Profile, Source, Value, catalogue, complete
from terminal.dataset.profiles import profiles
from terminal.dataset.read import from_chip
from terminal.dataset.readback import sheet
from terminal.dataset.sources import merge
from terminal.rules.plan import CASE, Required

CUSTOMER = "customer"
Says = Callable[[str, str], str]
"""(party, field) → what this person says, where somebody speaks for them (the virtual branch); or nothing."""


class Register:
    """The data of everybody in one case. Lives in memory alone, and is forgotten with it."""

    def __init__(self, docket: Docket, asker: Asker, checks: CaseChecks, says: Says) -> None:
        self._docket = docket
        self._asker = asker
        self._checks = checks
        self._says = says
        self._values: dict[str, dict[str, Value]] = {}

    def take_down(self, case: Case, required: Required) -> StepEvents:
        """Ask for everything the profile demands, until it is complete and plausible."""
        rules, known = self._docket.rules.dataset, catalogue()
        profile = profiles(rules.profiles, known)[required.demand.form or ""]
        party = required.party if required.party != CASE else first_party(case)
        held = self._held(case, party)
        asked = Ask(
            0,
            Label(f"profile.{profile.name}"),
            required.party if required.party != CASE else "",
            entries=tuple(self._entries(profile, known, held, party)),
            options=(
                option("entered", rank=Rank.PRIMARY),
                option("not_done", takes_entries=False),
            ),
            clause=required.demand.clause,
        )
        while True:
            reply = self._asker.ask(asked)
            by = self._asker.staff.number
            if reply.option == "not_done":
                return (Failed(at=self._docket.at(), by=by, key=required.key, code="data.not_given"),)
            values = self._typed(reply.values, held, by)
            wrong, trouble = self._wrong(profile, known, values)
            if not wrong and trouble is None:
                self._values[party] = {**self._values.get(party, {}), **values}
                return (Did(at=self._docket.at(), by=by, key=required.key),)
            asked = again(asked, reply, wrong, trouble)

    def read_back(self, case: Case, required: Required) -> StepEvents:
        """The customer sees everything that was entered and confirms it; or it is entered anew."""
        party = required.party if required.party != CASE else first_party(case)
        values, known = self._held(case, party), catalogue()
        shown = sheet(values, known, "zh")
        english = sheet(values, known, "en")
        rows = tuple(
            Row(Label(zh=one.label, en=other.label), one.text, words_of(one.field, values[one.field].text))
            for one, other in zip(shown.lines, english.lines, strict=True)
        )
        asked = Ask(
            0,
            Label("ask.read_back.title"),
            party,
            lines=(Label("ask.read_back.line"),),
            rows=rows,
            options=(option("confirmed", rank=Rank.PRIMARY), option("not_right")),
            clause=required.demand.clause,
            to_customer=True,
        )
        reply = self._asker.ask(asked)
        if reply.option == "not_right":
            self._correct(case, party)
            return self.read_back(case, required)
        at = self._docket.at()
        return (Did(at=at, by=CUSTOMER, key=required.key, evidence=(shown.sha256,)),)

    def given(self, party: str, field: str) -> str:
        """What was taken down for a field; empty when nothing was."""
        value = self._values.get(party, {}).get(field)
        return value.text if value is not None else ""

    def as_json(self) -> dict[str, dict[str, list[str]]]:
        """By party and field: text, source, when, by whom. Personal data: for a seal, never for a log."""
        return {
            party: {
                name: [each.text, each.source.value, each.at.isoformat(), each.by]
                for name, each in values.items()
            }
            for party, values in self._values.items()
        }

    def entered(self) -> dict[str, tuple[Value, ...]]:
        """By party, everything but what a chip said: the document is read again."""
        return {
            party: tuple(each for each in values.values() if each.source is not Source.CHIP)
            for party, values in self._values.items()
        }

    def restore(self, entered: Mapping[str, Sequence[Value]]) -> None:
        """What `entered` gave, of a case that is gone on with; unknown fields are left out."""
        known = catalogue().fields
        self._values = {
            party: {each.field: each for each in values if each.field in known}
            for party, values in entered.items()
        }

    def forget(self) -> None:
        """Drop everything."""
        self._values.clear()

    def _correct(self, case: Case, party: str) -> None:
        """Let what was typed be typed anew; what the chip says stays."""
        known, held = catalogue(), self._held(case, party)
        entries = tuple(
            _entry(name, known.fields[name], held.get(name), "", needed=False)
            for name in held
            if held[name].source is not Source.CHIP
        )
        asked = Ask(
            0,
            Label("ask.correct.title"),
            party,
            entries=entries,
            options=(option("entered", rank=Rank.PRIMARY),),
        )
        while True:
            reply = self._asker.ask(asked)
            values = self._typed(reply.values, held, self._asker.staff.number)
            wrong = self._unfit(known, values)
            if not wrong:
                self._values[party] = {**held, **values}
                return
            asked = again(asked, reply, wrong)

    def _held(self, case: Case, party: str) -> dict[str, Value]:
        """What is known of this person: from the chip, and what was typed before."""
        holder = self._checks.holder(party)
        read = from_chip(holder.card, datetime.now(UTC)) if holder and holder.card else ()
        return {**{each.field: each for each in read}, **self._values.get(party, {})}

    def _entries(
        self, profile: Profile, known: Catalogue, held: Mapping[str, Value], party: str
    ) -> Iterator[Entry]:
        alone = {each.fields[0] for each in profile.demands if len(each.fields) == 1}
        for name in dict.fromkeys(name for each in profile.demands for name in each.fields):
            says = self._says(party, name)
            yield _entry(name, known.fields[name], held.get(name), says, needed=name in alone)

    def _typed(self, given: Mapping[str, str], held: Mapping[str, Value], by: str) -> dict[str, Value]:
        """The values with what was typed in the place of what nobody read."""
        at = datetime.now(UTC)
        typed = (
            Value(name, text.strip(), Source.TYPED, at, by)
            for name, text in given.items()
            if text.strip() and (name not in held or held[name].source is not Source.CHIP)
        )
        return dict(merge((*held.values(), *typed), catalogue()).values)

    def _wrong(
        self, profile: Profile, known: Catalogue, values: Mapping[str, Value]
    ) -> tuple[dict[str, Label], Label | None]:
        wrong = self._unfit(known, values)
        missing = complete(profile, values, frozenset(wrong)).missing
        if not missing:
            return wrong, None
        fields = [name for demand in missing for name in demand.fields]
        return {name: Label("ask.one_of_these") for name in fields} | wrong, Label("ask.missing_fields")

    def _unfit(self, known: Catalogue, values: Mapping[str, Value]) -> dict[str, Label]:
        """What cannot be so, by field; what a chip holds is never wrong."""
        situation = self._docket.case.situation
        on = situation.on if situation else datetime.now(UTC).date()
        found = examine(known, values, bounds_of(known, Bounds(on, self._docket.rules.dataset.plausible)))
        return {each.field: Label(each.code.value) for each in found.findings if each.unfit}


def words_of(name: str, text: str) -> Label | None:
    """The words for a value that is a code; None for one that is read as it is."""
    kinds = document_kinds().kinds
    match name:
        case "sex":
            return Label(f"sex.{text}")
        case "document_kind" if text in kinds:
            return Label(zh=kinds[text].zh, en=kinds[text].en)
        case "nation":
            found = nation(text)
            return Label(zh=found.chinese, en=found.chinese) if found else None
        case "document_valid_to" | "licence_valid_to" if text == "long_term":
            return Label("card.long_term")
    choices = {kept: Label(zh=zh, en=en) for kept, zh, en in catalogue().fields[name].choices}
    return choices.get(text)


def _entry(name: str, entry: FieldEntry, value: Value | None, says: str, *, needed: bool) -> Entry:
    choices = tuple(Choice(kept, Label(zh=zh, en=en)) for kept, zh, en in entry.choices)
    kind = EntryKind.CHOICE if choices else EntryKind.DATE if entry.check == "past_date" else EntryKind.TEXT
    fixed = value is not None and value.source is Source.CHIP
    return replace(
        Entry(name, kind, Label(zh=entry.zh, en=entry.en), choices=choices, needed=needed),
        value=value.text if value else says,
        fixed=fixed,
        words=words_of(name, value.text) if value is not None and fixed else None,
    )
