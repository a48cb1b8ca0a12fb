"""The watch tells of what comes and goes: by udev's monitor, by paths, by device nodes; and it stops."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass

import pytest

from drivers.sim.port import PtyPort
from drivers.watch import Plug, PlugWatch, Way, path_of


@dataclass
class Event:
    action: str
    device_node: str | None


class FakeMonitor:
    """udev as the watch sees it: events when they are put in."""

    def __init__(self) -> None:
        self.events: queue.Queue[Event | Exception] = queue.Queue()
        self.started = False

    def start(self) -> None:
        self.started = True

    def poll(self, timeout: float):
        try:
            event = self.events.get(timeout=timeout) if timeout else self.events.get_nowait()
        except queue.Empty:
            return None
        if isinstance(event, Exception):
            raise event
        return event


@pytest.fixture
def told():
    return queue.Queue()


def watching(told, **how) -> PlugWatch:
    watch = PlugWatch(told.put, poll_seconds=0.02, **how)
    watch.start()
    return watch


def test_udev_tells_of_nodes_and_only_of_coming_and_going(told):
    monitor = FakeMonitor()
    watch = watching(told, monitor=monitor)
    try:
        assert watch.way is Way.UDEV and monitor.started
        for event in (Event("bind", "/dev/x"), Event("add", None), Event("add", "/dev/ttyUSB7")):
            monitor.events.put(event)
        assert told.get(timeout=5) == Plug("/dev/ttyUSB7", True)
        monitor.events.put(OSError("netlink overflow"))
        monitor.events.put(Event("remove", "/dev/ttyUSB7"))
        assert told.get(timeout=5) == Plug("/dev/ttyUSB7", False), "an error does not end the watch"
    finally:
        watch.close()


def test_a_pulled_pseudo_terminal_is_noticed_where_udev_is_blind(told, tmp_path):
    port = PtyPort(tmp_path / "reader")
    watch = watching(told, addresses=[f"serial:{port.address}", "tcp:127.0.0.1:9"], monitor=FakeMonitor())
    try:
        port.unplug()
        assert told.get(timeout=5) == Plug(port.address, False)
        port.plug()
        assert told.get(timeout=5) == Plug(port.address, True)
        assert told.empty()
    finally:
        watch.close()
        port.unplug()


def test_a_device_exchanged_between_two_looks_is_news(told, tmp_path):
    first, second, link = tmp_path / "a", tmp_path / "b", tmp_path / "link"
    first.touch()
    second.touch()
    link.symlink_to(first)
    watch = watching(told, addresses=[str(link)], monitor=False)
    try:
        fresh = tmp_path / "fresh"
        fresh.symlink_to(second)
        fresh.replace(link)
        assert [told.get(timeout=5), told.get(timeout=5)] == [Plug(str(link), False), Plug(str(link), True)]
    finally:
        watch.close()


def test_without_udev_device_nodes_are_looked_for(told, tmp_path):
    watch = watching(told, nodes=[str(tmp_path / "ttyUSB*")], monitor=False)
    try:
        assert watch.way is Way.POLLING
        (tmp_path / "ttyUSB0").touch()
        assert told.get(timeout=5) == Plug(str(tmp_path / "ttyUSB0"), True)
        (tmp_path / "ttyUSB0").unlink()
        assert told.get(timeout=5) == Plug(str(tmp_path / "ttyUSB0"), False)
    finally:
        watch.close()


def test_it_stops_at_once_and_twice_and_from_its_own_callback(tmp_path):
    closed = threading.Event()

    def once(plug: Plug) -> None:
        watch.close()
        closed.set()

    watch = PlugWatch(once, [str(tmp_path / "x")], monitor=False, poll_seconds=0.02)
    watch.start()
    (tmp_path / "x").touch()
    assert closed.wait(5)
    watch.close()
    watch.close()


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("serial:/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("v4l2:/dev/v4l/by-path/pci-0:14.0-usb-0:1:1.0", "/dev/v4l/by-path/pci-0:14.0-usb-0:1:1.0"),
        ("/dev/serial/by-path/pci-0:1", "/dev/serial/by-path/pci-0:1"),
        ("http://camera/stream", ""),
        ("tcp:127.0.0.1:4000", ""),
        ("", ""),
    ],
)
def test_the_path_in_an_address(address, path):
    assert path_of(address) == path
