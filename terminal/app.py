"""Puts it all together: the only place that constructs everything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
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
from terminal import __version__
from terminal.calibrations import calibrations
from terminal.checks.centre import Centre
from terminal.choice import Choice, Opener, checked, from_settings, open_choice, open_real
from terminal.counter.room import staff
from terminal.devices import KeptDevice
from terminal.flow import Equipment
from terminal.keeping import book_folder, open_keeping
from terminal.not_ready import NotReady
from terminal.photos import FurtherPhotos, none_further
from terminal.plugins import photo_decoder
from terminal.report import Place
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


@dataclass(frozen=True, slots=True)
class Options:
    """What to open: a virtual visit, named devices, or what the settings say."""

    virtual: str | None = None
    reader: str | None = None
    camera: str | None = None
    conduct: Conduct | None = None
    """How the virtual people of whole cases behave; they come one after the other, as a case calls them."""
    staffed: bool = False
    """Somebody works here: whole cases can be run, by who signs in."""
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
        terminal = _assemble(settings, options, choices, stack_of, home, branch, undo)
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


def _assemble(
    settings: Settings,
    options: Options,
    choices: tuple[Choice, ...],
    stack_of: Callable[[], FaceStack],
    home: Path,
    branch: VirtualBranch | None,
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
    kept_here = open_keeping(settings, home, lambda: _place(settings, sight), undo)
    packs = kept_here.packs
    centre = Centre(kept_here.line, packs.rules().online.wait_seconds)
    closing = undo.pop_all().close
    terminal = Terminal(equipment, kept_here.book, packs.rules, (closing,), options.consent_source, centre)
    undo.callback(terminal.close)
    if options.staffed:
        staff(terminal, centre, kept_here, settings, branch, options.conduct)
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
    wanted = options.conduct.first.value if options.conduct else options.virtual
    if wanted is not None:
        if settings.terminal.production:
            raise NotReady("terminal.production_refuses_virtual")
        return Script(wanted)
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


def _place(settings: Settings, sight: Sight) -> Place:
    try:
        with sight.stack() as stack:
            about = {"pack": stack.pack, **stack.about}
    except (ModelError, TimeoutError):
        about = {}  # without networks nothing was compared; the record says so and is kept all the same
    return Place(settings.terminal.id, settings.terminal.branch, f"renzheng {__version__}", about)
