"""The folder of country signers: certificates in both forms, master lists, revocations, and rubbish."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from drivers.capture import Authentic
from drivers.document import issue, states, tlv
from drivers.document.documentfile import DocumentFile
from drivers.document.issue import TestAuthority
from drivers.document.passive import authenticate
from drivers.document.signers import MASTER_LIST, SignerStore, _MasterList

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
AUTHORITY = TestAuthority(("UTO", "CHN"), now=NOW)
DER = serialization.Encoding.DER
GROUPS = issue.data_groups(
    DocumentFile(number="X1", surname="SPECIMEN", birth=date(1990, 2, 3), expiry=date(2031, 2, 3))
)


def der(state: str) -> bytes:
    return AUTHORITY.country_signers[state].certificate.public_bytes(DER)


def master_list(states_listed: tuple[str, ...], authority: TestAuthority = AUTHORITY) -> bytes:
    listed = [asn1_x509.Certificate.load(der(state)) for state in states_listed]
    content = _MasterList({"version": 0, "certificates": listed}).dump()
    return issue.sign(content, authority.document_signers["UTO"], "ecdsa", NOW, MASTER_LIST)


def revocation(issuer: str, serial: int, signed_by: TestAuthority = AUTHORITY) -> bytes:
    holder = signed_by.country_signers[issuer]
    row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(holder.certificate.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=90))
        .add_revoked_certificate(row)
    )
    return builder.sign(holder.key, hashes.SHA256()).public_bytes(DER)


def test_no_folder_is_an_empty_store(tmp_path):
    assert SignerStore.load(None) == SignerStore()
    assert SignerStore.load(tmp_path / "absent").problems == ("absent: no such folder",)
    assert SignerStore.load(tmp_path) == SignerStore()


def test_certificates_are_read_in_both_forms_and_from_folders_below(tmp_path):
    AUTHORITY.save(tmp_path)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one.der").write_bytes(der("UTO"))
    (tmp_path / "notes.txt").write_text("no certificate")
    store = SignerStore.load(tmp_path)
    assert store.countries() == {"UT", "CN"}
    assert len(store.anchors) == 2, "each once"
    assert store.problems == ()


def test_several_certificates_may_stand_in_one_file(tmp_path):
    pems = [
        each.certificate.public_bytes(serialization.Encoding.PEM)
        for each in AUTHORITY.country_signers.values()
    ]
    (tmp_path / "all.pem").write_bytes(b"\n".join(pems))
    assert SignerStore.load(tmp_path).countries() == {"UT", "CN"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", bytes(500)],
)
@pytest.mark.parametrize("name", ["bad.pem", "bad.crt", "bad.ml", "bad.crl"])
def test_rubbish_is_a_problem_that_leaves_the_others_in_use(name, content, tmp_path):
    AUTHORITY.save(tmp_path)
    (tmp_path / name).write_bytes(content)
    store = SignerStore.load(tmp_path)
    assert store.countries() == {"UT", "CN"}
    assert [problem.split(":")[0] for problem in store.problems] == [name]


def test_a_document_signer_in_the_folder_is_no_country_signer(tmp_path):
    signer = AUTHORITY.document_signers["UTO"].certificate
    (tmp_path / "signer.cer").write_bytes(signer.public_bytes(DER))
    store = SignerStore.load(tmp_path)
    assert store.anchors == ()
    assert len(store.others) == 1
    assert authenticate(AUTHORITY.sod(GROUPS, "UTO"), GROUPS, store, NOW)[0] is Authentic.NOT_VERIFIED


def test_a_master_list_is_read_when_its_signature_holds(tmp_path):
    (tmp_path / "world.ml").write_bytes(master_list(("UTO", "CHN")))
    store = SignerStore.load(tmp_path)
    assert store.countries() == {"UT", "CN"}
    assert authenticate(AUTHORITY.sod(GROUPS, "UTO"), GROUPS, store, NOW) == (Authentic.VERIFIED, ())


def test_a_master_list_that_was_altered_is_not_read(tmp_path):
    good = master_list(("UTO",))
    inside = good.index(der("UTO")) + 200
    (tmp_path / "world.ml").write_bytes(good[:inside] + bytes([good[inside] ^ 1]) + good[inside + 1 :])
    store = SignerStore.load(tmp_path)
    assert store.anchors == ()
    assert len(store.problems) == 1


def test_another_signed_message_is_no_master_list(tmp_path):
    (tmp_path / "world.ml").write_bytes(tlv.only(AUTHORITY.sod(GROUPS, "UTO"), 0x77))
    assert SignerStore.load(tmp_path).problems == ("world.ml: a signed message, but no master list",)


def test_a_revoked_signer_vouches_for_nothing(tmp_path):
    AUTHORITY.save(tmp_path)
    serial = AUTHORITY.document_signers["UTO"].certificate.serial_number
    (tmp_path / "other.crl").write_bytes(revocation("UTO", serial + 1))
    sod = AUTHORITY.sod(GROUPS, "UTO")
    assert authenticate(sod, GROUPS, SignerStore.load(tmp_path), NOW)[0] is Authentic.VERIFIED
    (tmp_path / "utopia.crl").write_bytes(revocation("UTO", serial))
    verdict = authenticate(sod, GROUPS, SignerStore.load(tmp_path), NOW)
    assert verdict == (Authentic.FAILED, ("document.auth.signer_revoked",))


def test_a_revocation_by_the_countrys_newer_key_is_heard(tmp_path):
    AUTHORITY.save(tmp_path / "before")
    after = TestAuthority(("UTO",), now=NOW)
    after.save(tmp_path / "after")
    serial = AUTHORITY.document_signers["UTO"].certificate.serial_number
    (tmp_path / "utopia.crl").write_bytes(revocation("UTO", serial, after))
    verdict = authenticate(AUTHORITY.sod(GROUPS, "UTO"), GROUPS, SignerStore.load(tmp_path), NOW)
    assert verdict == (Authentic.FAILED, ("document.auth.signer_revoked",))


def test_a_revocation_that_the_country_did_not_sign_is_not_heard(tmp_path):
    AUTHORITY.save(tmp_path)
    serial = AUTHORITY.document_signers["UTO"].certificate.serial_number
    stranger = TestAuthority(("UTO",), now=NOW)
    (tmp_path / "stranger.crl").write_bytes(revocation("UTO", serial, stranger))
    assert (
        authenticate(AUTHORITY.sod(GROUPS, "UTO"), GROUPS, SignerStore.load(tmp_path), NOW)[0]
        is Authentic.VERIFIED
    )


def test_two_country_signers_of_one_name_are_both_tried(tmp_path):
    before = TestAuthority(("UTO",), now=NOW)
    before.save(tmp_path / "before")
    AUTHORITY.save(tmp_path / "after")
    store = SignerStore.load(tmp_path)
    for authority in (before, AUTHORITY):
        assert authenticate(authority.sod(GROUPS, "UTO"), GROUPS, store, NOW) == (Authentic.VERIFIED, ())


def test_states_and_countries():
    assert states.countries("D") == {"DE"}
    assert states.countries("CHE") == {"CH"}
    assert states.countries("CHN") >= {"CN"}
    assert states.countries("GBR") == {"GB"}
    assert states.countries("QQQ") == frozenset()
    known = [state for state in states._TABLE if len(state) == 3]
    assert len(known) > 255
    assert all(len(code) == 2 for codes in states._TABLE.values() for code in codes)


def test_the_certificates_of_the_test_authority_say_so():
    for holder in (*AUTHORITY.country_signers.values(), *AUTHORITY.document_signers.values()):
        assert "TEST" in holder.certificate.subject.rfc4514_string()
