"""The way to the centre: every failure by its own code, and nothing believed that the centre did not sign."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sync.centre.desk import Desk, open_desk
from sync.centre.door import StoredRecord, authorization, question_bytes
from sync.centre.embedded import RunningCentre
from sync.records import Outcome
from sync.transports import Refused, Unreachable
from sync.transports.http import HttpTransport
from sync.transports.line import Address, Line
from sync.transports.loopback import LoopbackTransport

QUICK = {"connect_seconds": 1.0, "answer_seconds": 0.5}


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Unreachable) as caught:
        work()
    return caught.value.code


def at(url: str, till: Any, **options: Any) -> HttpTransport:
    return HttpTransport(Address(url, **options), till.identity, till.terminal_id, till.keys)


def in_json(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def changed(body: bytes) -> bytes:
        value = json.loads(body)
        change(value)
        return json.dumps(value).encode()

    return changed


def test_everything_goes_through(transport: HttpTransport, online: Any) -> None:
    hello = transport.hello()
    assert hello.identity == online.identity
    envelopes = [online.envelope() for _ in range(3)]
    assert [transport.send(one).outcome for one in envelopes] == [Outcome.ACCEPTED] * 3
    assert transport.send(envelopes[0]).outcome is Outcome.ALREADY_HAVE
    assert transport.send_audit(online.upload()).seq == 3
    counts = transport.counts()
    assert (counts.records, counts.audit_seq) == (3, 3)
    assert transport.record_ids() == tuple(sorted(one.record.id for one in envelopes))


def test_ids_come_in_pages(
    transport: HttpTransport, online: Any, monkeypatch: pytest.MonkeyPatch, desk: Desk, till: Any
) -> None:
    monkeypatch.setattr("sync.centre.desk.PAGE_SIZE", 2)
    ids = sorted(desk.take_record(till.envelope()).record_id for _ in range(5))
    assert LoopbackTransport(desk, till.identity, till.terminal_id, till.keys).record_ids() == tuple(ids)


def test_one_terminal_does_not_read_anothers(
    transport: HttpTransport, centre: RunningCentre, online: Any
) -> None:
    imposter = HttpTransport(Address(centre.url), online.identity, "T-somebody", online.keys)
    assert code_of(imposter.counts) == "centre.unknown_terminal"
    imposter.close()


def test_a_terminal_reads_its_own_records_and_no_others(
    centre: RunningCentre, online: Any, transport: HttpTransport, new_till: Callable[..., Any]
) -> None:
    envelope = online.envelope()
    receipt = transport.send(envelope)

    def ask(path: str, till: Any, signed: str | None = None) -> httpx.Response:
        signature = till.keys.sign(question_bytes(till.terminal_id, signed or path))
        headers = {"authorization": authorization(till.terminal_id, signature)}
        return httpx.get(centre.url + path, headers=headers)

    path = f"/v1/records/{envelope.record.id}"
    stored = StoredRecord.model_validate_json(ask(path, online).text)
    assert (stored.record, stored.receipt, stored.audit) == (envelope.record, receipt, envelope.audit)
    desk = open_desk(centre.folder)
    other = new_till(desk, f"{online.terminal_id}-b")
    desk.close()
    for asked, till, signed, code in (
        (path, other, None, "centre.not_yours"),
        (f"/v1/counts/{online.terminal_id}", other, None, "centre.not_yours"),
        (path, online, "/v1/records/else", "centre.bad_signature"),
        ("/v1/records/none", online, None, "centre.not_found"),
    ):
        assert ask(asked, till, signed).json()["code"] == code


@pytest.mark.parametrize(
    ("change", "arrived"),
    [
        (lambda e: e["record"]["body"].update(decision="refuse"), "centre.bad_digest"),
        (lambda e: e["record"].update(at="2026-11-21T08:00:00.001Z"), "centre.bad_digest"),
        (lambda e: e["record"].update(simulated=False), "centre.bad_digest"),
        (lambda e: e["record"].update(unheard_of=1), "centre.malformed"),
        (lambda e: e["audit"].update(at="2026-11-21T08:00:00.001Z"), "centre.bad_audit_hash"),
        (
            lambda e: e.update(signature=e["signature"][:10] + "AAAA" + e["signature"][14:]),
            "centre.bad_signature",
        ),
        (lambda e: e["evidence"][0].update(blob="AAAA"), "centre.evidence_altered"),
        (lambda e: e["evidence"].pop(), "centre.evidence_missing"),
    ],
)
def test_what_is_altered_on_the_way_there_is_told_from_a_bad_record(
    centre: RunningCentre,
    online: Any,
    spoiled_line: Callable[..., Any],
    change: Callable[[dict[str, Any]], None],
    arrived: str,
) -> None:
    envelope = online.envelope()
    with spoiled_line(centre.url, request=in_json(change)) as url:
        transport = at(url, online)
        with pytest.raises(Unreachable) as caught:
            transport.send(envelope)
        transport.close()
    assert (caught.value.code, caught.value.facts["arrived"]) == ("net.altered", arrived)
    transport = at(centre.url, online)
    assert transport.send(envelope).outcome is Outcome.ACCEPTED
    transport.close()


def test_a_record_that_is_bad_at_home_is_rejected(transport: HttpTransport, online: Any) -> None:
    envelope = online.envelope()
    spoiled = envelope.model_copy(update={"signature": bytes(64)})
    receipt = transport.send(spoiled)
    assert (receipt.outcome, receipt.reason) == (Outcome.REJECTED, "centre.bad_signature")


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(outcome="already_have"),
        lambda r: r.update(record_id="0193e9a0-0000-7000-8000-000000000000"),
        lambda r: r.update(record_sha256="0" * 64),
        lambda r: r.update(at="2027-01-01T00:00:00.000Z"),
        lambda r: r.update(centre_id="centre-other"),
        lambda r: r.update(signature="AAAA"),
        lambda r: r.update(outcome="rejected", reason="centre.simulated"),
    ],
)
def test_an_altered_receipt_is_not_believed(
    centre: RunningCentre,
    online: Any,
    spoiled_line: Callable[..., Any],
    change: Callable[[dict[str, Any]], None],
) -> None:
    with spoiled_line(centre.url, answer=in_json(change)) as url:
        transport = at(url, online)
        assert code_of(lambda: transport.send(online.envelope())) == "net.bad_receipt"
        transport.close()


def test_a_receipt_of_another_record_is_not_believed(
    centre: RunningCentre, online: Any, transport: HttpTransport, spoiled_line: Callable[..., Any]
) -> None:
    genuine = transport.send(online.envelope()).model_dump_json().encode()
    with spoiled_line(centre.url, answer=lambda _: genuine) as url:
        replayed = at(url, online)
        assert code_of(lambda: replayed.send(online.envelope())) == "net.bad_receipt"
        replayed.close()


def test_an_altered_audit_line_or_countersignature_is_named(
    centre: RunningCentre, online: Any, spoiled_line: Callable[..., Any]
) -> None:
    online.log("terminal.started")
    online.log("case.step")
    with spoiled_line(centre.url, request=in_json(lambda u: u["lines"][1].update(kind="x"))) as url:
        transport = at(url, online)
        with pytest.raises(Refused) as caught:
            transport.send_audit(online.upload())
        transport.close()
    assert (caught.value.code, caught.value.facts["seq"]) == ("centre.bad_audit_hash", 2)
    with spoiled_line(centre.url, answer=in_json(lambda r: r.update(seq=1))) as url:
        transport = at(url, online)
        assert code_of(lambda: transport.send_audit(online.upload())) == "net.bad_receipt"
        transport.close()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "net.captive"),
        ({"kind": "application/json"}, "net.captive"),
        ({"kind": "application/json", "text": b"{}"}, "net.captive"),
        ({"status": 302}, "net.captive"),
        ({"status": 403}, "net.captive"),
        ({"status": 407}, "net.captive"),
        ({"status": 400, "kind": "application/json", "text": b'{"code": "other.code"}'}, "net.captive"),
        ({"kind": "application/json", "text": b" " * (5 << 20)}, "net.captive"),
        ({"status": 500}, "centre.unavailable"),
        ({"status": 502}, "centre.unavailable"),
        ({"status": 503}, "centre.unavailable"),
        ({"status": 429}, "centre.unavailable"),
        ({"seconds": 1.2}, "net.timeout"),
    ],
)
def test_others_who_answer_are_not_the_centre(
    online: Any, stranger: Callable[..., Any], options: dict[str, Any], code: str
) -> None:
    with stranger(**options) as url:
        transport = at(url, online, **QUICK)
        assert code_of(lambda: transport.send(online.envelope())) == code
        transport.close()


def test_a_greeting_must_be_signed_for_us(
    centre: RunningCentre,
    online: Any,
    transport: HttpTransport,
    spoiled_line: Callable[..., Any],
    other_centre: RunningCentre,
) -> None:
    replay = transport.hello().model_dump_json().encode()
    with spoiled_line(centre.url, answer=lambda _: replay) as url:
        replayed = at(url, online)
        assert code_of(replayed.hello) == "net.captive"
        replayed.close()
    changed = at(other_centre.url, online)
    assert code_of(changed.hello) == "centre.identity_changed"
    assert code_of(lambda: changed.send(online.envelope())) == "centre.unknown_terminal"
    changed.close()


def test_nobody_there_and_nobody_answering(online: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        nobody = at(f"http://127.0.0.1:{port}", online, **QUICK)
        assert code_of(nobody.hello) == "net.unreachable"
        nobody.close()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        mute = at(f"http://127.0.0.1:{silent.getsockname()[1]}", online, **QUICK)
        begin = time.monotonic()
        assert code_of(mute.hello) == "net.timeout"
        assert time.monotonic() - begin < 2
        mute.close()


def test_an_answer_that_drips_is_cut_off(online: Any) -> None:
    """Each byte comes within the read limit; the whole does not."""
    script = (
        "import socket,time\n"
        "s=socket.create_server(('127.0.0.1',0)); print(s.getsockname()[1],flush=True)\n"
        "c,_=s.accept(); c.recv(65536)\n"
        "c.sendall(b'HTTP/1.1 200 OK\\r\\ncontent-length: 100\\r\\n\\r\\n')\n"
        "for _ in range(100):\n"
        "    time.sleep(0.2)\n"
        "    try: c.sendall(b' ')\n"
        "    except OSError: break\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        slow = at(f"http://127.0.0.1:{port}", online, **QUICK)
        begin = time.monotonic()
        assert code_of(slow.hello) == "net.timeout"
        assert time.monotonic() - begin < 3
        slow.close()
        server.kill()


def test_a_name_that_does_not_resolve(online: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    lost = at("https://centre.bank.example", online, **QUICK)
    assert code_of(lost.hello) == "net.dns"
    lost.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://centre.bank.example", "net.insecure"),
        ("http://10.0.0.7:8000", "net.insecure"),
        ("http://127.0.0.1.bank.example", "net.insecure"),
        ("http://localhost.bank.example", "net.insecure"),
        ("http://[::ffff:10.0.0.7]", "net.insecure"),
        ("ftp://127.0.0.1", "net.bad_address"),
        ("127.0.0.1:80", "net.bad_address"),
        ("", "net.bad_address"),
        ("http://", "net.bad_address"),
    ],
)
def test_plain_http_is_only_for_this_machine(url: str, code: str) -> None:
    assert code_of(lambda: Line(Address(url))) == code


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.8.9.1"]
)
def test_this_machine_is_recognised(url: str) -> None:
    Line(Address(url)).close()


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._signed(self._subject, self._key, ca=True).public_bytes(Encoding.PEM))

    def issue(self, name: str) -> Path:
        """Certificate and key in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        file = self._folder / f"{self._name}-{name}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(self._signed(subject, key, ca=False).public_bytes(Encoding.PEM) + private)
        return file

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .sign(self._key, hashes.SHA256())
        )


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[str, Authority]]:
    """A centre behind TLS that wants a client certificate."""
    authority = Authority(tmp_path, "bank")
    door = authority.issue("centre")
    command = [
        sys.executable,
        "-m",
        "sync.centre",
        "serve",
        "--print-ready",
        "--data",
        str(tmp_path / "data"),
    ]
    tls = ["--tls-cert", str(door), "--tls-key", str(door), "--client-ca", str(authority.file)]
    with subprocess.Popen([*command, *tls, "--follow-parent"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"], authority
        process.terminate()


def test_mutual_tls(secured: tuple[str, Authority], tmp_path: Path, online: Any) -> None:
    url, authority = secured
    mine = authority.issue("terminal")
    foreign = Authority(tmp_path, "elsewhere")
    good = at(url, online, ca_file=authority.file, client_cert=mine)
    # Another centre than the pinned one, but the line holds.
    assert code_of(good.hello) == "centre.identity_changed"
    good.close()
    for options in (
        {"ca_file": authority.file},
        {"ca_file": authority.file, "client_cert": foreign.issue("terminal")},
        {"ca_file": foreign.file, "client_cert": mine},
        {"client_cert": mine},
    ):
        bad = at(url, online, **options)
        assert code_of(bad.hello) == "net.tls"
        bad.close()
    assert code_of(lambda: Line(Address(url, ca_file=tmp_path / "none.pem"))) == "net.tls"
    assert code_of(lambda: Line(Address(url, client_cert=authority.file))) == "net.tls"
    assert ssl.HAS_TLSv1_3


def test_loopback_is_as_strict(desk: Desk, till: Any) -> None:
    loopback = LoopbackTransport(desk, till.identity, till.terminal_id, till.keys)
    assert loopback.hello().identity == desk.keys.identity
    assert loopback.send(till.envelope()).outcome is Outcome.ACCEPTED
    assert loopback.send_audit(till.upload()).seq == 1
    assert loopback.counts().records == 1
    loopback.down = "net.unreachable"
    assert code_of(loopback.hello) == "net.unreachable"
    loopback.down = None
    with pytest.raises(Refused, match=r"centre\.audit_gap"):
        loopback.send_audit(till.upload_of((till.log("a"), till.log("b"))[1:]))
    loopback.close()
