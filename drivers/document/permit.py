"""The zones of Chinese travel permits, which are not ICAO's (specs/pcsc_emrtd.md, "Travel permits").

Permits of Mainland residents (CS Hong Kong and Macao, CD Taiwan) print one line with the expiry before the
birth date; their DG1 holds that line, then name and sex. The three lines of residents of Hong Kong, Macao
(CR) and Taiwan (CT) are known from one public reader only and are therefore always doubted.
"""

from __future__ import annotations

from drivers.document.mrz_layout import Check, Format, Layout, Span

ISSUER = "CHN"
LINE_CODES = ("CS", "CD")
RESIDENT_CODES = ("CR", "CT")
_FIRST_NIBBLE = ord("A")

_LINE_FIELDS = {
    "code": (Span(0, 0, 2),),
    "number": (Span(0, 2, 11),),
    "expiry": (Span(0, 13, 19),),
    "birth": (Span(0, 21, 27),),
}
_LINE_CHECKS = (
    Check("number", (Span(0, 2, 11),), Span(0, 11, 12)),
    Check("expiry", (Span(0, 13, 19),), Span(0, 19, 20)),
    Check("birth", (Span(0, 21, 27),), Span(0, 27, 28)),
    Check("composite", (Span(0, 2, 12), Span(0, 13, 20), Span(0, 21, 28)), Span(0, 29, 30)),
)
LINE = Layout(Format.PERMIT_LINE, 1, 30, _LINE_FIELDS, _LINE_CHECKS)
CHIP = Layout(
    Format.PERMIT_CHIP,
    3,
    30,
    {
        **_LINE_FIELDS,
        "native": (Span(1, 0, 12),),
        "names": (Span(1, 12, 30),),
        "sex": (Span(2, 0, 1),),
        "optional": (Span(2, 8, 11),),
    },
    _LINE_CHECKS,
)
RESIDENT = Layout(
    Format.RESIDENT_PERMIT,
    3,
    30,
    {
        "code": (Span(0, 0, 2),),
        "number": (Span(0, 2, 11),),
        "expiry": (Span(0, 15, 21),),
        "sex": (Span(0, 22, 23),),
        "birth": (Span(0, 23, 29),),
        "optional": (Span(1, 19, 28),),
        "names": (Span(2, 0, 30),),
    },
    (
        Check("number", (Span(0, 2, 11),), Span(0, 11, 12)),
        Check("issue_count", (Span(0, 12, 14),), Span(0, 14, 15)),
        Check("expiry", (Span(0, 15, 21),), Span(0, 21, 22)),
        Check("birth", (Span(0, 23, 29),), Span(0, 29, 30)),
        Check("composite", (Span(0, 2, 22), Span(0, 23, 30), Span(1, 19, 29)), Span(1, 29, 30)),
    ),
)


def native_name(letters: str) -> str:
    """The Chinese name in twelve letters A-P, four (a GBK code in half bytes) to a character.

    Empty when the letters are no such code; a permit has room for three characters only.
    """
    packed = letters.rstrip("<")
    if not packed or len(packed) % 4 or any(not "A" <= sign <= "P" for sign in packed):
        return ""
    halves = [ord(sign) - _FIRST_NIBBLE for sign in packed]
    raw = bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=True))
    try:
        return raw.decode("gbk")
    except UnicodeDecodeError:
        return ""


def native_letters(name: str) -> str:
    """The twelve letters for the first three characters of `name`; the other way round."""
    raw = name[:3].encode("gbk", "ignore")
    letters = "".join(chr(_FIRST_NIBBLE + half) for byte in raw for half in (byte >> 4, byte & 15))
    return letters[:12].ljust(12, "<")
