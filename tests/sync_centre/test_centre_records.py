"""What the centre takes, what it refuses, and by which name."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sync.centre.desk import Desk, open_desk
from sync.centre.embedded import RunningCentre
from sync.centre.errors import Refusal
from sync.keys import verifies
from sync.records import Envelope, Outcome, Receipt, SealedEvidence


def flip(data: bytes, at: int = -1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def with_record(envelope: Envelope, **changes: Any) -> Envelope:
    return envelope.model_copy(update={"record": envelope.record.model_copy(update=changes)})


def with_line(envelope: Envelope, **changes: Any) -> Envelope:
    return envelope.model_copy(update={"audit": envelope.audit.model_copy(update=changes)})


def with_item(envelope: Envelope, blob: bytes) -> Envelope:
    first = SealedEvidence(name=envelope.evidence[0].name, blob=blob)
    return envelope.model_copy(update={"evidence": (first, *envelope.evidence[1:])})


ALTERED: list[tuple[str, Callable[[Envelope], Envelope], str]] = [
    ("record field", lambda e: with_record(e, at="2026-11-21T08:00:00.001Z"), "centre.bad_digest"),
    ("simulated mark", lambda e: with_record(e, simulated=False), "centre.bad_digest"),
    ("decision", lambda e: with_record(e, body={"decision": "refuse"}), "centre.bad_digest"),
    ("audit time", lambda e: with_line(e, at="2026-11-21T08:00:00.001Z"), "centre.bad_audit_hash"),
    ("audit hash", lambda e: with_line(e, hash="f" * 64), "centre.bad_audit_hash"),
    ("audit seq", lambda e: with_line(e, seq=e.audit.seq + 1), "centre.bad_audit_hash"),
    ("signature", lambda e: e.model_copy(update={"signature": flip(e.signature)}), "centre.bad_signature"),
    ("key id", lambda e: e.model_copy(update={"key_id": "0" * 32}), "centre.unknown_key"),
    ("evidence", lambda e: with_item(e, flip(e.evidence[0].blob)), "centre.evidence_altered"),
    ("missing item", lambda e: e.model_copy(update={"evidence": e.evidence[:1]}), "centre.evidence_missing"),
    (
        "extra item",
        lambda e: e.model_copy(update={"evidence": (*e.evidence, SealedEvidence(name="more", blob=b"x"))}),
        "centre.evidence_extra",
    ),
    (
        "doubled item",
        lambda e: e.model_copy(update={"evidence": (*e.evidence, e.evidence[0])}),
        "centre.evidence_extra",
    ),
]


def test_a_record_is_accepted_once_and_known_ever_after(desk: Desk, till: Any) -> None:
    envelope = till.envelope()
    first, second = desk.take_record(envelope), desk.take_record(envelope)
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.ALREADY_HAVE)
    assert second.model_copy(update={"outcome": first.outcome, "signature": b""}) == first.model_copy(
        update={"signature": b""}
    )
    for receipt in (first, second):
        assert verifies(desk.keys.identity.receipt_key, receipt.signature, receipt.signed_bytes())
    owner, stored = desk.record(envelope.record.id)
    assert (owner, stored.record, stored.receipt) == (till.terminal_id, envelope.record, first)


@pytest.mark.parametrize(
    ("change", "code"), [case[1:] for case in ALTERED], ids=[case[0] for case in ALTERED]
)
def test_what_was_altered_is_named_and_not_kept(
    desk: Desk, till: Any, change: Callable[[Envelope], Envelope], code: str
) -> None:
    receipt = desk.take_record(change(till.envelope()))
    assert (receipt.outcome, receipt.reason) == (Outcome.REJECTED, code)
    assert verifies(desk.keys.identity.receipt_key, receipt.signature, receipt.signed_bytes())
    assert desk.counts(till.terminal_id).records == 0


def test_the_altered_evidence_and_the_broken_line_are_named(desk: Desk, till: Any) -> None:
    envelope = till.envelope()
    assert desk.take_record(with_item(envelope, b"other")).facts == {"name": "chip_photo"}
    assert desk.take_record(with_line(envelope, hash="f" * 64)).facts == {"seq": 1}


def test_the_same_id_with_other_contents_is_a_conflict(desk: Desk, till: Any) -> None:
    first = till.envelope()
    other = till.envelope(record_id=first.record.id)
    desk.take_record(first)
    receipt = desk.take_record(other)
    assert (receipt.outcome, receipt.reason) == (Outcome.REJECTED, "centre.id_conflict")
    assert desk.record(first.record.id)[1].record == first.record


def test_another_terminal_cannot_take_an_id(desk: Desk, till: Any, new_till: Callable[..., Any]) -> None:
    first = till.envelope()
    desk.take_record(first)
    other = new_till(desk, "T-02").envelope(record_id=first.record.id)
    assert desk.take_record(other).reason == "centre.id_conflict"


@pytest.mark.parametrize(
    "record_id",
    ["9f3c1d5e-7a42-4b1c-8e0d-2f6a9b7c4d10", "0193e9a0-0000-7000-8000-00000000000A", "7", "", "../../x"],
)
def test_an_id_must_be_a_uuid_of_version_7(desk: Desk, till: Any, record_id: str) -> None:
    record = till.envelope().record.model_copy(update={"id": record_id})
    assert desk.take_record(till.sign(record, ())).reason == "centre.bad_id"


def test_a_production_centre_refuses_simulated_records(tmp_path: Path, new_till: Callable[..., Any]) -> None:
    desk = open_desk(tmp_path / "production", "production")
    till = new_till(desk)
    assert desk.take_record(till.envelope(simulated=True)).reason == "centre.simulated"
    assert desk.take_record(till.envelope(simulated=False)).outcome is Outcome.ACCEPTED
    desk.close()


def test_a_centre_does_not_change_its_domain(tmp_path: Path) -> None:
    open_desk(tmp_path, "production").close()
    with pytest.raises(Refusal, match="wrong_domain"):
        open_desk(tmp_path, "test")


def test_a_record_must_stand_where_the_log_says(desk: Desk, till: Any) -> None:
    envelope = till.envelope()
    desk.take_audit(till.upload())
    till.lines.clear()
    forged = till.sign(till.envelope().record, till.envelope().evidence, line=None)
    till.lines.clear()
    other = till.envelope()
    receipt = desk.take_record(other)
    assert (receipt.reason, receipt.facts) == ("centre.broken_chain", {"seq": 1})
    assert forged.audit.seq == 3
    assert desk.take_record(envelope).outcome is Outcome.ACCEPTED


def test_two_records_cannot_claim_the_same_line(desk: Desk, till: Any) -> None:
    desk.take_record(till.envelope())
    till.lines.clear()
    assert desk.take_record(till.envelope()).reason == "centre.broken_chain"


def test_an_unknown_terminal_gets_no_receipt(desk: Desk, till: Any) -> None:
    stranger = till.envelope(terminal_id="T-99")
    with pytest.raises(Refusal, match="unknown_terminal"):
        desk.take_record(stranger)


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal_id": "T" * 200},
        {"branch": "B" * 129},
        {"body": {"x": "y" * (1 << 20)}},
        {"schema_": "other/1"},
    ],
)
def test_limits(desk: Desk, till: Any, changes: dict[str, Any]) -> None:
    envelope = till.envelope(**{**changes, "terminal_id": till.terminal_id})
    if "terminal_id" in changes:
        with pytest.raises(Refusal, match="unknown_terminal"):
            desk.take_record(till.envelope(**changes))
        return
    assert desk.take_record(envelope).reason in ("centre.too_large", "centre.malformed")


def test_duplicates_at_the_same_moment_are_kept_once(desk: Desk, till: Any) -> None:
    envelopes = [till.envelope() for _ in range(6)]
    answers: list[Receipt] = []
    gate = threading.Barrier(12)

    def send(part: int) -> None:
        gate.wait()
        order = envelopes[part % 2 :] + envelopes[: part % 2]
        answers.extend([desk.take_record(envelope) for envelope in order])

    threads = [threading.Thread(target=send, args=(part,)) for part in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = [receipt.record_id for receipt in answers if receipt.outcome is Outcome.ACCEPTED]
    assert sorted(accepted) == sorted(envelope.record.id for envelope in envelopes)
    assert {receipt.outcome for receipt in answers} == {Outcome.ACCEPTED, Outcome.ALREADY_HAVE}
    assert len(answers) == 72
    assert desk.counts(till.terminal_id).records == 6


def test_conflicting_contents_at_the_same_moment_leave_one(desk: Desk, till: Any) -> None:
    first = till.envelope()
    rivals = [first, *(till.envelope(record_id=first.record.id) for _ in range(7))]
    outcomes: list[Outcome] = []
    gate = threading.Barrier(8)

    def send(envelope: Envelope) -> None:
        gate.wait()
        outcomes.append(desk.take_record(envelope).outcome)

    threads = [threading.Thread(target=send, args=(rival,)) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", *["rejected"] * 7]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "centre.malformed"),
        (b"{", 422, "centre.malformed"),
        (b"null", 422, "centre.malformed"),
        (b"\xff\xfe", 422, "centre.malformed"),
        (b"[" * 100_000, 422, "centre.malformed"),
        (b'{"record": {"id": 7}}', 422, "centre.malformed"),
        (b'{"record": {"id": "x", "body": 1e999}}', 422, "centre.malformed"),
        (b'{"record": {"id": "x", "name": "\xe5\xbc\xa0\xe4\xb8\x89"}}', 200, "centre.malformed"),
        (b'{"record": {"id": "\\ud800"}}', 422, "centre.malformed"),
    ],
)
def test_nonsense_gets_a_code_and_no_trace(
    centre: RunningCentre, body: bytes, status: int, code: str
) -> None:
    answer = httpx.post(
        f"{centre.url}/v1/records", content=body, headers={"content-type": "application/json"}
    )
    said = answer.json()
    assert (answer.status_code, said.get("code", said.get("reason"))) == (status, code)
    assert "Traceback" not in answer.text
    assert "张三" not in answer.text


@pytest.mark.parametrize("value", ["nan", "deep", "surrogate", "huge"])
def test_a_body_that_has_no_canonical_form_is_rejected(
    centre: RunningCentre, online: Any, value: str
) -> None:
    odd = {"nan": "NaN", "deep": "[" * 400 + "]" * 400, "surrogate": '"\\ud800"', "huge": str(2**60)}[value]
    wire = online.envelope(body={"x": 4711}).model_dump_json(by_alias=True).replace("4711", odd)
    answer = httpx.post(
        f"{centre.url}/v1/records", content=wire, headers={"content-type": "application/json"}
    )
    said = answer.json()
    assert answer.status_code in (200, 422)
    assert said.get("reason", said.get("code")) in ("centre.malformed", "centre.bad_digest")


def test_a_record_that_cannot_be_read_is_rejected_under_signature(centre: RunningCentre, online: Any) -> None:
    """So that it goes to a person instead of being sent for ever."""
    wire = online.envelope().model_dump(mode="json", by_alias=True)
    wire["record"]["unheard_of"] = "张三"
    answer = httpx.post(f"{centre.url}/v1/records", json=wire)
    receipt = Receipt.model_validate_json(answer.text)
    assert (receipt.outcome, receipt.reason) == (Outcome.REJECTED, "centre.malformed")
    assert receipt.facts == {"where": "record.unheard_of"}
    assert verifies(online.identity.receipt_key, receipt.signature, receipt.signed_bytes())


def test_too_large_bodies_are_turned_away(centre: RunningCentre) -> None:
    place = urlsplit(centre.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
    connection.putrequest("POST", "/v1/records")
    connection.putheader("content-length", "99999999")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, "centre.too_large")
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/records", 404),
        ("GET", "/v1/counts/T-01", 401),
        ("GET", "/v1/records/abc", 401),
        ("GET", "/v1/hello?nonce=" + "n" * 200, 413),
    ],
)
def test_other_bad_requests_have_codes(centre: RunningCentre, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, centre.url + path)
    assert answer.status_code == status
    assert answer.json()["code"].startswith("centre.")


def test_the_door_describes_itself(centre: RunningCentre) -> None:
    paths = httpx.get(f"{centre.url}/openapi.json").json()["paths"]
    assert {"/v1/hello", "/v1/health", "/v1/terminals", "/v1/audit", "/v1/records"} <= set(paths)
    assert httpx.get(f"{centre.url}/v1/health").json()["ok"] is True


def test_the_log_holds_no_contents(centre: RunningCentre, online: Any) -> None:
    online_wire = online.envelope(body={"name": "李雷", "number": "11010519491231002X"})
    httpx.post(
        f"{centre.url}/v1/records",
        content=online_wire.model_dump_json(by_alias=True),
        headers={"content-type": "application/json"},
    )
    texts = [path.read_text() for path in (*centre.folder.glob("logs/*"), centre.folder / "centre.err")]
    assert any("centre.record" in text for text in texts)
    assert not any("李雷" in text or "110105" in text or "Traceback" in text for text in texts)
