"""USB and HID readers seen from the other end: a PyUSB backend and a stand-in for hidapi.

Both are the electronics between the bus and the security module, which is the simulator process on its TCP
port. They insist on the rules of the bus: parts of a frame on the right pipes, whole packets, sums.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from drivers.card.simulated import SimulatedReader

PREAMBLE = bytes.fromhex("AAAAAA9669")
HEAD = 7
PACKET = 64
VENDOR, PRODUCT = 0x0400, 0xC35A
SPLIT_PIPES = (0x02, 0x06, 0x81, 0x85)
STREAM_PIPES = (0x01, 0x82)
REQUEST_FLAG, RESPONSE_FLAG, PASS_ON = 0x01, 0x02, 0x01


class Module:
    """The line from the electronics to the security module; gone while the simulator is unplugged."""

    def __init__(self, simulator: SimulatedReader) -> None:
        self._place = ("127.0.0.1", int(simulator.address.rpartition(":")[2]))
        self._line: socket.socket | None = None
        self.plugging = 0
        """Counts how often it was plugged in."""

    def present(self) -> bool:
        """True while it is plugged in."""
        if self._line is not None and not self._alive(self._line):
            self._hang_up()
        if self._line is None:
            try:
                self._line = socket.create_connection(self._place, 1)
            except OSError:
                return False
            self._line.setblocking(False)
            self.plugging += 1
        return True

    def tell(self, frame: bytes) -> None:
        assert self._line is not None
        self._line.sendall(frame)

    def hear(self, seconds: float) -> bytes:
        """What it says within `seconds`."""
        assert self._line is not None
        ready, _, _ = select.select([self._line], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            data = self._line.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    @property
    def gone(self) -> bool:
        """True once it hung up."""
        return self._line is None

    def close(self) -> None:
        self._hang_up()

    @staticmethod
    def _alive(line: socket.socket) -> bool:
        try:
            return line.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


class Cutter:
    """Cuts what the module says into the parts of frames, and noise between them."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._left = 0

    def begin(self) -> None:
        """A new request: what is left of an old answer never comes."""
        self._heard.clear()
        self._left = 0

    def cut(self, data: bytes) -> Iterator[tuple[str, bytes, bool]]:
        """(``head``, ``body`` or ``noise``; bytes; whether they end their part)."""
        self._heard += data
        while self._heard:
            if self._left:
                part = bytes(self._heard[: self._left])
                del self._heard[: self._left]
                self._left -= len(part)
                yield "body", part, not self._left
            elif self._heard.startswith(PREAMBLE) and len(self._heard) >= HEAD:
                part = bytes(self._heard[:HEAD])
                del self._heard[:HEAD]
                self._left = int.from_bytes(part[5:], "big")
                yield "head", part, True
            elif PREAMBLE.startswith(bytes(self._heard[: len(PREAMBLE)])):
                return
            else:
                at = self._heard.find(PREAMBLE, 1)
                part = bytes(self._heard[: at if at > 0 else len(self._heard)])
                del self._heard[: len(part)]
                yield "noise", part, True


class UsbReader(usb.backend.IBackend):
    """The bus with one reader on it; `split` decides which pipes it has."""

    def __init__(self, simulator: SimulatedReader, split: bool, serial: str = "R0001") -> None:
        self.module = Module(simulator)
        self.pipes = SPLIT_PIPES if split else STREAM_PIPES
        self.split = split
        self.serial = serial
        self.forbidden = False
        self.claimed_elsewhere = False
        """Another program holds the interface."""
        self.claimed: Any = None
        self.opened = 0
        self._cutter = Cutter()
        self._head = b""
        self._packets: dict[int, deque[bytes]] = {}
        self._rest: dict[int, bytearray] = {}

    # What is told of the device.

    def enumerate_devices(self) -> Iterator[int]:
        if self.module.present():
            yield self.module.plugging

    def get_device_descriptor(self, dev: int) -> Any:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0xFF, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=VENDOR, idProduct=PRODUCT, bcdDevice=0x100,
            iManufacturer=1, iProduct=2, iSerialNumber=3, bNumConfigurations=1, address=dev, bus=1,
            port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: int, config: int) -> Any:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1,
            iConfiguration=0, bmAttributes=0x80, bMaxPower=100, extra_descriptors=b"",
        )  # fmt: skip

    def get_interface_descriptor(self, dev: int, intf: int, alt: int, config: int) -> Any:
        if intf or alt:
            raise IndexError(intf)
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0,
            bNumEndpoints=len(self.pipes), bInterfaceClass=0xFF, bInterfaceSubClass=0,
            bInterfaceProtocol=0, iInterface=0, extra_descriptors=b"",
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: int, ep: int, intf: int, alt: int, config: int) -> Any:
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=self.pipes[ep], bmAttributes=2,
            wMaxPacketSize=PACKET, bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=b"",
        )  # fmt: skip

    # What the host does with it.

    def open_device(self, dev: int) -> Any:
        if self.forbidden:
            raise usb.core.USBError("Access denied", -3, errno.EACCES)
        self.opened += 1
        return SimpleNamespace(plugging=dev)

    def close_device(self, dev_handle: Any) -> None:
        self.opened -= 1

    def get_configuration(self, dev_handle: Any) -> int:
        return 1

    def set_configuration(self, dev_handle: Any, config_value: int) -> None:
        raise AssertionError("a device that is configured must not be reset")

    def claim_interface(self, dev_handle: Any, intf: int) -> None:
        self._require(dev_handle)
        held = self.claimed is not None and self.claimed is not dev_handle
        if held or self.claimed_elsewhere:
            raise usb.core.USBError("Resource busy", -6, errno.EBUSY)
        self.claimed = dev_handle
        self._packets.clear()
        self._rest.clear()

    def release_interface(self, dev_handle: Any, intf: int) -> None:
        if self.claimed is dev_handle:
            self.claimed = None

    def is_kernel_driver_active(self, dev_handle: Any, intf: int) -> bool:
        return False

    def clear_halt(self, dev_handle: Any, ep: int) -> None:
        self._require(dev_handle)

    def ctrl_transfer(
        self,
        dev_handle: Any,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: Any,
        timeout: int,
    ) -> int:
        self._require(dev_handle)
        if bRequest == 6 and wValue >> 8 == 3:
            text = b"\x04\x03\x09\x04" if not wValue & 0xFF else self._serial_descriptor()
            size = min(len(data), len(text))
            data[:size] = type(data)("B", text[:size])
            return size
        return len(data)

    def bulk_write(self, dev_handle: Any, ep: int, intf: int, data: Any, timeout: int) -> int:
        self._require(dev_handle)
        sent = bytes(data)
        if not self.split:
            self._request(sent)
        elif ep == SPLIT_PIPES[0]:
            # Anything but a head of 7 bytes is not understood and never answered.
            self._head = sent if len(sent) == HEAD else b""
        else:
            if self._head and len(sent) == int.from_bytes(self._head[5:], "big"):
                self._request(self._head + sent)
            self._head = b""
        return len(sent)

    def bulk_read(self, dev_handle: Any, ep: int, intf: int, buff: Any, timeout: int) -> int:
        """Packets until one is not full or the room is; a packet that is larger than the room is lost."""
        ends = time.monotonic() + timeout / 1000
        taken = bytearray()
        empty = False
        queue = self._packets.setdefault(ep, deque())
        while len(taken) < len(buff):
            self._require(dev_handle)
            if queue:
                packet = queue.popleft()
                if len(packet) > len(buff) - len(taken):
                    raise usb.core.USBError("Overflow", -8, errno.EOVERFLOW)
                taken += packet
                if len(packet) < PACKET:
                    empty = not packet
                    break
                continue
            left = ends - time.monotonic()
            if left <= 0:
                break
            self._collect(left)
        if not taken and not empty:
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        buff[: len(taken)] = type(buff)("B", bytes(taken))
        return len(taken)

    def _require(self, dev_handle: Any) -> None:
        if self.module.gone or dev_handle.plugging != self.module.plugging or not self.module.present():
            raise usb.core.USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)

    def _request(self, frame: bytes) -> None:
        self._cutter.begin()
        self._rest.clear()
        self.module.tell(frame)

    def _collect(self, seconds: float) -> None:
        for part, data, ends in self._cutter.cut(self.module.hear(seconds)):
            if not self.split:
                pipe, ends = STREAM_PIPES[1], ends and part != "head"
            else:
                pipe = SPLIT_PIPES[3] if part == "body" else SPLIT_PIPES[2]
            rest = self._rest.setdefault(pipe, bytearray())
            rest += data
            queue = self._packets.setdefault(pipe, deque())
            while len(rest) >= PACKET or (ends and rest):
                queue.append(bytes(rest[:PACKET]))
                del rest[:PACKET]
            if ends and queue and len(queue[-1]) == PACKET:
                queue.append(b"")

    def _serial_descriptor(self) -> bytes:
        text = self.serial.encode("utf-16-le")
        return bytes([2 + len(text), 3]) + text


class HidReaders:
    """Stands for hidapi with one reader of 64-byte reports plugged in."""

    PATH = b"sim-1:1.0"

    def __init__(self, simulator: SimulatedReader) -> None:
        self.module = Module(simulator)
        self.forbidden = False
        self.wrong_sums = 0
        """So many answers come with a wrong sum."""
        self.opened = 0

    def enumerate(self, vendor_id: int = 0, product_id: int = 0) -> list[dict[str, Any]]:
        if not self.module.present():
            return []
        return [
            {
                "path": self.PATH,
                "vendor_id": VENDOR,
                "product_id": PRODUCT,
                "product_string": "ID card reader",
                "usage_page": 0xFF00,
            }
        ]

    def device(self) -> _HidReader:
        return _HidReader(self)


class _HidReader:
    def __init__(self, bus: HidReaders) -> None:
        self._bus = bus
        self._plugging = 0
        self._heard = bytearray()
        self._cutter = Cutter()
        self._message = bytearray()
        self._sum = 0
        self._reports: deque[bytes] = deque()

    def open_path(self, path: bytes) -> None:
        if self._bus.forbidden or path != HidReaders.PATH or not self._bus.module.present():
            raise OSError("open failed")
        self._plugging = self._bus.module.plugging
        self._bus.opened += 1

    def error(self) -> str:
        return "Permission denied" if self._bus.forbidden else "Success"

    def write(self, buff: bytes) -> int:
        if not self._alive():
            return -1
        assert len(buff) == 65
        assert buff[0] == 0
        self._heard += buff[1:]
        size = 5 + int.from_bytes(self._heard[3:5], "little") + 2
        if len(self._heard) >= size:
            self._request(bytes(self._heard[:size]))
            self._heard.clear()
        return len(buff)

    def read(self, max_length: int, timeout_ms: int = 0) -> list[int]:
        assert timeout_ms > 0, "hidapi takes no time for ever"
        ends = time.monotonic() + timeout_ms / 1000
        while not self._reports:
            if not self._alive():
                raise OSError("read error")
            left = ends - time.monotonic()
            if left <= 0:
                return []
            self._collect(left)
        return list(self._reports.popleft()[:max_length])

    def close(self) -> None:
        if self._plugging:
            self._bus.opened -= 1
        self._plugging = 0

    def _alive(self) -> bool:
        module = self._bus.module
        return not module.gone and module.present() and self._plugging == module.plugging

    def _request(self, message: bytes) -> None:
        counted, said = message[3:-2], int.from_bytes(message[-2:], "little")
        if message[0] == REQUEST_FLAG and message[5] == PASS_ON and sum(counted) & 0xFFFF == said:
            self._cutter.begin()
            self._message.clear()
            self._bus.module.tell(message[6:-2])

    def _collect(self, seconds: float) -> None:
        for part, data, ends in self._cutter.cut(self._bus.module.hear(seconds)):
            if part == "noise":
                self._reports.append(data[:64].ljust(64, b"\0"))
                continue
            if part == "head":
                length = 1 + HEAD + int.from_bytes(data[5:], "big")
                counted = length.to_bytes(2, "little") + b"\0"
                self._message += bytes([RESPONSE_FLAG, 0, 0]) + counted
                self._sum = sum(counted)
            self._message += data
            self._sum += sum(data)
            if part == "body" and ends:
                wrong = self._bus.wrong_sums > 0
                self._bus.wrong_sums -= wrong
                self._message += ((self._sum + wrong) & 0xFFFF).to_bytes(2, "little")
            while len(self._message) >= 64 or (part == "body" and ends and self._message):
                self._reports.append(bytes(self._message[:64]).ljust(64, b"\0"))
                del self._message[:64]
