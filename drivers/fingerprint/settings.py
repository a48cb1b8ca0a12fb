"""What can be set about EF01 modules and about fprintd."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from drivers.fingerprint.packet import ANY_ADDRESS
from drivers.link import dbus

FACTORY_PASSWORD = "00000000"
FIRST_RATE = 57600
RATES = (57600, 115200, 9600, 19200, 38400, 28800, 48000, 76800, 96000, 67200, 86400, 105600)
"""All multiples of 9600 up to twelve, the likely ones first (spec §1)."""


class Ef01Settings(BaseModel):
    """Knobs of an EF01 module. The module is emptied at opening: it must not hold anybody else's fingers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: int | None = Field(
        None,
        ge=9600,
        le=115200,
        multiple_of=9600,
        title="Serial rate",
        description="Bits a second; empty: try 57600 first, then every other. No meaning on a network.",
    )
    module_address: int = Field(
        ANY_ADDRESS,
        ge=0,
        le=0xFFFFFFFF,
        title="Module address",
        description="Set in the module; FFFFFFFF new.",
    )
    password: SecretStr = Field(
        SecretStr(FACTORY_PASSWORD),
        title="Module password",
        description="Eight hexadecimal digits. The factory's, eight zeros, protects nothing.",
    )
    touches: int = Field(
        2, ge=2, le=6, title="Touches to enrol", description="More than two need a module with more buffers."
    )
    picture: str = Field(
        "",
        pattern=r"^$|^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$",
        title="Picture size",
        description="Such as 256x288, where module and length of the data do not tell it.",
    )
    least_score: int = Field(
        1, ge=0, le=65535, title="Least score", description="A match whose score is below is none."
    )
    poll_ms: int = Field(
        100, ge=20, le=2000, title="Pace of looking for a finger", description="Time between two looks."
    )
    search_ms: int = Field(
        300, ge=100, le=3000, title="Answer at opening", description="How long to wait at each rate."
    )
    answer_ms: int = Field(
        3000, ge=200, le=10_000, title="Answer", description="How long the module may take to answer."
    )
    gap_ms: int = Field(
        1000, ge=100, le=5000, title="Gap in data", description="Longest silence while data are coming."
    )

    @field_validator("password")
    @classmethod
    def _eight_digits(cls, password: SecretStr) -> SecretStr:
        text = password.get_secret_value()
        if len(text) != 8 or not set(text.lower()) <= set("0123456789abcdef"):
            raise ValueError("not eight hexadecimal digits")
        return password

    @property
    def password_bytes(self) -> bytes:
        """The four bytes of the password."""
        return bytes.fromhex(self.password.get_secret_value())

    @property
    def has_factory_password(self) -> bool:
        """True when the password is the one every module is sold with."""
        return self.password_bytes == bytes(4)


class FprintdSettings(BaseModel):
    """Knobs of the staff fingerprint reader."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bus: str = Field(
        "", title="Bus", description="D-Bus address such as unix:path=…; empty: the system's bus."
    )
    call_ms: int = Field(
        3000, ge=200, le=20_000, title="Answer", description="How long fprintd may take to answer a call."
    )

    @property
    def bus_address(self) -> str:
        """What to connect to."""
        return self.bus or dbus.SYSTEM
