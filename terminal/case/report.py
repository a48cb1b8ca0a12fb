"""What is told of a case: the body of its record, and a line for everything that happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from terminal.case.events import Ending
from terminal.case.values import Case
from terminal.case.verdict import Verdict
from terminal.view import Decision

DECISION = {
    Ending.ACCEPTED: Decision.ACCEPT,
    Ending.PROVISIONAL: Decision.ACCEPT,
    Ending.REFUSED: Decision.REFUSE,
}
"""What an ending is to the central account system; anything else leaves it to a person."""


def case_body(case: Case, found: Verdict) -> dict[str, Any]:
    """Everything that may stay readable of a case, as plain JSON values: no name, no number, no picture."""
    situation = case.situation
    decision = DECISION.get(case.ending, Decision.REFER) if case.ending else None
    return {
        "case_id": case.case_id,
        "business": situation.business if situation else "",
        "channel": situation.channel.value if situation else "",
        "date": situation.on.isoformat() if situation else None,
        "amount": str(situation.amount) if situation and situation.amount is not None else None,
        "currency": situation.currency if situation else "",
        "risk": situation.risk.value if situation and situation.risk else None,
        "decision": decision.value if decision else None,
        "ending": case.ending.value if case.ending else None,
        "ground": case.ground,
        "rule_pack": {"name": case.packs, "sha256": case.packs_sha256},
        "parties": [
            {"id": each.id, "role": each.role.value, "document": each.document}
            for each in (situation.parties if situation else ())
        ],
        "steps": [_step(case, place) for place in range(len(case.done))],
        "findings": [
            {
                "finding": each.code,
                "of": each.party,
                "clause": each.clause,
                "resolved_by": each.resolved_by,
                "ground": each.ground,
            }
            for each in case.findings
        ],
        "reasons": [{"finding": what, "clause": clause} for what, clause in found.against],
        "opened": {"by": case.opened_by, "at": case.opened_at},
        "ended_at": case.ended_at,
    }


def _step(case: Case, place: int) -> dict[str, Any]:
    done = case.done[place]
    return {
        "name": done.key,
        "step": done.step.value,
        "by": done.by,
        "at": done.at,
        "method": done.method,
        "role": done.role,
        "evidence": list(done.evidence),
        "stands_in": done.excepted,
    }


def told_line(before: Case, after: Case) -> Iterator[str]:
    """In words, what `after` has that `before` had not."""
    for done in after.done[len(before.done) :]:
        proof = f"  [{done.method}]" if done.method else ""
        answer = f"  → {done.answer}" if done.answer else ""
        role = f" as {done.role}" if done.role else ""
        yield f"  ok   {done.key:34} {done.by}{role}{proof}{answer}"
    for party, method in after.proved[len(before.proved) :]:
        if not any(done.method == method and done.party == party for done in after.done):
            yield f"  ok   {party + '/' + method:34} proved"
    for finding in after.findings[len(before.findings) :]:
        yield f"  no   {finding.key:34} {finding.code} ({finding.clause})"
    for finding in after.findings:
        known = next((f for f in before.findings if (f.code, f.party) == (finding.code, finding.party)), None)
        if finding.resolved_by and (known is None or known.resolved_by is None):
            yield f"  ok   {finding.code:34} resolved by {finding.resolved_by}: {finding.ground}"
    if after.parked_until and not before.parked_until:
        yield f"  …    waits for {', '.join(after.missing)}"
    if after.ending and not before.ending:
        yield f"  =    {after.ending.value}{': ' + after.ground if after.ground else ''}"
