"""Packets in a stream with noise in it, the confirmation codes, and the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceError, Garbled, Retry
from drivers.fingerprint import confirmation, picture
from drivers.fingerprint.confirmation import Code
from drivers.fingerprint.identity import Parameters, Product
from drivers.fingerprint.packet import (
    ANY_ADDRESS,
    DATA_SIZES,
    Assembler,
    Damaged,
    Packet,
    Pid,
    data_packets,
    encode,
)

payloads = st.binary(min_size=1, max_size=256)
pids = st.sampled_from(list(Pid))


def heard(data: bytes, chunk: int = 0, address: int = ANY_ADDRESS) -> list[Packet | Damaged]:
    assembler = Assembler(address)
    found = []
    for at in range(0, len(data), chunk or len(data)):
        assembler.feed(data[at : at + (chunk or len(data))])
        while (packet := assembler.take()) is not None:
            found.append(packet)
    return found


def test_the_example_of_the_specification() -> None:
    assert encode(ANY_ADDRESS, Pid.COMMAND, b"\x01").hex(" ") == "ef 01 ff ff ff ff 01 00 03 01 00 05"


@given(st.lists(st.tuples(pids, payloads), min_size=1, max_size=5), st.integers(1, 300))
def test_packets_come_out_however_they_are_cut(packets: list[tuple[Pid, bytes]], chunk: int) -> None:
    stream = b"".join(encode(7, *packet) for packet in packets)
    assert heard(stream, chunk, address=7) == [Packet(*packet) for packet in packets]


@given(st.binary(max_size=40).filter(lambda noise: b"\xef" not in noise), payloads)
def test_noise_before_a_packet_is_dropped(noise: bytes, payload: bytes) -> None:
    assert heard(noise + encode(7, Pid.ACKNOWLEDGE, payload), address=7) == [Packet(Pid.ACKNOWLEDGE, payload)]


@given(payloads, st.integers(0, 10**6), st.integers(1, 255))
def test_no_packet_with_one_wrong_byte_is_believed(payload: bytes, place: int, change: int) -> None:
    whole = bytearray(encode(7, Pid.ACKNOWLEDGE, payload))
    whole[place % len(whole)] ^= change
    believed = [each for each in heard(bytes(whole), address=7) if isinstance(each, Packet)]
    # The sum of another part of the packet may fit by chance; the packet that was sent never comes out.
    assert Packet(Pid.ACKNOWLEDGE, payload) not in believed
    assert all(len(each.payload) != len(payload) for each in believed)


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_any_bytes_are_survived(data: bytes, chunk: int) -> None:
    for packet in heard(data, chunk, address=int.from_bytes(data[2:6], "big")):
        assert isinstance(packet, Packet | Damaged)


def test_a_damaged_packet_is_told_and_the_next_one_heard() -> None:
    bad = bytearray(encode(7, Pid.ACKNOWLEDGE, b"\x00\x00\x64"))
    bad[9] = 1
    good = encode(7, Pid.ACKNOWLEDGE, b"\x08")
    assert heard(bytes(bad) + good, address=7) == [
        Damaged(Pid.ACKNOWLEDGE, 5),
        Packet(Pid.ACKNOWLEDGE, b"\x08"),
    ]


def test_the_packets_of_another_module_are_not_heard() -> None:
    assembler = Assembler(7)
    assembler.feed(encode(8, Pid.ACKNOWLEDGE, b"\x00"))
    assert assembler.take() is None
    assert assembler.heard


@given(st.binary(min_size=1, max_size=1600), st.sampled_from(DATA_SIZES))
def test_data_are_cut_and_come_together(data: bytes, size: int) -> None:
    packets = heard(b"".join(data_packets(7, data, size)), address=7)
    assert b"".join(each.payload for each in packets if isinstance(each, Packet)) == data
    assert [each.pid for each in packets] == [Pid.DATA] * (len(packets) - 1) + [Pid.LAST_DATA]


def test_every_confirmation_code_has_a_meaning() -> None:
    for code in range(256):
        error = confirmation.error(code, "port", "match")
        assert isinstance(error, DeviceError)
        assert error.code.startswith(("finger.", "fingerprint."))
        assert isinstance(error, Retry) == error.code.startswith("finger.")
        assert error.facts["confirmation"] == f"{code:02X}"


def test_a_code_that_no_manual_knows_breaks_the_protocol() -> None:
    unknown = [code for code in range(256) if code not in {each.value for each in Code}]
    assert len(unknown) > 200
    for code in unknown:
        assert type(confirmation.error(code, "port", "match")) is Garbled


@pytest.mark.parametrize(("p", "size"), [(0, 32), (3, 256)])
def test_parameters(p: int, size: int) -> None:
    found = Parameters.of(bytes.fromhex(f"0000 0009 03E8 0003 FFFFFFFF 000{p} 0006"), "port")
    assert found == Parameters(9, 1000, 3, ANY_ADDRESS, size, 57600)


def test_parameters_that_cannot_be_break_the_protocol() -> None:
    with pytest.raises(Garbled):
        Parameters.of(bytes.fromhex("0000 0009 03E8 0003 FFFFFFFF 0004 0006"), "port")


def test_product_information_of_a_newer_module() -> None:
    told = (
        b"FPM-R503".ljust(16, b"\0") + b"0007SN000042\x01\x04FPC1024\0" + bytes.fromhex("00C0 00C0 0600 00C8")
    )
    assert Product.of(told) == Product("FPM-R503", "0007", "SN000042", "1.4", 192, 192, 1536)


@pytest.mark.parametrize(
    ("length", "told", "size"),
    [
        (36_864, (0, 0), (256, 288)),
        (18_432, (0, 0), (192, 192)),
        (36_864, (192, 192), (192, 192)),
        (36_864, (160, 160), None),
        (18_432, (256, 288), None),
        (18_431, (0, 0), None),
    ],
)
def test_the_size_of_a_picture(length: int, told: tuple[int, int], size: tuple[int, int] | None) -> None:
    assert picture.size_of(length, told) == size


@given(st.integers(0, 2**32))
def test_a_picture_survives_its_four_bits(seed: int) -> None:
    shades = np.random.default_rng(seed).integers(0, 16, (32, 64), np.uint8)
    packed = picture.pack(shades * 17)
    assert packed[0] >> 4 == shades[0, 0]
    assert np.array_equal(picture.unpack(packed, (64, 32)), shades * 17)
    assert np.array_equal(picture.unpack((shades * 17).tobytes(), (64, 32)), shades * 17)
