"""Who an EF01 module says it is: its parameters and, from newer ones, its product information."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import Garbled

SIMULATED_SYSTEM = 0x5349
"""System identifier of a simulated module (``SI``); real ones say 0000, 0009 and the like."""
SIMULATED_MODEL = "SIMULATED"
SIMULATED_TEMPLATE = b"SIMEF01\0"
"""How every template of a simulated module begins."""
LARGEST_P = 3


@dataclass(frozen=True, slots=True)
class Parameters:
    """The answer to ReadSysPara."""

    system: int
    capacity: int
    security: int
    address: int
    packet_size: int
    rate: int

    @classmethod
    def of(cls, result: bytes, device: str) -> Parameters:
        """From its 16 bytes; `Garbled` when the packet size is none of the four."""
        words = [int.from_bytes(result[at : at + 2], "big") for at in (2, 4, 6, 12, 14)]
        system, capacity, security, p, rate = words
        if p > LARGEST_P:
            raise Garbled("fingerprint.protocol", device, packet_parameter=p)
        address = int.from_bytes(result[8:12], "big")
        return cls(system, capacity, security, address, 32 << p, rate * 9600)


@dataclass(frozen=True, slots=True)
class Product:
    """The answer to ProductInfo; empty and zero where the module does not know that command."""

    model: str = ""
    batch: str = ""
    serial: str = ""
    version: str = ""
    width: int = 0
    height: int = 0
    template_size: int = 0

    @classmethod
    def of(cls, result: bytes) -> Product:
        """From its 46 bytes (R503 manual 1.2.2)."""
        width, height, template_size = (int.from_bytes(result[at : at + 2], "big") for at in (38, 40, 42))
        version = f"{result[28]}.{result[29]}"
        model, batch, serial = (_text(result[start:end]) for start, end in ((0, 16), (16, 20), (20, 28)))
        return cls(model, batch, serial, version, width, height, template_size)


def is_simulated(parameters: Parameters, product: Product) -> bool:
    """True when either says so."""
    return parameters.system == SIMULATED_SYSTEM or product.model.startswith(SIMULATED_MODEL)


def _text(data: bytes) -> str:
    return "".join(chr(each) for each in data if 0x20 <= each < 0x7F).strip()
