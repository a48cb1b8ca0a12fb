"""Kinds of documents as data, one document as a value, and what it still lacks.

The catalogue is ``config/dataset/documents.yaml``. What a rule pack accepts may be less, never more.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import Field as Declared
from pydantic import StringConstraints, model_validator

from config.section import Section
from terminal.dataset.any_of import AnyOf
from terminal.dataset.codes import Bounds, FieldCode
from terminal.dataset.expiry import Term
from terminal.dataset.numbers import NO_NUMBER, NumberShape, birth_in, number_codes

FILE = "documents.yaml"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Role(enum.StrEnum):
    """What a kind of document can prove."""

    IDENTITY = "identity"
    SUPPORTING = "supporting"
    FIRM = "firm"


class Side(enum.StrEnum):
    """An image of a document."""

    FRONT = "front"
    BACK = "back"
    DATA_PAGE = "data_page"
    FIRST_PAGE = "first_page"
    PERSON_PAGE = "person_page"
    SIGNATURE_PAGE = "signature_page"


class Evidence(enum.StrEnum):
    """How the document was read: the strongest first (C19)."""

    CHIP = "chip"
    ELECTRONIC = "electronic"
    """Handed over as signed data by its issuer."""
    OCR = "ocr"
    VISUAL = "visual"
    """Looked at by a person alone."""

    def at_least(self, other: Evidence) -> bool:
        """True when this is no weaker than `other`."""
        order = list(Evidence)
        return order.index(self) <= order.index(other)


class Told(Section):
    """Words in both languages."""

    zh: str = Declared(min_length=1)
    en: str = Declared(min_length=1)

    def say(self, language: str) -> str:
        """The words, ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


class Kind(Told):
    """One kind of document."""

    role: Role
    chip: bool = False
    sides: tuple[Side, ...] = Declared(min_length=1)
    number: NumberShape
    issuer: Told
    together: tuple[str, ...] = ()
    dated: bool = False
    terms: tuple[int, ...] = ()
    long_term: bool = False
    until_age: int | None = None
    marks: tuple[str, ...] = Declared(min_length=1)


class DocumentKinds(Section):
    """The whole catalogue."""

    marks: dict[Name, Told]
    kinds: dict[Name, Kind]

    @model_validator(mode="after")
    def _closed(self) -> DocumentKinds:
        for name, kind in self.kinds.items():
            demanded = {other for each in kind.together for other in AnyOf(each).fields}
            unknown = (set(kind.marks) - self.marks.keys()) | (demanded - self.kinds.keys())
            if unknown:
                raise ValueError(f"kind {name}: {', '.join(sorted(unknown))} is not in the catalogue")
            if kind.terms and not kind.dated:
                raise ValueError(f"kind {name}: terms without a date of validity")
        return self


@dataclass(frozen=True, slots=True)
class Document:
    """One document presented. `repr` hides whose it is."""

    kind: str
    evidence: Evidence
    number: str = field(repr=False)
    term: Term = field(repr=False)
    at: datetime
    issuer: str = field(default="", repr=False)
    sides: frozenset[Side] = frozenset()
    """Images that were taken."""
    marks: Mapping[str, bool] = field(default_factory=dict)
    """What was looked at, and whether it is as it must be."""
    main: bool = False
    """Presented as the identity document, not as support."""


class GapCode(enum.StrEnum):
    """What a document lacks, or what stands against it: message keys."""

    UNKNOWN_KIND = "proof.unknown_kind"
    NOT_IDENTITY = "proof.not_identity"
    NUMBER_MISSING = "proof.number_missing"
    NUMBER_WRONG = "proof.number_wrong"
    NUMBER_DOUBT = "proof.number_doubt"
    SIDE_MISSING = "proof.side_missing"
    MARK_UNSEEN = "proof.mark_unseen"
    MARK_WRONG = "proof.mark_wrong"
    DATE_MISSING = "proof.date_missing"
    TERM_UNUSUAL = "proof.term_unusual"
    HOLDER_TOO_OLD = "proof.holder_too_old"
    COMPANION_MISSING = "proof.companion_missing"


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap of one document."""

    kind: str
    code: GapCode
    what: str = ""
    """The side, mark, field code or demand it is about."""


def gaps(document: Document, catalogue: DocumentKinds, bounds: Bounds) -> tuple[Gap, ...]:
    """What `document` lacks by itself: images, number, dates, marks. Empty when it is complete."""
    kind = catalogue.kinds.get(document.kind)
    if kind is None:
        return (Gap(document.kind, GapCode.UNKNOWN_KIND),)
    found = (
        *_use(document, kind, bounds.on),
        *_number(document, kind, bounds),
        *_dates(document, kind),
        *((GapCode.SIDE_MISSING, side.value) for side in kind.sides if side not in document.sides),
        *_marks(document, kind),
    )
    return tuple(Gap(document.kind, code, what) for code, what in found)


def unaccompanied(documents: Iterable[Document], catalogue: DocumentKinds) -> tuple[Gap, ...]:
    """Documents that must not stand alone (C03: a passport needs a visa or a residence permit)."""
    held = {each.kind: NO_NUMBER for each in documents}
    return tuple(
        Gap(name, GapCode.COMPANION_MISSING, demand)
        for name in held
        if name in catalogue.kinds
        for demand in catalogue.kinds[name].together
        if not AnyOf(demand).met(held)
    )


def parse(text: str) -> DocumentKinds:
    """A checked catalogue. ValueError when it contradicts itself, yaml.YAMLError when it is none."""
    return DocumentKinds.model_validate(yaml.safe_load(text))


@cache
def document_kinds() -> DocumentKinds:
    """The catalogue shipped with the program."""
    return parse((files("config") / "dataset" / FILE).read_text("utf-8"))


def _number(document: Document, kind: Kind, bounds: Bounds) -> Iterator[tuple[GapCode, str]]:
    """C12: the number is mandatory; 0 where there is none, which identity documents always have."""
    if not document.number.strip():
        yield GapCode.NUMBER_MISSING, ""
        return
    if document.number == NO_NUMBER and kind.role is Role.SUPPORTING:
        return
    for code in number_codes(kind.number, document.number, bounds):
        vouched = document.evidence is Evidence.CHIP or not code.wrong
        yield GapCode.NUMBER_DOUBT if vouched else GapCode.NUMBER_WRONG, code.value


def _dates(document: Document, kind: Kind) -> Iterator[tuple[GapCode, str]]:
    term = document.term
    if not kind.dated:
        return
    if term.long_term:
        if not kind.long_term:
            yield GapCode.TERM_UNUSUAL, "long_term"
    elif term.end is None:
        yield GapCode.DATE_MISSING, ""
    elif kind.terms and term.start is not None and not _is_term(term.start, term.end, kind.terms):
        yield GapCode.TERM_UNUSUAL, "years"


def _marks(document: Document, kind: Kind) -> Iterator[tuple[GapCode, str]]:
    """A mark that is not as it must be counts always; marks not looked at only where no chip vouches."""
    by_machine = document.evidence in (Evidence.CHIP, Evidence.ELECTRONIC)
    for mark in kind.marks:
        seen = document.marks.get(mark)
        if seen is False:
            yield GapCode.MARK_WRONG, mark
        elif seen is None and not by_machine:
            yield GapCode.MARK_UNSEEN, mark


def _use(document: Document, kind: Kind, on: date) -> Iterator[tuple[GapCode, str]]:
    """As the main proof: an identity document, and of a holder for whom it is one."""
    if not document.main:
        return
    if kind.role is not Role.IDENTITY:
        yield GapCode.NOT_IDENTITY, ""
    birth = birth_in(document.number)
    if kind.until_age is not None and birth is not None and _age(birth, on) >= kind.until_age:
        yield GapCode.HOLDER_TOO_OLD, str(kind.until_age)


def _age(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _is_term(start: date, end: date, years: Iterable[int]) -> bool:
    """True when the validity is one of these terms; cards end on the same day or the day before it."""
    return any(abs((end - start).days - round(365.2425 * each)) <= 2 for each in years)


def wrong_number(gap: Gap) -> FieldCode | None:
    """What exactly is wrong with the number, when the gap is about that."""
    about = gap.code in (GapCode.NUMBER_WRONG, GapCode.NUMBER_DOUBT)
    return FieldCode(gap.what) if about else None
