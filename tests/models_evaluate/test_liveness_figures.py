"""The shipped figures of the virtual trials: whole, with their intervals, and told in the docs as such."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.evaluate.metrics import clopper_pearson
from terminal.commands.virtual_trials import KINDS, TUNING_SEEDS

ROOT = Path(__file__).parents[2]
(FILE,) = sorted((ROOT / "models" / "figures").glob("liveness-virtual-*.json"))[-1:]
FIGURES = json.loads(FILE.read_text("utf-8"))
GROUPS = {"genuine": FIGURES["genuine"], **FIGURES["attacks"]}


def test_every_kind_is_there_measured_on_seeds_kept_for_reports():
    assert set(GROUPS) == set(KINDS)
    first, last = FIGURES["seeds"]
    assert 0 <= first <= last < TUNING_SEEDS


@pytest.mark.parametrize("kind", KINDS)
def test_counts_add_up_and_intervals_are_theirs(kind):
    group = GROUPS[kind]
    count = group["presentations"]
    assert count == FIGURES["seeds"][1] - FIGURES["seeds"][0] + 1
    assert group["live"] + group["attack"] + group["cannot_tell"] == count
    assert group["live_interval"] == pytest.approx(clopper_pearson(group["live"], count), abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_docs_tell_the_same(kind):
    group, docs = GROUPS[kind], (ROOT / "docs" / "liveness.md").read_text("utf-8")
    low, high = (f"{100 * each:.1f}" for each in group["live_interval"])
    live, of = group["live"], group["presentations"]
    name = kind.replace("_", " ")
    row = f"| {name} | {live} of {of} [{low}, {high} %] | {group['attack']} | {group['cannot_tell']} |"
    assert row in docs
