"""The decoder plug-in with stand-in libraries: each way of calling, each layout, each way to go wrong."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.card.decoder import Entry, Layout, PhotoDecoder, PluginDecoder
from drivers.card.photo import HEIGHT, WIDTH, PhotoUnavailable, Unavailable, decode
from tests.drivers_card.stub_library import compiled

WLT = bytes.fromhex("574C6600 7E00320000FF85") + bytes(range(256)) * 3 + bytes(245)
# Each pixel: row, column, and the byte of the photo that stands there.
PIXELS = """
#include <string.h>
#include <stdlib.h>
#include <unistd.h>
static void draw(const char *wlt, unsigned char *out, int row) {
    for (int y = 0; y < 126; y++)
        for (int x = 0; x < 102; x++) {
            unsigned char *p = out + y * row + 3 * x;
            p[0] = y; p[1] = x; p[2] = (unsigned char)wlt[y];
        }
}
"""
PLAIN = PIXELS + "int unpack(char *wlt, char *out, int code) { draw(wlt, (void *)out, 306); return code; }"
BITMAP = """
static int bitmap(const char *wlt, unsigned char *out) {
    static const unsigned char head[54] = {'B','M', 0xCE,0x97,0,0, 0,0,0,0, 54,0,0,0, 40,0,0,0, 102,0,0,0,
        126,0,0,0, 1,0, 24,0};
    memcpy(out, head, 54);
    for (int y = 0; y < 126; y++)
        for (int x = 0; x < 102; x++) {
            unsigned char *p = out + 54 + (125 - y) * 308 + 3 * x;
            p[0] = y; p[1] = x; p[2] = (unsigned char)wlt[y];
        }
    return 1;
}
"""


def expected() -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wlt = np.frombuffer(WLT, np.uint8)
    return np.dstack([y, x, wlt[y]]).astype(np.uint8)


def decoded(path: Path, **options: object) -> object:
    settings = PhotoDecoder.model_validate({"path": path, "code": 1, **options})
    return decode(WLT, allow_simulated=False, decoder=PluginDecoder(settings))


@pytest.mark.parametrize(
    ("source", "entry"),
    [
        (PLAIN, Entry.AUTO),
        (PLAIN.replace("unpack", "_Z6unpackPcS_i"), Entry.UNPACK),
        (
            PIXELS
            + BITMAP
            + "int Unpack(char *wlt, int n, char *out, int *m) { if (n != 1024 || *m < 38862) return -1;"
            "*m = 38862; return bitmap(wlt, (void *)out); }",
            Entry.UNPACK_SIZED,
        ),
        (
            PIXELS + BITMAP + "int WltToBmp(char *wlt, char *out) { return bitmap(wlt, (void *)out); }",
            Entry.AUTO,
        ),
        (
            PIXELS + "int unpack(char *wlt, char *out, int code) { memset(out, 0, 38808);"
            "draw(wlt, (void *)out, 308); return 1; }",
            Entry.UNPACK,
        ),
    ],
)
def test_every_way_of_calling_gives_the_picture(tmp_path: Path, source: str, entry: Entry) -> None:
    image = decoded(compiled(tmp_path, source), entry=entry)
    assert isinstance(image, np.ndarray)
    assert np.array_equal(image, expected())


@pytest.mark.parametrize("layout", list(Layout))
def test_every_layout_is_turned_into_ours(tmp_path: Path, layout: Layout) -> None:
    image = decoded(compiled(tmp_path, PLAIN), layout=layout)
    as_drawn = expected()
    if layout.startswith("rgb"):
        as_drawn = as_drawn[:, :, ::-1]
    if layout.endswith("bottom_up"):
        as_drawn = as_drawn[::-1]
    assert np.array_equal(image, as_drawn)


CALL = PIXELS + "int unpack(char *wlt, char *out, int code) { "


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("*(volatile int *)0 = 1; return 1; }", Unavailable.DECODER_CRASHED),
        ("abort(); }", Unavailable.DECODER_CRASHED),
        ("exit(1); }", Unavailable.DECODER_CRASHED),
        ("memset(out, 0, 100 << 20); return 1; }", Unavailable.DECODER_CRASHED),
        ("for (;;) sleep(1); }", Unavailable.DECODER_HUNG),
        ("if (fork()) for (;;) pause(); for (;;) pause(); }", Unavailable.DECODER_HUNG),
        ("draw(wlt, (void *)out, 306); return 0; }", Unavailable.DECODER_FAILED),
        ("return 1; }", Unavailable.DECODER_WRONG_SIZE),
        ("memset(out, 1, 10000); return 1; }", Unavailable.DECODER_WRONG_SIZE),
        ("memset(out, 1, 50000); return 1; }", Unavailable.DECODER_WRONG_SIZE),
        ('memcpy(out, "BM", 2); memset(out + 2, 1, 38000); return 1; }', Unavailable.DECODER_WRONG_SIZE),
    ],
)
def test_what_goes_wrong_is_a_named_state(tmp_path: Path, body: str, reason: Unavailable) -> None:
    began = time.monotonic()
    assert decoded(compiled(tmp_path, CALL + body), limit_ms=900) == PhotoUnavailable(reason)
    assert time.monotonic() - began < 5


def test_what_it_prints_and_how_it_ends_do_not_matter(tmp_path: Path) -> None:
    source = (
        PIXELS
        + "#include <stdio.h>\n__attribute__((destructor)) static void end(void) { abort(); }"
        + 'int unpack(char *wlt, char *out, int code) { puts("licensed"); fflush(stdout);'
        + "draw(wlt, (void *)out, 306); wlt[0] = 0; return 1; }"
    )
    assert np.array_equal(decoded(compiled(tmp_path, source)), expected())


def test_no_library_and_one_without_the_function(tmp_path: Path) -> None:
    missing = PhotoUnavailable(Unavailable.DECODER_MISSING)
    assert decoded(tmp_path / "absent.so") == missing
    (tmp_path / "text.so").write_text("no library", encoding="utf-8")
    assert decoded(tmp_path / "text.so") == missing
    other = compiled(tmp_path, "int something(void) { return 1; }")
    assert decoded(other) == missing
    assert decoded(compiled(tmp_path, PLAIN), entry=Entry.WLT_TO_BMP) == missing


def test_a_licence_beside_the_library_is_found(tmp_path: Path) -> None:
    source = PLAIN.replace("{ draw", '{ if (access("license.dat", 0)) return 0; draw')
    library = compiled(tmp_path, source)
    assert decoded(library) == PhotoUnavailable(Unavailable.DECODER_FAILED)
    (tmp_path / "license.dat").write_bytes(b"x")
    assert isinstance(decoded(library), np.ndarray)


def test_without_a_decoder_it_is_as_before_and_simulated_photos_never_go_there(tmp_path: Path) -> None:
    assert decode(WLT, allow_simulated=False) == PhotoUnavailable(Unavailable.NO_DECODER)
    refuses = PluginDecoder(PhotoDecoder(path=tmp_path / "absent.so"))
    simulated = decode(b"WLs\0" + bytes(1020), allow_simulated=False, decoder=refuses)
    assert simulated == PhotoUnavailable(Unavailable.SIMULATED_REFUSED)


def test_settings_explain_themselves_and_forbid_others(tmp_path: Path) -> None:
    assert all(field.description for field in PhotoDecoder.model_fields.values())
    with pytest.raises(ValidationError):
        PhotoDecoder.model_validate({"path": tmp_path, "colour": "red"})
