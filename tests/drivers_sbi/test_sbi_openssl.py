"""OpenSSL agrees: it accepts what the simulated device signs, and what it signs is accepted here."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from drivers.sbi import documents, jws, trust
from drivers.sbi.simulated_keys import make

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL's program is absent")


def openssl(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_openssl_accepts_what_the_simulator_signs(keys: Path, tmp_path: Path) -> None:
    ours = make(keys)
    message, _, signature = ours.sign({"bioType": "Iris"}).rpartition(".")
    (tmp_path / "message").write_text(message)
    (tmp_path / "signature").write_bytes(jws.decode(signature))
    public = ours.device.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    told = openssl(tmp_path, "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "message")
    assert "Verified OK" in told
    for name in ("root", "maker", "device"):
        (tmp_path / f"{name}.pem").write_bytes(getattr(ours, name).public_bytes(Encoding.PEM))
    told = openssl(tmp_path, "verify", "-CAfile", "root.pem", "-untrusted", "maker.pem", "device.pem")
    assert "device.pem: OK" in told


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root, a maker and a device, all by OpenSSL."""
    folder = tmp_path_factory.mktemp("openssl")
    (folder / "ca.ext").write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    (folder / "device.ext").write_text("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n")
    for name in ("root", "maker", "device"):
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.csr", "-subj", f"/CN=Invented {name}")  # fmt: skip
    signed = ("x509", "-req", "-days", "30", "-sha256")
    openssl(
        folder, *signed, "-in", "root.csr", "-signkey", "root.key", "-extfile", "ca.ext", "-out", "root.pem"
    )
    by_root = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial")
    openssl(folder, *signed, "-in", "maker.csr", *by_root, "-extfile", "ca.ext", "-out", "maker.pem")
    by_maker = ("-CA", "maker.pem", "-CAkey", "maker.key", "-CAcreateserial")
    openssl(folder, *signed, "-in", "device.csr", *by_maker, "-extfile", "device.ext", "-out", "device.pem")
    return folder


def signed_by_openssl(folder: Path, payload: dict[str, object], *chain: str) -> str:
    """A message signed by OpenSSL with the device's key."""
    x5c = []
    for name in chain:
        openssl(folder, "x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der")
        x5c.append(base64.b64encode((folder / f"{name}.der").read_bytes()).decode())
    header = {"alg": "RS256", "typ": "JWT", "x5c": x5c}
    message = f"{jws.encode(documents.dumps(header))}.{jws.encode(json.dumps(payload).encode())}"
    (folder / "message").write_text(message)
    openssl(folder, "dgst", "-sha256", "-sign", "device.key", "-out", "signature", "message")
    return f"{message}.{jws.encode((folder / 'signature').read_bytes())}"


def test_what_openssl_signs_is_accepted(theirs: Path, tmp_path: Path) -> None:
    shutil.copy(theirs / "root.pem", tmp_path)
    roots = trust.load(tmp_path)
    now = datetime.now(UTC)
    whole = signed_by_openssl(theirs, {"a": 1}, "device", "maker")
    assert jws.verify(whole, roots, now) == {"a": 1}
    alone = signed_by_openssl(theirs, {"a": 2}, "device")
    with pytest.raises(trust.Untrusted):
        jws.verify(alone, roots, now)
    shutil.copy(theirs / "maker.pem", tmp_path)
    assert jws.verify(alone, trust.load(tmp_path), now) == {"a": 2}


def test_a_maker_may_not_sign_as_a_device(theirs: Path, tmp_path: Path) -> None:
    """Its certificate is for certificates only."""
    shutil.copy(theirs / "root.pem", tmp_path)
    token = signed_by_openssl(theirs, {"a": 1}, "maker")
    with pytest.raises(trust.Untrusted):
        jws.verify(token, trust.load(tmp_path), datetime.now(UTC))
