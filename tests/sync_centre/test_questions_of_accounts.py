"""The centre's other answers: accounts, risk, ownership, codes, tokens and certificates."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sync import questions as ask
from sync.answers import AccountClass, AccountState, FreezeKind, Proof, Risk
from sync.centre.desk import Desk
from sync.records import sha256
from sync.transports.loopback import LoopbackTransport

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
TABLE = """
[[people]]
number = "110000198803124413"
name = "苏小兰"
risk = "medium"
assessed_on = 2026-03-02
phones = { "13000000001" = "246810" }
tokens = { "T-0001" = "731964" }
certificates = { "GOOD" = true, "REVOKED" = false, "OLD" = true }
[[people.accounts]]
number = "6200000000000000011"
class = 1
state = "lost"
opened_on = 2010-06-30
branch = "示例市虚构支行"
loss = { reported_on = 2026-11-20, valid_until = 2026-12-05 }
[[people.accounts]]
number = "6200000000000000052"
class = 2
state = "frozen"
opened_on = 2018-02-14
branch = "示例市虚构支行"
freezes = [{ kind = "own_wish", since = 2026-10-01 }]
[[people.accounts]]
number = "6200000000000000060"
class = 1
state = "closed"
opened_on = 2009-01-01
branch = "示例市虚构支行"
[[people]]
number = "420000197006153316"
name = "何安"
"""
LAN = ask.Subject(document=ask.DocumentKind.RESIDENT, number="110000198803124413", name="苏小兰")
AN = ask.Subject(document=ask.DocumentKind.RESIDENT, number="420000197006153316", name="何安")
STRANGER = LAN.model_copy(update={"name": "苏晓兰"})
WHO: dict[str, Any] = {"operator_id": "1024", "case_id": "K7Q2"}
PHONE = "13000000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of `desk`, with the table in it."""
    (tmp_path / "centre").mkdir(exist_ok=True)
    (tmp_path / "centre" / "population.toml").write_text(TABLE, "utf-8")
    return tmp_path / "centre"


class Clock:
    """The centre's."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def way(desk: Desk, till: Any, folder: Path, clock: Clock) -> LoopbackTransport:
    later = Desk(desk.book, desk.keys, clock, desk.answers)
    return LoopbackTransport(later, till.identity, till.terminal_id, till.keys)


def test_accounts_are_told_masked_and_only_of_who_they_belong_to(way: LoopbackTransport) -> None:
    held = way.ask(ask.AccountsHeld(subject=LAN, **WHO), NOW).answer
    assert held.count(AccountClass.ONE) == 1
    assert held.count(AccountClass.TWO) == 1
    assert held.accounts[0].number_masked == "*" * 15 + "0011"
    for subject in (AN, STRANGER):
        assert way.ask(ask.AccountsHeld(subject=subject, **WHO), NOW).answer.accounts == ()


def test_how_an_account_stands(way: LoopbackTransport) -> None:
    def standing(account: str) -> Any:
        return way.ask(ask.AccountStanding(account=account, **WHO), NOW).answer

    lost = standing("6200000000000000011")
    assert (lost.known, lost.state) == (True, AccountState.LOST)
    assert lost.loss.valid_until == date(2026, 12, 5)
    frozen = standing("6200000000000000052")
    assert [each.kind for each in frozen.freezes] == [FreezeKind.OWN_WISH]
    assert standing("6200000000000000999").known is False


def test_risk_comes_with_its_date_or_not_at_all(way: LoopbackTransport) -> None:
    told = way.ask(ask.RiskOf(subject=LAN, **WHO), NOW).answer
    assert (told.risk, told.assessed_on) == (Risk.MEDIUM, date(2026, 3, 2))
    for subject in (AN, STRANGER):
        told = way.ask(ask.RiskOf(subject=subject, **WHO), NOW).answer
        assert (told.risk, told.assessed_on) == (None, None)


@pytest.mark.parametrize(
    ("question", "proof"),
    [
        (ask.PhoneOwner(subject=LAN, phone=PHONE, **WHO), Proof.PROVEN),
        (ask.PhoneOwner(subject=AN, phone=PHONE, **WHO), Proof.NOT_PROVEN),
        (ask.PhoneOwner(subject=STRANGER, phone=PHONE, **WHO), Proof.UNKNOWN),
        (ask.AccountOwner(subject=LAN, account="6200000000000000052", **WHO), Proof.PROVEN),
        (ask.AccountOwner(subject=AN, account="6200000000000000052", **WHO), Proof.NOT_PROVEN),
        (ask.AccountOwner(subject=AN, account="6200000000000000999", **WHO), Proof.UNKNOWN),
        (ask.TokenCheck(subject=LAN, token="T-0001", code="731964", **WHO), Proof.PROVEN),
        (ask.TokenCheck(subject=LAN, token="T-0001", code="731965", **WHO), Proof.NOT_PROVEN),
        (ask.TokenCheck(subject=AN, token="T-0001", code="731964", **WHO), Proof.NOT_PROVEN),
    ],
)
def test_what_is_claimed_is_proven_only_for_its_owner(
    way: LoopbackTransport, question: ask.Question[Any], proof: Proof
) -> None:
    assert way.ask(question, NOW).answer.proof is proof


def send(way: LoopbackTransport, phone: str = PHONE) -> ask.SendCode:
    question = ask.SendCode(subject=LAN, phone=phone, **WHO)
    way.ask(question, NOW)
    return question


def tell(way: LoopbackTransport, about: str, code: str = "246810") -> Proof:
    question = ask.CodeCheck(about=about, subject=LAN, phone=PHONE, code=code, **WHO)
    return way.ask(question, NOW).answer.proof


def test_a_code_is_good_once(way: LoopbackTransport) -> None:
    sent = send(way)
    assert tell(way, sent.id, "111111") is Proof.NOT_PROVEN
    assert tell(way, sent.id) is Proof.PROVEN
    assert tell(way, sent.id) is Proof.EXPIRED


def test_a_code_is_good_for_three_tries(way: LoopbackTransport) -> None:
    sent = send(way)
    assert [tell(way, sent.id, f"00000{at}") for at in range(3)] == [Proof.NOT_PROVEN] * 3
    assert tell(way, sent.id) is Proof.EXPIRED


def test_a_code_is_good_for_its_time(way: LoopbackTransport, clock: Clock) -> None:
    sent = send(way)
    clock.now = NOW + timedelta(seconds=121)
    assert tell(way, sent.id) is Proof.EXPIRED


def test_a_code_that_was_not_sent_proves_nothing(way: LoopbackTransport) -> None:
    assert way.ask(ask.SendCode(subject=LAN, phone="13999999999", **WHO), NOW).answer.sent is False
    unsent = send(way, "13999999999")
    for about in (unsent.id, ask.SendCode(subject=LAN, phone=PHONE, **WHO).id):
        assert tell(way, about) is Proof.UNKNOWN


def certificate(key: ec.EllipticCurvePrivateKey, ends: timedelta = timedelta(days=30)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + ends)
        .sign(key, SHA256())
        .public_bytes(Encoding.DER)
    )


def test_a_certificate_is_proven_by_its_owner_key_and_time(way: LoopbackTransport, folder: Path) -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    good, revoked, old = certificate(key), certificate(key), certificate(key, timedelta(days=-2))
    text = TABLE.replace("REVOKED", sha256(revoked)).replace("GOOD", sha256(good)).replace("OLD", sha256(old))
    (folder / "population.toml").write_text(text, "utf-8")

    def proof(der: bytes, signer: ec.EllipticCurvePrivateKey, subject: ask.Subject = LAN) -> Proof:
        challenge = os.urandom(32)
        question = ask.CertificateCheck(
            subject=subject,
            certificate=der,
            challenge=challenge,
            signature=signer.sign(challenge, ec.ECDSA(SHA256())),
            **WHO,
        )
        return way.ask(question, NOW).answer.proof

    assert proof(good, key) is Proof.PROVEN
    assert proof(good, other) is Proof.NOT_PROVEN
    assert proof(revoked, key) is Proof.EXPIRED
    assert proof(old, key) is Proof.EXPIRED
    assert proof(certificate(key), key) is Proof.NOT_PROVEN
    assert proof(good, key, AN) is Proof.NOT_PROVEN


def test_every_question_goes_there_and_back_as_json() -> None:
    subject = {"document": "resident", "number": "1", "name": "a"}
    for kind in ("online_check", "accounts_held", "risk_of"):
        read = ask.QUESTIONS.validate_python({"kind": kind, "subject": subject, **WHO})
        assert ask.QUESTIONS.validate_json(read.model_dump_json()) == read
    with pytest.raises(ValueError, match="does not match"):
        ask.QUESTIONS.validate_python({"kind": "favourite_colour", "subject": subject, **WHO})
