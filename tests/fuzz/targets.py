"""Every parser that is fuzzed."""

from __future__ import annotations

from tests.fuzz import around, biometrics, cards, chips, documents, fingers, irises, paper, pictures
from tests.fuzz.target import Target

TARGETS: tuple[Target, ...] = (
    *cards.TARGETS,
    *chips.TARGETS,
    *documents.TARGETS,
    *fingers.TARGETS,
    *biometrics.TARGETS,
    *irises.TARGETS,
    *paper.TARGETS,
    *around.TARGETS,
    *pictures.TARGETS,
)


def by_name(name: str) -> Target:
    """The target called `name`. `KeyError` when there is none."""
    return {each.name: each for each in TARGETS}[name]
