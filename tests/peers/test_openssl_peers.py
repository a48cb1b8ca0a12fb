"""OpenSSL and we agree: each accepts the security object that the other signed."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from asn1crypto import keys, pem
from cryptography.hazmat.primitives import serialization

from drivers.capture import Authentic
from drivers.document import issue, signature, tlv
from drivers.document.documentfile import DocumentFile
from drivers.document.issue import TestAuthority
from drivers.document.passive import SECURITY_OBJECT, authenticate
from drivers.document.signers import SignerStore

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
NOW = datetime.now(UTC)
GROUPS = issue.data_groups(
    DocumentFile(
        number="X1234567",
        surname="SPECIMEN",
        birth=date(1990, 2, 3),
        expiry=date(2031, 2, 3),
        native_name="样本",
    )
)
METHODS = ("ecdsa", "brainpool", "rsa", "pss")
KEYS = {
    "rsa": ["-newkey", "rsa:2048"],
    "pss": ["-newkey", "rsa:3072"],
    "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "brainpool": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"],
    "written out": [
        *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"),
        *("-pkeyopt", "ec_param_enc:explicit"),
    ],
}
SIGNING = {"pss": ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"]}


def openssl(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], cwd=cwd, capture_output=True, timeout=60, check=False)


def well(done: subprocess.CompletedProcess[bytes]) -> None:
    assert done.returncode == 0, done.stderr.decode(errors="replace")


@pytest.mark.parametrize("method", METHODS)
def test_openssl_accepts_our_security_object(method, tmp_path):
    authority = TestAuthority(("UTO",), method, NOW)
    authority.save(tmp_path)
    (tmp_path / "sod.der").write_bytes(tlv.only(authority.sod(GROUPS, "UTO"), 0x77))
    verify = ["cms", "-verify", "-inform", "DER", "-in", "sod.der", "-purpose", "any", "-binary"]
    done = openssl(*verify, "-CAfile", "test-uto.pem", "-out", "content", cwd=tmp_path)
    well(done)
    assert (tmp_path / "content").read_bytes() == issue.security_object(GROUPS)
    TestAuthority(("UTO",), method, NOW).save(tmp_path)
    assert openssl(*verify, "-CAfile", "test-uto.pem", cwd=tmp_path).returncode != 0, "another authority"


@pytest.mark.parametrize("method", sorted(KEYS))
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("named", ["issuer", "key"])
def test_we_accept_the_security_object_openssl_signed(method, digest, named, tmp_path):
    country_and_signer(tmp_path, method)
    (tmp_path / "content").write_bytes(issue.security_object(GROUPS))
    sign = ["cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-in", "content", "-outform", "DER"]
    sign += ["-econtent_type", SECURITY_OBJECT, "-md", digest, "-signer", "ds.pem", "-inkey", "ds.key"]
    sign += ["-keyid"] if named == "key" else []
    well(openssl(*sign, "-out", "sod.der", *SIGNING.get(method, []), cwd=tmp_path))
    sod = tlv.encode(0x77, (tmp_path / "sod.der").read_bytes())
    folder = tmp_path / "trusted"
    folder.mkdir()
    shutil.copy(tmp_path / "csca.pem", folder / "csca.pem")
    store = SignerStore.load(folder)
    assert store.problems == ()
    now = datetime.now(UTC)
    flagged = ("document.auth.sha1",) if digest == "sha1" else ()
    assert authenticate(sod, GROUPS, store, now) == (Authentic.VERIFIED, flagged)
    assert authenticate(sod, {**GROUPS, 11: GROUPS[11] + b"x"}, store, now)[0] is Authentic.FAILED
    assert authenticate(sod, GROUPS, SignerStore(), now)[0] is Authentic.NOT_VERIFIED


def country_and_signer(folder: Path, method: str) -> None:
    """csca.pem and ds.pem with their keys, made by OpenSSL alone."""
    (folder / "ds.ext").write_text(
        "keyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    made = ["req", "-new", "-nodes", *KEYS[method]]
    name = ("/C=UT/O=Openssl TEST/CN=", "-days", "900")
    padding = (
        ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if method == "pss" else []
    )
    usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    out = ["-x509", "-keyout", "csca.key", "-out", "csca.pem"]
    well(openssl(*made, *out, *usage, *padding, *name[1:], "-subj", f"{name[0]}country", cwd=folder))
    well(openssl(*made, "-keyout", "ds.key", "-out", "ds.csr", "-subj", f"{name[0]}signer", cwd=folder))
    issued = ["x509", "-req", "-in", "ds.csr", "-CA", "csca.pem", "-CAkey", "csca.key", "-extfile", "ds.ext"]
    well(openssl(*issued, "-out", "ds.pem", *name[1:], *padding, cwd=folder))


@pytest.mark.parametrize(
    ("openssl_name", "ours"),
    [
        ("prime192v1", "secp192r1"),
        ("secp224r1", "secp224r1"),
        ("prime256v1", "secp256r1"),
        ("secp384r1", "secp384r1"),
        ("secp521r1", "secp521r1"),
        ("brainpoolP256r1", "brainpoolP256r1"),
        ("brainpoolP384r1", "brainpoolP384r1"),
        ("brainpoolP512r1", "brainpoolP512r1"),
    ],
)
def test_curves_written_out_by_openssl_are_recognised(openssl_name, ours, tmp_path):
    made = ("ecparam", "-name", openssl_name, "-genkey", "-noout", "-param_enc", "explicit", "-out", "key")
    well(openssl(*made, cwd=tmp_path))
    well(openssl("ec", "-in", "key", "-pubout", "-param_enc", "explicit", "-out", "public", cwd=tmp_path))
    der = pem.unarmor((tmp_path / "public").read_bytes())[2]
    assert signature.public_key(keys.PublicKeyInfo.load(der)).curve.name == ours  # type: ignore[union-attr]


def test_a_curve_with_another_generator_is_none_of_them(tmp_path):
    """Whoever may choose the generator can make a key that fits any signature (as in CVE-2020-0601)."""
    made = ("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit", "-out", "key")
    well(openssl(*made, cwd=tmp_path))
    well(openssl("ec", "-in", "key", "-pubout", "-param_enc", "explicit", "-out", "public", cwd=tmp_path))
    info = keys.PublicKeyInfo.load(pem.unarmor((tmp_path / "public").read_bytes())[2])
    parameters = info["algorithm"]["parameters"].chosen
    parameters["base"] = info["public_key"].native
    with pytest.raises(signature.UnsupportedKey):
        signature.public_key(keys.PublicKeyInfo.load(info.dump(force=True)))


def test_openssl_reads_the_certificates_of_the_test_authority(tmp_path):
    authority = TestAuthority(("UTO",), now=NOW)
    authority.save(tmp_path)
    signer = authority.document_signers["UTO"].certificate.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "ds.pem").write_bytes(signer)
    well(openssl("verify", "-x509_strict", "-CAfile", "test-uto.pem", "ds.pem", cwd=tmp_path))
