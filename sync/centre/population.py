"""The invented people a test centre answers about: ``population.toml`` in its folder, photos beside it.

Delays and outages are data as well. The file is read again whenever it changes. A centre of the production
domain never answers from it: there the bank puts its own `Answers` in place of this one.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_der_x509_certificate
from pydantic import Field, ValidationError

from sync import answers as say
from sync import questions as ask
from sync.centre.errors import Code, Refusal
from sync.centre.numbers import well_formed
from sync.records import Wire, sha256

FILE = "population.toml"
PHOTOS = "photos"
DELAY_SECONDS_LIMIT = 120.0
CODE_SECONDS = 120
SHOWN_SIGNS = 4
"""Of an account's number."""


class Answers(Protocol):
    """Who knows the answers; raises Refusal ``centre.unavailable`` when it cannot be asked now."""

    def answer(self, question: ask.Question[Any], today: date) -> say.Answer:
        """What is answered to `question`, without regard to what was asked before."""
        ...


class _NoSource:
    """A centre that nobody has given a source."""

    def answer(self, question: ask.Question[Any], today: date) -> say.Answer:
        raise Refusal(Code.UNAVAILABLE)


NO_SOURCE: Answers = _NoSource()


class Account(Wire):
    """An invented account."""

    number: str = Field(min_length=8, repr=False)
    account_class: say.AccountClass = Field(alias="class")
    state: say.AccountState = say.AccountState.NORMAL
    opened_on: date
    branch: str
    dormant_since: date | None = None
    loss: say.Loss | None = None
    freezes: tuple[say.Freeze, ...] = ()


class Resident(Wire):
    """An invented person as the population register and the bank know them."""

    document: ask.DocumentKind = ask.DocumentKind.RESIDENT
    number: str = Field(repr=False)
    name: str = Field(repr=False)
    photo: str | None = None
    """File below ``photos``, JPEG."""
    card: say.CardStatus | None = None
    risk: say.Risk | None = None
    assessed_on: date | None = None
    phones: dict[str, str] = Field(default_factory=dict, repr=False)
    """Number → the code that is sent to it."""
    tokens: dict[str, str] = Field(default_factory=dict, repr=False)
    """Serial number → the code it shows."""
    answers: dict[str, str] = Field(default_factory=dict)
    """``question`` or ``business.question`` of a precondition → the word that answers it."""
    certificates: dict[str, bool] = Field(default_factory=dict)
    """SHA-256 of a certificate → whether it still counts."""
    accounts: tuple[Account, ...] = ()
    delay_seconds: float = Field(0.0, ge=0, le=DELAY_SECONDS_LIMIT)
    down: bool = False
    """No answer can be had about this person."""


class Population(Wire):
    """All of them, and how well the centre's own sources can be reached."""

    down: tuple[str, ...] = ()
    """Kinds of questions whose source is out of order."""
    delay_seconds: float = Field(0.0, ge=0, le=DELAY_SECONDS_LIMIT)
    people: tuple[Resident, ...] = ()

    def of(self, subject: ask.Subject) -> Resident | None:
        """Who has this document number."""
        wanted = (subject.document, subject.number)
        return next((each for each in self.people if (each.document, each.number) == wanted), None)

    def named(self, subject: ask.Subject) -> Resident | None:
        """Who has this number and this name."""
        found = self.of(subject)
        return found if found is not None and found.name == subject.name else None

    def account(self, number: str) -> tuple[Resident, Account] | None:
        """An account and whose it is."""
        held = ((person, each) for person in self.people for each in person.accounts)
        return next((pair for pair in held if pair[1].number == number), None)


@dataclass(slots=True)
class TableAnswers:
    """`Answers` from the folder's file; without one the centre knows nobody."""

    folder: Path
    domain: str
    sleep: Callable[[float], None] = time.sleep
    _read: tuple[tuple[int, int], Population] | None = field(default=None, init=False)

    def answer(self, question: ask.Question[Any], today: date) -> say.Answer:
        """See `Answers`."""
        if self.domain == "production":
            raise Refusal(Code.UNAVAILABLE)
        table = self.population()
        person = self._about(table, question)
        self.sleep(max(table.delay_seconds, person.delay_seconds if person else 0.0))
        if question.kind in table.down or (person is not None and person.down):
            raise Refusal(Code.UNAVAILABLE)
        return self._answer(question, table, today)

    def population(self) -> Population:
        """The table as it is now; Refusal ``centre.unavailable`` when it cannot be read."""
        path = self.folder / FILE
        try:
            state = path.stat()
            mark = (state.st_mtime_ns, state.st_size)
            if self._read is None or self._read[0] != mark:
                text = path.read_text("utf-8")
                self._read = (mark, Population.model_validate(tomllib.loads(text)))
        except FileNotFoundError:
            return Population()
        except (OSError, ValueError, ValidationError):
            # Without the cause: it quotes the file.
            raise Refusal(Code.UNAVAILABLE) from None
        return self._read[1]

    def _about(self, table: Population, question: ask.Question[Any]) -> Resident | None:
        if isinstance(question, ask.AccountStanding):
            found = table.account(question.account)
            return found[0] if found else None
        subject = getattr(question, "subject", None)
        return table.of(subject) if isinstance(subject, ask.Subject) else None

    def _answer(self, question: ask.Question[Any], table: Population, today: date) -> say.Answer:
        match question:
            case ask.OnlineCheck():
                return self._online(question.subject, table.of(question.subject))
            case ask.AccountsHeld():
                person = table.named(question.subject)
                return say.HeldAccounts(accounts=tuple(map(_shown, person.accounts if person else ())))
            case ask.AccountStanding():
                return _standing(table.account(question.account))
            case ask.RiskOf():
                person = table.named(question.subject)
                known = (person.risk, person.assessed_on) if person else (None, None)
                return say.RiskStanding(risk=known[0], assessed_on=known[1])
            case ask.Precondition():
                return _word(question, table.of(question.subject))
            case ask.SendCode():
                person = table.named(question.subject)
                known_phone = person is not None and question.phone in person.phones
                return say.CodeSent(sent=known_phone, valid_seconds=CODE_SECONDS if known_phone else 0)
        return say.Proven(proof=_proof(question, table, today))

    def _online(self, subject: ask.Subject, person: Resident | None) -> say.OnlineAnswer:
        if not well_formed(subject.document, subject.number):
            return say.OnlineAnswer(category=say.Category.FORMAT_ERROR)
        if person is None:
            return say.OnlineAnswer(category=say.Category.NO_SUCH_NUMBER)
        if person.name != subject.name:
            return say.OnlineAnswer(category=say.Category.NAME_DIFFERS)
        if person.card is not None:
            return say.OnlineAnswer(category=say.Category.CARD_LOST_OR_VOID, card_status=person.card)
        if person.photo is None:
            return say.OnlineAnswer(category=say.Category.AGREE_WITHOUT_PHOTO)
        try:
            photo = (self.folder / PHOTOS / Path(person.photo).name).read_bytes()
        except OSError:
            raise Refusal(Code.UNAVAILABLE) from None
        return say.OnlineAnswer(category=say.Category.AGREE_WITH_PHOTO, photo=photo)


def _shown(account: Account) -> say.HeldAccount:
    return say.HeldAccount(
        number_masked="*" * (len(account.number) - SHOWN_SIGNS) + account.number[-SHOWN_SIGNS:],
        account_class=account.account_class,
        state=account.state,
        opened_on=account.opened_on,
        branch=account.branch,
    )


def _word(question: ask.Precondition, person: Resident | None) -> say.Word:
    """The word noted for the number, which is what the bank knows its customers by.

    Refusal ``centre.unavailable`` where nobody knows.
    """
    answers = person.answers if person else {}
    word = answers.get(f"{question.business}.{question.name}", answers.get(question.name))
    if word is None:
        raise Refusal(Code.UNAVAILABLE)
    return say.Word(word=word)


def _standing(found: tuple[Resident, Account] | None) -> say.Standing:
    if found is None:
        return say.Standing(known=False)
    about = found[1]
    return say.Standing(
        known=True,
        state=about.state,
        dormant_since=about.dormant_since,
        loss=about.loss,
        freezes=about.freezes,
    )


def _proof(question: ask.Question[Any], table: Population, today: date) -> say.Proof:
    """What is proven, as far as the table alone can tell."""
    person = table.named(question.subject) if hasattr(question, "subject") else None
    if person is None:
        return say.Proof.UNKNOWN
    match question:
        case ask.PhoneOwner():
            return _yes(question.phone in person.phones)
        case ask.AccountOwner():
            found = table.account(question.account)
            return say.Proof.UNKNOWN if found is None else _yes(found[0] is person)
        case ask.CodeCheck():
            return _yes(person.phones.get(question.phone) == question.code)
        case ask.TokenCheck():
            return _yes(person.tokens.get(question.token) == question.code)
        case ask.CertificateCheck():
            return _certified(question, person, today)
    return say.Proof.UNKNOWN


def _yes(holds: bool) -> say.Proof:
    return say.Proof.PROVEN if holds else say.Proof.NOT_PROVEN


def _certified(question: ask.CertificateCheck, person: Resident, today: date) -> say.Proof:
    """Whether the certificate is this person's, still counts, and its key signed the challenge."""
    counts = person.certificates.get(sha256(question.certificate))
    if counts is None:
        return say.Proof.NOT_PROVEN
    try:
        certificate = load_der_x509_certificate(question.certificate)
        _verify(certificate, question)
    except (ValueError, InvalidSignature):
        return say.Proof.NOT_PROVEN
    from_, to = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
    return say.Proof.PROVEN if counts and from_ <= today <= to else say.Proof.EXPIRED


def _verify(certificate: Certificate, question: ask.CertificateCheck) -> None:
    key = certificate.public_key()
    match key:
        case ec.EllipticCurvePublicKey():
            key.verify(question.signature, question.challenge, ec.ECDSA(SHA256()))
        case rsa.RSAPublicKey():
            key.verify(question.signature, question.challenge, padding.PKCS1v15(), SHA256())
        case _:
            raise ValueError("a key of another kind")
