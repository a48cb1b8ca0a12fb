"""A line to a centre over HTTP: one question, one answer, and a code for everything that can come between."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import httpx
from pydantic import ValidationError

from sync.centre.door import Problem
from sync.centre.errors import Code
from sync.records import Wire
from sync.transports import Refused, Unreachable

W = TypeVar("W", bound=Wire)

ANSWER_BYTES_LIMIT = 4 << 20
KEEP_ALIVE_SECONDS = 5
"""Less than any server's, so that no request meets a connection just being closed."""
JSON = "application/json"
HTTPS_PORT = 443
HANG_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where the centre is, and how the line is secured."""

    url: str
    """``https://…``; plain ``http://`` only to this machine itself."""
    ca_file: Path | None = None
    """Authorities that the centre's certificate must descend from, PEM; None: the system's."""
    client_cert: Path | None = None
    """This terminal's certificate, PEM, for mutual TLS; may hold the key, too."""
    client_key: Path | None = None
    connect_seconds: float = 5.0
    answer_seconds: float = 15.0


class Line:
    """An HTTP client for one centre; goes through no proxy and follows no redirect."""

    def __init__(self, address: Address) -> None:
        """Unreachable ``net.bad_address``, ``net.insecure``, ``net.tls`` when the address cannot be used."""
        self.address = address
        url = _checked(address.url)
        self._url = url
        self._security = _security(address) if url.scheme == "https" else None
        self._client = httpx.Client(
            base_url=url,
            verify=self._security or False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(address.answer_seconds, connect=address.connect_seconds),
            limits=httpx.Limits(max_connections=4, keepalive_expiry=KEEP_ALIVE_SECONDS),
            headers={"accept": JSON, "user-agent": "renzheng"},
        )

    def get(
        self,
        answer: type[W],
        path: str,
        query: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> W:
        """Ask for `path`; Unreachable or Refused when there is no `answer`."""
        headers = {} if authorization is None else {"authorization": authorization}
        request = self._client.build_request("GET", path, params=dict(query or {}), headers=headers)
        return _parsed(answer, self._ask(request))

    def post(self, answer: type[W], path: str, value: Wire, seconds: float | None = None) -> W:
        """Hand over `value`; Unreachable or Refused when there is no `answer` (in `seconds`)."""
        body = value.model_dump_json(by_alias=True).encode()
        wait = self.address.answer_seconds if seconds is None else seconds
        request = self._client.build_request(
            "POST",
            path,
            content=body,
            headers={"content-type": JSON},
            timeout=httpx.Timeout(wait, connect=min(wait, self.address.connect_seconds)),
        )
        return _parsed(answer, self._ask(request, wait))

    def close(self) -> None:
        """Let go of connections; safe twice."""
        self._client.close()

    def _ask(self, request: httpx.Request, seconds: float | None = None) -> bytes:
        wait = self.address.answer_seconds if seconds is None else seconds
        limit = time.monotonic() + self.address.connect_seconds + wait
        with self._named(), _streamed(self._client, request) as response:
            parts: list[bytes] = []
            for part in response.iter_bytes():
                parts.append(part)
                if sum(map(len, parts)) > ANSWER_BYTES_LIMIT:
                    raise Unreachable("net.captive", reason="answer too long")
                if time.monotonic() > limit:
                    raise Unreachable("net.timeout", limit_s=round(wait))
            body = b"".join(parts)
        _check_status(response, body)
        return body

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Give every fault of the line its code."""
        try:
            yield
        except httpx.TimeoutException as fault:
            raise Unreachable("net.timeout", phase=type(fault).__name__) from fault
        except httpx.DecodingError as fault:
            raise Unreachable("net.captive", reason="encoding") from fault
        except httpx.TransportError as fault:
            self._name(fault)

    def _name(self, fault: httpx.TransportError) -> NoReturn:
        causes = list(_causes(fault))
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            raise Unreachable("net.dns") from fault
        refused = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
        if refused is not None:
            reason = getattr(refused, "verify_message", "") or refused.reason or "TLS"
            raise Unreachable("net.tls", reason=reason) from fault
        if not isinstance(fault, httpx.ConnectError) and self._turned_away():
            raise Unreachable("net.tls", reason="hangs up after the handshake: our certificate?") from fault
        raise Unreachable("net.unreachable", phase=type(fault).__name__) from fault

    def _turned_away(self) -> bool:
        """True when the centre hangs up before anything is asked.

        In TLS 1.3 a server judges a client's certificate after the handshake, and many just hang up.
        """
        if self._security is None:
            return False
        place = (self._url.host, self._url.port or HTTPS_PORT)
        try:
            with (
                socket.create_connection(place, self.address.connect_seconds) as plain,
                self._security.wrap_socket(plain, server_hostname=self._url.host) as secure,
            ):
                secure.settimeout(HANG_UP_SECONDS)
                return _hangs_up(secure)
        except OSError:
            return False


def _hangs_up(secure: ssl.SSLSocket) -> bool:
    try:
        return secure.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@contextmanager
def _streamed(client: httpx.Client, request: httpx.Request) -> Iterator[httpx.Response]:
    response = client.send(request, stream=True)
    try:
        yield response
    finally:
        response.close()


def _causes(fault: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = fault
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _check_status(response: httpx.Response, body: bytes) -> None:
    """Return for an answer; Unreachable or Refused for everything else."""
    status = response.status_code
    if status >= 500 or status == 429:
        raise Unreachable("centre.unavailable", status=status)
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind != JSON or not (200 <= status < 300 or status >= 400):
        raise Unreachable("net.captive", status=status, content_type=kind[:40])
    if status < 300:
        return
    problem = _parsed(Problem, body)
    if problem.code == Code.UNKNOWN_TERMINAL.value:
        raise Unreachable(problem.code)
    if problem.code == Code.SLOW_REQUEST.value:
        raise Unreachable("net.timeout", phase="sending")
    if not problem.code.startswith("centre."):
        raise Unreachable("net.captive", status=status)
    raise Refused(problem.code, **problem.facts)


def _parsed(answer: type[W], body: bytes) -> W:
    try:
        return answer.model_validate_json(body)
    except ValidationError:
        # Without the cause: it quotes the answer.
        raise Unreachable("net.captive", reason=f"no {answer.__name__}") from None


def _checked(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError) as fault:
        raise Unreachable("net.bad_address") from fault
    if url.scheme not in ("http", "https") or not url.host:
        raise Unreachable("net.bad_address")
    if url.scheme == "http" and not _is_this_machine(url.host):
        raise Unreachable("net.insecure")
    return url


def _is_this_machine(host: str) -> bool:
    """True for loopback addresses and the name that RFC 6761 keeps for them."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _security(address: Address) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=address.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if address.client_cert is not None:
            context.load_cert_chain(address.client_cert, address.client_key)
    except (OSError, ssl.SSLError) as fault:
        raise Unreachable("net.tls", reason="certificate files unusable") from fault
    return context
