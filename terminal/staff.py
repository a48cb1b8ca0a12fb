"""Knows members of staff by face: enrols, identifies among all who are enrolled (1:N), and forgets them.

The one place where anybody is searched for among many, and staff only (requirements E14): customers are
compared with their own document alone. What is kept is veiled for each enrolment and sealed
(`models.protect`, `sync.enrolments`); a plain template lives only while a picture is looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from models.api import Answer, Embedding
from models.calibration import Calibration
from models.protect import SCHEME, SEED_BYTES, VectorVeil, new_seed, veil_key, wipe
from sync.enrolment import Enrolment
from sync.enrolments import Enrolments

PURPOSE = "staff face"
LEAST_PICTURES = 2
"""One picture alone cannot show that it is of the right person, nor how much that face varies."""


class StaffError(Exception):
    """An enrolment that cannot be made; `code` is a message key.

    Codes: ``staff.too_few_pictures``, ``staff.not_one_person``, ``staff.known_as_another``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Identified:
    """Who was found among the enrolled."""

    answer: Answer
    """Match; no match: nobody enrolled; cannot tell: two people fit."""
    person: str | None
    score: float
    threshold: float
    searched: int
    """People compared with."""
    false_accept_rate: float
    """At most this often a stranger is taken for any of them, by the calibration."""


@dataclass(frozen=True, slots=True)
class _Reference:
    enrolment: Enrolment
    veil: VectorVeil
    veiled: Embedding


class StaffFaces:
    """The enrolled faces of the calibration's scorer. Those of another one are passed over, and counted."""

    def __init__(self, enrolments: Enrolments, secret: bytes, calibration: Calibration) -> None:
        self._enrolments = enrolments
        self._secret = secret
        scorer = calibration.scorer
        exactly = hashlib.sha256(scorer.model_dump_json().encode()).hexdigest()
        self._engine = f"{scorer.modality.value} {scorer.engine} {exactly[:16]} {SCHEME}"
        self._calibration = calibration
        self.passed_over = 0
        """Enrolments of other engines: those people must be enrolled anew."""
        self._references = self._opened()

    def enrol(self, person: str, templates: Sequence[Embedding], false_accept: float) -> Enrolment:
        """Enrol `person` from several pictures' templates; their earlier enrolments stay.

        StaffError when the pictures do not all show one person, or somebody else is enrolled with that face.
        """
        if len(templates) < LEAST_PICTURES:
            raise StaffError("staff.too_few_pictures", least=LEAST_PICTURES, given=len(templates))
        threshold = self._calibration.accept_threshold(false_accept)
        if any(float(one @ two) < threshold for one, two in combinations(templates, 2)):
            raise StaffError("staff.not_one_person")
        middle = np.mean(np.stack(templates), axis=0)
        template = (middle / np.linalg.norm(middle)).astype(np.float32)
        try:
            found = self.identify(template, false_accept)
            if found.person not in (None, person) or found.answer is Answer.CANNOT_TELL:
                raise StaffError("staff.known_as_another")
            return self._keep(person, template)
        finally:
            wipe(template, middle)

    def identify(self, template: Embedding, false_accept: float) -> Identified:
        """Who of the enrolled it is; a stranger is taken for one of them at most `false_accept` often.

        The more people are searched, the higher the score asked for: with n people each comparison may go
        wrong n times less often. ModelError ``model.calibration_too_small`` when the calibration cannot
        show a rate that low.
        """
        best: dict[str, float] = {}
        for each in self._references:
            score = float(each.veil.over(template) @ each.veiled)
            person = each.enrolment.person
            best[person] = max(score, best.get(person, -1.0))
        comparisons = max(1, len(self._references))
        threshold = self._calibration.accept_threshold(false_accept / comparisons)
        fitting = sorted((person for person in best if best[person] >= threshold), key=lambda who: -best[who])
        answer = (Answer.NO_MATCH, Answer.MATCH, Answer.CANNOT_TELL)[min(len(fitting), 2)]
        found = fitting[0] if answer is Answer.MATCH else None
        top = max(best.values(), default=-1.0)
        return Identified(answer, found, top, threshold, len(best), false_accept)

    def revoke(self, person: str, reason: str) -> int:
        """Destroy every enrolment of `person`; how many there were."""
        held = self._enrolments.of(person)
        for each in held:
            self._enrolments.revoke(each, reason)
        self._references = self._opened()
        return len(held)

    def close(self) -> None:
        """Forget what was opened."""
        wipe(*(each.veiled for each in self._references))
        self._references = ()

    def _keep(self, person: str, template: Embedding) -> Enrolment:
        seed = new_seed()
        veiled = self._veil(seed, len(template)).over(template)
        made = self._enrolments.keep(person, self._engine, "", seed + veiled.astype("<f4").tobytes())
        self._references = self._opened()
        return made

    def _opened(self) -> tuple[_Reference, ...]:
        held = self._enrolments.all()
        ours = [each for each in held if each.engine == self._engine]
        self.passed_over = len(held) - len(ours)
        return tuple(self._reference(each) for each in ours)

    def _reference(self, enrolment: Enrolment) -> _Reference:
        opened = self._enrolments.open(enrolment)
        veiled = np.frombuffer(opened, "<f4", offset=SEED_BYTES).astype(np.float32)
        veil = self._veil(bytes(opened[:SEED_BYTES]), len(veiled))
        opened[:] = bytes(len(opened))
        return _Reference(enrolment, veil, veiled)

    def _veil(self, seed: bytes, length: int) -> VectorVeil:
        return VectorVeil(veil_key(self._secret, seed, PURPOSE), length)
