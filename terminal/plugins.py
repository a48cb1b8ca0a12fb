"""Makers' libraries that the settings name, each checked by its own settings class before a case begins."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from drivers.card.decoder import PhotoDecoder, PluginDecoder
from drivers.errors import Unsupported


def photo_decoder(options: Mapping[str, object]) -> PluginDecoder | None:
    """What opens chip photos; None when nothing is set. `Unsupported` naming the key at fault."""
    if not options:
        return None
    try:
        return PluginDecoder(PhotoDecoder.model_validate(dict(options)))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Unsupported("driver.bad_option", "photo_decoder", key=key, reason=first["msg"]) from error
