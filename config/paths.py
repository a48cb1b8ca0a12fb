"""Where this terminal keeps its book, keys, networks, logs and settings.

`RENZHENG_HOME` puts everything below one folder (tests, demonstrations, a stick); without it the folders
are the user's own ones of the operating system. `RENZHENG_MODELS` moves the networks alone, so that several
homes can share them. Folders are made on first use, for their owner only.

``python -m config.paths models`` prints one of them, for scripts.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from platformdirs import PlatformDirs

HOME = "RENZHENG_HOME"
MODELS = "RENZHENG_MODELS"
SITE = Path("/etc/renzheng")
"""Settings that a bank puts on all its terminals."""
OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one terminal; nothing exists until `ready` made it."""

    data: Path
    """The book: database, sealed evidence, and the embedded centre's own file."""
    models: Path
    """Networks, converted and hash-checked."""
    keys: Path
    """Key files, where no key store of the operating system is used."""
    logs: Path
    cache: Path
    """May be emptied at any time."""
    settings: Path
    """`machine.toml`: what is set on this terminal alone."""
    site: Path
    """`site.toml`: what is set for all terminals of the bank."""


def paths(environ: Mapping[str, str] | None = None) -> Paths:
    """The folders that `environ` (default: this process's) leads to; makes nothing."""
    env = os.environ if environ is None else environ
    home = env.get(HOME)
    found = _below(Path(home).expanduser().absolute()) if home else _of_the_user()
    models = env.get(MODELS)
    if not models:
        return found
    folders = {field.name: getattr(found, field.name) for field in fields(found)}
    return Paths(**{**folders, "models": Path(models).expanduser().absolute()})


def ready(folder: Path) -> Path:
    """`folder`, made for its owner only when it was missing; one that others may read is closed to them.

    Raises `OSError` when it can be neither made nor closed.
    """
    folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    state = folder.stat()
    if state.st_uid == os.getuid() and stat.S_IMODE(state.st_mode) & 0o077:
        folder.chmod(OWNER_ONLY)
    return folder


def main(arguments: Sequence[str]) -> int:
    """Print the folder that is asked for; 64 for a name that is none."""
    names = [field.name for field in fields(Paths)]
    if len(arguments) != 1 or arguments[0] not in names:
        sys.stderr.write(f"usage: python -m config.paths {{{','.join(names)}}}\n")
        return 64
    sys.stdout.write(f"{getattr(paths(), arguments[0])}\n")
    return 0


def _below(home: Path) -> Paths:
    return Paths(
        data=home / "data",
        models=home / "models",
        keys=home / "keys",
        logs=home / "logs",
        cache=home / "cache",
        settings=home / "settings",
        site=home / "settings",
    )


def _of_the_user() -> Paths:
    own = PlatformDirs("renzheng", appauthor=False)
    data = own.user_data_path
    return Paths(
        data=data / "book",
        models=data / "models",
        keys=data / "keys",
        logs=own.user_log_path,
        cache=own.user_cache_path,
        settings=own.user_config_path,
        site=SITE,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
