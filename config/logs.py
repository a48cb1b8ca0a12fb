"""Sets logging up: events with fields, JSON lines in a rotating file, plain lines for people on the console.

Personal data never arrives there: fields named like it are struck out, and so is anything in the shape of
an identity, account or telephone number; bytes, arrays (pictures, templates) and records are named by their
kind and size only. `TRAFFIC`, below DEBUG, notes each message to and from devices by length and digest.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import logging.handlers
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog
from pydantic import BaseModel
from structlog.typing import EventDict, Processor, WrappedLogger

from config.paths import ready
from config.settings import LogLevel, Logs

TRAFFIC = 5
FILE = "renzheng.jsonl"
STRUCK = "[redacted]"

PERSONAL = frozenset(
    {
        "birth",
        "born",
        "chip_photo",
        "customer",
        "document_number",
        "embedding",
        "english_name",
        "ethnicity",
        "features",
        "fingerprint",
        "fingerprints",
        "former_number",
        "frame",
        "full_name",
        "id_number",
        "image",
        "iris",
        "mobile",
        "nation",
        "password",
        "person",
        "phone",
        "photo",
        "picture",
        "pin",
        "sex",
        "surname",
        "template",
    }
)
"""Names of fields whose values are a person's, whatever they look like."""
CHINESE_MEANS_PERSON = frozenset({"name", "address", "authority", "card", "who"})
"""Names used for devices and programs, too: struck out only when the value is written in Chinese."""

_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d[ -]?){14,18}[0-9Xx](?![0-9A-Za-z])")
"""Identity numbers (15 or 18 places), bank cards and accounts (15 to 19)."""
_PHONES = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])")
_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

LEVELS = {
    LogLevel.TRAFFIC: TRAFFIC,
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
}


def set_up(settings: Logs, folder: Path, *, console: bool = True) -> Path:
    """Send all events to a file in `folder` and, from the set level on, to the console; returns the file.

    Safe to call again: the handlers of the former call are closed. Raises `OSError` when the folder cannot
    be written.
    """
    logging.addLevelName(TRAFFIC, "TRAFFIC")
    file = ready(folder) / FILE
    close()
    handlers = [_to_file(file, settings)]
    if console:
        handlers.append(_to_console(settings))
    root = logging.getLogger()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(min(LEVELS[settings.level], LEVELS[settings.console]))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return file


def close() -> None:
    """Close the handlers that `set_up` made."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if getattr(one, "renzheng", False)]:
        root.removeHandler(handler)
        handler.close()


def traffic(logger: logging.Logger, event: str, data: bytes, **fields: object) -> None:
    """Note bytes on their way to or from a device: the length and a digest, at level TRAFFIC only.

    The bytes themselves may be a card's content, so not even this level writes them down.
    """
    if logger.isEnabledFor(TRAFFIC):
        digest = hashlib.sha256(data).hexdigest()[:12]
        logger.log(TRAFFIC, event, extra={"fields": {"length": len(data), "digest": digest, **fields}})


def redact(logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: strikes out whatever may be personal, however deep it lies."""
    return {key: _strike(key, value) for key, value in event.items()}


def _strike(key: str, value: object) -> object:
    if key.startswith("_") or key in ("exc_info", "stack_info", "level", "timestamp", "logger"):
        return value
    if key.lower() in PERSONAL or key.lower().endswith(("_name_zh", "_photo", "_image", "_template")):
        return STRUCK
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    if dataclasses.is_dataclass(value) or isinstance(value, BaseModel):
        return f"[{type(value).__name__}]"
    if hasattr(value, "__array__") and hasattr(value, "shape") and value.shape:
        return f"[array {'×'.join(map(str, value.shape))}]"
    if isinstance(value, Mapping):
        return {str(inner): _strike(str(inner), one) for inner, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_strike("", one) for one in value]
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return STRUCK if len(str(abs(value))) >= 15 else value
    return _strike_text(key, str(value))


def _strike_text(key: str, text: str) -> str:
    if key in CHINESE_MEANS_PERSON and _CHINESE.search(text):
        return STRUCK
    return _PHONES.sub(STRUCK, _NUMBERS.sub(STRUCK, text))


def _strike_traceback(
    logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """After the traceback became text: it may quote values, too."""
    if isinstance(event.get("exception"), str):
        event["exception"] = _strike_text("exception", event["exception"])
    return event


def _extra_fields(logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    return {**event, **getattr(record, "fields", {})} if record is not None else event


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(*ends: Processor) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_common(), structlog.stdlib.PositionalArgumentsFormatter()],
        processors=[
            _extra_fields,
            redact,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _strike_traceback,
            *ends,
        ],
    )


def _to_file(file: Path, settings: Logs) -> logging.Handler:
    handler = logging.handlers.RotatingFileHandler(
        file,
        maxBytes=settings.max_megabytes * 1_000_000,
        backupCount=settings.keep_files - 1,
        encoding="utf-8",
    )
    handler.setFormatter(_formatter(structlog.processors.JSONRenderer(ensure_ascii=False)))
    return _marked(handler, settings.level)


def _to_console(settings: Logs) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(structlog.dev.ConsoleRenderer(colors=False)))
    return _marked(handler, settings.console)


def _marked(handler: logging.Handler, level: LogLevel) -> logging.Handler:
    handler.setLevel(LEVELS[level])
    handler.renzheng = True  # type: ignore[attr-defined]
    return handler
