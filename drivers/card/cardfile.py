"""A simulated card as a file: its text fields, photo, additional address and the reader's module identity."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.api import CardKind
from drivers.card import fingerprints, layout, sam
from drivers.card.photo import PHOTO_SIZE

_LATIN_FIRST = 35
"""Characters of the English name in the first of the two places of a 2023 foreigner's card."""


class SimulatedFinger(BaseModel):
    """One fingerprint record: a header as GA/T 1012 has it, and an invented body that no matcher knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    finger: int = Field(ge=11, le=99, description="Code of the standard, 11 right thumb to 20 left little.")
    quality: int = Field(80, ge=0, le=100, description="0 unknown, else 1-100.")
    seed: int = Field(1, ge=0, description="What the invented body is made of.", repr=False)


class CardFile(BaseModel):
    """What a simulated card holds. As JSON, bytes are base64."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    kind: CardKind = Field(CardKind.RESIDENT, description="Which of the four text layouts.")
    fields: dict[str, str] = Field(
        description="Text by field name of drivers.card.layout.LAYOUTS; days YYYYMMDD, valid_to may be 长期.",
        repr=False,
    )
    photo: bytes = Field(
        b"", max_length=PHOTO_SIZE, description="Chip photo bytes, at most 1024; zeros fill.", repr=False
    )
    additional_address: str | None = Field(
        None, description="Newest additional address, at most 35 characters; null: none stored.", repr=False
    )
    fingers: tuple[SimulatedFinger, ...] = Field(
        (), max_length=2, description="Fingers registered on the card; none: the card holds no fingerprints."
    )
    management_number: bytes = Field(
        bytes(27) + b"\x01", min_length=28, max_length=28, description="Chip management number, 28 bytes."
    )
    sam_id: str = Field(
        "99.01-20260101-0000000000-0000000001",
        description="Module identity the reader shows; its major is 99, reserved for simulated readers.",
    )

    @model_validator(mode="after")
    def _fits_a_chip(self) -> Self:
        encode_text(self)
        encode_additional_address(self)
        encode_fingerprints(self)
        sam.pack(self.sam_id)
        if not sam.is_simulated(self.sam_id):
            raise ValueError("the module identity of a simulated reader begins with 99.")
        return self


def encode_text(card: CardFile) -> bytes:
    """The 256 bytes of text on the card's chip. `ValueError` when a field is unknown or too long."""
    fields = dict(card.fields)
    latin_name = fields.get("latin_name", "")
    if card.kind is CardKind.FOREIGNER_2023 and len(latin_name) > _LATIN_FIRST:
        fields["latin_name"] = latin_name[:_LATIN_FIRST]
        fields.setdefault("latin_name_rest", latin_name[_LATIN_FIRST:])
    return layout.join(fields, card.kind)


def encode_photo(card: CardFile) -> bytes:
    """The 1024 photo bytes on the card's chip."""
    return card.photo.ljust(PHOTO_SIZE, b"\0")


def encode_fingerprints(card: CardFile) -> bytes:
    """The 1024 bytes of the fingerprint area; empty when no finger is registered."""
    if not card.fingers:
        return b""
    records = [fingerprints.encode_simulated(each.finger, each.quality, each.seed) for each in card.fingers]
    return b"".join(records).ljust(fingerprints.AREA_SIZE, b"\0")


def encode_additional_address(card: CardFile) -> bytes:
    """The 280 bytes of the additional-address file, newest first; empty when none is stored."""
    if card.additional_address is None:
        return b""
    size = layout.ADDITIONAL_ADDRESS_SIZE
    newest = layout.encode(card.additional_address, size, "additional_address")
    return newest + layout.encode("", 3 * size, "additional_address")
