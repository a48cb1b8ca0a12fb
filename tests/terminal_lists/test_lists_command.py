"""``renzheng lists``: signed by the bank, put in force, asked; answers name entries, never people."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from structlog.testing import capture_logs

from config.paths import HOME, paths
from terminal.calibration_keys import make_key
from terminal.cli import run
from terminal.commands import lists as command

PASSWORD = "a long password"
EXPIRES = (date.today() + timedelta(days=30)).isoformat()
ENTRIES = (
    '{"id": "e-1", "names": ["张伟明"], "numbers": ["110101197003074515"]}\n'
    '{"id": "e-2", "names": ["Hasan Delkar"], "born": "1975"}\n'
)


@pytest.fixture
def ask(monkeypatch, tmp_path, capsys, rules):
    monkeypatch.setenv(HOME, str(tmp_path))
    monkeypatch.setenv("RENZHENG_CALIBRATION_PASSWORD", PASSWORD)
    public = make_key(tmp_path / "bank.pem", PASSWORD)
    monkeypatch.setenv("RENZHENG__LISTS__KEYS", json.dumps([public]))
    monkeypatch.setattr(command, "_rules", lambda: rules)

    def asking(*arguments, as_json=True):
        with capture_logs():
            code = run(["lists", *map(str, arguments), *(["--json"] if as_json else [])])
        said = capsys.readouterr()
        return code, json.loads(said.out) if as_json else said.out

    return asking


@pytest.fixture
def signed(ask, tmp_path):
    """Signs `ENTRIES` as a list of a kind; the file."""

    def signing(kind="sanctions", text=ENTRIES):
        raw, target = tmp_path / "raw.jsonl", tmp_path / f"{kind}.jsonl"
        raw.write_text(text, encoding="utf-8")
        named = ("--id", kind, "--kind", kind, "--issuer", "An invented council", "--expires", EXPIRES)
        code, said = ask("sign", raw, "--key", tmp_path / "bank.pem", "--out", target, *named)
        assert code == 0, said
        return target

    return signing


def test_a_list_is_signed_added_shown_and_asked(ask, signed):
    for kind in ("sanctions", "wanted"):
        code, said = ask("add", signed(kind))
        assert (code, said["list"], said["entries"]) == (0, kind, 2)
    code, said = ask("show")
    assert (code, said["lacking"]) == (0, [])
    assert [(row["id"], row["state"], row["count"], row["expires"]) for row in said["lists"]] == [
        ("sanctions", "current", 2, EXPIRES),
        ("wanted", "current", 2, EXPIRES),
    ]
    code, said = ask("check", "--name", "李丽", "--number", "110101700307451")
    assert code == 1
    assert said["hits"][0] == {
        "list": "sanctions",
        "entry": "e-1",
        "how": "number",
        "score": 1.0,
        "sure": "sure",
        "birth": "equal",
    }
    code, said = ask("check", "--name", "DELKAR Hasan", "--born", "1975-03-01")
    assert (code, {hit["entry"] for hit in said["hits"]}) == (1, {"e-2"})
    assert ask("check", "--name", "王小明") == (
        0,
        {"hits": [], "searched": ["sanctions", "wanted"], "lacking": []},
    )
    _, text = ask("check", "--name", "张伟明", as_json=False)
    assert "e-1" in text
    assert "张" not in text


def test_a_list_that_must_be_there_is_missed(ask, signed, tmp_path):
    code, said = ask("check", "--name", "王小明")
    assert (code, said["lacking"]) == (2, ["sanctions", "wanted"])
    ask("add", signed("sanctions"))
    ask("add", signed("wanted"))
    (paths().data / "lists" / "wanted.list").unlink()
    code, said = ask("show")
    assert (code, said["lacking"]) == (1, ["wanted"])
    assert [row["state"] for row in said["lists"]] == ["current", "missing"]


def test_an_altered_file_is_refused_and_said(ask, signed):
    file = signed()
    ask("add", file)
    first = ask("show")
    file.write_text(file.read_text("utf-8").replace("Hasan", "Harun"), encoding="utf-8")
    code, said = ask("add", file)
    assert (code, said["error"]["code"]) == (64, "lists.altered")
    file.with_name(file.name + ".sig").unlink()
    assert ask("add", file)[1]["error"]["code"] == "lists.unsigned"
    assert ask("show") == first


def test_an_older_edition_stays_out_also_when_the_newer_file_is_gone(ask, signed, tmp_path):
    old = signed().rename(tmp_path / "old.jsonl")
    (tmp_path / "sanctions.jsonl.sig").rename(tmp_path / "old.jsonl.sig")
    assert ask("add", signed(text=ENTRIES.splitlines()[0] + "\n"))[0] == 0
    (paths().data / "lists" / "sanctions.list").unlink()
    code, said = ask("add", old)
    assert (code, said["error"]["code"]) == (64, "lists.older")


@pytest.mark.parametrize("arguments", [(), ("--born", "1970"), ("--name", "x", "--born", "soon")])
def test_a_question_about_nobody_is_wrong_usage(ask, arguments):
    assert ask("check", *arguments)[0] == 64


def test_entries_that_are_not_in_order_are_not_signed(ask, tmp_path):
    raw = tmp_path / "raw.jsonl"
    raw.write_text('{"id": "e-1", "nickname": "x"}\n', encoding="utf-8")
    named = ("--id", "x", "--kind", "sanctions", "--issuer", "x", "--expires", EXPIRES)
    code, said = ask("sign", raw, "--key", tmp_path / "bank.pem", "--out", tmp_path / "out", *named)
    assert (code, said["error"]["code"]) == (64, "lists.unreadable")
    assert not (tmp_path / "out").exists()
    raw.write_text(ENTRIES, encoding="utf-8")
    named = ("--id", "Bad Name", *named[2:])
    assert ask("sign", raw, "--key", tmp_path / "bank.pem", "--out", tmp_path / "out", *named)[0] == 64


def test_a_file_or_key_that_is_not_there_is_said(ask, tmp_path):
    named = ("--id", "x", "--kind", "sanctions", "--issuer", "x", "--expires", EXPIRES)
    gone, target = tmp_path / "gone.jsonl", tmp_path / "out"
    code, said = ask("sign", gone, "--key", tmp_path / "bank.pem", "--out", target, *named)
    assert (code, said["error"]["code"]) == (69, "lists.not_written")
    assert "gone.jsonl" in said["error"]["message"]
    gone.write_text(ENTRIES, encoding="utf-8")
    code, said = ask("sign", gone, "--key", tmp_path / "other.pem", "--out", target, *named)
    assert (code, said["error"]["code"]) == (64, "calibrate.key_missing")
    assert ask("add", tmp_path / "never.jsonl")[1]["error"]["code"] == "lists.unreadable"
