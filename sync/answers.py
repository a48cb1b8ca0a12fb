"""What the centre may answer, and the closed sets of words it uses.

Numbers of accounts are masked by the centre.
"""

from __future__ import annotations

import enum
from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from sync.records import Base64, Wire

TEXT_LIMIT = 200
PHOTO_BYTES_LIMIT = 2 << 20

Text = Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]


class Category(enum.StrEnum):
    """How an online check was answered. A line or gateway that is down is no category."""

    AGREE_WITH_PHOTO = "agree_with_photo"
    AGREE_WITHOUT_PHOTO = "agree_without_photo"
    NAME_DIFFERS = "name_differs"
    NO_SUCH_NUMBER = "no_such_number"
    FORMAT_ERROR = "format_error"
    CARD_LOST_OR_VOID = "card_lost_or_void"


class CardStatus(enum.StrEnum):
    """Why a card no longer counts."""

    LOST = "lost"
    VOID = "void"


class AccountClass(enum.IntEnum):
    """Classes of personal accounts (E01)."""

    ONE = 1
    TWO = 2
    THREE = 3


class AccountState(enum.StrEnum):
    """States of an account (N01)."""

    NORMAL = "normal"
    FROZEN = "frozen"
    LOST = "lost"
    """Reported lost (N02)."""
    DORMANT = "dormant"
    CLOSED = "closed"


class FreezeKind(enum.StrEnum):
    """Who ordered a freeze (N07)."""

    JUDICIAL = "judicial"
    RISK = "risk"
    OWN_WISH = "own_wish"
    COMPLIANCE = "compliance"
    SYSTEM = "system"


class Risk(enum.StrEnum):
    """Risk class of a customer (M01)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Proof(enum.StrEnum):
    """What the centre says about something a customer claims or shows."""

    PROVEN = "proven"
    NOT_PROVEN = "not_proven"
    EXPIRED = "expired"
    """It was right once: out of date, revoked, or used already."""
    UNKNOWN = "unknown"
    """The centre cannot tell."""


class Answer(Wire):
    """Base of all answers."""


class OnlineAnswer(Answer):
    """The answer to an online check (G01)."""

    category: Category
    photo: Base64 | None = Field(None, repr=False)
    """The returned photo, JPEG; only with ``agree_with_photo``."""
    card_status: CardStatus | None = None

    @model_validator(mode="after")
    def _consistent(self) -> OnlineAnswer:
        if (self.photo is not None) != (self.category is Category.AGREE_WITH_PHOTO):
            raise ValueError("a photo belongs to the category agree_with_photo, and to no other")
        if self.photo is not None and len(self.photo) > PHOTO_BYTES_LIMIT:
            raise ValueError("the photo is too large")
        if (self.card_status is not None) != (self.category is Category.CARD_LOST_OR_VOID):
            raise ValueError("a card status belongs to the category card_lost_or_void, and to no other")
        return self


class HeldAccount(Wire):
    """An account the customer has already (E09)."""

    number_masked: Text
    account_class: AccountClass
    state: AccountState
    opened_on: date
    branch: Text


class HeldAccounts(Answer):
    """The customer's accounts at the whole bank."""

    accounts: tuple[HeldAccount, ...]

    def count(self, account_class: AccountClass) -> int:
        """How many of a class are not closed (E02)."""
        return sum(
            each.account_class is account_class and each.state is not AccountState.CLOSED
            for each in self.accounts
        )


class Freeze(Wire):
    """A freeze that holds."""

    kind: FreezeKind
    since: date
    until: date | None = None


class Loss(Wire):
    """A loss report that holds (N02)."""

    reported_on: date
    valid_until: date


class Standing(Answer):
    """How an account stands."""

    known: bool
    """False: the centre has no such account."""
    state: AccountState | None = None
    dormant_since: date | None = None
    loss: Loss | None = None
    freezes: tuple[Freeze, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Standing:
        if self.known != (self.state is not None):
            raise ValueError("a known account has a state, an unknown one has none")
        return self


class RiskStanding(Answer):
    """The customer's risk class; none yet: both are None."""

    risk: Risk | None
    assessed_on: date | None


class Proven(Answer):
    """The answer to everything a customer proves."""

    proof: Proof


class Word(Answer):
    """The answer to a precondition, one of the words that the rule pack names."""

    word: Text


class CodeSent(Answer):
    """A one-time code is on its way."""

    sent: bool
    """False: to no phone that the centre knows."""
    valid_seconds: int = Field(ge=0)


class Passing(enum.StrEnum):
    """What the centre says of a case that somebody wants to take over."""

    GIVEN = "given"
    """It is the asker's, once and for all."""
    TAKEN = "taken"
    """Another terminal has it already."""
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """Nothing was handed over under this reference."""
    ELSEWHERE = "elsewhere"
    """It is meant for another terminal."""
    UNKNOWN_GIVER = "unknown_giver"
    """No such terminal gave it."""


class HandoverKept(Answer):
    """The centre keeps a handed-over case until it is taken or expires."""

    kept: bool


class HandoverTold(Answer):
    """A handed-over case, or why there is none."""

    passing: Passing
    giver: str = Field("", max_length=TEXT_LIMIT)
    """The terminal that gave it."""
    giver_key: Base64 | None = None
    """Its public key (Ed25519, DER) as enrolled."""
    taken_by: str = Field("", max_length=TEXT_LIMIT)
    """The terminal that has it."""
    handover: Base64 | None = Field(None, repr=False)
    """As the giver signed it; None where it never came to the centre."""
    data: Base64 | None = Field(None, repr=False)
    """What was entered so far, sealed by the giver to whoever has the code."""
