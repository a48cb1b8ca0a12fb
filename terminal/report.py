"""A case as the record that goes into the book and to the centre.

What stays readable is the result: scores, thresholds, model, rule and device identities, times, hashes.
Names, numbers and pictures are evidence, sealed to the centre; the terminal cannot read them back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.api import About, IdCard
from models.api import Liveness, Match
from sync.records import Record, SealedEvidence
from sync.seal import seal_evidence, seal_values
from terminal.holder.values import HolderCheck, Step
from terminal.photos import HolderPhoto
from terminal.rules.pack import RulePack

ANY_PICTURE = "application/octet-stream"
"""Media type of a photo that is kept as it came."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record was made, and with what program."""

    terminal_id: str
    branch: str
    program: str
    models: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """An evidence item in clear, on its way into the seal."""

    name: str
    media_type: str
    content: bytes


def result_body(holder: HolderCheck, rules: RulePack, place: Place) -> dict[str, Any]:
    """Everything that may stay readable of a case, as plain JSON values."""
    return {
        "case_id": holder.case_id,
        "business": holder.business,
        "decision": holder.decision.value if holder.decision else None,
        "reasons": [{"finding": finding, "clause": clause} for finding, clause in holder.reasons],
        "rule_pack": {"name": rules.name, "sha256": rules.sha256},
        "consent": {
            "given": holder.consent,
            "source": holder.consent_source,
            "text_version": holder.consent_version,
        },
        "document": _document(holder.card),
        "liveness": _liveness(holder.liveness),
        "match": _match(holder.match),
        "matches": [_match(each) for each in holder.matches],
        "good_frames": holder.good_frames,
        "steps": [_step(step) for step in holder.steps],
        "excused": list(holder.excused),
        "stumbles": list(holder.stumbles),
        "troubles": [{"code": each.code, "reference": each.reference} for each in holder.troubles],
        "devices": [_device(about) for about in holder.devices],
        "models": dict(place.models),
        "program": place.program,
    }


def evidence_items(
    holder: HolderCheck, live_face_jpeg: bytes | None, further: Sequence[HolderPhoto] = ()
) -> tuple[Item, ...]:
    """The pictures that only the centre may read again: chip photo, live face, other photos of the holder."""
    items: list[Item] = []
    if holder.card is not None and holder.card.photo:
        items.append(Item("chip_photo", ANY_PICTURE, holder.card.photo))
    if live_face_jpeg:
        items.append(Item("live_face", "image/jpeg", live_face_jpeg))
    items.extend(Item(f"{each.kind.value}_photo", ANY_PICTURE, each.content) for each in further)
    return tuple(items)


def sealed_record(
    record_id: str,
    at: str,
    holder: HolderCheck,
    body: dict[str, Any],
    place: Place,
    items: tuple[Item, ...],
    sealing_key: bytes,
) -> tuple[Record, tuple[SealedEvidence, ...]]:
    """The record and its evidence, each item sealed to the centre's key and named by hash in the record."""
    pairs = [
        seal_evidence(record_id, item.name, item.media_type, item.content, sealing_key) for item in items
    ]
    if holder.card is not None:
        pairs.insert(0, seal_values(record_id, "identity", _identity(holder.card), sealing_key))
    record = Record(
        id=record_id,
        at=at,
        terminal_id=place.terminal_id,
        branch=place.branch,
        simulated=holder.simulated,
        body=body,
        evidence=tuple(ref for ref, _ in pairs),
    )
    return record, tuple(sealed for _, sealed in pairs)


def _identity(card: IdCard) -> dict[str, Any]:
    return {
        "kind": card.kind.value,
        "name": card.name,
        "latin_name": card.latin_name,
        "number": card.number,
        "sex": card.sex.value,
        "birth": card.birth.isoformat() if card.birth else None,
        "nation": card.nation,
        "nationality": card.nationality,
        "address": card.address,
        "issuer": card.issuer,
        "valid_from": card.valid_from.isoformat() if card.valid_from else None,
        "valid_to": card.valid_to.isoformat() if card.valid_to else None,
        "long_term": card.long_term,
        "pass_number": card.pass_number,
    }


def _document(card: IdCard | None) -> dict[str, Any] | None:
    if card is None:
        return None
    return {
        "kind": card.kind.value,
        "read": "chip",
        "valid_to": "long_term" if card.long_term else card.valid_to.isoformat() if card.valid_to else None,
        "text_sha256": card.text_sha256,
        "module_id": card.module_id,
        "doubts": list(card.doubts),
    }


def _liveness(liveness: Liveness | None) -> dict[str, Any] | None:
    if liveness is None:
        return None
    return {
        "decision": liveness.decision.value,
        "signals": {name: _number(value) for name, value in liveness.signals.items()},
        "reasons": list(liveness.reasons),
        "frames": liveness.frames,
        "challenges": [kind.value for kind in liveness.challenges],
    }


def _match(match: Match | None) -> dict[str, Any] | None:
    if match is None:
        return None
    return {
        "score": _number(match.score),
        "threshold": _number(match.threshold),
        "refer_threshold": _number(match.refer_threshold),
        "decision": match.decision.value,
        "false_match_rate": _number(match.false_match_rate),
        "interval": [_number(bound) for bound in match.interval],
        "model_pack": match.model_pack,
        "calibration": match.calibration,
        "photo_kind": match.photo_kind.value,
        "other_kind": match.other_kind.value,
        "elapsed_ms": _number(match.elapsed_ms),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "state": step.state.value,
        "begun_ms": step.begun_ms,
        "elapsed_ms": step.elapsed_ms,
        "code": step.code,
    }


def _device(about: About) -> dict[str, Any]:
    return {
        "driver": about.driver,
        "vendor": about.vendor,
        "model": about.model,
        "serial": about.serial,
        "firmware": about.firmware,
        "simulated": about.simulated,
    }


def _number(value: float) -> float | None:
    """Six digits are plenty; canonical JSON knows no NaN."""
    return round(float(value), 6) if math.isfinite(value) else None
