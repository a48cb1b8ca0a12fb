"""Every virtual visit, whole: real protocol, real networks, real book, real centre; ends as it must."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.paths import paths
from terminal.cli import run
from terminal.view import Decision
from terminal.virtual.scripts import VISITS, Script

EXITS = {Decision.ACCEPT: 0, Decision.REFUSE: 1, Decision.REFER: 2}
CAUSES = {
    Script.GENUINE: "case.all_checks_passed",
    Script.OTHER_PERSON: "match.no_match",
    Script.PRINTED_PHOTO: "liveness.attack",
    Script.REPLAYED_SCREEN: "liveness.attack",
    Script.NOBODY: "face.absent",
    Script.TWO_PEOPLE: "face.several",
    Script.CARD_REMOVED: "card.removed",
    Script.READER_UNPLUGGED: "card_reader.unplugged",
    Script.CAMERA_FROZEN: "camera.frozen",
    Script.FORGED_CARD: "card.not_genuine",
}
EVERY_DAY = (Script.GENUINE, Script.FORGED_CARD)
PERSONAL = ("苏晓岚", "110105198803124429", "19880312", "1988-03-12", "顾云舒", "示例路88号")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RENZHENG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def verify(script: Script, capsys) -> tuple[int, dict]:
    code = run(["verify", "--virtual", script.value, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "script", [pytest.param(each, marks=() if each in EVERY_DAY else pytest.mark.slow) for each in Script]
)
def test_a_visit_ends_as_it_must_for_the_right_cause(script, capsys, home):
    code, answer = verify(script, capsys)
    visit = VISITS[script]
    assert (answer["decision"], code) == (visit.ends.value, EXITS[visit.ends]), answer
    assert answer["reasons"][0]["code"] == CAUSES[script]
    assert answer["synced"] is True and answer["simulated"] is True
    assert answer["case_id"] and answer["record_id"]
    assert any(step["elapsed_ms"] is not None for step in answer["steps"])
    if script is Script.READER_UNPLUGGED:
        assert not any(reason["code"].startswith("card.") for reason in answer["reasons"])
    assert_no_personal_data(home / "logs")


def assert_no_personal_data(folder: Path) -> None:
    texts = [file.read_text("utf-8") for file in folder.rglob("*.jsonl")]
    assert texts, "the day was logged"
    for text in texts:
        for secret in PERSONAL:
            assert secret not in text
            assert secret.encode("unicode_escape").decode() not in text


@pytest.mark.slow
def test_what_is_kept_is_at_the_centre_and_a_changed_byte_is_named(capsys, home):
    _, answer = verify(Script.FORGED_CARD, capsys)
    centre = str(home / "data/virtual/centre")
    command = [sys.executable, "-m", "sync.centre", "records", "--json", "--data", centre]
    listed = subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert [row["id"] for row in json.loads(listed.stdout)["records"]] == [answer["record_id"]]

    assert run(["audit", "verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sound"] is True
    book = paths().data / "virtual" / "book.db"
    whole = bytearray(book.read_bytes())
    whole[len(whole) // 2] ^= 0x01
    book.write_bytes(bytes(whole))
    assert run(["audit", "verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["books"][0]["findings"]
    assert found and found[0]["code"].startswith("book.")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.5, 4.0, 6.5])
def test_the_whole_program_killed_in_mid_case_leaves_a_sound_book(seconds, capsys, home):
    command = [sys.executable, "-m", "terminal", "verify", "--virtual", "genuine", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    code, answer = verify(Script.FORGED_CARD, capsys)
    assert (code, answer["synced"]) == (1, True)
    assert run(["audit", "verify", "--json"]) == 0


def test_consent_declined_takes_no_biometric_and_refers(capsys, home):
    from terminal.app import Options
    from terminal.commands.holder import opened, play, story

    with opened(Options("genuine", unattended=False)) as terminal:
        answer = story(play(terminal, "verify_identity", declined=True))
    assert answer["decision"] == "refer"
    assert answer["reasons"][0]["code"] == "consent.declined"
    assert answer["liveness"] is None and answer["score"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["verify", "--virtual", "nonsense"], 64, "genuine"),
        (["verify", "--virtual", "genuine", "--reader", "x"], 64, "--virtual"),
        (["verify", "--reader", "/dev/nowhere"], 64, "belong together"),
        (["nonsense"], 64, "nonsense"),
        (["compare", "only-one.jpg"], 64, "LIVE_PHOTO"),
        (["compare", "absent.jpg", "absent.jpg"], 69, "absent.jpg"),
        (["liveness", "absent.mp4"], 69, "absent.mp4"),
        (["evaluate", "face", "absent.csv"], 69, "absent.csv"),
        (["evaluate", "liveness", "absent", "absent"], 69, "absent"),
        (["settings", "no.such.key"], 64, "no.such.key"),
        (["audit", "verify"], 69, "no book"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_with_its_exit_code(arguments, code, said, capsys):
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err


def test_a_pack_with_conditions_is_fetched_only_after_accepting_them(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("RENZHENG_MODELS", str(tmp_path))
    assert run(["models", "fetch", "insightface"]) == 64
    assert "--accept-licence" in capsys.readouterr().err


def test_a_reader_that_is_not_there_is_named_before_any_case(capsys):
    code = run(["verify", "--reader", "/dev/ttyNOWHERE", "--camera", "v4l2:/dev/video99", "--json"])
    assert code == 69
    code = json.loads(capsys.readouterr().out)["error"]["code"]
    assert code in ("card_reader.missing", "card_reader.unplugged", "camera.missing")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "picture.empty"),
        (b"just a text, no picture", "picture.not_a_picture"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "picture.not_a_picture"),
    ],
)
def test_a_file_that_is_no_picture_is_named(content, problem, tmp_path, capsys):
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    assert run(["compare", str(file), str(file), "--json"]) == 69
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] in (problem, "picture.damaged")
    assert "photo.jpg" in error["message"]


@pytest.mark.slow
def test_a_second_press_of_begin_starts_no_second_case(home):
    from terminal.app import Options
    from terminal.commands.holder import opened, play

    with opened(Options("forged_card", unattended=True)) as terminal:
        terminal.subscribe(lambda _: None)
        terminal.begin("verify_identity")
        case = play(terminal, "verify_identity")
        assert case.decision is Decision.REFUSE
        assert terminal.flow.holder.case_id == case.case_id
        assert terminal.snapshot().status.waiting == 0
    from sync.store import Store
    from terminal.commands.context import settings
    from terminal.keeping import keys_of

    folder = home / "data/virtual"
    key = keys_of(folder, settings()).database_key()
    with Store.open(folder / "book.db", key, read_only=True) as book:
        assert len(book.ids()) == 1


def test_a_production_terminal_refuses_virtual_devices(monkeypatch, capsys):
    monkeypatch.setenv("RENZHENG__TERMINAL__PRODUCTION", "true")
    assert run(["verify", "--virtual", "genuine", "--json"]) == 69
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "terminal.production_refuses_virtual"


@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_a_reader_that_has_gone_is_no_answer(extra, home):
    command = [sys.executable, "-m", "terminal", "settings", *extra]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(30), said) == (141, b"")
