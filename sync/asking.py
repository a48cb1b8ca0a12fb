"""A question on its way to the centre and its answer on the way back: sealed, signed and bound together.

The question is sealed to the centre's key, the answer to a key made for this one question, which the terminal
forgets afterwards: an answer recorded on the line cannot be opened later, nor by asking again (S02).
What stands outside the seal is for routing and holds no personal data.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ConfigDict, Field, ValidationError

from sync.answers import Answer
from sync.keys import Signer
from sync.questions import QUESTIONS, Question
from sync.records import Base64, CentreIdentity, Wire, canonical, sha256
from sync.seal import SALT_BYTES, seal, unseal

SCHEMA: Literal["renzheng.question/1"] = "renzheng.question/1"
REPLY_KEY_BYTES = 32
SEALED_BYTES_LIMIT = 4 << 20

A = TypeVar("A", bound=Answer)
Name = Annotated[str, Field(min_length=1, max_length=128)]


class Asked(Wire):
    """A question on the wire, signed by the terminal."""

    schema_: Literal["renzheng.question/1"] = Field(SCHEMA, alias="schema")
    id: str
    """UUIDv7, of the request."""
    kind: Name
    terminal_id: Name
    at: str
    """UTC, ISO 8601 with Z."""
    reply_key: Base64
    """X25519 public key (raw) that the answer is sealed to."""
    sealed: Base64
    """The question, with salt, sealed to the centre."""
    key_id: Name
    signature: Base64

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def signed_bytes(self) -> bytes:
        """What the terminal's signature covers."""
        return canonical(self.model_dump(mode="json", by_alias=True, exclude={"signature"}))

    def digest(self) -> str:
        """SHA-256 of what is signed."""
        return sha256(self.signed_bytes())


class Answered(Wire):
    """An answer on the wire, signed by the centre."""

    schema_: Literal["renzheng.question/1"] = Field(SCHEMA, alias="schema")
    question_id: str
    question_sha256: str
    request: str
    """The centre's own id of this request, UUIDv7."""
    at: str
    sealed: Base64
    """The answer, sealed to the question's reply key."""
    centre_id: str
    signature: Base64

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def signed_bytes(self) -> bytes:
        """What the centre's signature covers."""
        return canonical(self.model_dump(mode="json", by_alias=True, exclude={"signature"}))


@dataclass(frozen=True, slots=True)
class Told(Generic[A]):
    """A proven answer, with the ids and times under which both sides know it."""

    answer: A
    question_id: str
    request: str
    """The centre's id."""
    asked_at: datetime
    answered_at: datetime
    """By the centre's clock."""


@dataclass(frozen=True, slots=True)
class Pending(Generic[A]):
    """A question ready to go, and what opens its answer."""

    asked: Asked
    question: Question[A] = field(repr=False)
    _reply: X25519PrivateKey = field(repr=False)

    def open(self, answered: Answered) -> Told[A]:
        """What a proven answer says; SealBroken when it does not open, ValueError when it is none to this."""
        plain = unseal(answered.sealed, self._reply, _reply_aad(self.asked.id, answered.request))
        try:
            answer = self.question.answer().model_validate_json(plain)
        except ValidationError:
            # Without the cause: it quotes the answer.
            raise ValueError("no answer to this question") from None
        return Told(answer, self.asked.id, answered.request, _moment(self.asked.at), _moment(answered.at))


def prepare(
    question: Question[A], terminal_id: str, signer: Signer, centre: CentreIdentity, now: datetime
) -> Pending[A]:
    """`question` sealed to `centre` and signed."""
    reply = X25519PrivateKey.generate()
    salted = {"salt": os.urandom(SALT_BYTES).hex(), "question": question.model_dump(mode="json")}
    unsigned = Asked(
        id=question.id,
        kind=question.kind,
        terminal_id=terminal_id,
        at=_stamp(now),
        reply_key=reply.public_key().public_bytes_raw(),
        sealed=seal(canonical(salted), centre.sealing_key, _question_aad(question.id, terminal_id)),
        key_id=signer.key_id,
        signature=b"",
    )
    signature = signer.sign(unsigned.signed_bytes())
    return Pending(unsigned.model_copy(update={"signature": signature}), question, reply)


def open_question(asked: Asked, key: X25519PrivateKey) -> Question[Any]:
    """The question in `asked`; SealBroken when it does not open, ValueError when it is none of ours."""
    plain = unseal(asked.sealed, key, _question_aad(asked.id, asked.terminal_id))
    try:
        opened = _Salted.model_validate_json(plain)
        question = QUESTIONS.validate_python(opened.question)
    except ValidationError:
        raise ValueError("no question of this version") from None
    if (question.kind, question.id) != (asked.kind, asked.id):
        raise ValueError("another question than said")
    return question


def seal_answer(asked: Asked, request: str, answer: Answer) -> bytes:
    """`answer` for the asker alone; ValueError when the reply key is none."""
    return seal(answer.model_dump_json().encode(), asked.reply_key, _reply_aad(asked.id, request))


class _Salted(Wire):
    """A question as it lies in the seal."""

    salt: str
    question: dict[str, Any]


def _question_aad(question_id: str, terminal_id: str) -> bytes:
    return canonical({"question": question_id, "schema": SCHEMA, "terminal_id": terminal_id})


def _reply_aad(question_id: str, request: str) -> bytes:
    return canonical({"answer": question_id, "request": request, "schema": SCHEMA})


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    """The moment a stamp names; ValueError when it names none, or no time zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment.astimezone(UTC)
