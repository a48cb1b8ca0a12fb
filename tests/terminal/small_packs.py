"""Small rule packs of nobody's branch, and keys that sign them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.settings import SignatureKind
from terminal.rules.candidate import Candidate, read_candidate
from terminal.rules.reading import rules_of
from terminal.rules.shelf import Shelf
from terminal.rules.signature import signature_path
from terminal.rules.signing_keys import PackKey
from terminal.rules.today import shipped
from terminal.rules.trust import Trust, TrustedKey

TODAY = date(2026, 11, 2)
SHIPPED = rules_of(shipped(), TODAY)
TRIES = SHIPPED.card.max_tries
TIGHT = f"card: {{max_tries: {TRIES - 1}}}\n"
TIGHTER = f"card: {{max_tries: {max(1, TRIES - 2)}}}\n"
LOOSE = f"card: {{max_tries: {TRIES + 1}}}\n"


def pack_text(
    body: str = TIGHT,
    *,
    name: str = "branch-7",
    version: str = "1",
    authority: str = "branch",
    since: str = "2026-01-01",
    until: str = "null",
) -> str:
    """A pack of seven lines of header; its first own line is line 8."""
    return (
        f'pack: {name}\nversion: "{version}"\nauthority: {authority}\neffective_from: {since}\n'
        f"effective_until: {until}\ntitle: {{zh: 支行, en: branch}}\nbasis: [order of the branch]\n{body}"
    )


def ed25519() -> PackKey:
    private = Ed25519PrivateKey.generate()
    return PackKey(SignatureKind.ED25519, private.public_key().public_bytes_raw(), private.sign)


BANK, BRANCH, STRANGER = ed25519(), ed25519(), ed25519()


def trusted(key: PackKey, *may_sign: str) -> TrustedKey:
    return TrustedKey("somebody", key.algorithm, key.public, may_sign)


TRUST = Trust({BANK.id: trusted(BANK, "regulation", "bank", "branch"), BRANCH.id: trusted(BRANCH, "branch")})


def put(folder: Path, text: str, file: str = "branch.yaml", key: PackKey | None = BANK) -> Path:
    """`text` as a file in `folder`, signed by `key`."""
    folder.mkdir(exist_ok=True)
    path = folder / file
    content = text.encode()
    path.write_bytes(content)
    signature_path(path).unlink(missing_ok=True)
    if key is not None:
        signature_path(path).write_bytes(key.sign(content).written())
    return path


def given(folder: Path, text: str, file: str = "branch.yaml", key: PackKey | None = BANK) -> Candidate:
    return read_candidate(put(folder, text, file, key))


def shelf_in(folder: Path, trust: Trust = TRUST, today: date = TODAY, **more: object) -> Shelf:
    return Shelf(folder, shipped(), trust, today=lambda: today, **more)  # type: ignore[arg-type]
