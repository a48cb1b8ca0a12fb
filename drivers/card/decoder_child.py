"""The child process that loads a maker's WLT decoder and calls it once (spec §6)."""

from __future__ import annotations

import ctypes

from drivers.card.plugin_child import Failure, Request, buffer, data, function, load, serve, text, written

LONGEST = 102 * 126 * 3 + 126 * 2 + 54
"""Bytes of a picture as a bitmap file, the longest of the forms."""

_UNPACK = ("unpack", "_Z6unpackPcS_i", "_Z6unpackPhS_i")
_UNPACK_SIZED = ("Unpack",)
_TO_BITMAP = ("WltToBmp",)


def decode(request: Request) -> dict[str, object]:
    """What the decoder wrote for the photo in `request`."""
    library = load(request["path"])
    wlt, out = data(request["photo"]), buffer(LONGEST)
    entry = str(request["entry"])
    plain = function(library, *_UNPACK) if entry in {"auto", "unpack"} else None
    sized = function(library, *_UNPACK_SIZED) if entry in {"auto", "unpack_sized"} else None
    bitmap = function(library, *_TO_BITMAP) if entry in {"auto", "wlt_to_bmp"} else None
    # A copy in a buffer of its own: some decoders write into what they are given.
    given = ctypes.create_string_buffer(wlt, len(wlt) + 1)
    if plain is not None:
        plain.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int)
        result = plain(given, out, int(str(request["code"])))
    elif sized is not None:
        length = ctypes.c_int(len(out))
        sized.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int))
        result = sized(given, len(wlt), out, ctypes.byref(length))
    elif bitmap is not None:
        bitmap.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
        result = bitmap(given, out)
    else:
        raise Failure("missing", "no known function in the library")
    if result != request["success"]:
        raise Failure("failed", f"it returned {result}")
    return {"picture": text(written(out))}


if __name__ == "__main__":
    serve(decode)
