"""Asks the operating system's keyring, in a process of its own that can be ended.

A keyring may wait for a person to unlock it or for a bus that never answers; a thread stuck there cannot be
stopped, a process can. Nothing here prompts: a locked or missing collection counts as "no keyring".
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol

SERVICE = "renzheng"
TIME_LIMIT_S = 5.0
"""Start of an interpreter and one D-Bus round trip; measured below 1 s."""
ROOT = Path(__file__).resolve().parent.parent
"""Where this package is, installed or not."""
USABLE_PRIORITY = 1.0
"""`keyring` gives a recommended back end a priority of 1 or more."""


class NoKeyring(Exception):
    """There is no usable keyring, or it did not answer in time; says why."""


def usable() -> bool:
    """True when a keyring answers within `TIME_LIMIT_S` without asking a person anything."""
    try:
        _call("probe", "-")
    except NoKeyring:
        return False
    return True


def read(entry: str) -> str | None:
    """The secret called `entry`; None when there is none; NoKeyring."""
    return _call("read", entry) or None


def write(entry: str, secret: str) -> None:
    """Keep `secret` under `entry`, and read it back to be sure; NoKeyring."""
    _call("write", entry, secret)
    if read(entry) != secret:
        raise NoKeyring("keyring returned something else than was written")


def _call(verb: str, entry: str, secret: str = "") -> str:
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-P", "-m", "sync.oskeyring", verb, entry]
    try:
        done = subprocess.run(
            command,
            input=secret,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        )
    except subprocess.TimeoutExpired:
        raise NoKeyring(f"no answer within {TIME_LIMIT_S:g} s") from None
    if done.returncode != 0:
        raise NoKeyring(done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}")
    return done.stdout


class _Backend(Protocol):
    """What is used of ``keyring.backend.KeyringBackend``."""

    priority: float

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


def _backend(environ: Mapping[str, str]) -> _Backend:
    """The back end `keyring` recommends; SystemExit with the reason when none can be used unasked."""
    keyring = import_module("keyring")
    found: _Backend = keyring.get_keyring()
    name = type(found).__module__
    if float(found.priority) < USABLE_PRIORITY:
        raise SystemExit(f"no keyring on this machine ({name})")
    if name == "keyring.backends.SecretService":
        _refuse_when_locked()
    elif sys.platform.startswith("linux") and "PYTHON_KEYRING_BACKEND" not in environ:
        raise SystemExit(f"keyring {name} cannot be asked without prompting")
    return found


def _refuse_when_locked() -> None:
    secretstorage = import_module("secretstorage")
    bus = secretstorage.dbus_init()
    try:
        # Not get_default_collection: that one creates what is missing, with a prompt.
        collection = secretstorage.collection.get_collection_by_alias(bus, "default")
        if collection.is_locked():
            raise SystemExit("the keyring is locked")
    except secretstorage.exceptions.SecretStorageException as error:
        raise SystemExit(f"no default keyring ({type(error).__name__})") from None
    finally:
        bus.close()


def _main(verb: str, entry: str) -> None:
    backend = _backend(os.environ)
    match verb:
        case "read":
            sys.stdout.write(backend.get_password(SERVICE, entry) or "")
        case "write":
            backend.set_password(SERVICE, entry, sys.stdin.read())
        case _:
            pass


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2])
