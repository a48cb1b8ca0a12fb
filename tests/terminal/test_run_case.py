"""Whole cases on the virtual branch from the command line, with devices, networks and centre; told again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from config.paths import HOME
from terminal.cli import run


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    return tmp_path


def played(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code = run(["run", *arguments, "--json"])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == 0, answer
    return answer


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_account_is_opened_and_the_log_tells_it_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = played(capsys, "open_class_1")
    assert (case["ending"], case["synced"]) == ("accepted", True)
    assert {step.split(" by ")[0] for step in case["steps"]} >= {"customer/card", "customer/holder"}
    assert run(["case", "replay", case["case_id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["agrees"] is True
    assert run(["audit", "verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sound"] is True


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_impostor_is_refused_whatever_the_register_says(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = played(capsys, "cash_out", "--amount", "50000", "--virtual", "impostor")
    assert (case["ending"], case["ground"]) == ("refused", "not_the_holder")
    assert "match.no_match" in case["findings"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_agent_and_their_principal_are_two_people_before_the_camera(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = played(capsys, "cash_out", "--amount", "50000", "--party", "agent")
    assert case["ending"] == "accepted"
    assert any(step.startswith("agent/") for step in case["steps"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fly_kites"], "Known: "),
        (["cash_out", "--flag", "moon"], "Known: "),
        (["cash_out", "--amount", "much"], "no amount"),
        (["cash_out", "--amount=-1"], "below zero"),
    ],
)
def test_what_the_rules_do_not_know_is_said_with_what_they_know(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert run(["run", *arguments]) == 64
    told = capsys.readouterr()
    assert says in told.err + told.out
