"""What several commands need first: settings, networks, pictures; failures told by cause and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from config.paths import paths
from config.settings import Settings
from config.sources import WrongSettings, load
from models.api import Image, ModelError, PictureError
from terminal.commands.output import EX_USAGE, Failure
from terminal.messages import Audience, texts

if TYPE_CHECKING:
    from models.face.stack import FaceStack


def settings() -> Settings:
    """The settings in force, or `Failure` naming file and key."""
    try:
        return load().settings
    except WrongSettings as error:
        raise Failure("settings.wrong", str(error), exit_code=EX_USAGE) from error


def models_folder(chosen: Settings) -> Path:
    """Where the networks are."""
    return Path(chosen.models.folder) if chosen.models.folder else paths().models


def explain(code: str, **facts: object) -> str:
    """What a message code says, with the code itself when it has no text of its own."""
    table = texts("en")
    return table.say(code, Audience.TELLER, facts) if table.knows(code) else code


@contextmanager
def telling() -> Iterator[None]:
    """Turns errors of pictures and networks into a `Failure` with cause and remedy."""
    try:
        yield
    except PictureError as error:
        raise Failure(error.code, explain(error.code, source=error.source, **error.detail)) from error
    except ModelError as error:
        raise Failure(error.code, explain(error.code, model=error.model, **error.detail)) from error


def load_stack(chosen: Settings, pack: str | None = None) -> FaceStack:
    """The networks of `pack` (the settings' own when None), warmed up."""
    from models.face.settings import FaceSettings
    from models.face.stack import load as load_networks

    with telling():
        stack = load_networks(
            pack or chosen.models.pack,
            models_folder(chosen),
            threads=chosen.models.threads,
            spinning=chosen.models.spinning,
            settings=FaceSettings(guide=chosen.guide),
        )
        stack.warm_up()
    return stack


def read_picture(path: Path) -> Image:
    """A picture file, or `Failure` with what is wrong with it."""
    from models.picture import read_picture as read

    with telling():
        return read(path)
