"""The texts put to a customer: versioned data in two languages, each with a hash of exactly what is shown.

Texts lie in ``config/texts/consent``. Figures are not part of a text: they are filled in from the rule pack,
and the hash is of the filled-in text.
"""

from __future__ import annotations

import enum
import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any

import rfc8785
import yaml
from pydantic import Field, StringConstraints, ValidationError, model_validator

from config.section import Section

SCHEMA = "renzheng/consent-text/1"
LANGUAGES = ("zh", "en")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class ConsentError(Exception):
    """A text or an answer that cannot be used; `code` is a message key.

    Codes: ``consent.text_invalid``, ``consent.text_unknown``, ``consent.figure_missing``,
    ``consent.not_asked_of_children``, ``consent.points_left``, ``consent.not_spoken``,
    ``consent.wrong_signer``, ``consent.not_standing``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class TextKind(enum.StrEnum):
    """What an answer to the text means."""

    CONSENT = "consent"
    """Separate consent: without it another way is taken."""
    STATEMENT = "statement"
    ACKNOWLEDGEMENT = "acknowledgement"
    AGREEMENT = "agreement"
    NOTICE = "notice"


class Modality(enum.StrEnum):
    """What a text is about; consent to one is never consent to another."""

    FACE = "face"
    FINGERPRINT = "fingerprint"
    IRIS = "iris"
    RECORDING = "recording"
    POSITION = "position"
    DATA = "data"
    AGREEMENT = "agreement"
    VISIT = "visit"


class Signer(enum.StrEnum):
    """Who answers."""

    SELF = "self"
    GUARDIAN = "guardian"


class Point(Section):
    """One point of a text."""

    head: Line
    text: Line


class Wording(Section):
    """A text in one language."""

    title: Line
    lead: Line
    points: tuple[Point, ...] = Field(min_length=1)
    accept: Line
    decline: Line
    instead: Line
    """How it goes on after declining."""

    @property
    def fill_ins(self) -> frozenset[str]:
        """Names of the figures it needs."""
        lines = (self.title, self.lead, *(each.text for each in self.points), self.instead)
        return frozenset(
            name for line in lines for _, name, _, _ in string.Formatter().parse(line) if name is not None
        )


class ConsentText(Section):
    """One text in one version."""

    id: Name
    version: Line
    effective_from: date
    kind: TextKind
    modality: Modality
    signer: Signer
    one_by_one: bool = False
    """Each point is acknowledged for itself."""
    zh: Wording
    en: Wording

    @model_validator(mode="after")
    def _alike(self) -> ConsentText:
        if self.zh.fill_ins != self.en.fill_ins or len(self.zh.points) != len(self.en.points):
            raise ValueError("both languages have the same points and the same figures")
        return self

    def wording(self, language: str) -> Wording:
        """The text in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en

    def sha256(self, language: str) -> str:
        """Of the text as written, its figures not filled in."""
        return _digest(self, language, self.wording(language))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as it is shown to one customer: one language, with its figures."""

    source: ConsentText
    language: str
    wording: Wording
    sha256: str
    """Of exactly this."""

    @property
    def choices(self) -> tuple[str, str]:
        """What the two buttons say, accepting and declining; they are drawn alike (K04)."""
        return self.wording.accept, self.wording.decline


def render(text: ConsentText, language: str, facts: Mapping[str, str]) -> Rendered:
    """`text` with its figures. ConsentError ``consent.figure_missing`` when one is not in `facts`."""
    plain = text.wording(language)
    missing = sorted(plain.fill_ins - facts.keys())
    if missing:
        raise ConsentError("consent.figure_missing", text=text.id, figure=missing[0])

    def filled(line: str) -> str:
        return line.format_map(facts)

    wording = Wording(
        title=filled(plain.title),
        lead=filled(plain.lead),
        points=tuple(Point(head=each.head, text=filled(each.text)) for each in plain.points),
        accept=plain.accept,
        decline=plain.decline,
        instead=filled(plain.instead),
    )
    return Rendered(text, language, wording, _digest(text, language, wording))


def in_force(texts: Sequence[ConsentText], id_: str, on: date) -> ConsentText:
    """The newest version of text `id_` on the day `on`. ConsentError when there is none."""
    fitting = [text for text in texts if text.id == id_ and text.effective_from <= on]
    if not fitting:
        raise ConsentError("consent.text_unknown", text=id_)
    return max(fitting, key=lambda text: (text.effective_from, text.version))


def consent_to(
    texts: Sequence[ConsentText], modality: Modality, age: int, guardian_below: int, on: date
) -> ConsentText:
    """The separate consent to `modality` for a person of `age` years: below `guardian_below` the guardian's.

    ConsentError ``consent.not_asked_of_children`` where there is no text for guardians: it is not taken then.
    """
    signer = Signer.GUARDIAN if age < guardian_below else Signer.SELF
    ids = {
        text.id
        for text in texts
        if text.modality is modality and text.kind is TextKind.CONSENT and text.signer is signer
    }
    if not ids:
        child = signer is Signer.GUARDIAN
        code = "consent.not_asked_of_children" if child else "consent.text_unknown"
        raise ConsentError(code, text=modality.value)
    return in_force(texts, min(ids), on)


def parse(text: str, file: str) -> ConsentText:
    """One checked text. ConsentError ``consent.text_invalid`` naming file and place."""
    try:
        return ConsentText.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConsentError("consent.text_invalid", file=file, place="yaml") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConsentError("consent.text_invalid", file=file, place=place or first["msg"]) from error


def load_texts(folder: Traversable) -> tuple[ConsentText, ...]:
    """All texts of a folder; two of one id and version are an error."""
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".yaml"))
    texts = tuple(parse((folder / name).read_text("utf-8"), name) for name in names)
    seen: set[tuple[str, str]] = set()
    for name, text in zip(names, texts, strict=True):
        if (text.id, text.version) in seen:
            raise ConsentError("consent.text_invalid", file=name, place="version")
        seen.add((text.id, text.version))
    return texts


@cache
def consent_texts() -> tuple[ConsentText, ...]:
    """The texts shipped with the program."""
    return load_texts(files("config") / "texts" / "consent")


def _digest(text: ConsentText, language: str, wording: Wording) -> str:
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "id": text.id,
        "version": text.version,
        "language": language,
        "wording": wording.model_dump(mode="json"),
    }
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()
