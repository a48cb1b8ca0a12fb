"""The makes of module that the simulator can be: what they hold and what they know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Make:
    """One make, with the properties in which makes differ."""

    name: str
    width: int
    height: int
    template_size: int
    buffers: int
    capacity: int
    newer: bool
    """Knows product information, handshake, lamp and reset, and says ``55`` when it is ready."""

    @property
    def product_info(self) -> bytes:
        """The 46 bytes of the answer to ProductInfo."""
        texts = f"SIMULATED {self.name}".ljust(16, "\0") + "0001" + "SIM00001"
        numbers = (self.width, self.height, self.template_size, self.capacity)
        return (
            texts.encode()
            + bytes([1, 2])
            + b"SYNTHET\0"
            + b"".join(each.to_bytes(2, "big") for each in numbers)
        )


MAKES: Mapping[str, Make] = MappingProxyType(
    {
        "r30x": Make("R30X", 256, 288, 512, 2, 1000, newer=False),
        "r50x": Make("R50X", 192, 192, 1536, 6, 200, newer=True),
        "as60x": Make("AS60X", 256, 288, 768, 2, 300, newer=False),
    }
)
