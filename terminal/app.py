"""Puts it all together: the only place that constructs everything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from config import logs
from config.paths import paths, ready
from config.settings import Settings
from config.sources import load as load_settings
from drivers.api import Kind
from drivers.card.photo import Decoder
from drivers.errors import Unsupported
from drivers.registry import entry
from models.api import ModelError
from models.face.settings import FaceSettings
from models.face.stack import FaceStack
from models.face.stack import load as load_networks
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
from terminal import __version__
from terminal.calibrations import calibrations
from terminal.checks.centre import Centre
from terminal.choice import Choice, Opener, checked, from_settings, open_choice, open_real
from terminal.devices import KeptDevice
from terminal.flow import Equipment
from terminal.ledger import Book
from terminal.photos import FurtherPhotos, none_further
from terminal.plugins import photo_decoder
from terminal.report import Place
from terminal.rules.shelf import Shelf
from terminal.rules.today import shelf
from terminal.running import Terminal
from terminal.sight import Sight
from terminal.supervisor import Supervisor
from terminal.virtual.branch import VirtualBranch, VirtualTeller
from terminal.virtual.population import populate, returned_photos
from terminal.virtual.scripts import Script
from terminal.virtual.ways import Conduct

log = structlog.get_logger(__name__)
DEVICES_FILE = "devices.json"
"""Health of the devices, beside the book, while the terminal runs."""


class NotReady(Exception):
    """The terminal cannot be opened; `code` is a message key, `facts` are its fill-ins."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Options:
    """What to open: a virtual visit, named devices, or what the settings say."""

    virtual: str | None = None
    reader: str | None = None
    camera: str | None = None
    conduct: Conduct | None = None
    """How the virtual people of whole cases behave; they come one after the other, as a case calls them."""
    in_turn: bool = False
    """The people of the virtual branch come one after the other, as a case calls them."""
    unattended: bool = False
    """Play the virtual teller, too: consent is recorded and hopeless cases are ended."""
    consent_source: str = "teller"
    opener: Opener = open_choice
    """How a chosen device is opened."""
    further_photos: FurtherPhotos = none_further
    """Gets further photos of a card's holder; in production the online check alone may."""


def open_terminal(options: Options) -> Terminal:
    """The running terminal, devices opening in the background; close it after use.

    Raises `NotReady`, `models.api.ModelError`, `sync.errors.SyncError`, `config.sources.WrongSettings` or
    `sync.centre.embedded.CentreDidNotStart`.
    """
    settings = load_settings().settings
    where = paths()
    virtual = _virtual(options, settings)
    try:
        logs.set_up(settings.logs, where.logs, console=False)
        home = ready(where.data / book_folder(virtual is not None))
    except OSError as error:
        raise NotReady("terminal.no_folder", folder=error.filename, reason=error.strerror) from error
    with ExitStack() as undo:
        stack_of = _networks(settings)
        branch: VirtualBranch | None = None
        if virtual is not None:
            stack = stack_of()
            branch = _branch(virtual, stack, home, options.in_turn or options.conduct is not None)
            undo.callback(branch.close)
            stack_of = _always(stack)
        choices = branch.choices() if branch else _chosen(options, settings)
        if settings.terminal.production and any(each.simulated for each in choices):
            raise NotReady("terminal.production_refuses_virtual")
        if settings.terminal.production and options.further_photos is not none_further:
            raise NotReady("terminal.production_refuses_photos")
        terminal = _assemble(settings, options, choices, stack_of, home, undo)
        if branch is not None:
            _attend(terminal, branch, options.unattended)
        undo.pop_all()
    terminal.start()
    log.info("terminal.started", virtual=virtual.value if virtual else None, version=__version__)
    return terminal


def _attend(terminal: Terminal, branch: VirtualBranch, unattended: bool) -> None:
    """Let the people of the virtual branch see and hear the terminal."""
    terminal.branch = branch
    branch.tell = terminal.tell
    terminal.subscribe(branch.watch)
    if unattended:
        terminal.subscribe(VirtualTeller(terminal).watch)


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


def _assemble(
    settings: Settings,
    options: Options,
    choices: tuple[Choice, ...],
    stack_of: Callable[[], FaceStack],
    home: Path,
    undo: ExitStack,
) -> Terminal:
    later: list[Callable[[], None]] = []
    opener = open_real if settings.terminal.production else options.opener
    kept = tuple(KeptDevice[Any](each, lambda: _call(later), opener) for each in choices)
    supervisor = Supervisor(kept, home / DEVICES_FILE)
    reader, camera = _first(kept, Kind.CARD_READER), _first(kept, Kind.CAMERA)
    sight = Sight(camera, stack_of, settings.guide)
    in_production = settings.terminal.production
    equipment = Equipment(
        reader,
        camera,
        sight,
        not in_production,
        supervisor,
        _decoder(settings),
        calibrations(settings),
        options.further_photos,
        settings.liveness,
    )
    book, line, packs = _book(settings, home, lambda: _place(settings, sight), undo)
    centre = Centre(line, packs.rules().online.wait_seconds)
    closing = undo.pop_all().close
    terminal = Terminal(equipment, book, packs.rules, (closing,), options.consent_source, centre)
    undo.callback(terminal.close)
    later.append(terminal.refresh)
    return terminal


def _branch(script: Script, stack: FaceStack, home: Path, in_turn: bool) -> VirtualBranch:
    """The virtual branch, whose people its embedded centre knows."""
    people = paths().cache / "people"
    populate(home / "centre", returned_photos(stack, people))
    return VirtualBranch(script, stack, people, in_turn=in_turn)


def _decoder(settings: Settings) -> Decoder | None:
    try:
        return photo_decoder(settings.plugins.photo_decoder)
    except Unsupported as error:
        raise NotReady(error.code, device=error.device, **error.facts) from error


def _book(
    settings: Settings, home: Path, place: Callable[[], Place], undo: ExitStack
) -> tuple[Book, HttpTransport, Shelf]:
    """The book, its line to the centre, and the rule packs whose changes it notes."""
    keys = keys_of(home, settings)
    store = open_book(home, settings, keys)
    undo.callback(store.close)
    address, identity = _centre(settings, home, keys, undo)
    terminal_id, sync = settings.terminal.id, settings.sync
    transport = HttpTransport(address, identity, terminal_id, keys)
    undo.callback(transport.close)
    outbox = Outbox(store, Backoff(sync.first_wait_seconds, sync.longest_wait_seconds))
    every = sync.every_seconds
    engine = SyncEngine(TerminalBook(store), outbox, transport, keys, terminal_id, every_seconds=every)
    grace = timedelta(days=sync.grace_days)
    book = Book(store, outbox, keys, identity, engine, terminal_id, place, grace)
    return book, transport, _shelf(settings, store)


def _shelf(settings: Settings, store: Store) -> Shelf:
    packs = shelf(settings.rules, store.note)
    try:
        packs.settle()
    except OSError as error:  # the rules hold all the same; they are kept for later at the next start
        log.warning("rules.not_kept", reason=error.strerror)
    return packs


def _call(later: list[Callable[[], None]]) -> None:
    for each in later:
        each()


def _always(stack: FaceStack) -> Callable[[], FaceStack]:
    return lambda: stack


def _networks(settings: Settings) -> Callable[[], FaceStack]:
    folder = Path(settings.models.folder) if settings.models.folder else paths().models
    chosen = settings.models
    face = FaceSettings(guide=settings.guide)
    return lambda: load_networks(
        chosen.pack, folder, threads=chosen.threads, spinning=chosen.spinning, settings=face
    )


def _virtual(options: Options, settings: Settings) -> Script | None:
    if options.virtual is not None or options.conduct is not None:
        if settings.terminal.production:
            raise NotReady("terminal.production_refuses_virtual")
        return options.conduct.first if options.conduct else Script(options.virtual)
    named = options.reader or options.camera or settings.devices
    return None if named else Script.GENUINE


def _chosen(options: Options, settings: Settings) -> tuple[Choice, ...]:
    """Reader and camera as named, or as the settings say; everything else as the settings say."""
    try:
        chosen = from_settings(settings.devices)
        named = (_by_address(Kind.CARD_READER, options.reader), _by_address(Kind.CAMERA, options.camera))
        # What cannot be is told before anything is opened.
        for each in chosen:
            checked(each)
    except Unsupported as error:
        raise NotReady(error.code, device=error.device, **error.facts) from error
    instead = {each.kind: each for each in named if each is not None}
    chosen = (*instead.values(), *(each for each in chosen if each.kind not in instead))
    kinds = {each.kind for each in chosen}
    if Kind.CARD_READER not in kinds:
        raise NotReady("terminal.no_reader_chosen")
    if Kind.CAMERA not in kinds:
        raise NotReady("terminal.no_camera_chosen")
    return chosen


def _first(kept: tuple[KeptDevice[Any], ...], kind: Kind) -> KeptDevice[Any]:
    return next(each for each in kept if each.choice.kind is kind)


def _by_address(kind: Kind, address: str | None) -> Choice | None:
    """``DRIVER@ADDRESS``, or an address for the usual driver of its kind."""
    if address is None:
        return None
    driver, at, rest = address.partition("@")
    if at and driver.replace("-", "").isalnum() and "/" not in driver:
        return Choice(kind, entry(driver).name, rest)
    if kind is Kind.CARD_READER:
        return Choice(kind, "sdt", address.removeprefix("serial:"))
    return Choice(kind, "camera-virtual" if address.startswith("virtual:") else "opencv", address)


def _centre(settings: Settings, home: Path, keys: Keys, undo: ExitStack) -> tuple[Address, CentreIdentity]:
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


def _place(settings: Settings, sight: Sight) -> Place:
    try:
        with sight.stack() as stack:
            about = {"pack": stack.pack, **stack.about}
    except (ModelError, TimeoutError):
        about = {}  # without networks nothing was compared; the record says so and is kept all the same
    return Place(settings.terminal.id, settings.terminal.branch, f"renzheng {__version__}", about)
