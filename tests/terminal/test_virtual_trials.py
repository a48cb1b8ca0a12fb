"""Seeded trials of the liveness check: which are run, what is noted, gone on with and counted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from config.paths import HOME
from drivers.camera.puppet import Puppet
from models.api import LiveAnswer
from models.evaluate.journal import Journal
from terminal.cli import run
from terminal.commands.virtual_trials import KINDS, rates, reasons, sources, trials
from terminal.virtual.people import faces, people
from terminal.virtual.trials import Kind, Range, Trial

ABOUT = {"pack": "open", "models": {}, "seconds": 1.0}


def answer(decision, *why):
    return {"answer": decision.value, "reasons": list(why)}


def test_the_command_names_every_kind_there_is():
    assert [kind.value for kind in Kind] == list(KINDS)


def test_kinds_come_in_turn_so_that_a_stopped_run_has_as_many_of_each():
    wanted = trials(2, (), 10_000)
    assert [trial.kind for trial in wanted] == [*Kind, *Kind]
    assert {trial.seed for trial in wanted} == {10_000, 10_001}
    assert trials(1, ("print",)) == [Trial(Kind.PRINT, 0)]


@pytest.mark.slow
def test_a_stopped_run_goes_on_and_its_report_tells_each_kind(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    asked = ["evaluate", "liveness", "--kind", "switched", "--first-seed", "10000", "--json"]
    asked += ["--report", str(tmp_path / "report"), "--virtual"]
    assert run([*asked, "1"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["apcer"], first["presentations"]) == ({"switched": 0.0}, {"live": 0, "switched": 1})
    noted = (tmp_path / "report" / "journal.jsonl").read_text("utf-8")
    assert run([*asked, "4"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert (whole["apcer"], whole["presentations"]["switched"]) == ({"switched": 0.0}, 4)
    assert (tmp_path / "report" / "journal.jsonl").read_text("utf-8").startswith(noted)


def test_rates_are_told_for_each_kind_and_cannot_tell_apart():
    known = {
        "genuine:0": answer(LiveAnswer.LIVE),
        "genuine:1": answer(LiveAnswer.CANNOT_TELL, "liveness.challenge_missed"),
        "print:0": answer(LiveAnswer.ATTACK, "liveness.passive_low", "liveness.border"),
        "print:1": answer(LiveAnswer.LIVE),
    }
    wanted, journal = trials(2, ("genuine", "print")), Journal(None, known)
    found = rates(wanted, journal, ABOUT).as_json()
    assert (found["apcer"], found["bpcer"]) == ({"print": 0.5}, 0.0)
    assert found["cannot_tell"] == {"live": 0.5, "print": 0.0}
    assert found["intervals"]["apcer"]["print"] == pytest.approx([0.0126, 0.9874], abs=1e-3)
    assert reasons(wanted, journal)["print"] == {"liveness.passive_low": 1, "liveness.border": 1}


def test_a_run_is_of_the_files_that_make_and_judge_its_presentations():
    files, base = sources()
    names = {str(file.relative_to(base)) for file in files}
    assert {"drivers/camera/mouth.py", "models/face/rest.py", "terminal/virtual/trials.py"} <= names
    assert "terminal/virtual/people.toml" in names


def test_people_of_one_portrait_are_one_face_before_a_camera():
    portraits = [person.portrait for person in faces()]
    assert len(set(portraits)) == len(portraits) >= 2
    assert set(portraits) == {person.portrait for person in people().values()}


def test_nobody_is_switched_for_themselves():
    puppet = Puppet(np.zeros((8, 8, 3), np.uint8), np.zeros((468, 3), np.float32))
    with pytest.raises(ValueError, match="face of their own"):
        Range(None, (puppet, puppet), None)
