"""Attacks on a capture: whoever sits between the device and the program, none of them gets through."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.capture import Eye, Finger
from drivers.errors import DeviceError, Garbled, Missing, Refused, Retry, Unsupported
from drivers.sbi import attacks, checks, documents, identity, jws, trust
from drivers.sbi.checks import Asked
from drivers.sbi.modality import Modality
from drivers.sbi.simulated_answers import Answers
from drivers.sbi.simulated_keys import Keys, make
from drivers.sim.handle import Simulated

Opener = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
"""Hypothesis describes the whole answer, pictures and all, now and then."""

ATTACKS: dict[str, tuple[type[DeviceError], str]] = {
    "alg_none": (Refused, "sbi.algorithm"),
    "hs256": (Refused, "sbi.algorithm"),
    "rs512": (Refused, "sbi.algorithm"),
    "other_signer": (Refused, "sbi.untrusted"),
    "minor_signer": (Refused, "sbi.untrusted"),
    "expired": (Refused, "sbi.untrusted"),
    "wrong_key": (Refused, "sbi.forged"),
    "altered": (Refused, "sbi.forged"),
    "no_chain": (Garbled, "sbi.not_signed"),
    "unsigned": (Garbled, "sbi.not_signed"),
    "forged_id": (Refused, "sbi.untrusted"),
    "unsigned_id": (Garbled, "sbi.not_signed"),
    "stale": (Refused, "sbi.stale"),
    "future": (Refused, "sbi.stale"),
    "no_time": (Garbled, "sbi.bad_answer"),
    "other_transaction": (Refused, "sbi.other_transaction"),
    "replay": (Refused, "sbi.other_transaction"),
    "broken_chain": (Refused, "sbi.broken_chain"),
    "swapped": (Refused, "sbi.wrong_part"),
    "swapped_record": (Refused, "sbi.wrong_part"),
    "other_type": (Refused, "sbi.wrong_part"),
    "wrong_env": (Refused, "sbi.wrong_env"),
    "wrong_purpose": (Refused, "sbi.wrong_purpose"),
    "other_device": (Refused, "sbi.other_device"),
    "other_serial": (Refused, "sbi.other_device"),
    "fewer": (Refused, "sbi.wrong_count"),
    "more": (Refused, "sbi.wrong_count"),
    "twice": (Refused, "sbi.wrong_count"),
    "poor": (Retry, "iris.blurred"),
    "bad_quality": (Garbled, "sbi.bad_answer"),
    "bad_record": (Garbled, "sbi.bad_record"),
    "no_record": (Garbled, "sbi.bad_answer"),
    "drop": (Garbled, "sbi.broken_off"),
    "truncated": (Garbled, "sbi.broken_off"),
    "oversized": (Garbled, "sbi.too_large"),
    "flood": (Garbled, "sbi.too_large"),
    "not_json": (Garbled, "sbi.bad_answer"),
    "not_http": (Garbled, "sbi.bad_answer"),
    "status_500": (Garbled, "sbi.bad_answer"),
}
AT_OPENING: dict[str, tuple[type[DeviceError], str]] = {
    "info_other_signer": (Refused, "sbi.untrusted"),
    "info_alg_none": (Refused, "sbi.algorithm"),
    "info_forged_id": (Refused, "sbi.untrusted"),
    "info_wrong_env": (Refused, "sbi.wrong_env"),
    "info_auth_only": (Unsupported, "sbi.wrong_purpose"),
    "info_not_json": (Garbled, "sbi.bad_answer"),
    "info_error_100": (Refused, "sbi.not_registered"),
}


def outcome(act: Callable[[], object]) -> tuple[type[DeviceError], str]:
    with pytest.raises(DeviceError) as caught:
        act()
    return type(caught.value), caught.value.code


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_gets_through(service: Simulated, opened: Opener, attack: str) -> None:
    scanner = opened("sbi-iris", most_mb=1)
    scanner.capture([Eye.LEFT], 3.0)
    service.fault(attack)
    assert outcome(lambda: scanner.capture([Eye.LEFT], 3.0)) == ATTACKS[attack]
    service.clear()
    assert len(scanner.capture([Eye.LEFT], 3.0)) == 1


@pytest.mark.parametrize("attack", ["swapped", "swapped_record", "wsq"])
def test_no_other_finger_gets_through(service: Simulated, opened: Opener, attack: str) -> None:
    scanner = opened("sbi-finger")
    service.fault(attack)
    expected = (Unsupported, "sbi.coding") if attack == "wsq" else (Refused, "sbi.wrong_part")
    assert outcome(lambda: scanner.capture(Finger.LEFT_RING, 3.0)) == expected


@pytest.mark.parametrize("attack", ["fewer", "more", "twice", "swapped_record"])
def test_two_eyes_are_two_eyes(service: Simulated, opened: Opener, attack: str) -> None:
    scanner = opened("sbi-iris")
    service.fault(attack)
    kind, code = outcome(lambda: scanner.capture([Eye.LEFT, Eye.RIGHT], 3.0))
    assert (kind, code in {"sbi.wrong_count", "sbi.wrong_part"}) == (Refused, True)


@pytest.mark.parametrize("attack", AT_OPENING)
def test_no_device_is_opened_on_false_papers(service: Simulated, opened: Opener, attack: str) -> None:
    service.fault(attack)
    assert outcome(lambda: opened("sbi-face")) == AT_OPENING[attack]
    service.clear()
    opened("sbi-face").check()


def test_every_wrong_that_can_be_simulated_is_tried() -> None:
    elsewhere = {
        "silence", "hang", "drip", "dies", "nobody", "wsq",
        "stream_drop", "stream_hang", "stream_damaged", "stream_frozen", "stream_not_video",
    }  # fmt: skip
    tried = {each for each in ATTACKS.keys() | AT_OPENING.keys() | elsewhere if attacks.ERROR not in each}
    assert {str(each) for each in attacks.Wrong} == tried


def test_without_roots_nothing_is_trusted(service: Simulated, opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "root.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n")
    for roots in (None, tmp_path / "empty", tmp_path / "absent", tmp_path / "broken"):
        given_ = None if roots is None else str(roots)
        for driver in ("sbi-face", "sbi-finger", "sbi-iris"):
            assert outcome(lambda d=driver, r=given_: opened(d, roots=r)) == (Refused, "sbi.untrusted")


def test_anothers_root_does_not_vouch(
    service: Simulated, opened: Opener, tmp_path: Path, stranger_keys: Keys
) -> None:
    stranger_keys.save_root(tmp_path)
    assert outcome(lambda: opened("sbi-iris", roots=str(tmp_path))) == (Refused, "sbi.untrusted")


def test_another_environment_is_refused(opened: Opener) -> None:
    assert outcome(lambda: opened("sbi-iris", env="Staging")) == (Refused, "sbi.wrong_env")


@pytest.fixture(scope="session")
def own_keys(keys: Path) -> Keys:
    return make(keys)


@pytest.fixture(scope="session")
def stranger_keys() -> Keys:
    return make(None)


def trusted(keys: Keys) -> trust.Trust:
    return trust.Trust((keys.root,))


NOW = datetime.now(UTC)


def test_a_device_may_send_its_certificate_alone(own_keys: Keys) -> None:
    """The interface lets it; then the maker's certificate stands in the terminal's folder."""
    token = own_keys.sign({"a": 1})
    head, body, signature = token.split(".")
    header = json.loads(jws.decode(head))
    alone = jws.encode(documents.dumps({**header, "x5c": header["x5c"][:1]}))
    with pytest.raises(jws.Forged):
        jws.verify(f"{alone}.{body}.{signature}", trust.Trust((own_keys.root,), (own_keys.maker,)), NOW)
    with pytest.raises(trust.Untrusted):
        jws.verify(f"{alone}.{body}.{signature}", trusted(own_keys), NOW)


def test_the_folder_holds_roots_and_what_is_between(own_keys: Keys, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    own_keys.save_root(tmp_path)
    (tmp_path / "maker.pem").write_bytes(own_keys.maker.public_bytes(Encoding.PEM))
    (tmp_path / "notes.txt").write_text("not a certificate")
    loaded = trust.load(tmp_path)
    assert (loaded.roots, loaded.between) == ((own_keys.root,), (own_keys.maker,))
    loaded.check([own_keys.device], datetime.now(UTC))
    with pytest.raises(trust.Untrusted):
        loaded.check([own_keys.device], datetime.now(UTC) + timedelta(days=60))


def test_a_sound_message_is_read(own_keys: Keys) -> None:
    assert jws.verify(own_keys.sign({"a": "é"}), trusted(own_keys), NOW) == {"a": "é"}


def test_a_certificate_with_any_damaged_byte_is_refused_by_name(own_keys: Keys) -> None:
    """The library knows more kinds of trouble than one."""
    from cryptography.hazmat.primitives.serialization import Encoding

    head, body, signature = own_keys.sign({"a": 1}).split(".")
    header = json.loads(jws.decode(head))
    sound = own_keys.device.public_bytes(Encoding.DER)
    for at in range(len(sound)):
        damaged = sound[:at] + bytes([sound[at] ^ 0x55]) + sound[at + 1 :]
        chain = [base64.b64encode(damaged).decode(), *header["x5c"][1:]]
        odd = jws.encode(documents.dumps({**header, "x5c": chain}))
        with pytest.raises((jws.NotSigned, jws.Forged, trust.Untrusted)):
            jws.verify(f"{odd}.{body}.{signature}", trusted(own_keys), NOW)


@pytest.mark.parametrize("header", [{"crit": ["b64"]}, {"x5c": []}, {"x5c": ["!"]}, {"x5c": 5}, {"x5c": [5]}])
def test_headers_that_ask_for_trouble(own_keys: Keys, header: dict[str, object]) -> None:
    head, body, signature = own_keys.sign({"a": 1}).split(".")
    odd = jws.encode(documents.dumps({**json.loads(jws.decode(head)), **header}))
    with pytest.raises(jws.NotSigned):
        jws.verify(f"{odd}.{body}.{signature}", trusted(own_keys), NOW)


@pytest.mark.parametrize(
    "token", [None, 5, "", ".", "..", "a.b", "a.b.c", "a.b.c.d", "ä.ö.ü", "e30.e30.e30", []]
)
def test_what_is_no_message(own_keys: Keys, token: object) -> None:
    with pytest.raises((jws.NotSigned, jws.WrongAlgorithm)):
        jws.verify(token, trusted(own_keys), NOW)


def test_a_name_twice_is_refused(own_keys: Keys) -> None:
    """Two readers of the same header must not see two algorithms."""
    _, body, signature = own_keys.sign({"a": 1}).split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","alg":"none"}').decode().rstrip("=")
    with pytest.raises(jws.NotSigned):
        jws.verify(f"{head}.{body}.{signature}", trusted(own_keys), NOW)


def asked(**changes: object) -> Asked:
    sound: dict[str, Any] = {
        "modality": Modality.IRIS,
        "parts": ("Left",),
        "transaction": "abc",
        "at": datetime.now(UTC),
        "env": "Production",
        "score": 40,
        "window": timedelta(seconds=60),
    }
    return Asked(**{**sound, **changes})


def request_for(question: Asked) -> dict[str, Any]:
    bio = {
        "type": str(question.modality),
        "count": str(len(question.parts)),
        "bioSubType": list(question.parts),
        "requestedScore": "40",
        "deviceId": question.modality.name.lower(),
        "deviceSubId": "1",
    }
    return {"env": "Production", "purpose": "Registration", "transactionId": "abc", "bio": [bio]}


def device(answers: Answers) -> identity.Identity:
    info = next(
        each for each in answers.info(frozenset()) if "iris" in jws.peek(each["deviceInfo"])["deviceId"]
    )
    content = jws.peek(info["deviceInfo"])
    return identity.signed(content, jws.peek(content["digitalId"]))


@pytest.fixture(scope="session")
def sound(own_keys: Keys) -> tuple[dict[str, Any], Asked, identity.Identity, trust.Trust]:
    """A good answer with all that it is held against."""
    answers, question = Answers(own_keys), asked()
    answer = answers.capture(request_for(question), frozenset())
    return answer, question, device(answers), trusted(own_keys)


def test_the_good_answer_passes(sound: Any) -> None:
    assert [each.part for each in checks.check(*sound, "here")] == ["Left"]
    assert "record" not in repr(checks.check(*sound, "here")[0])


@given(st.integers(0, 1 << 20), st.characters(min_codepoint=32, max_codepoint=126))
@settings(max_examples=150, deadline=None)
def test_changing_any_character_of_an_answer_never_passes_unseen(sound: Any, place: int, other: str) -> None:
    """What still passes after a change is word for word what was signed."""
    answer, *held_against = sound
    (honest,) = checks.check(answer, *held_against, "here")
    text = json.dumps(answer)
    at = place % len(text)
    try:
        changed = documents.loads(text[:at] + other + text[at + 1 :])
        (found,) = checks.check(changed, *held_against, "here")
    except (DeviceError, ValueError):
        return
    assert found == honest


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("data", "hash", "error", "specVersion")


@given(
    JSON | st.fixed_dictionaries({"biometrics": st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, JSON)))})
)
@settings(max_examples=80, deadline=None)
def test_no_answer_brings_anything_but_a_device_error(sound: Any, answer: object) -> None:
    with pytest.raises(DeviceError):
        checks.check(answer, *sound[1:], "here")


CONTENT = ("digitalId", "deviceCode", "bioType", "bioSubType", "purpose", "env", "bioValue", "transactionId",
           "timestamp", "qualityScore")  # fmt: skip


@given(field=st.sampled_from(CONTENT), value=JSON)
@settings(max_examples=150, deadline=None)
def test_no_signed_content_brings_anything_but_a_device_error(
    own_keys: Keys, sound: Any, field: str, value: object
) -> None:
    """Signed by a device gone mad: every field may be anything."""
    answer, *held_against = sound
    (block,) = answer["biometrics"]
    content = {**jws.peek(block["data"]), field: value}
    mad = {"biometrics": [{**block, "data": own_keys.sign(content)}]}
    try:
        checks.check(mad, *held_against, "here")
    except DeviceError as error:
        assert not isinstance(error, Missing)
    else:
        assert field in {"qualityScore", "bioSubType"} or content == jws.peek(block["data"])


@given(JSON)
@settings(max_examples=100, deadline=None)
def test_any_announcement_is_read_or_passed_over(item: object) -> None:
    found = identity.announced(4501, item)
    assert found is None or found.device_id


def test_a_mock_is_known_as_one(sound: Any) -> None:
    import dataclasses

    assert dataclasses.replace(sound[2], make="MOSIP").simulated
    assert sound[2].simulated
    assert not dataclasses.replace(sound[2], make="Acme").simulated
