"""The audit log at the centre: only ever added to, countersigned, and every break named by its line."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from sync.centre.desk import Desk
from sync.centre.errors import Refusal
from sync.keys import verifies
from sync.records import AuditReceipt


def refused(desk: Desk, upload: Any) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(Refusal) as caught:
        desk.take_audit(upload)
    return caught.value.code.value, dict(caught.value.facts)


@pytest.fixture
def logged(till: Any) -> Any:
    for number in range(8):
        till.log(f"case.step.{number}")
    return till


def test_lines_are_added_and_the_head_is_countersigned(desk: Desk, logged: Any) -> None:
    receipt = desk.take_audit(logged.upload(1, 5))
    assert (receipt.seq, receipt.hash) == (5, logged.lines[4].hash)
    assert verifies(desk.keys.identity.receipt_key, receipt.signature, receipt.signed_bytes())
    assert desk.take_audit(logged.upload(6)).seq == 8
    assert desk.counts(logged.terminal_id).audit_seq == 8


def test_known_lines_again_are_harmless(desk: Desk, logged: Any) -> None:
    first = desk.take_audit(logged.upload(1, 5))
    assert desk.take_audit(logged.upload(1, 5)) == first
    assert desk.take_audit(logged.upload(2, 5)) == first
    assert desk.take_audit(logged.upload(3, 8)).seq == 8
    assert desk.take_audit(logged.upload(1, 3)).seq == 3
    assert desk.counts(logged.terminal_id).audit_seq == 8


@pytest.mark.parametrize("part", [{"at": "2026-11-21T08:00:01.000Z"}, {"kind": "other"}, {"hash": "e" * 64}])
def test_an_altered_line_is_named(desk: Desk, logged: Any, part: dict[str, str]) -> None:
    lines = list(logged.lines)
    lines[3] = lines[3].model_copy(update=part)
    assert refused(desk, logged.upload_of(tuple(lines))) == ("centre.bad_audit_hash", {"seq": 4})
    assert desk.counts(logged.terminal_id).audit_seq == 0


def test_a_missing_line_is_named(desk: Desk, logged: Any) -> None:
    lines = (*logged.lines[:3], *logged.lines[4:])
    assert refused(desk, logged.upload_of(lines)) == ("centre.broken_chain", {"seq": 5})


def test_another_history_is_named_by_its_first_other_line(desk: Desk, logged: Any) -> None:
    desk.take_audit(logged.upload())
    del logged.lines[4:]
    logged.log("something.else")
    logged.log("and.more")
    assert refused(desk, logged.upload()) == ("centre.broken_chain", {"seq": 5})
    assert refused(desk, logged.upload(6)) == ("centre.broken_chain", {"seq": 6})


def test_a_log_that_goes_on_from_another_history_is_named(desk: Desk, logged: Any) -> None:
    desk.take_audit(logged.upload(1, 5))
    del logged.lines[2:]
    for number in range(5):
        logged.log(f"other.{number}")
    assert refused(desk, logged.upload(6)) == ("centre.broken_chain", {"seq": 6})


def test_a_gap_says_which_line_must_come_next(desk: Desk, logged: Any) -> None:
    desk.take_audit(logged.upload(1, 2))
    assert refused(desk, logged.upload(5)) == ("centre.audit_gap", {"seq": 3})
    assert desk.take_audit(logged.upload(3)).seq == 8


def test_a_log_begins_at_the_beginning(desk: Desk, logged: Any) -> None:
    assert refused(desk, logged.upload(2)) == ("centre.audit_gap", {"seq": 1})
    first = logged.lines[0].model_copy(update={"prev": "1" * 64})
    first = first.model_copy(update={"hash": first.expected_hash()})
    assert refused(desk, logged.upload_of((first,))) == ("centre.broken_chain", {"seq": 1})


def test_a_head_signed_by_somebody_else_is_refused(desk: Desk, logged: Any) -> None:
    upload = logged.upload()
    shorter = upload.model_copy(update={"lines": upload.lines[:-1]})
    assert refused(desk, shorter) == ("centre.bad_signature", {})
    assert refused(desk, upload.model_copy(update={"key_id": "0" * 32}))[0] == "centre.unknown_key"
    assert refused(desk, upload.model_copy(update={"terminal_id": "T-99"}))[0] == "centre.unknown_terminal"
    assert refused(desk, upload.model_copy(update={"lines": ()}))[0] == "centre.malformed"


def test_a_line_must_agree_with_the_record_that_claims_it(desk: Desk, till: Any) -> None:
    till.log("terminal.started")
    assert desk.take_record(till.envelope()).reason == ""
    till.lines.pop()
    till.log("something.else")
    assert refused(desk, till.upload()) == ("centre.broken_chain", {"seq": 2})


def test_uploads_at_the_same_moment_agree(desk: Desk, logged: Any) -> None:
    receipts: list[AuditReceipt] = []
    gate = threading.Barrier(8)

    def send(last: int) -> None:
        gate.wait()
        receipts.append(desk.take_audit(logged.upload(1, last)))

    threads = [threading.Thread(target=send, args=(8 - part % 2,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.seq for receipt in receipts) == [7] * 4 + [8] * 4
    assert len({receipt.signature for receipt in receipts}) == 2
