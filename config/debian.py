"""Which Debian packages the program still needs, and how they get there.

Only the standard library, and nothing newer than Python 3.8: this runs before anything is installed, on
whatever Python the system has.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterable

LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
"""Shared libraries that the wheels of OpenCV, onnxruntime and Qt (with its xcb and offscreen plug-ins) expect
of the system, found with ldd; and the Debian 12 package of each."""

VENV = "python3.11-venv"
PCSC = ("pcscd", "libccid", "libpcsclite-dev", "swig", "gcc", "libc6-dev")
"""What reading cards over PC/SC needs: the daemon, and what builds pyscard, which has no wheel for Linux."""
PEERS = ("dbus", "fprintd", "libfprint-2-2", "openssl", "vsmartcard-vpcd")
"""Other people's software that the peer tests talk to."""
HEADERS = "python3.11-dev"

INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120")
MEND = ("dpkg", "--configure", "-a")
"""Ends what an interrupted installation left half done; otherwise does nothing."""
UPDATE = ("apt-get", "update", "-q")


def missing_packages(python: str | None) -> list[str]:
    """Debian packages to install before the program can run, in alphabetical order.

    `python` is the one that is to make the environment; None where there is an environment already.
    """
    found = {package for soname, package in LIBRARIES.items() if not _loads(soname)}
    if python is not None and not can_make_environments(python):
        found.add(VENV)
    return sorted(found)


def not_installed(packages: Iterable[str]) -> list[str]:
    """Those of `packages` that dpkg does not know as installed; all where there is no dpkg."""
    if shutil.which("dpkg-query") is None:
        return sorted(packages)
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    found = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return sorted(set(packages) - found)


def has_headers(python: str) -> bool:
    """Whether modules can be compiled for `python`."""
    question = "import sysconfig; print(sysconfig.get_path('include'))"
    asked = subprocess.run(
        [python, "-I", "-c", question], capture_output=True, text=True, timeout=30, check=False
    )
    return os.path.exists(os.path.join(asked.stdout.strip(), "Python.h"))  # noqa: PTH110, PTH118


def can_make_environments(python: str) -> bool:
    """Whether `python` has venv and pip of its own, which Debian ships apart."""
    asked = subprocess.run(
        [python, "-I", "-c", "import venv, ensurepip"], capture_output=True, timeout=30, check=False
    )
    return asked.returncode == 0


def rights() -> list[str] | None:
    """What to write before apt-get so that it may install, or None when nobody allows it without asking."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, timeout=10, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def advice(packages: list[str]) -> str:
    """The one line that tells a person exactly what to install."""
    return f"Missing Debian packages. Install them with: sudo apt-get install -y {' '.join(packages)}"


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
