"""What a terminal asks its centre before and during a case.

Each question names the type of its answer, so that `ask` is well typed. A new one is a class here, a member
of `AnyQuestion`, and whatever answers it in the centre. None of this goes over the line in clear: see
`sync.asking`.
"""

from __future__ import annotations

import enum
from typing import Annotated, Generic, Literal, TypeVar, cast

from pydantic import Field, TypeAdapter, model_validator
from uuid_utils import uuid7

from sync.answers import (
    TEXT_LIMIT,
    Answer,
    CodeSent,
    HandoverKept,
    HandoverTold,
    HeldAccounts,
    OnlineAnswer,
    Proven,
    RiskStanding,
    Standing,
    Text,
    Word,
)
from sync.records import Base64, Wire

SIGNED_BYTES_LIMIT = 1 << 16
HANDOVER_BYTES_LIMIT = 1 << 20
EVENTS_LIMIT = 10_000
REFERENCE = r"^[0-9a-f]{64}$"


class DocumentKind(enum.StrEnum):
    """Documents that the online check knows (Yinfa [2007] No. 345, Yinfa [2018] No. 60)."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGNER = "foreigner"
    """Permanent residence card of a foreigner, any generation."""
    HK_MACAO_PASS = "hk_macao_pass"
    TAIWAN_PASS = "taiwan_pass"


class Subject(Wire):
    """Whom a question is about."""

    document: DocumentKind
    number: Text = Field(repr=False)
    name: Text = Field(repr=False)


A = TypeVar("A", bound=Answer)


class Question(Wire, Generic[A]):
    """Base of all questions; `A` is what answers it."""

    kind: str
    id: str = Field(default_factory=lambda: str(uuid7()))
    """UUIDv7, under which both sides know the request. A question goes out once; ask again with a new one."""
    operator_id: Text
    case_id: str = Field("", max_length=TEXT_LIMIT)

    @classmethod
    def answer(cls) -> type[A]:
        """The type of the answer."""
        return cast(
            type[A],
            next(
                base.__pydantic_generic_metadata__["args"][0]
                for base in cls.__mro__
                if issubclass(base, Wire) and base.__pydantic_generic_metadata__["args"]
            ),
        )


class OnlineCheck(Question[OnlineAnswer]):
    """Do number and name agree with the population register (G01, G05)?"""

    kind: Literal["online_check"] = "online_check"
    subject: Subject
    second_look: bool = False
    reason: str = Field("", max_length=TEXT_LIMIT)
    """Why a second look was asked for; a code, or the operator's words."""


class AccountsHeld(Question[HeldAccounts]):
    """Which accounts does the customer have at the bank (E02, E09, E10)?"""

    kind: Literal["accounts_held"] = "accounts_held"
    subject: Subject


class AccountStanding(Question[Standing]):
    """Is the account frozen, reported lost, dormant (N01, N02, N04, N07)?"""

    kind: Literal["account_standing"] = "account_standing"
    account: Text = Field(repr=False)


class RiskOf(Question[RiskStanding]):
    """Which risk class does the customer have (M01)?"""

    kind: Literal["risk_of"] = "risk_of"
    subject: Subject


class Precondition(Question[Word]):
    """A question of the rule pack, answered with one of the pack's words (E02, N01, N06, P03)."""

    kind: Literal["precondition"] = "precondition"
    name: str = Field(pattern=r"^[a-z0-9_]{1,60}$")
    business: str = Field(pattern=r"^[a-z0-9_]{1,60}$")
    subject: Subject


class PhoneOwner(Question[Proven]):
    """Is the phone number registered in the customer's own name (D04)?"""

    kind: Literal["phone_owner"] = "phone_owner"
    subject: Subject
    phone: Text = Field(repr=False)


class AccountOwner(Question[Proven]):
    """Is the account or card the customer's own (E07, F14)?"""

    kind: Literal["account_owner"] = "account_owner"
    subject: Subject
    account: Text = Field(repr=False)


class SendCode(Question[CodeSent]):
    """Send a one-time code to the phone (F14)."""

    kind: Literal["send_code"] = "send_code"
    subject: Subject
    phone: Text = Field(repr=False)


class CodeCheck(Question[Proven]):
    """Is that the code which was sent (F14)? A code is good once, and for few tries."""

    kind: Literal["code_check"] = "code_check"
    about: Text
    """Id of the `SendCode` question."""
    subject: Subject
    phone: Text = Field(repr=False)
    code: Text = Field(repr=False)


class TokenCheck(Question[Proven]):
    """Does the customer's token show that code now (F14)?"""

    kind: Literal["token_check"] = "token_check"
    subject: Subject
    token: Text = Field(repr=False)
    """Its serial number."""
    code: Text = Field(repr=False)


class CertificateCheck(Question[Proven]):
    """Is the certificate the customer's, and did its key sign the challenge (F14)?"""

    kind: Literal["certificate_check"] = "certificate_check"
    subject: Subject
    certificate: Base64 = Field(repr=False)
    """X.509, DER."""
    challenge: Base64 = Field(repr=False)
    """What the customer's key signed; made by the terminal for this one question."""
    signature: Base64 = Field(repr=False)
    """ECDSA or RSA (PKCS #1) with SHA-256."""

    @model_validator(mode="after")
    def _small(self) -> CertificateCheck:
        if max(map(len, (self.certificate, self.challenge, self.signature))) > SIGNED_BYTES_LIMIT:
            raise ValueError("too large")
        return self


class HandOver(Question[HandoverKept]):
    """Keep this case for whoever comes with its code (J07). The centre cannot read what was entered."""

    kind: Literal["hand_over"] = "hand_over"
    reference: str = Field(pattern=REFERENCE)
    """Made of the code, which is not told."""
    handover_id: Text
    to: str = Field("", max_length=TEXT_LIMIT)
    """The terminal it is meant for; empty: any."""
    expires: Text
    """UTC, ISO 8601 with Z."""
    events: int = Field(ge=1, le=EVENTS_LIMIT)
    """How many events the case has."""
    handover: Base64 = Field(repr=False)
    """Signed by the giver; without personal data."""
    data: Base64 | None = Field(None, repr=False)
    """What was entered, sealed to whoever has the code."""

    @model_validator(mode="after")
    def _small(self) -> HandOver:
        if len(self.handover) + len(self.data or b"") > HANDOVER_BYTES_LIMIT:
            raise ValueError("too large")
        return self


class Given(Wire):
    """What a terminal knows of a handed-over case that it read from a picture."""

    handover_id: Text
    giver: Text
    to: str = Field("", max_length=TEXT_LIMIT)
    expires: Text
    events: int = Field(ge=1, le=EVENTS_LIMIT)


class TakeOver(Question[HandoverTold]):
    """Show a handed-over case, or give it to the asker (J07): once, whoever else has the code."""

    kind: Literal["take_over"] = "take_over"
    reference: str = Field(pattern=REFERENCE)
    claim: bool
    """False: only look. The asker claims it once it knows that it can go on with it."""
    taken_already: bool = False
    """It was taken while there was no line; expiry is no matter any more."""
    given: Given | None = None
    """Where it was read from a picture: it may never have come to the centre."""


AnyQuestion = Annotated[
    OnlineCheck
    | AccountsHeld
    | AccountStanding
    | RiskOf
    | Precondition
    | PhoneOwner
    | AccountOwner
    | SendCode
    | CodeCheck
    | TokenCheck
    | CertificateCheck
    | HandOver
    | TakeOver,
    Field(discriminator="kind"),
]
QUESTIONS: TypeAdapter[AnyQuestion] = TypeAdapter(AnyQuestion)
"""Reads any question from JSON; the kind says which."""
