"""The simulators that come with the drivers: how each is started, and what it can be told."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from drivers.api import Sex
from drivers.card.cardfile import CardFile
from drivers.card.photo import encode_simulated
from drivers.document.documentfile import DocumentFile
from drivers.sim.handle import Simulated
from terminal.virtual.people import people
from terminal.virtual.scripts import CARD_OF

PORT = ("--link", "{folder}/port")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the simulator of a driver is started."""

    module: str
    arguments: tuple[str, ...] = PORT
    """``{folder}`` stands for a folder, ``{card}`` and ``{document}`` for files with invented ones."""
    words: str = ""
    """What it can be told, for people; besides ``unplug``, ``replug`` and ``quit``."""
    address: str = "{address}"
    """What the driver opens; ``{address}`` is what the simulator says."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Options with which the driver finds it, filled in likewise."""


SBI = Recipe(
    "drivers.sbi.simulator",
    ("--roots", "{folder}/roots"),
    "status WORD, fault NAME [TIMES], clear, delay MS",
    options={"roots": "{folder}/roots"},
)

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "sdt": Recipe(
            "drivers.card.simulator",
            ("--card", "{card}", *PORT),
            "insert [FILE], remove, fault NAME [TIMES], clear",
        ),
        "emrtd": Recipe(
            "drivers.document.simulator",
            ("--document", "{document}", "--signers", "{folder}/signers"),
            "insert, remove, fault NAME [TIMES], clear",
            options={"signers": "{folder}/signers"},
        ),
        "opencv": Recipe("drivers.camera.http_simulator", (), "fault NAME [TIMES], clear"),
        "iris-camera": Recipe(
            "drivers.iris.simulator", (), "eye left, eye right, eye both, eye none, fault NAME, clear"
        ),
        "ef01": Recipe(
            "drivers.fingerprint.ef01_simulator",
            words="touch NAME [QUALITY], lift, fault NAME [TIMES], clear, holds",
        ),
        "fprintd": Recipe(
            "drivers.fingerprint.fprintd_simulator",
            ("--folder", "{folder}"),
            "touch NAME, lift, stop, start, fault NAME [TIMES], clear",
            address="default",
            options={"bus": "{address}"},
        ),
        "pad-stream": Recipe(
            "drivers.pad.simulator",
            words="sign NAME [BUTTON], dot, press BUTTON, tap X Y, fault NAME [TIMES], clear",
        ),
        "escpos": Recipe(
            "drivers.printer.simulator", words="slips FILE, picture FILE, tear, fault NAME [TIMES], clear"
        ),
        "pin-pad": Recipe(
            "drivers.pin_pad.simulator",
            words="wait, enter random [FILE], enter PIN, press cancel, fault NAME [TIMES], clear",
        ),
        "bank-card-stripe": Recipe(
            "drivers.bank_card.stripe_simulator", words="swipe [NUMBER [YYMM]], fault NAME [TIMES], clear"
        ),
        **dict.fromkeys(("sbi-face", "sbi-finger", "sbi-iris"), SBI),
    }
)


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator at work."""

    handle: Simulated
    recipe: Recipe

    @property
    def address(self) -> str:
        """What the driver opens."""
        return self._filled(self.recipe.address)

    @property
    def options(self) -> dict[str, str]:
        """With which options it opens it."""
        return {name: self._filled(value) for name, value in self.recipe.options.items()}

    def _filled(self, text: str) -> str:
        return text.replace("{address}", self.handle.address).replace("{folder}", str(self.handle.folder))


@contextmanager
def simulating(driver: str) -> Iterator[Running]:
    """The simulator of `driver`, running. `KeyError` for a driver that has none."""
    recipe = RECIPES[driver]
    spare = Path(tempfile.mkdtemp(prefix="renzheng-card-"))
    try:
        with Simulated(recipe.module, tuple(_invented(each, spare) for each in recipe.arguments)) as handle:
            yield Running(handle, recipe)
    finally:
        shutil.rmtree(spare, ignore_errors=True)


def invented_document() -> DocumentFile:
    """The specimen of Utopia that Doc 9303 prints, with an invented portrait.

    Its zone, which opens the chip, is ``P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<`` and
    ``L898902C36UTO7408122F3204153ZE184226B<<<<<16``.
    """
    drawn = cv2.imencode(".jpg", np.full((400, 300, 3), 200, np.uint8))[1].tobytes()
    return DocumentFile(
        number="L898902C3",
        surname="ERIKSSON",
        given_names="ANNA MARIA",
        sex=Sex.FEMALE,
        birth=date(1974, 8, 12),
        expiry=date(2032, 4, 15),
        optional="ZE184226B",
        portrait=drawn,
    )


def invented_card() -> CardFile:
    """The card of an invented person; its portrait is the picture, without a network to cut it out."""
    person = people()[CARD_OF]
    portrait = cv2.imread(str(person.portrait.path()))
    if portrait is None:
        portrait = np.full((126, 102, 3), 128, np.uint8)
    photo = encode_simulated(cv2.resize(portrait, (102, 126)).astype(np.uint8))
    return CardFile(kind=person.kind, fields=person.fields, photo=photo)


def _invented(argument: str, folder: Path) -> str:
    """`argument`, with a file in `folder` in place of what stands for one."""
    makers = {"{card}": invented_card, "{document}": invented_document}
    if argument not in makers:
        return argument
    file = folder / f"{argument[1:-1]}.json"
    file.write_text(makers[argument]().model_dump_json(), encoding="utf-8")
    return str(file)
