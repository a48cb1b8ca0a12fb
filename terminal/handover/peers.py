"""The terminals of the branch whose signature is believed without a line to the centre.

Each key lies in a file of its own in the folder of the setting ``terminal.peer_keys``::

    terminal = "kiosk-3"
    public_key = "…"            # base64 of the public key, DER

With a line the centre's own list counts alone.
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Mapping
from pathlib import Path

import structlog
from pydantic import Field, ValidationError

from config.paths import paths
from config.settings import Settings
from sync.records import Wire

log = structlog.get_logger(__name__)
Peers = Mapping[str, bytes]
"""Public keys (Ed25519, DER) by terminal."""
MOST_BYTES = 4096
"""A longer file is no key."""


class PeerFile(Wire):
    """What a peer's file says."""

    terminal: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    public_key: str

    def written(self) -> str:
        """The file in TOML."""
        return f'terminal = "{self.terminal}"\npublic_key = "{self.public_key}"\n'


def peers(chosen: Settings) -> Peers:
    """As the settings say. A folder that is not there holds no keys."""
    place = chosen.terminal.peer_keys
    return read_peers(Path(place) if place else paths().site / "terminal-keys")


def read_peers(folder: Path) -> Peers:
    """The keys in `folder`; a file that holds none is logged and left out.

    A terminal that two files name differently is left out as well: nobody can tell which is right.
    """
    found: dict[str, bytes] = {}
    doubtful = set()
    for file in sorted(folder.glob("*.toml")):
        try:
            said = PeerFile.model_validate(tomllib.loads(file.read_bytes()[:MOST_BYTES].decode("utf-8")))
            key = base64.b64decode(said.public_key, validate=True)
        except (OSError, ValueError, ValidationError, binascii.Error):
            log.warning("handover.peer_file", file=file.name)
            continue
        if found.setdefault(said.terminal, key) != key:
            log.warning("handover.peer_file", file=file.name)
            doubtful.add(said.terminal)
    return {terminal: key for terminal, key in found.items() if terminal not in doubtful}


def peer_file(terminal: str, public_der: bytes) -> PeerFile:
    """The file by which others believe this terminal."""
    return PeerFile(terminal=terminal, public_key=base64.b64encode(public_der).decode("ascii"))
