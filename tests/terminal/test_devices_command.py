"""``renzheng devices``: lists, tests, explains, watches, records, simulates; for people and for programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import structlog
from supervised import Bench

import terminal.choice
from drivers.api import Kind
from drivers.registry import known
from terminal.cli import run
from terminal.commands import devices_record
from terminal.commands.devices_seen import renewed
from terminal.simulators import RECIPES, simulating

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RENZHENG_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "settings").mkdir(parents=True)
    # As the command itself does: what is noted never stands between the lines of an answer.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield tmp_path / "home"
    structlog.reset_defaults()


def choose(home: Path, *rows: str) -> None:
    """Write devices into the settings of this machine."""
    text = "".join(f"[[devices]]\n{row}\n" for row in rows)
    (home / "settings" / "machine.toml").write_text(text)


def said(arguments: list[str], capsys) -> tuple[int, dict]:
    code = run([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("arguments", [["devices"], ["devices", "list"]])
def test_the_list_has_every_driver_with_its_grade(arguments, capsys):
    code, answer = said(arguments, capsys)
    assert code == 0
    assert {row["driver"] for row in answer["drivers"]} == set(known())
    assert all(row["grade"] in ("simulated", "protocol-tested") for row in answer["drivers"]), (
        "none was tried"
    )
    kinds = [row["kind"] for row in answer["drivers"]]
    assert kinds == sorted(kinds, key=[each.value for each in Kind].index)


def test_the_list_can_be_of_one_kind_and_names_kinds_that_exist(capsys):
    code, answer = said(["devices", "list", "--kind", "card_reader"], capsys)
    assert code == 0 and {row["kind"] for row in answer["drivers"]} == {"card_reader"}
    assert run(["devices", "list", "--kind", "toaster"]) == 64
    assert "card_reader" in capsys.readouterr().err


def test_people_read_the_same(capsys, home):
    choose(home, 'kind = "printer"\ndriver = "escpos"\naddress = "tcp:127.0.0.1:9"\nname = "receipts"')
    assert run(["devices"]) == 0
    text = capsys.readouterr().out
    for driver in known():
        assert driver in text
    assert re.search(r"receipts +not running +escpos@tcp:127.0.0.1:9", text)


@pytest.mark.parametrize("driver", sorted(RECIPES))
def test_every_simulator_starts_and_its_device_passes_its_test(driver, capsys, home):
    with simulating(driver) as running:
        options = "\n".join(f'options.{name} = "{value}"' for name, value in running.options.items())
        kind = known()[driver].kind.value
        choose(home, f'kind = "{kind}"\ndriver = "{driver}"\naddress = "{running.address}"\n{options}')
        code, answer = said(["devices", "test", kind], capsys)
    assert (code, answer["good"]) == (0, True), answer
    row = answer["devices"][0]
    assert [step["step"] for step in row["steps"]][:2] == ["open", "check"]
    assert row["steps"][0]["facts"]["simulated"] is True


def test_a_device_that_is_not_there_is_told_with_cause_and_remedy(capsys):
    assert run(["devices", "test", "sdt@/dev/ttyNOWHERE"]) == 69
    text = capsys.readouterr().out
    assert "Check its cable" in text and "card_reader.unplugged" in text
    code, answer = said(["devices", "test", "sdt@/dev/ttyNOWHERE"], capsys)
    assert (code, answer["devices"][0]["code"]) == (69, "card_reader.unplugged")


def test_what_the_person_must_do_is_told_too(capsys):
    with simulating("escpos") as running:
        running.handle.tell("fault no_paper")
        code, answer = said(["devices", "test", f"escpos@{running.address}"], capsys)
    assert (code, answer["devices"][0]["code"]) == (69, "printer.no_paper")
    assert "paper" in answer["devices"][0]["cause"].lower()


def test_a_camera_is_watched_long_enough_to_notice_a_frozen_picture(capsys):
    with simulating("opencv") as camera:
        code, answer = said(["devices", "test", f"opencv@{camera.address}"], capsys)
        facts = answer["devices"][0]["steps"][-1]["facts"]
        assert code == 0 and facts["fps"] > 5 and (facts["width"], facts["height"]) == (320, 240)
        camera.handle.fault("freeze")
        code, answer = said(["devices", "test", f"opencv@{camera.address}"], capsys)
    assert (code, answer["devices"][0]["code"]) == (69, "camera.frozen")


def test_every_device_of_the_settings_is_tested(capsys, home):
    with simulating("pad-stream") as pad:
        choose(
            home,
            f'kind = "signature_pad"\ndriver = "pad-stream"\naddress = "{pad.address}"',
            'kind = "card_reader"\ndriver = "sdt"\naddress = "/dev/ttyNOWHERE"',
        )
        code, answer = said(["devices", "test"], capsys)
    assert code == 69
    assert [(row["name"], row["good"]) for row in answer["devices"]] == [
        ("signature_pad", True),
        ("card_reader", False),
    ]


@pytest.mark.parametrize(
    "arguments", [["test"], ["test", "nonsense"], ["options", "nonsense"], ["simulate", "speaker-file"]]
)
def test_words_that_name_nothing_are_wrong_usage(arguments, capsys):
    assert run(["devices", *arguments]) == 64
    assert capsys.readouterr().err.strip()


@pytest.mark.parametrize("driver", sorted(known()))
def test_options_of_every_driver_are_told(driver, capsys):
    assert run(["devices", "options", driver]) == 0
    text = capsys.readouterr().out
    assert f'driver = "{driver}"' in text
    for name in known()[driver].settings.model_fields:
        assert f"  {name} = " in text


def test_a_session_is_recorded_for_its_owner_only_and_plays_back(capsys, tmp_path):
    from drivers.link.recorder import heading, replaying
    from drivers.registry import open_device

    file = tmp_path / "session.txt"
    with simulating("sdt") as running:
        assert run(["devices", "record", f"sdt@{running.address}", str(file), "--json"]) == 0
        answer = capsys.readouterr()
    assert "personal data" in answer.err
    assert json.loads(answer.out)["ended"] == "done" and json.loads(answer.out)["lines"] > 40
    assert file.stat().st_mode & 0o777 == 0o600
    assert heading(file).driver == "sdt"
    with replaying(file):
        reader = open_device("sdt", "anywhere", {})
        assert reader.about.serial.startswith("99.")
        reader.close()


def test_a_device_that_hangs_while_it_is_recorded_is_named(monkeypatch):
    source = Bench(Kind.CARD_READER)
    source[Kind.CARD_READER].hang("wait_for_card")
    monkeypatch.setattr(terminal.choice, "open_choice", source.open)
    monkeypatch.setattr(devices_record, "ENOUGH_S", 0.3)
    began = time.monotonic()
    text = devices_record.session(source.choices[0], 0.2)
    assert "does not answer (card_reader)" in text
    assert time.monotonic() - began < 5
    source.release()


def test_nothing_recorded_is_no_recording(capsys, tmp_path):
    assert run(["devices", "record", "sdt@/dev/ttyNOWHERE", str(tmp_path / "x.txt")]) == 69
    assert "Check its cable" in capsys.readouterr().err


def test_watch_tells_of_plugs_and_health(capsys, home):
    with simulating("sdt") as reader:
        choose(home, f'kind = "card_reader"\ndriver = "sdt"\naddress = "{reader.address}"')

        def pull_and_plug() -> None:
            time.sleep(2.0)
            reader.handle.unplug()
            time.sleep(1.5)
            reader.handle.replug()

        hand = threading.Thread(target=pull_and_plug)
        hand.start()
        assert run(["devices", "watch", "--seconds", "6", "--json"]) == 0
        hand.join()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    happened = [line["happened"] for line in lines if line["what"] == "card_reader"]
    assert happened[0] in ("opening", "healthy")
    assert happened[-2:] == ["lost", "healthy"]
    assert [line["happened"] for line in lines if line["what"] == reader.address] == ["out", "in"]


def test_simulate_gives_an_address_and_passes_words_on(home):
    command = [sys.executable, "-m", "terminal", "devices", "simulate", "sdt"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        address = process.stdout.readline().strip()
        assert address.startswith("sdt@/")
        assert run(["devices", "test", address]) == 0
        for word in ("unplug", "nonsense"):
            process.stdin.write(word + "\n")
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(20) == 0
    assert "done unplug" in rest and "failed nonsense" in rest
    assert run(["devices", "test", address]) == 69


def test_the_docs_list_exactly_the_drivers_there_are():
    page = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
    assert renewed(page) == page, "run: python -m terminal.commands.devices_seen docs/devices.md"


def test_an_unknown_kind_in_the_settings_is_named(capsys, home):
    choose(home, 'kind = "toaster"\ndriver = "sdt"')
    assert run(["devices", "test"]) == 64
    assert "toaster" in capsys.readouterr().err


def test_the_doctor_looks_at_the_devices_of_the_settings(home):
    from terminal.commands.context import settings
    from terminal.commands.doctor import _devices

    choose(home, 'kind = "card_reader"\ndriver = "sdt"\noptions.poll_ms = 1')
    wrong = _devices(settings())
    assert not wrong.good and "poll_ms" in wrong.found
    choose(home, 'kind = "card_reader"\ndriver = "sdt"')
    right = _devices(settings())
    assert right.good and "card_reader: sdt not running" in right.found
