"""The guards that stand before every test do catch what they are for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = ROOT / "tests" / "conftest.py"
LEAKY = """
import subprocess, sys, threading, time
from drivers.sim.handle import Simulated

def test_leaves_a_thread():
    threading.Thread(target=time.sleep, args=(8,), name="forgotten", daemon=True).start()

def test_leaves_a_child():
    global child
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])

def test_leaves_a_simulator():
    global simulator
    simulator = Simulated("drivers.fingerprint.ef01_simulator", ["--link", "{folder}/port"])

def test_cleans_up():
    simulator.close()
    child.kill()
    child.wait(10)
    thread = threading.Thread(target=time.sleep, args=(0.01,))
    thread.start()
"""


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_no_test_reaches_another_machine(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as way, pytest.raises(AssertionError, match="connect to"):
        way.connect((host, 9))


def test_no_test_asks_for_names_of_other_machines():
    with pytest.raises(AssertionError, match=r"look up example\.invalid"):
        socket.getaddrinfo("example.invalid", 80)


def test_this_machine_may_be_reached():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5),
    ):
        server.accept()[0].close()


def test_what_a_test_leaves_running_fails_it(tmp_path):
    (tmp_path / "conftest.py").write_text(
        CONFTEST.read_text(encoding="utf-8").replace("SECONDS = 5.0", "SECONDS = 0.3")
    )
    (tmp_path / "test_leaky.py").write_text(LEAKY)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_leaky.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "left running: thread forgotten" in done.stdout
    assert "left running: process " in done.stdout
    assert "drivers.fingerprint.ef01_simulator" in done.stdout
    assert "4 passed, 3 errors" in done.stdout
