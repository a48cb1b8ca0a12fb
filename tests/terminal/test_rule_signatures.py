"""A pack counts only when a key that may sign for its authority signed exactly this file."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from small_packs import BANK, BRANCH, STRANGER, TRUST, given, pack_text, put, trusted

from config.settings import Rules, SignatureKind
from terminal.calibration_keys import KeyTrouble
from terminal.rules import sm2
from terminal.rules.candidate import Candidate, read_candidate
from terminal.rules.errors import RuleError
from terminal.rules.signature import SUFFIX, signer_of
from terminal.rules.signing_keys import make_pack_key, needs_password, read_pack_key
from terminal.rules.trust import KeyFile, Trust, read_key_file, trust

PASSWORD = "long enough"
with_sm2 = pytest.mark.skipif(
    importlib.util.find_spec("gmssl_pyx") is None, reason="needs the extra package renzheng[sm2]"
)


def signer(candidate: Candidate, believed: Trust = TRUST) -> str:
    return signer_of(candidate.pack, candidate.content, candidate.signature, believed)


def refused(candidate: Candidate, believed: Trust = TRUST) -> RuleError:
    with pytest.raises(RuleError) as caught:
        signer(candidate, believed)
    return caught.value


def test_each_key_signs_for_its_own_authorities(tmp_path: Path) -> None:
    assert signer(given(tmp_path, pack_text(), key=BRANCH)) == BRANCH.id
    assert signer(given(tmp_path, pack_text(authority="bank"), key=BANK)) == BANK.id
    for authority in ("bank", "regulation"):
        error = refused(given(tmp_path, pack_text(authority=authority), key=BRANCH))
        assert (error.code, error.file, error.line, error.place) == (
            "rules.key_not_for_this", "branch.yaml", 3, "authority",
        )  # fmt: skip
        assert "A12" in error.clause


def test_unsigned_and_strangers_are_refused_with_file_and_line(tmp_path: Path) -> None:
    for key, code in ((None, "rules.unsigned"), (STRANGER, "rules.key_unknown")):
        error = refused(given(tmp_path, pack_text(), key=key))
        assert (error.code, error.file, error.line) == (code, "branch.yaml", 1)
        assert error.clause == "A12, X04"


def test_a_signature_of_another_pack_does_not_count(tmp_path: Path) -> None:
    one, other = given(tmp_path, pack_text()), given(tmp_path, pack_text(version="2"))
    assert refused(Candidate(one.pack, one.content, other.signature)).code == "rules.signature_wrong"


def test_every_byte_of_the_pack_matters(tmp_path: Path) -> None:
    whole = given(tmp_path, pack_text())
    for place in range(len(whole.content)):
        for changed in (
            whole.content[:place] + bytes([whole.content[place] ^ 0x01]) + whole.content[place + 1 :],
            whole.content[:place],
            whole.content[:place] + b" " + whole.content[place:],
        ):
            candidate = Candidate(whole.pack, changed, whole.signature)
            assert refused(candidate).code == "rules.signature_wrong", place


def test_every_byte_of_the_signature_matters(tmp_path: Path) -> None:
    whole = given(tmp_path, pack_text())
    written = whole.signature or b""
    for place in range(len(written)):
        for changed in (
            written[:place] + bytes([written[place] ^ 0x01]) + written[place + 1 :],
            written[:place],
            written[:place] + b" " + written[place:],
        ):
            error = refused(Candidate(whole.pack, whole.content, changed))
            assert error.code in ("rules.signature_wrong", "rules.key_unknown"), place
    assert refused(Candidate(whole.pack, whole.content, written + b"x" * 10_000)).code.endswith("wrong")


def test_the_calibration_signature_of_the_same_key_is_no_signature_of_a_pack(tmp_path: Path) -> None:
    from terminal.rules.signature import Signature, encoded

    path = put(tmp_path, pack_text())
    value = encoded(BANK._sign(path.read_bytes()))
    note = Signature(key_id=BANK.id, algorithm=SignatureKind.ED25519, value=value)
    path.with_name(path.name + SUFFIX).write_bytes(note.written())
    assert refused(read_candidate(path)).code == "rules.signature_wrong"


def test_keys_are_read_from_their_folder_and_wrong_files_are_named(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    said = KeyFile(
        owner='The "head" office', algorithm=SignatureKind.ED25519, public_key="", may_sign=("bank",)
    )
    from terminal.rules.signature import encoded

    (keys / "bank.toml").write_text(said.model_copy(update={"public_key": encoded(BANK.public)}).written())
    (keys / "short.toml").write_text(said.written())
    (keys / "none.toml").write_text("owner = ")
    (keys / "shop.toml").write_text(said.written().replace('["bank"]', '["shop"]'))
    (keys / "readme.txt").write_text("not looked at")
    found = trust(Rules(keys=str(keys)))
    assert found.keys == {BANK.id: TRUST.keys[BANK.id].__class__(
        'The "head" office', SignatureKind.ED25519, BANK.public, ("bank",)
    )}  # fmt: skip
    assert [(each.code, each.file) for each in found.problems] == [
        ("rules.key_file", "none.toml"), ("rules.key_file", "shop.toml"), ("rules.key_file", "short.toml"),
    ]  # fmt: skip
    assert trust(Rules(keys=str(tmp_path / "nowhere"))) == Trust()
    assert read_key_file(keys / "bank.toml").id == BANK.id


@pytest.mark.parametrize(
    "algorithm", [SignatureKind.ED25519, pytest.param(SignatureKind.SM2, marks=with_sm2)]
)
def test_private_keys_are_kept_under_a_password(tmp_path: Path, algorithm: SignatureKind) -> None:
    target = tmp_path / "key.pem"
    with pytest.raises(KeyTrouble, match="password_short"):
        make_pack_key(target, "short", algorithm)
    made = make_pack_key(target, PASSWORD, algorithm)
    assert target.stat().st_mode & 0o077 == 0
    assert needs_password(target)
    assert read_pack_key(target, PASSWORD).public == made.public
    for password in ("another one", None):
        with pytest.raises(KeyTrouble, match="key_locked"):
            read_pack_key(target, password)
    with pytest.raises(KeyTrouble, match="key_exists"):
        make_pack_key(target, PASSWORD, algorithm)
    (tmp_path / "other.json").write_text('{"schema": "x"}')
    with pytest.raises(KeyTrouble, match="key_unusable"):
        read_pack_key(tmp_path / "other.json", PASSWORD)


@with_sm2
def test_sm2_keys_sign_where_the_settings_believe_them(tmp_path: Path) -> None:
    key = make_pack_key(tmp_path / "key.json", PASSWORD, SignatureKind.SM2)
    candidate = given(tmp_path / "packs", pack_text(), key=key)
    keys = {key.id: trusted(key, "branch")}
    assert signer(candidate, Trust(keys, frozenset({SignatureKind.SM2}))) == key.id
    assert refused(candidate, Trust(keys)).code == "rules.algorithm_not_believed"
    altered = Candidate(candidate.pack, candidate.content + b"\n", candidate.signature)
    assert refused(altered, Trust(keys, frozenset(SignatureKind))).code == "rules.signature_wrong"


@with_sm2
def test_sm2_agrees_with_the_example_of_the_standard() -> None:
    """GB/T 32918.5-2017, annex A.2: the message "message digest" by the usual identity."""
    public = bytes.fromhex(
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    signature = bytes.fromhex(
        "3046022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
        "022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    )
    assert sm2.verifies(public, signature, b"message digest")
    assert not sm2.verifies(public, signature, b"message digesT")
    assert not sm2.verifies(public[:-1], signature, b"message digest")
    assert not sm2.verifies(public, b"", b"message digest")


def test_without_the_library_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from terminal.rules.signature import Signature

    content = given(tmp_path, pack_text(), key=None)
    public = bytes(64)
    key = TRUST.keys[BANK.id].__class__("somebody", SignatureKind.SM2, public, ("branch",))
    note = Signature(key_id=key.id, algorithm=SignatureKind.SM2, value="AAAA")
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)
    error = refused(
        Candidate(content.pack, content.content, note.written()),
        Trust({key.id: key}, frozenset(SignatureKind)),
    )
    assert error.code == "rules.sm2_missing"
    assert "renzheng[sm2]" in error.cause
    with pytest.raises(sm2.Sm2Missing):
        make_pack_key(tmp_path / "key.json", PASSWORD, SignatureKind.SM2)
    assert not (tmp_path / "key.json").exists()
