"""The terminal's book with its keys, its line to the centre, and the rule packs whose changes it notes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from config.paths import paths, ready
from config.settings import Settings
from sync import enrol
from sync.centre.embedded import start_centre
from sync.engine import SyncEngine
from sync.keys import Keys, open_keys
from sync.outbox import Backoff, Outbox
from sync.ports import TerminalBook
from sync.records import CentreIdentity
from sync.store import Store
from sync.transports.http import HttpTransport
from sync.transports.line import Address
from terminal.handover.held import FOLDER, HeldData
from terminal.ledger import Book
from terminal.not_ready import NotReady
from terminal.report import Place
from terminal.rules.shelf import Shelf
from terminal.rules.today import shelf

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where this terminal keeps things."""

    home: Path
    store: Store
    keys: Keys
    book: Book
    line: HttpTransport
    packs: Shelf
    held: HeldData
    """What was entered for cases that are still open."""


def book_folder(virtual: bool) -> str:
    """Below the data folder: the virtual branch keeps a book of its own."""
    return "virtual" if virtual else "terminal"


def open_book(home: Path, settings: Settings, keys: Keys) -> Store:
    """The book of the terminal in `home`, for writing."""
    key = keys.database_key() if settings.store.encrypted else None
    return Store.open(home / "book.db", key)


def keys_of(home: Path, settings: Settings) -> Keys:
    """The terminal's signing and database keys; new ones only where there is no book yet."""
    known = (home / "book.db").exists() or (home / "book.db.mark").exists()
    return open_keys(ready(paths().keys / home.name), settings.store.keys.value, make=not known)


def open_keeping(settings: Settings, home: Path, place: Callable[[], Place], undo: ExitStack) -> Keeping:
    """Everything in `home`, open; `undo` closes it. Errors as `terminal.app.open_terminal`."""
    keys = keys_of(home, settings)
    store = open_book(home, settings, keys)
    undo.callback(store.close)
    address, identity = centre_of(settings, home, keys, undo)
    terminal_id, sync = settings.terminal.id, settings.sync
    transport = HttpTransport(address, identity, terminal_id, keys)
    undo.callback(transport.close)
    outbox = Outbox(store, Backoff(sync.first_wait_seconds, sync.longest_wait_seconds))
    every = sync.every_seconds
    engine = SyncEngine(TerminalBook(store), outbox, transport, keys, terminal_id, every_seconds=every)
    grace = timedelta(days=sync.grace_days)
    packs = _shelf(settings, store)
    held = HeldData(home / FOLDER, keys.database_key(), lambda: packs.rules().handling.parked_days)
    book = Book(store, outbox, keys, identity, engine, terminal_id, place, grace, held)
    return Keeping(home, store, keys, book, transport, packs, held)


def _shelf(settings: Settings, store: Store) -> Shelf:
    packs = shelf(settings.rules, store.note)
    try:
        packs.settle()
    except OSError as error:  # the rules hold all the same; they are kept for later at the next start
        log.warning("rules.not_kept", reason=error.strerror)
    return packs


def centre_of(settings: Settings, home: Path, keys: Keys, undo: ExitStack) -> tuple[Address, CentreIdentity]:
    """The bank's centre where one is set, otherwise the test centre embedded on this machine."""
    identity = enrol.load(home)
    if settings.centre.url:
        if identity is None:
            raise NotReady("terminal.not_enrolled", url=settings.centre.url)
        return centre_address(settings), identity
    if settings.terminal.production:
        raise NotReady("terminal.no_centre")
    centre = start_centre(home / "centre")
    undo.callback(centre.close)
    address = Address(centre.url)
    if identity is None:
        terminal = settings.terminal
        identity = enrol.enrol(address, terminal.id, terminal.branch, keys, centre.token(), home)
    return address, identity


def centre_address(settings: Settings) -> Address:
    """Where the settings say the centre is."""
    centre = settings.centre
    return Address(
        centre.url,
        ca_file=Path(centre.ca_file) if centre.ca_file else None,
        client_cert=Path(centre.client_cert) if centre.client_cert else None,
        connect_seconds=centre.connect_seconds,
        answer_seconds=centre.answer_seconds,
    )
