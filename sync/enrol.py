"""Enrolment: a terminal and its centre get to know each other once; from then on the centre is pinned."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from config.durable import OWNER_ONLY, write_whole
from sync.centre.keys import FINGERPRINT_LENGTH, fingerprint
from sync.errors import SyncError
from sync.keys import Signer
from sync.records import CentreIdentity, Enrolment
from sync.transports.http import greet, introduce
from sync.transports.line import Address, Line

FILE = "centre.json"


class EnrolmentFault(SyncError):
    """This terminal cannot be enrolled, or is not: ``centre.identity_changed``, ``enrol.other_centre``,
    ``centre.bad_token``, ``enrol.damaged``, ``enrol.unwritable``.
    """


def enrol(
    address: Address, terminal_id: str, branch: str, keys: Signer, token: str, folder: Path
) -> CentreIdentity:
    """Introduce this terminal to the centre at `address` with its operator's one-time `token`.

    Returns the identity, pinned in `folder`; again with the same key is harmless. EnrolmentFault
    ``centre.identity_changed`` when another centre is pinned already, ``enrol.other_centre`` when the token
    was given for another one, ``centre.bad_token`` when it is none: then it is not shown to the centre.
    `sync.transports.Unreachable` and ``Refused`` (``centre.bad_token``, ``centre.terminal_taken``) as the
    line says.
    """
    line = Line(address)
    try:
        identity = greet(line).identity
        pinned = load(folder)
        if pinned is not None and pinned != identity:
            raise EnrolmentFault("centre.identity_changed", pinned=pinned.centre_id)
        _check_token(token, identity)
        wish = Enrolment(terminal_id=terminal_id, branch=branch, public_key=keys.public_der(), token=token)
        if introduce(line, wish) != identity:
            raise EnrolmentFault("centre.identity_changed", pinned=identity.centre_id)
    finally:
        line.close()
    _pin(identity, folder)
    return identity


def load(folder: Path) -> CentreIdentity | None:
    """The pinned centre, None when this terminal is not enrolled; EnrolmentFault when the file is damaged."""
    try:
        return CentreIdentity.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError):
        raise EnrolmentFault("enrol.damaged", file=FILE) from None


def _check_token(token: str, identity: CentreIdentity) -> None:
    """A token ends with the fingerprint of the centre that gave it."""
    _, _, wanted = token.rpartition(".")
    if len(wanted) != FINGERPRINT_LENGTH:
        raise EnrolmentFault("centre.bad_token")
    if wanted != fingerprint(identity.receipt_key):
        raise EnrolmentFault("enrol.other_centre", found=identity.centre_id[:64])


def _pin(identity: CentreIdentity, folder: Path) -> None:
    """Write whole or not at all, for the owner only."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / FILE, identity.model_dump_json().encode(), OWNER_ONLY)
    except OSError as fault:
        raise EnrolmentFault("enrol.unwritable", reason=fault.strerror or "") from None
