"""The child process that loads a maker's fingerprint matcher and makes one call (finger_iris.md §5)."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from drivers.card.plugin_child import Failure, Request, buffer, data, function, load, serve, text, written

TEMPLATE = 512
_GOOD = 1
_BYTES = ctypes.c_char_p


def work(request: Request) -> dict[str, object]:
    """Begin, do what `request` asks for, end."""
    library = load(request["path"])
    _call(library, "FP_Begin", ())
    try:
        return _DEEDS[str(request["deed"])](library, request)
    finally:
        _call(library, "FP_End", (), needed=False)


def _match(library: ctypes.CDLL, request: Request) -> dict[str, object]:
    likeness = ctypes.c_float(-1.0)
    first, second = data(request["first"]), data(request["second"])
    _call(
        library, "FP_FeatureMatch", (_BYTES, _BYTES, ctypes.c_void_p), first, second, ctypes.byref(likeness)
    )
    return {"likeness": likeness.value}


def _extract(library: ctypes.CDLL, request: Request) -> dict[str, object]:
    out = buffer(TEMPLATE)
    marks = [ctypes.c_ubyte(int(str(request[name]))) for name in ("scanner", "finger")]
    types = (ctypes.c_ubyte, ctypes.c_ubyte, _BYTES, _BYTES)
    _call(library, "FP_FeatureExtract", types, *marks, data(request["image"]), out)
    if len(written(out)) > TEMPLATE:
        raise Failure("wrong_size", f"{len(written(out))} bytes of template")
    return {"template": text(out.raw[:TEMPLATE])}


def _quality(library: ctypes.CDLL, request: Request) -> dict[str, object]:
    # Some makers write a byte, some an int: the low byte of a zeroed int is right for both.
    score = ctypes.c_int(0)
    _call(
        library, "FP_GetQualityScore", (_BYTES, ctypes.c_void_p), data(request["image"]), ctypes.byref(score)
    )
    return {"quality": score.value}


_DEEDS: dict[str, Callable[[ctypes.CDLL, Request], dict[str, object]]] = {
    "match": _match,
    "extract": _extract,
    "quality": _quality,
}


def _call(
    library: ctypes.CDLL, name: str, types: tuple[type, ...], *arguments: object, needed: bool = True
) -> None:
    found = function(library, name)
    if found is None:
        if needed:
            raise Failure("missing", f"no {name} in the library")
        return
    found.argtypes = types
    result = found(*arguments)
    if needed and result != _GOOD:
        raise Failure("failed", f"{name} returned {result}")


if __name__ == "__main__":
    serve(work)
