"""The commands of an EF01 module that the driver uses (specs/fingerprint_serial_protocol.md §3)."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what a good answer to it looks like."""

    name: str
    payload: bytes = field(repr=False)
    sizes: Container[int] = (0,)
    """Lengths that the results after a good confirmation code may have."""
    repeatable: bool = True
    """False when asking twice may change the outcome."""


GEN_IMAGE = Command("gen_image", b"\x01")
MATCH = Command("match", b"\x03", sizes=(2,))
REG_MODEL = Command("reg_model", b"\x05", repeatable=False)
UP_IMAGE = Command("up_image", b"\x0a")
EMPTY = Command("empty", b"\x0d")
PARAMETERS = Command("read_sys_para", b"\x0f", sizes=(16,))
PRODUCT = Command("product_info", b"\x3c", sizes=(46,))


def verify_password(password: bytes) -> Command:
    """Say the password, four bytes."""
    return Command("verify_password", b"\x13" + password)


def image_to_features(buffer: int) -> Command:
    """Extract the features of the picture last taken into character buffer `buffer`, 1 to 6."""
    return Command("img_2_tz", bytes([0x02, buffer]))


def template_up(buffer: int) -> Command:
    """Send the host what is in character buffer `buffer`."""
    return Command("up_char", bytes([0x08, buffer]))


def template_down(buffer: int) -> Command:
    """Take from the host what is to be in character buffer `buffer`."""
    return Command("down_char", bytes([0x09, buffer]))
