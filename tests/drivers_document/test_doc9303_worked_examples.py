"""The worked examples of ICAO Doc 9303-11, byte for byte: appendix D (BAC) and appendix G.1 (PACE)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.capture import DocumentKey
from drivers.document import bac, pace, suite
from drivers.document.apdu import Command, Ins, Response, select_file
from drivers.document.curve import CURVES
from drivers.document.messaging import Broken, Session

BAC_KEY = DocumentKey("L898902C<", "690806", "940623")
PACE_KEY = DocumentKey("T22000129", "640812", "101031")
RND_IC, RND_IFD = "4608F91988702212", "781723860C06C226"
K_IFD = "0B795240CB7049B01C19B33E32804F0B"
E_IFD = "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"
M_IFD = "5F1448EEA8AD90A7"
E_IC = "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F"
M_IC = "2F2D235D074D7449"
GM_AES_128 = bytes.fromhex("04007F00070202040202")
NONCE = "95A3A016522EE98D01E76CB6B98B42C3"
MAP_SECRET = 0x7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99
MAP_IFD = (
    "047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E"
    "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D"
)
MAP_IC = (
    "04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57"
    "30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54"
)
SHARED = (
    "0460332EF2450B5D247EF6D3868397D398852ED6E8CAF6FFEEF6BF85CA57057FD5"
    "0840CA7415BAF3E43BD414D35AA4608B93A2CAF3A4E3EA4E82C9C13D03EB7181"
)
MAPPED = (
    "048CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2"
    "8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522"
)
KEY_SECRET = 0xA73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595
KEY_IFD = (
    "042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C"
    "3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462"
)
KEY_IC = (
    "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB"
    "7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094"
)
SECRET = "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925"


class Transcript:
    """A chip that answers exactly what the example's chip answers to exactly what its reader says."""

    def __init__(self, *turns: tuple[str, str]) -> None:
        self._turns: Iterator[tuple[str, str]] = iter(turns)

    def __call__(self, command: Command) -> Response:
        said, answered = next(self._turns)
        assert command.encode().hex().upper() == said
        return Response.decode(bytes.fromhex(answered))


def hexed(data: bytes) -> str:
    return data.hex().upper()


def test_bac_keys():
    assert bac.zone_information(BAC_KEY) == b"L898902C<369080619406236"
    assert bac.zone_information(DocumentKey("L898902C", "690806", "940623")) == b"L898902C<369080619406236"
    assert (
        bac.zone_information(DocumentKey("D23145890734", "340712", "950712"))
        == b"D23145890734934071279507122"
    )
    seed = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
    assert hexed(suite.triple_des_key(seed, suite.FOR_ENCRYPTION)) == "AB94FDECF2674FDFB9B391F85D7F76F2"
    assert hexed(suite.triple_des_key(seed, suite.FOR_MAC)) == "7962D9ECE03D1ACD4C76089DCE131543"


def test_bac_session_and_first_commands():
    """D.3 and D.4: mutual authentication, then EF.COM is selected and read."""
    given = iter([bytes.fromhex(RND_IFD), bytes.fromhex(K_IFD)])
    session = bac.open_session(
        Transcript(
            ("0084000008", RND_IC + "9000"),
            ("0082000028" + E_IFD + M_IFD + "28", E_IC + M_IC + "9000"),
        ),
        BAC_KEY,
        lambda size: next(given),
    )
    turns = (
        (
            select_file(0x011E),
            "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
            "990290008E08FA855A5D4C50A8ED9000",
            "",
        ),
        (
            Command(Ins.READ_BINARY, expected=4),
            "0CB000000D9701048E08ED6705417E96BA5500",
            "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
            "60145F01",
        ),
        (
            Command(Ins.READ_BINARY, 0, 4, expected=0x12),
            "0CB000040D9701128E082EA28A70F3C7B53500",
            "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
            "04303130365F36063034303030305C026175",
        ),
    )
    for command, protected, answered, plain in turns:
        assert hexed(session.protect(command).encode()) == protected
        answer = session.unprotect(Response.decode(bytes.fromhex(answered)))
        assert (hexed(answer.data), answer.sw) == (plain, 0x9000)


@pytest.mark.parametrize("place", range(0, 25, 4))
def test_an_answer_altered_in_one_bit_is_not_believed(place):
    session = Session(
        suite.TripleDesSuite(
            bytes.fromhex("979EC13B1CBFE9DCD01AB0FED307EAE5"),
            bytes.fromhex("F1CB1F1FB5ADF208806B89DC579DC1F8"),
        ),
        bytes.fromhex("887022120C06C228"),
    )
    session.protect(Command(Ins.READ_BINARY, expected=4))
    answer = bytearray.fromhex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000")
    answer[place] ^= 1
    with pytest.raises(Broken):
        session.unprotect(Response.decode(bytes(answer)))


def test_pace_mapping():
    curve = CURVES[13]
    assert hexed(curve.encode(curve.multiply(MAP_SECRET, curve.generator))) == MAP_IFD
    shared = curve.multiply(MAP_SECRET, curve.decode(bytes.fromhex(MAP_IC)))
    assert hexed(curve.encode(shared)) == SHARED
    way = pace.Offer(GM_AES_128, 13)
    nonce = way.nonce_suite(PACE_KEY).decrypt(bytes.fromhex(NONCE))
    assert hexed(nonce) == "3F00C4D39D153F2B2A214A078D899B22"
    mapped = curve.map(int.from_bytes(nonce, "big"), shared)
    assert hexed(curve.encode(mapped)) == MAPPED
    assert hexed(curve.encode(curve.multiply(KEY_SECRET, mapped))) == KEY_IFD
    secret = curve.multiply(KEY_SECRET, curve.decode(bytes.fromhex(KEY_IC)))[0].to_bytes(32, "big")
    assert hexed(secret) == SECRET
    assert hexed(suite.aes_key(secret, suite.FOR_ENCRYPTION, 16)) == "F5F0E35C0D7161EE6724EE513A0D9A7F"
    assert hexed(suite.aes_key(secret, suite.FOR_MAC, 16)) == "FE251C7858B356B24514B3BD5F4297D1"


def test_pace_offer_of_the_example():
    (way,) = pace.offers(bytes.fromhex("31143012060A04007F0007020204020202010202010D"))
    assert way == pace.Offer(GM_AES_128, 13)
    assert pace.encode_offers((way,)) == bytes.fromhex("31143012060A04007F0007020204020202010202010D")


def test_pace_dialogue():
    """G.1 from the choice of the protocol to the chip's token."""
    secrets = iter([MAP_SECRET, KEY_SECRET])
    pace.open_session(
        Transcript(
            ("0022C1A40F800A04007F00070202040202830101", "9000"),
            ("10860000027C0000", "7C128010" + NONCE + "9000"),
            ("10860000457C438141" + MAP_IFD + "00", "7C438241" + MAP_IC + "9000"),
            ("10860000457C438341" + KEY_IFD + "00", "7C438441" + KEY_IC + "9000"),
            ("008600000C7C0A8508C2B0BD78D94BA86600", "7C0A86083ABB9674BCE93C089000"),
        ),
        pace.Offer(GM_AES_128, 13),
        PACE_KEY,
        lambda curve: next(secrets),
    )


@pytest.mark.parametrize("number", CURVES)
def test_every_curve_agrees_with_the_library(number):
    from cryptography.hazmat.primitives.asymmetric import ec

    curve = CURVES[number]
    one, other = curve.secret(), ec.generate_private_key(curve.known)
    point = other.public_key().public_numbers()
    ours = curve.multiply(one, (point.x, point.y))[0].to_bytes(curve.size, "big")
    assert ours == ec.derive_private_key(one, curve.known).exchange(ec.ECDH(), other.public_key())
    assert curve.decode(curve.encode(curve.generator)) == curve.generator
    with pytest.raises(ValueError, match="not a point"):
        curve.decode(curve.encode((curve.generator[0], curve.generator[1] ^ 1)))
    with pytest.raises(ValueError, match="infinity"):
        curve.multiply(curve.order, curve.generator)
