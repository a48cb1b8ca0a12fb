"""The serial ports of this machine, by names that stay; none is opened."""

from __future__ import annotations

from pathlib import Path

from serial.tools import list_ports

from drivers.api import Found

BY_PATH = Path("/dev/serial/by-path")


def serial_ports(driver: str) -> list[Found]:
    """Every serial port: on any of them `driver` may have its device."""
    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    return [Found(driver, _stable(port.device), f"Serial port ({port.description})") for port in ports]


def _stable(device: str) -> str:
    """The name by the socket it is plugged into, which stays when it is plugged in again, if it has one."""
    real = Path(device)
    return next((str(link) for link in sorted(BY_PATH.glob("*")) if link.resolve() == real), device)
