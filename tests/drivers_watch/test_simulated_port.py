"""The pseudo-terminal of a simulated device loses nothing that a host still reads."""

from __future__ import annotations

import os
import threading
import time
import tty

from drivers.sim.port import SLOW_HOST_S, PtyPort

PICTURE = bytes(range(256)) * 300


def test_more_than_its_buffer_holds_arrives_whole(tmp_path):
    port = PtyPort(tmp_path / "port")
    host = os.open(port.address, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(host)
    writer = threading.Thread(target=port.write, args=(PICTURE,))
    writer.start()
    heard = bytearray()
    while len(heard) < len(PICTURE):
        heard += os.read(host, 1000)
        time.sleep(0.0005)
    writer.join(5)
    os.close(host)
    port.unplug()
    assert heard == PICTURE


def test_a_host_that_does_not_read_is_waited_for_once(tmp_path):
    port = PtyPort(tmp_path / "port")
    began = time.monotonic()
    port.write(PICTURE)
    first = time.monotonic() - began
    port.write(PICTURE)
    assert first >= SLOW_HOST_S
    assert time.monotonic() - began - first < SLOW_HOST_S / 2
    port.unplug()
