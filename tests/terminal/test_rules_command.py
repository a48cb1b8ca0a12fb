"""``renzheng rules``: explain, check, diff, sign, install, roll back, as people and programs use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from small_packs import LOOSE, SHIPPED, TIGHT, TIGHTER, TRIES, pack_text
from structlog.testing import capture_logs

from config.paths import paths
from config.settings import Settings
from sync.store import Store
from terminal.cli import run
from terminal.commands.doctor_rules import rules as doctor_rules
from terminal.rules.today import rules_named, rules_on, rules_today

PASSWORD = "long enough"
Call = Callable[..., tuple[int, dict[str, Any]]]
AHEAD = {"since": "2020-01-01"}
"""In force whatever today is."""


@pytest.fixture(autouse=True)
def home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENZHENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RENZHENG_RULES_PASSWORD", PASSWORD)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*arguments: object) -> tuple[int, dict[str, Any]]:
        with capture_logs():  # which go to a file, not to the screen
            code = run(["rules", *map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return called


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def called(*arguments: object) -> tuple[int, str]:
        with capture_logs():
            code = run(["rules", *map(str, arguments)])
        caught = capsys.readouterr()
        return code, caught.out + caught.err

    return called


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def made(text: str, file: str = "branch.yaml") -> Path:
        (tmp_path / file).write_text(text)
        return tmp_path / file

    return made


@pytest.fixture
def bank(tmp_path: Path, call: Call) -> Path:
    """A key of the bank, trusted here."""
    made = (
        "key",
        tmp_path / "bank.pem",
        "--owner",
        "Head office",
        "--may-sign",
        "bank",
        "--may-sign",
        "branch",
    )
    code, answer = call(*made)
    assert code == 0
    folder = paths().site / "rule-keys"
    folder.mkdir(parents=True)
    (folder / "bank.toml").write_text(Path(answer["public"]).read_text())
    return tmp_path / "bank.pem"


def test_the_shipped_packs_are_listed_with_those_in_force(call: Call, told: Callable[..., Any]) -> None:
    code, answer = call("list")
    assert (code, answer["problems"]) == (0, [])
    in_force = [row["name"] for row in answer["packs"] if row["in_force"]]
    assert sorted(in_force) == sorted(SHIPPED.name.split(" + "))
    assert told("list")[1].count("shipped") == len(answer["packs"])


def test_explain_gives_the_required_steps_with_clause_and_pack(call: Call) -> None:
    code, answer = call(
        "explain", "--business", "verify_identity", "--date", "2026-11-02", "--party", "customer:age=40"
    )
    assert code == 0
    assert {row["step"] for row in answer["steps"]} >= {"consent", "identity_document", "holder_check"}
    assert all(row["clause"] and row["pack"] and row["stage"] for row in answer["steps"])
    assert answer["packs"] == SHIPPED.name
    assert answer["stops"] == []
    code, answer = call(
        "explain", "--business", "verify_identity", "--party", "customer", "--party", "customer"
    )
    assert answer["parties"] == ["customer.too_many"]


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("zh", ("核验身份（verify_identity） 2026-11-02 柜面", "核对", "真人与证件照片比对 – 客户")),
        ("en", ("Verify identity (verify_identity), 2026-11-02, counter", "Check", "– customer")),
    ],
)
def test_explain_speaks_the_language_of_the_settings(
    told: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, language: str, says: tuple[str, ...]
) -> None:
    monkeypatch.setenv("RENZHENG__UI__LANGUAGE", language)
    code, text = told("explain", "--business", "verify_identity", "--date", "2026-11-02")
    assert code == 0
    assert all(each in text for each in says), text
    assert "rules." not in text, "every code has a text"


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--business", "verify_identiti"), "rules.unknown_business", "verify_identity"),
        (("--flag", "moon"), "rules.unknown_flag", "list_possible"),
        (("--flag", "list_possible"), "rules.flag_of_party", "list_possible"),
        (("--party", "custommer:age=40"), "rules.unknown_role", "customer"),
        (("--party", "customer:flag=list_posible"), "rules.unknown_flag", "list_possible"),
        (("--party", "customer:document=residnet"), "rules.unknown_document", "resident"),
        (("--party", "customer:age=old"), "rules.wrong_party", "age=old"),
        (("--party", "customer:age=999"), "rules.wrong_party", "age=999"),
        (("--party", "customer:hat=red"), "rules.wrong_party", "hat=red"),
        (("--party", "customer:phone=red"), "rules.wrong_party", "phone=red"),
        (("--amount", "much"), "rules.wrong_amount", "much"),
        (("--amount", "NaN"), "rules.wrong_amount", "NaN"),
        (("--rate", "EURO=1"), "rules.wrong_amount", "EURO=1"),
        (("--date", "1999-01-01"), "rules.none_in_force", "1999-01-01"),
    ],
)  # fmt: skip
def test_what_nobody_knows_is_wrong_usage_and_the_nearest_is_named(
    call: Call, options: tuple[str, ...], code: str, says: str
) -> None:
    business = () if "--business" in options else ("--business", "verify_identity")
    exit_code, answer = call("explain", *business, *options)
    assert answer["error"]["code"] == code
    assert says in answer["error"]["message"]
    assert exit_code == (1 if code == "rules.none_in_force" else 64)


def test_amounts_rates_and_facts_reach_the_rules(call: Call) -> None:
    cash = SHIPPED.thresholds["cash"].amounts["USD"]
    asked = ("explain", "--business", "verify_identity", "--date", "2026-11-02", "--currency", "eur")
    code, answer = call(*asked, "--amount", cash)
    assert (code, "cash" in answer["thresholds_reached"], answer["unknown"]) == (0, True, ["rate.EUR"])
    for rate, reached in (("1", True), ("0.99", False)):
        answer = call(*asked, "--amount", cash, "--rate", f"EUR={rate}")[1]
        assert ("cash" in answer["thresholds_reached"]) is reached


def test_check_tells_every_problem_with_line_and_clause(
    call: Call, told: Callable[..., Any], written: Callable[..., Path]
) -> None:
    wrong = written(pack_text(LOOSE + "match: {refer_false_match_rate: 1.0e-9}\n"))
    code, answer = call("check", wrong)
    assert (code, answer["fits"], answer["unsigned"]) == (1, False, ["branch.yaml"])
    rows = {(row["code"], row["line"], row["place"]) for row in answer["problems"]}
    assert rows == {("rules.loosens", 8, "card.max_tries"), ("rules.contradiction", 9, "match")}
    assert all(row["clause"] and row["file"] == "branch.yaml" for row in answer["problems"])
    code, text = told("check", wrong)
    assert (code, "branch.yaml:8: card.max_tries:" in text) == (1, True)
    assert f"[{SHIPPED.card.clause}]" in text
    head = written(pack_text(authority="shop", since="soon"))
    assert [row["place"] for row in call("check", head)[1]["problems"]] == ["authority", "effective_from"]
    head.write_bytes(b"pack: \xff\n")
    assert call("check", head)[1]["problems"][0]["code"] == "rules.not_yaml"
    assert call("check", head.with_name("nowhere.yaml"))[1]["problems"][0]["code"] == "rules.unreadable"
    assert not (paths().data / "rules").exists(), "a dry run writes nothing"


def test_check_says_what_will_be_in_force_from_when(call: Call, written: Callable[..., Path]) -> None:
    code, answer = call("check", written(pack_text(since="2090-01-01", until="2090-12-31")))
    assert (code, answer["fits"]) == (0, True)
    assert [row["from"] for row in answer["rules"]][1:] == ["2090-01-01", "2091-01-01"]
    assert [row["rules"].endswith("branch-7 1") for row in answer["rules"]] == [False, True, False]


@pytest.mark.slow
def test_diff_of_a_file_names_values_with_lines_and_steps_with_situations(
    call: Call, told: Callable[..., Any], written: Callable[..., Path]
) -> None:
    demand = "{clause: X, step: read_back, when: [{risk: [high]}]}"
    body = TIGHT + f"businesses: {{verify_identity: {{channels: [counter], demands: {{again: {demand}}}}}}}\n"
    file = written(pack_text(body))
    code, answer = call("diff", file)
    assert code == 0
    values = {row["place"]: row for row in answer["values"]}
    assert values["card.max_tries"] == {
        "place": "card.max_tries", "before": TRIES, "after": TRIES - 1, "where": "branch.yaml:8",
    }  # fmt: skip
    assert values["businesses.verify_identity.channels"]["where"] == "branch.yaml:9"
    steps = {
        (row["change"], row["key"]): row for row in answer["steps"] if row["business"] == "verify_identity"
    }
    assert ["--risk high"] in steps["gained", "case/again"]["situations"]
    assert ["--risk low"] not in steps["gained", "case/again"]["situations"]
    assert ["--channel visit"] in steps["gained", "stop case/channel"]["situations"]
    assert not [row for row in answer["steps"] if row["change"] == "lost"], "a lower pack takes nothing away"
    code, text = told("diff", file)
    assert "branch.yaml:8: card.max_tries:" in text
    assert "+ verify_identity: case/again [X]" in text


@pytest.mark.slow
def test_diff_of_two_files_two_days_and_of_nothing(call: Call, written: Callable[..., Path]) -> None:
    one, other = written(pack_text(TIGHT), "a.yaml"), written(pack_text(TIGHTER, version="2"), "b.yaml")
    places = [row["place"] for row in call("diff", one, other)[1]["values"]]
    assert places == ["card.max_tries"]
    code, answer = call("diff", one, one)
    assert (code, answer["values"], answer["steps"]) == (1, [], [])
    code, answer = call("diff", "--on", "2025-12-31", "--and", "2026-01-01")
    assert code == 0
    assert "thresholds.one_off.amounts.CNY" in {row["place"] for row in answer["values"]}
    for wrong in ((), (one, one, one), (one, "--and", "2026-01-01"), ("--on", "2026-01-01")):
        assert call("diff", *wrong)[0] == 64


def test_sign_install_history_and_rollback(call: Call, bank: Path, written: Callable[..., Path]) -> None:
    file = written(pack_text(**AHEAD))
    code, answer = call("install", file)
    assert (code, answer["error"]["code"]) == (1, "rules.unsigned")
    assert answer["error"]["message"].startswith("branch.yaml:1:")
    assert call("sign", file, "--key", bank)[0] == 0
    assert call("check", file)[1] == {**call("check", file)[1], "fits": True, "unsigned": []}
    code, answer = call("install", file, "--by", "1001", "--reason", "order 12")
    assert (code, answer["packs"]) == (0, ["branch-7 1"])
    assert answer["rules"].endswith("+ branch-7 1")
    second = written(pack_text(TIGHTER, version="2", **AHEAD), "second.yaml")
    assert call("sign", second, "--key", bank)[0] == 0
    assert call("install", second)[0] == 0
    second.write_text(second.read_text().replace("order of", "words of"))
    assert call("install", second)[1]["error"]["code"] == "rules.signature_wrong"
    wrong = {row["code"] for row in call("check", second)[1]["problems"]}
    assert wrong == {"rules.version_taken", "rules.signature_wrong"}
    assert call("rollback", "1", "--by", "1001", "--by", "1001")[1]["error"]["code"] == "rules.two_people"
    code, answer = call("rollback", "1", "--by", "1001", "--by", "1002", "--reason", "wrong copy")
    assert (code, answer["state"], answer["to"]) == (0, 3, 1)
    assert answer["rules"].endswith("branch-7 1")
    code, answer = call("history")
    assert [(row["number"], row["change"], row["in_force"]) for row in answer["states"]] == [
        (1, "installed", False), (2, "installed", False), (3, "rolled_back", True),
    ]  # fmt: skip
    assert answer["states"][2]["by"] == ["1001", "1002"]
    assert noted() == ["rules.installed", "rules.installed", "rules.rolled_back"]
    (paths().site / "rule-keys" / "bank.toml").unlink()
    code, answer = call("list")
    assert (code, {row["code"] for row in answer["problems"]}) == (1, {"rules.key_unknown"})


def noted() -> list[str]:
    """Kinds of the lines in the terminal's own log."""
    from terminal.keeping import keys_of

    home = paths().data / "terminal"
    keys = keys_of(home, Settings())
    with Store.open(home / "book.db", keys.database_key(), read_only=True) as store:
        return [row[0] for row in store.database.rows("SELECT kind FROM audit ORDER BY seq")]


def test_keys_have_their_troubles_told(
    call: Call, bank: Path, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(pack_text())
    monkeypatch.setenv("RENZHENG_RULES_PASSWORD", "another one")
    assert call("sign", file, "--key", bank)[1]["error"]["code"] == "calibrate.key_locked"
    assert not file.with_name("branch.yaml.sig").exists()
    assert call("sign", file, "--key", "nowhere.pem")[1]["error"]["code"] == "calibrate.key_missing"
    code, answer = call("key", bank, "--owner", "x", "--may-sign", "bank")
    assert (code, answer["error"]["code"]) == (64, "calibrate.key_exists")
    assert call("key", bank.with_name("new.pem"), "--owner", "x", "--may-sign", "shop")[0] == 64


def test_what_is_installed_is_what_commands_and_doctor_go_by(
    call: Call, bank: Path, written: Callable[..., Path]
) -> None:
    assert doctor_rules(Settings()).good
    file = written(pack_text(**AHEAD))
    call("sign", file, "--key", bank)
    assert call("install", file)[0] == 0
    assert rules_today().card.max_tries == rules_on(date(2026, 11, 2)).card.max_tries == TRIES - 1
    assert rules_named(rules_today().sha256).name == rules_today().name
    found = doctor_rules(Settings())
    assert (found.good, found.found) == (True, rules_today().name)
    for state in (paths().data / "rules" / "states").iterdir():
        state.write_bytes(b"{}")
    with capture_logs():
        assert rules_today().card.max_tries == TRIES
        found = doctor_rules(Settings())
    assert (found.good, "00000001.json:1" in found.found) == (False, True)
