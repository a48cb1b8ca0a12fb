"""What holds for every test: a home of its own, no network, nothing left running."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from config.paths import HOME, MODELS, paths
from drivers.sim import handle
from tests.forked import Forked, living

if TYPE_CHECKING:
    from models.face.stack import FaceStack

ROOT = Path(__file__).resolve().parent.parent
TOLERATED_THREADS = (
    "pytest_timeout",
    "execnet",
    "Dummy-",
    "tqdm_monitor",
    "AnyIO worker thread",
    "asyncio_",
    "beside_",  # of networks that tests share
)
TOLERATED_CHILDREN = (b"resource_tracker", b"forkserver")
settings.register_profile("untimed", deadline=None, max_examples=60)
settings.load_profile("untimed")  # a busy machine fails nothing; times are measured by the bench
LEAK_SECONDS = 5.0
"""Threads and children that are on their way out may take this long."""

_home: list[str] = []


class NetworkUsed(AssertionError):
    """A test tried to reach something beyond this machine."""


def pytest_configure(config: pytest.Config) -> None:
    """Before anything of ours is imported: homes apart, networks shared, no screen, no key store."""
    os.environ.setdefault(MODELS, str(paths().models))
    _home.append(tempfile.mkdtemp(prefix="renzheng-test-"))
    os.environ[HOME] = _home[-1]
    os.environ["QT_QPA_PLATFORM"] = os.environ.get("RENZHENG_TEST_PLATFORM", "offscreen")
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # where a test loads onnxruntime before anything of ours
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    for name in [name for name in os.environ if name.startswith("RENZHENG__")]:
        del os.environ[name]
    sys.addaudithook(_no_network)
    with suppress(ModuleNotFoundError):
        import_module("ui")  # takes away PySide6's reading of every module imported, begun by pytest-qt


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no folder behind."""
    while _home:
        shutil.rmtree(_home.pop(), ignore_errors=True)


@pytest.fixture(scope="session")
def home() -> Path:
    """The home of this test process; everything the program keeps is below it."""
    return Path(os.environ[HOME])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data beside the project; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("development data is absent")
    return folder


@pytest.fixture(scope="session")
def stack() -> Iterator[FaceStack]:
    """The networks of the `open` pack; skipped where they are absent."""
    from models.api import ModelError
    from models.face.stack import load

    try:
        loaded = load("open", paths().models)
    except ModelError as error:
        pytest.skip(f"networks are absent: {error.code}")
    yield loaded
    loaded.close()


@pytest.fixture(scope="session", autouse=True)
def simulators_forked() -> Iterator[None]:
    """Simulators start from a process that has loaded what they need."""
    before, handle.start = handle.start, Forked
    yield
    handle.start = before


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fails a test that leaves a thread or a child process behind."""
    threads, children = set(threading.enumerate()), _children() | living
    yield
    until = time.monotonic() + LEAK_SECONDS
    while (left := _left(threads, children)) and time.monotonic() < until:
        time.sleep(0.02)
    if left:
        pytest.fail(f"left running: {', '.join(left)}")


def _left(threads: set[threading.Thread], children: dict[int, str]) -> list[str]:
    new = [one.name for one in threading.enumerate() if one not in threads and one.is_alive()]
    found = [f"thread {name}" for name in new if not name.startswith(TOLERATED_THREADS)]
    now = {**_children(), **living}
    return found + [f"process {pid} {name}" for pid, name in now.items() if pid not in children]


def _children() -> dict[int, str]:
    """Living children of this process with their command lines (proc(5))."""
    found = {}
    for pid in _child_ids():
        command = _command(pid)
        if not _is_over(pid) and not any(known in command for known in TOLERATED_CHILDREN):
            found[pid] = command.replace(b"\0", b" ").decode(errors="replace")[:80]
    return found


def _child_ids() -> Iterator[int]:
    """From each thread's list; without such lists the test of these guards fails."""
    for thread in os.listdir("/proc/self/task"):  # noqa: PTH208  it is read before and after each test
        with suppress(FileNotFoundError):  # the thread has ended
            yield from map(int, Path(f"/proc/self/task/{thread}/children").read_bytes().split())


def _is_over(pid: int) -> bool:
    """True for one that has ended; nobody may have waited for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def _command(pid: int) -> bytes:
    """Empty for one that has ended, and for a moment while it begins."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _no_network(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: only loopback addresses and sockets of this machine may be used."""
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(str(address[0])):
            raise NetworkUsed(f"connect to {address[0]}")
    elif event == "socket.getaddrinfo" and arguments[0] and not _is_here(str(arguments[0])):
        raise NetworkUsed(f"look up {arguments[0]}")


def _is_here(host: str) -> bool:
    if host in ("localhost", "", "testserver"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
