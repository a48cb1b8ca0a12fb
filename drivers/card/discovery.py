"""Where readers may be: serial ports, and USB and HID devices by their descriptors; nothing is opened."""

from __future__ import annotations

from collections import Counter

from drivers.api import Found
from drivers.link.hid import hid_devices
from drivers.link.ports import serial_ports
from drivers.link.usb import usb_devices

KNOWN_USB = frozenset({(0x0400, 0xC35A), (0x0483, 0x5652)})
"""Vendor and product of security modules, as several makers' readers have them (spec §1)."""


def candidates(driver: str) -> list[Found]:
    """Addresses at which `driver` may find a reader. Any serial port or maker's own HID may be one."""
    described = [Found(driver, address, label) for address, label in (*_usb(), *_hid())]
    return [*described, *serial_ports(driver)]


def _usb() -> list[tuple[str, str]]:
    seen = [each for each in usb_devices() if each.split or (each.vendor, each.product) in KNOWN_USB]
    alike = Counter((each.vendor, each.product) for each in seen)
    found = []
    for each in seen:
        address = f"usb:{each.vendor:04x}:{each.product:04x}"
        # The place changes with every plugging, so it is named only where the numbers do not suffice.
        if alike[each.vendor, each.product] > 1:
            address += f":{each.bus}-{each.place}"
        found.append((address, f"USB security module ({each.vendor:04X}:{each.product:04X})"))
    return found


def _hid() -> list[tuple[str, str]]:
    return [
        (f"hid:{each.vendor:04x}:{each.product:04x}:{each.path}", f"HID device ({each.name or 'no name'})")
        for each in hid_devices()
        if each.own_reports
    ]
