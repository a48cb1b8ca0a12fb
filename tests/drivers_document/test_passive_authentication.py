"""Passive authentication: genuine documents hold; every forgery we know of is told, with the right reason."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.capture import Authentic
from drivers.document import cms, issue, tlv
from drivers.document.documentfile import DocumentFile
from drivers.document.issue import Holder, TestAuthority
from drivers.document.passive import SECURITY_OBJECT, authenticate
from drivers.document.signers import SignerStore

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
METHODS = ("ecdsa", "brainpool", "rsa", "pss")
PERSON = DocumentFile(
    number="X1234567",
    surname="SPECIMEN",
    given_names="ALEX",
    birth=date(1990, 2, 3),
    expiry=date(2031, 2, 3),
    native_name="样本",
)
OTHER = PERSON.model_copy(update={"number": "X7654321", "surname": "STRANGER"})
GROUPS = issue.data_groups(PERSON)
AUTHORITY = TestAuthority(now=NOW)
SIGNER = AUTHORITY.document_signers["UTO"]


@pytest.fixture
def store(tmp_path) -> SignerStore:
    return store_of(AUTHORITY, tmp_path)


def store_of(authority: TestAuthority, folder) -> SignerStore:
    authority.save(folder)
    store = SignerStore.load(folder)
    assert store.problems == ()
    return store


def sod_of(
    content: bytes, holder: Holder = SIGNER, at: datetime = NOW, content_type: str = SECURITY_OBJECT
) -> bytes:
    return tlv.encode(0x77, issue.sign(content, holder, "ecdsa", at, content_type))


def changed(sod: bytes, change) -> bytes:
    """The same EF.SOD after `change` was applied to its SignedData."""
    message = asn1_cms.ContentInfo.load(tlv.only(sod, 0x77))
    change(message["content"])
    return tlv.encode(0x77, message.dump(force=True))


def certificate(key: Holder, issuer: Holder, **changes) -> Holder:
    """A document signer with something about it that should not be."""
    given = {
        "subject": issue._name("UT", "TEST document signer"),
        "issuer": issuer.certificate.subject,
        "begins": NOW - timedelta(days=1),
        "ends": NOW + timedelta(days=4000),
        "usage": issue._usage(digital_signature=True),
        **changes,
    }
    builder = (
        x509.CertificateBuilder()
        .subject_name(given["subject"])
        .issuer_name(given["issuer"])
        .public_key(key.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(given["begins"])
        .not_valid_after(given["ends"])
    )
    if given["usage"] is not None:
        builder = builder.add_extension(given["usage"], critical=True)
    for extension in given.get("extensions", ()):
        builder = builder.add_extension(extension, critical=True)
    return Holder(builder.sign(issuer.key, hashes.SHA256()), key.key)


def judge(sod: bytes, store: SignerStore, groups=GROUPS, now: datetime = NOW):
    verdict, reasons = authenticate(sod, groups, store, now)
    assert all(reason.startswith("document.auth.") for reason in reasons)
    return verdict, tuple(reason.removeprefix("document.auth.") for reason in reasons)


@pytest.mark.parametrize("method", METHODS)
def test_a_genuine_document_is_verified(method, tmp_path):
    authority = TestAuthority(("UTO",), method, NOW)
    assert judge(authority.sod(GROUPS, "UTO"), store_of(authority, tmp_path)) == (Authentic.VERIFIED, ())


def test_groups_that_were_not_read_are_no_matter(store):
    sod = AUTHORITY.sod(GROUPS, "UTO")
    assert judge(sod, store, {1: GROUPS[1]}) == (Authentic.VERIFIED, ())


def test_without_any_signer_nothing_is_verified():
    sod = AUTHORITY.sod(GROUPS, "UTO")
    assert judge(sod, SignerStore.load(None)) == (Authentic.NOT_VERIFIED, ("no_signers",))
    verdict, reasons = judge(sod, SignerStore(), {**GROUPS, 11: GROUPS[11] + b"x"})
    assert (verdict, reasons[0]) == (Authentic.FAILED, "altered"), "told even so"


def test_a_country_that_is_not_in_the_store_is_told_apart_from_a_stranger(store):
    stranger = TestAuthority(("FRA",), now=NOW)
    french = issue.data_groups(PERSON.model_copy(update={"issuer": "FRA"}))
    assert judge(stranger.sod(french, "FRA"), store, french) == (
        Authentic.NOT_VERIFIED,
        ("no_signers_for_country",),
    )
    forger = TestAuthority(("UTO",), now=NOW)
    assert judge(forger.sod(GROUPS, "UTO"), store) == (Authentic.FAILED, ("unknown_signer",))


def test_a_forger_cannot_hide_behind_a_country_without_signers(store):
    forger = TestAuthority(("FRA",), now=NOW)
    assert judge(forger.sod(GROUPS, "FRA"), store) == (Authentic.FAILED, ("unknown_signer",))


def test_an_altered_group_is_told(store):
    sod = AUTHORITY.sod(GROUPS, "UTO")
    for number in GROUPS:
        file = bytearray(GROUPS[number])
        file[-1] ^= 1
        assert judge(sod, store, {**GROUPS, number: bytes(file)}) == (Authentic.FAILED, ("altered",))


def test_groups_of_another_document_are_told(store):
    sod = AUTHORITY.sod(GROUPS, "UTO")
    other = issue.data_groups(OTHER)
    assert judge(sod, store, {**GROUPS, 1: other[1]}) == (Authentic.FAILED, ("altered",))
    assert judge(sod, store, {1: GROUPS[11], 11: GROUPS[1]})[0] is Authentic.FAILED


def test_a_group_that_the_security_object_does_not_list_is_told(store):
    sod = AUTHORITY.sod({1: GROUPS[1]}, "UTO")
    assert judge(sod, store) == (Authentic.FAILED, ("not_listed",))


def test_nothing_read_is_nothing_verified(store):
    sod = AUTHORITY.sod(GROUPS, "UTO")
    assert judge(sod, store, {})[0] is Authentic.NOT_VERIFIED
    assert judge(sod, store, {11: GROUPS[11]})[0] is Authentic.NOT_VERIFIED


def test_a_signature_by_another_key_is_told(store):
    forged = Holder(SIGNER.certificate, issue.make_key("ecdsa"))
    sod = sod_of(issue.security_object(GROUPS), forged)
    assert judge(sod, store) == (Authentic.FAILED, ("signature",))


def test_a_document_signer_that_signed_itself_is_told(store):
    own = Holder(SIGNER.certificate, issue.make_key("ecdsa"))
    named_like_the_state = certificate(own, own)
    sod = sod_of(issue.security_object(GROUPS), named_like_the_state)
    assert judge(sod, store) == (Authentic.FAILED, ("unknown_signer",))


def test_a_country_signer_brought_along_in_the_chip_is_not_believed(store):
    forger = TestAuthority(("UTO",), now=NOW)
    bring = forger.country_signers["UTO"].certificate.public_bytes(serialization.Encoding.DER)

    def add(data):
        data["certificates"].append(
            asn1_cms.CertificateChoices("certificate", asn1_cms.Certificate.load(bring))
        )

    assert judge(changed(forger.sod(GROUPS, "UTO"), add), store) == (Authentic.FAILED, ("unknown_signer",))


def test_a_signer_of_one_country_cannot_vouch_for_anothers_document(store):
    sod = sod_of(issue.security_object(GROUPS), AUTHORITY.document_signers["CHN"])
    assert judge(sod, store) == (Authentic.FAILED, ("wrong_country",))


def test_a_state_nobody_knows_is_not_verified(store):
    groups = issue.data_groups(PERSON.model_copy(update={"issuer": "QQQ"}))
    assert judge(AUTHORITY.sod(groups, "UTO"), store, groups) == (Authentic.NOT_VERIFIED, ("state_unknown",))


def test_times(store):
    state = AUTHORITY.country_signers["UTO"]
    content = issue.security_object(GROUPS)
    past = certificate(SIGNER, state, begins=NOW - timedelta(days=40), ends=NOW - timedelta(days=20))
    assert judge(sod_of(content, past), store)[0] is Authentic.FAILED, "signed when it was no more valid"
    early = sod_of(content, past, NOW - timedelta(days=30))
    verdict, reasons = judge(early, store)
    assert (verdict, "signer_expired" in reasons) != (Authentic.VERIFIED, False)
    assert judge(sod_of(content, at=NOW + timedelta(days=9)), store)[1] == ("signed_in_future",)
    coming = certificate(SIGNER, state, begins=NOW + timedelta(days=5), ends=NOW + timedelta(days=900))
    assert judge(sod_of(content, coming), store)[0] is Authentic.FAILED
    long_after = NOW + timedelta(days=365 * 12)
    assert judge(AUTHORITY.sod(GROUPS, "UTO"), store, now=long_after) == (
        Authentic.NOT_VERIFIED,
        ("signer_expired",),
    )


def test_a_country_signer_that_was_not_valid_when_it_was_signed_is_none(tmp_path):
    late = TestAuthority(("UTO",), now=NOW)
    store = store_of(late, tmp_path)
    sod = sod_of(issue.security_object(GROUPS), late.document_signers["UTO"], NOW - timedelta(days=3))
    assert judge(sod, store)[0] is Authentic.FAILED


@pytest.mark.parametrize(
    "changes",
    [
        {"usage": None},
        {"usage": issue._usage(key_cert_sign=True)},
        {
            "extensions": [x509.BasicConstraints(ca=True, path_length=None)],
            "usage": issue._usage(digital_signature=True, key_cert_sign=True),
        },
        {"extensions": [x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.23.136.1.1.3")])]},
        {"extensions": [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])]},
        {"extensions": [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]},
    ],
    ids=["none", "certificates", "authority", "master lists", "servers", "clients"],
)
def test_a_certificate_for_another_use_is_told(changes, store):
    wrong = certificate(SIGNER, AUTHORITY.country_signers["UTO"], **changes)
    assert judge(sod_of(issue.security_object(GROUPS), wrong), store) == (Authentic.FAILED, ("signer_usage",))


def test_the_country_signer_itself_is_no_document_signer(store):
    sod = sod_of(issue.security_object(GROUPS), AUTHORITY.country_signers["UTO"])
    assert judge(sod, store)[1] == ("signer_usage",)


def test_another_content_type_is_no_security_object(store):
    sod = sod_of(issue.security_object(GROUPS), content_type="2.23.136.1.1.2")
    assert judge(sod, store) == (Authentic.FAILED, ("not_security_object",))


def test_a_content_type_that_differs_from_the_signed_one_is_told(store):
    def exchange(data):
        data["encap_content_info"]["content_type"] = SECURITY_OBJECT

    sod = changed(sod_of(issue.security_object(GROUPS), content_type="1.2.3.4"), exchange)
    assert judge(sod, store) == (Authentic.FAILED, ("signature",))


def test_content_exchanged_under_the_signed_digest_is_told(store):
    def exchange(data):
        data["encap_content_info"]["content"] = issue.security_object(issue.data_groups(OTHER))

    sod = changed(AUTHORITY.sod(GROUPS, "UTO"), exchange)
    assert judge(sod, store, issue.data_groups(OTHER)) == (Authentic.FAILED, ("signature",))


def test_content_and_digest_exchanged_together_are_told(store):
    content = issue.security_object(issue.data_groups(OTHER))

    def exchange(data):
        data["encap_content_info"]["content"] = content
        for attribute in data["signer_infos"][0]["signed_attrs"]:
            if attribute["type"].native == "message_digest":
                attribute["values"] = [hashlib.sha256(content).digest()]

    sod = changed(AUTHORITY.sod(GROUPS, "UTO"), exchange)
    assert judge(sod, store, issue.data_groups(OTHER)) == (Authentic.FAILED, ("signature",))


def test_signed_attributes_may_not_be_absent(store):
    def strip(data):
        signer = data["signer_infos"][0]
        signer["signed_attrs"] = None
        signer["signature"] = issue._signature(SIGNER.key, "ecdsa", issue.security_object(GROUPS))

    sod = changed(AUTHORITY.sod(GROUPS, "UTO"), strip)
    assert judge(sod, store) == (Authentic.FAILED, ("signature",))


def test_a_digest_told_twice_is_none(store):
    def double(data):
        attributes = data["signer_infos"][0]["signed_attrs"]
        attributes.append(attributes[-1])

    assert judge(changed(AUTHORITY.sod(GROUPS, "UTO"), double), store) == (Authentic.FAILED, ("signature",))


def test_nobody_signed_and_no_known_algorithm(store):
    def empty(data):
        data["signer_infos"] = []

    assert judge(changed(AUTHORITY.sod(GROUPS, "UTO"), empty), store) == (Authentic.FAILED, ("malformed",))

    def weaken(data):
        data["signer_infos"][0]["digest_algorithm"] = {"algorithm": "md5"}

    verdict, reasons = judge(changed(AUTHORITY.sod(GROUPS, "UTO"), weaken), store)
    assert (verdict, reasons) == (Authentic.NOT_VERIFIED, ("unsupported_algorithm",))

    def none(data):
        data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "1.2.3.4"}
        data["signer_infos"][0]["signature"] = b""

    assert judge(changed(AUTHORITY.sod(GROUPS, "UTO"), none), store)[1] == ("unsupported_algorithm",)


def test_an_rsa_signature_is_not_asked_of_an_elliptic_key(store):
    def mistake(data):
        data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "sha256_rsa"}

    assert judge(changed(AUTHORITY.sod(GROUPS, "UTO"), mistake), store) == (Authentic.FAILED, ("signature",))


def test_old_digests_are_flagged(store):
    sod = sod_of(issue.security_object(GROUPS, "sha1"))
    assert judge(sod, store) == (Authentic.VERIFIED, ("sha1",))
    for digest in ("sha224", "sha384", "sha512"):
        assert judge(sod_of(issue.security_object(GROUPS, digest)), store) == (Authentic.VERIFIED, ())


def test_a_signer_the_chip_does_not_bring_is_taken_from_the_store(store, tmp_path):
    def strip(data):
        data["certificates"] = []

    sod = changed(AUTHORITY.sod(GROUPS, "UTO"), strip)
    assert judge(sod, store) == (Authentic.NOT_VERIFIED, ("signer_absent",))
    der = SIGNER.certificate.public_bytes(serialization.Encoding.DER)
    (tmp_path / "signer.cer").write_bytes(der)
    assert judge(sod, SignerStore.load(tmp_path)) == (Authentic.VERIFIED, ())


def test_a_signer_named_by_its_key_is_found(store):
    identifier = SIGNER.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest

    def by_key(data):
        signer = data["signer_infos"][0]
        signer["version"] = "v3"
        signer["sid"] = asn1_cms.SignerIdentifier("subject_key_identifier", identifier)

    assert judge(changed(AUTHORITY.sod(GROUPS, "UTO"), by_key), store) == (Authentic.VERIFIED, ())


def test_bytes_that_are_no_security_object_are_malformed(store):
    sod = AUTHORITY.sod(GROUPS, "UTO")
    for wrong in (b"", b"\x77", sod[1:], sod[:-30], b"\x60" + sod[1:], tlv.encode(0x77, b""), bytes(2000)):
        assert judge(wrong, store) == (Authentic.FAILED, ("malformed",))
    assert judge(sod_of(b"\x30\x00"), store) == (Authentic.FAILED, ("malformed",))


SOD = AUTHORITY.sod(GROUPS, "UTO")
TRUSTED = SignerStore(
    anchors=tuple(
        asn1_cms.Certificate.load(each.certificate.public_bytes(serialization.Encoding.DER))
        for each in AUTHORITY.country_signers.values()
    )
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SOD) - 1), st.integers(1, 255))
def test_damage_is_never_verified_unless_what_was_signed_is_untouched(place, flip):
    damaged = bytearray(SOD)
    damaged[place] ^= flip
    assert judge(SOD, TRUSTED) == (Authentic.VERIFIED, ())
    verdict, reasons = judge(bytes(damaged), TRUSTED)
    if verdict is Authentic.VERIFIED:
        assert cms.read(tlv.only(bytes(damaged), 0x77)).content == issue.security_object(GROUPS)
    else:
        assert reasons


@given(st.binary(max_size=300))
def test_no_bytes_are_verified_or_raise(data):
    for sod in (data, tlv.encode(0x77, data), SOD[: len(data)] + data):
        assert judge(sod, TRUSTED)[0] is not Authentic.VERIFIED
