"""The TCP pipe on real sockets of this machine: limits, hang-up, half-open lines, wrong addresses."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from drivers.errors import DeviceError, Missing, Refused, TimedOut, Unsupported
from drivers.link import tcp
from drivers.link.opening import has_rate, open_pipe
from drivers.link.tcp import TcpPipe


class Gateway:
    """A listening socket and the newest connection to it."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp:127.0.0.1:{self.listening.getsockname()[1]}"
        self.host: socket.socket | None = None

    def accept(self) -> socket.socket:
        self.host, _ = self.listening.accept()
        return self.host

    def close(self) -> None:
        for each in (self.host, self.listening):
            if each is not None:
                each.close()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.close()


@pytest.fixture
def pipe(gateway: Gateway) -> Iterator[TcpPipe]:
    pipe = open_pipe(gateway.address, 115200, "card_reader")
    assert isinstance(pipe, TcpPipe)
    gateway.accept()
    yield pipe
    pipe.close()


def host(gateway: Gateway) -> socket.socket:
    assert gateway.host is not None
    return gateway.host


def failure(address: str) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as error:
        open_pipe(address, 9600, "card_reader")
    return type(error.value), error.value.code


def test_bytes_go_both_ways(gateway: Gateway, pipe: TcpPipe) -> None:
    every = bytes(range(256))
    pipe.send(every)
    assert host(gateway).recv(1000) == every
    host(gateway).sendall(every)
    assert pipe.receive(1.0) == every
    assert pipe.address == gateway.address
    pipe.set_rate(9600)
    assert not has_rate(pipe.address)


def test_receiving_keeps_its_limit(pipe: TcpPipe) -> None:
    begun = time.monotonic()
    assert pipe.receive(0.1) == b""
    assert pipe.receive(-1) == b""
    assert 0.09 < time.monotonic() - begun < 1


def test_purging_forgets(gateway: Gateway, pipe: TcpPipe) -> None:
    host(gateway).sendall(bytes(100_000))
    time.sleep(0.1)
    pipe.purge()
    assert pipe.receive(0.05) == b""


def test_purging_ends_though_bytes_never_do(gateway: Gateway, pipe: TcpPipe) -> None:
    over = threading.Event()
    line = host(gateway)

    def flood() -> None:
        with contextlib.suppress(OSError):
            while not over.is_set():
                line.sendall(bytes(1 << 16))

    flooding = threading.Thread(target=flood)
    flooding.start()
    alarm = threading.Timer(5.0, over.set)
    alarm.start()
    begun = time.monotonic()
    pipe.purge()
    took = time.monotonic() - begun
    over.set()
    pipe.close()
    alarm.cancel()
    flooding.join()
    alarm.join()
    assert took < 3


def test_a_gateway_that_takes_nothing_is_silent(pipe: TcpPipe, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pipe._socket is not None
    pipe._socket.settimeout(0.2)
    with pytest.raises(TimedOut) as error:
        for _ in range(100):
            pipe.send(bytes(1 << 20))
    assert error.value.code == "card_reader.silent"


@pytest.mark.parametrize("call", ["receive", "check", "purge", "send"])
def test_a_hang_up_is_missing_and_final(gateway: Gateway, pipe: TcpPipe, call: str) -> None:
    host(gateway).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    host(gateway).close()
    arguments = {"receive": (0.5,), "send": (b"x",)}.get(call, ())
    for _ in range(2):
        with pytest.raises(Missing) as error:
            getattr(pipe, call)(*arguments)
        assert error.value.code == "card_reader.unplugged"


def test_a_hang_up_behind_unread_bytes_is_noticed_by_check(gateway: Gateway, pipe: TcpPipe) -> None:
    pipe.check()
    host(gateway).sendall(b"last words")
    host(gateway).close()
    time.sleep(0.05)
    with pytest.raises(Missing):
        pipe.check()


def test_a_line_that_died_without_a_word_is_given_up_by_the_kernel(pipe: TcpPipe) -> None:
    connected = pipe._socket
    assert connected is not None
    seconds = connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    seconds += connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) * connected.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_KEEPCNT
    )
    assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert seconds <= tcp.HALF_OPEN_S
    assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == tcp.HALF_OPEN_S * 1000


def test_what_the_kernel_gave_up_is_missing(pipe: TcpPipe) -> None:
    class Dead:
        def sendall(self, data: bytes) -> None:
            raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

        def close(self) -> None:
            pass

    assert pipe._socket is not None
    pipe._socket.close()
    pipe._socket = Dead()  # type: ignore[assignment]
    with pytest.raises(Missing) as error:
        pipe.send(b"x")
    assert error.value.facts["errno"] == errno.ETIMEDOUT


def test_closing_twice_is_safe_and_then_it_is_missing(pipe: TcpPipe) -> None:
    pipe.close()
    pipe.close()
    with pytest.raises(Missing):
        pipe.receive(0.1)


def test_nobody_listening_is_missing(gateway: Gateway) -> None:
    gateway.close()
    assert failure(gateway.address) == (Missing, "card_reader.unplugged")


def test_nobody_answering_is_missing_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def hanging(place: tuple[str, int], limit: float) -> socket.socket:
        assert limit == tcp.CONNECT_LIMIT_S
        raise TimeoutError("timed out")

    monkeypatch.setattr("drivers.link.tcp.socket.create_connection", hanging)
    assert failure("tcp:127.0.0.1:4001") == (Missing, "card_reader.unplugged")


def test_a_firewall_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(place: tuple[str, int], limit: float) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("drivers.link.tcp.socket.create_connection", forbidden)
    assert failure("tcp:127.0.0.1:4001") == (Refused, "card_reader.permission")


@pytest.mark.parametrize(
    "address", ["tcp:", "tcp:127.0.0.1", "tcp:somewhere:4001", "tcp:127.0.0.1:0", "tcp:127.0.0.1:x"]
)
def test_what_is_no_address_is_unsupported(address: str) -> None:
    assert failure(address) == (Unsupported, "card_reader.not_a_port")


def test_version_6_addresses_are_taken_too() -> None:
    try:
        listening = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with listening:
        pipe = open_pipe(f"tcp:[::1]:{listening.getsockname()[1]}", 9600, "card_reader")
        pipe.check()
        pipe.close()
