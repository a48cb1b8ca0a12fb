"""A bank measures its own calibration from pictures, signs it, puts it in force, and is judged by it."""

from __future__ import annotations

import json

import pytest

from terminal.cli import run
from terminal.commands import calibrate_told, compare
from terminal.rules.today import match_rules

PASSWORD = "long enough"
PEOPLE = ("astronaut", "admiral")


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Runs a command in a home of its own; its exit code and its JSON."""
    monkeypatch.setenv("RENZHENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RENZHENG_CALIBRATION_PASSWORD", PASSWORD)

    def called(*arguments):
        code = run([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return called


@pytest.fixture
def lenient(monkeypatch):
    """Rules that so few pictures can satisfy; nothing else is changed."""
    update = {"target_false_match_rate": 0.2, "refer_false_match_rate": 0.3}
    rules = match_rules().model_copy(update=update)
    for module in (compare, calibrate_told):
        monkeypatch.setattr(module, "match_rules", lambda: rules)


def every_pair():
    """Each picture of the two people with each later one, and with each of the other person."""
    same = [f"{who}/{a}.jpg,{who}/{b}.jpg,1" for who in PEOPLE for a in range(4) for b in range(a + 1, 4)]
    return same + [f"astronaut/{a}.jpg,admiral/{b}.jpg,0" for a in range(4) for b in range(4)]


def test_from_pictures_to_a_decision(stack, call, lenient, people, write_pairs, tmp_path, monkeypatch):
    pairs = write_pairs(*every_pair())
    made = ("calibrate", "face", pairs, "--kind", "document", "--description", "two people of our own")
    code, told = call(*made, "--out", tmp_path)
    (row,) = told["calibrations"]
    assert (code, row["sample"], row["enough"], row["all"]["impostors"]) == (0, "document", "weak", 16)
    file, key = tmp_path / "face-open-document.json", tmp_path / "bank.pem"
    public = call("calibrate", "key", key)[1]["public_key"]
    monkeypatch.setenv("RENZHENG__MODELS__CALIBRATION_KEYS", json.dumps([public]))
    monkeypatch.setenv("RENZHENG__TERMINAL__PRODUCTION", "true")
    photo, same, other = (people / name for name in ("astronaut/0.jpg", "astronaut/2.jpg", "admiral/0.jpg"))
    comparing = ("compare", photo, same, "--kind", "document")
    assert call(*comparing)[1]["error"]["code"] == "model.no_calibration.not_installed"
    assert call("calibrate", "install", file)[0] == 69
    assert call("calibrate", "sign", file, "--key", key)[0] == 0
    assert call("calibrate", "verify", file)[0] == 0
    assert call("calibrate", "install", file)[0] == 0
    code, answer = call(*comparing)
    assert (code, answer["decision"]) == (0, "match")
    assert "two people of our own" in answer["calibration"]
    code, answer = call("compare", photo, other, "--kind", "document")
    assert (code, answer["decision"]) == (1, "no_match")


def test_too_few_pictures_are_written_but_called_too_few(stack, call, write_pairs, tmp_path):
    pairs = write_pairs(*every_pair(), *every_pair())
    code, told = call("calibrate", "face", pairs, "--description", "few", "--out", tmp_path)
    (row,) = told["calibrations"]
    assert (code, row["enough"]) == (1, "too_small")
    assert row["all"]["impostors"] == 16, "a row that is repeated is no further evidence"
