"""A calibration counts only when the bank signed exactly this one and it fits; else a person compares."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from config.settings import Models, Settings, Terminal
from models.api import ModelError
from models.calibration import AcceptFloor, Calibration, Modality, Scorer
from models.catalogue import Catalogue, Role
from models.face.compare import METHOD
from models.score_table import tabulate
from terminal.calibration_keys import KeyTrouble, make_key, read_key, sign
from terminal.calibrations import calibrations, public_key, read_file, unsigned, write_file
from terminal.cli import run
from terminal.messages import texts
from terminal.rules.today import rules_today

PASSWORD = "long enough"
DRAW = np.random.default_rng(5)
IMPOSTORS = tabulate(DRAW.normal(0, 0.1, 40_000), 300)
NETWORKS = {entry.role: entry.sha256 for entry in Catalogue.shipped().of_pack("open")}
SCORER = Scorer(
    modality=Modality.FACE,
    engine="open",
    networks={role.value: NETWORKS[role] for role in (Role.DETECTOR, Role.RECOGNISER)},
    method=METHOD,
)


def measured(**changes) -> Calibration:
    fields = {
        "scorer": SCORER,
        "sample": "chip",
        "version": 3,
        "measured_on": date(2026, 5, 4),
        "description": "a bank's own",
        "impostors": IMPOSTORS,
        "accept_floor": AcceptFloor(score=0.33, source="own customers"),
    }
    return Calibration(**{**fields, **changes})


@pytest.fixture
def bank(tmp_path):
    """A signing key and its public half."""
    public = make_key(tmp_path / "bank.pem", PASSWORD)
    return read_key(tmp_path / "bank.pem", PASSWORD), public


@pytest.fixture
def book(tmp_path, bank):
    """What a production terminal of that bank believes."""

    def made(production=True, keys=(bank[1],)):
        models = Models(calibrations=str(tmp_path / "own"), calibration_keys=keys)
        return calibrations(Settings(terminal=Terminal(production=production), models=models))

    return made


def cause_of(book, scorer=SCORER, sample="chip"):
    with pytest.raises(ModelError) as caught:
        book.find(scorer, sample)
    family, _, cause = caught.value.code.rpartition(".")
    assert family == "model.no_calibration"
    return cause


def put(book, file):
    """As somebody with access to the folder would, without asking the program."""
    book.folder.mkdir(exist_ok=True)
    write_file(file, book.folder / "face-open-chip.json")


def test_a_signed_calibration_is_in_force_once_installed(book, bank):
    assert cause_of(book()) == "not_installed"
    book().install(sign(unsigned(measured()), bank[0]))
    assert book().find(SCORER, "chip") == measured()


def test_outside_production_what_ships_serves(book):
    found = book(production=False).find(SCORER, "chip")
    assert "development data" in found.description
    assert book(production=False).find(SCORER, "camera").sample == "camera"


@pytest.mark.parametrize("production", [True, False])
def test_an_installed_file_out_of_order_is_never_passed_over(book, bank, production, tmp_path):
    terminal = book(production)
    put(terminal, unsigned(measured()))
    assert cause_of(terminal) == "unsigned"
    put(terminal, sign(unsigned(measured()), bank[0]))
    assert terminal.find(SCORER, "chip").version == 3
    assert cause_of(book(production, keys=())) == "untrusted"
    other = make_key(tmp_path / "other.pem", PASSWORD)
    assert cause_of(book(production, keys=(other,))) == "untrusted"
    (terminal.folder / "face-open-chip.json").write_text("{}")
    assert cause_of(terminal) == "unreadable"


def change_floor(content):
    content["calibration"]["accept_floor"]["score"] = 0.01


def change_counts(content):
    content["calibration"]["impostors"]["at_or_above"][-50:] = [0] * 50


def change_network(content):
    content["calibration"]["scorer"]["networks"]["recogniser"] = "0" * 64


def huge_number(content):
    content["calibration"]["version"] = 2**60


def break_signature(content):
    content["signature"]["value"] = "AAAA" + content["signature"]["value"][4:]


def no_base64(content):
    content["signature"]["value"] = "no base64 at all"


@pytest.mark.parametrize(
    "alter", [change_floor, change_counts, change_network, huge_number, break_signature, no_base64]
)
def test_whatever_is_altered_is_noticed(book, bank, alter):
    terminal = book()
    target = terminal.install(sign(unsigned(measured()), bank[0]))
    content = json.loads(target.read_text())
    alter(content)
    target.write_text(json.dumps(content))
    assert cause_of(terminal) == "altered"
    target.write_text(json.dumps(json.loads(target.read_text()), indent=3))
    assert cause_of(terminal) == "altered"


def test_spacing_does_not_matter_to_the_signature(book, bank):
    target = book().install(sign(unsigned(measured()), bank[0]))
    target.write_text(json.dumps(json.loads(target.read_text())))
    assert book().find(SCORER, "chip") == measured()


def test_a_signature_does_not_make_it_fit(book, bank):
    terminal = book()
    for change, cause in (
        ({"networks": {**SCORER.networks, "recogniser": "0" * 64}}, "another_network"),
        ({"method": METHOD + 1}, "another_method"),
        ({"engine": "bank"}, "another_engine"),
    ):
        wrong = measured(scorer=SCORER.model_copy(update=change))
        put(terminal, sign(unsigned(wrong), bank[0]))
        assert cause_of(terminal) == cause
    put(terminal, sign(unsigned(measured(sample="camera")), bank[0]))
    assert cause_of(terminal) == "another_sample"


def test_an_older_version_is_not_installed_by_mistake(book, bank):
    terminal = book()
    terminal.install(sign(unsigned(measured()), bank[0]))
    older = sign(unsigned(measured(version=2)), bank[0])
    with pytest.raises(ModelError) as caught:
        terminal.install(older)
    assert (caught.value.code, caught.value.detail) == ("model.calibration_older", {"version": 3})
    terminal.install(older, older=True)
    assert terminal.find(SCORER, "chip").version == 2


def test_only_signed_files_are_installed(book):
    with pytest.raises(ModelError) as caught:
        book().install(unsigned(measured()))
    assert caught.value.code == "model.no_calibration.unsigned"
    assert not book().folder.exists()


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "A" * 60])
def test_a_wrong_key_in_the_settings_is_named(text):
    with pytest.raises(ModelError) as caught:
        public_key(text)
    assert caught.value.code == "model.calibration_key"


def test_keys_are_kept_under_a_password(tmp_path):
    target = tmp_path / "bank.pem"
    with pytest.raises(KeyTrouble, match="password_short"):
        make_key(target, "short")
    make_key(target, PASSWORD)
    assert target.stat().st_mode & 0o077 == 0
    for source, password, code in (
        (target, "wrong password", "key_locked"),
        (target, None, "key_locked"),
        (tmp_path / "absent.pem", PASSWORD, "key_missing"),
        (tmp_path / "text.pem", PASSWORD, "key_unusable"),
    ):
        (tmp_path / "text.pem").write_text("no key")
        with pytest.raises(KeyTrouble, match=code):
            read_key(source, password)
    with pytest.raises(KeyTrouble, match="key_exists"):
        make_key(target, PASSWORD)


def test_every_cause_has_a_text_and_leads_to_a_person():
    causes = [code for code in texts("en").codes() if code.startswith("model.no_calibration.")]
    assert len(causes) >= 10
    assert {rules_today().outcome(code).decision for code in causes} == {"refer"}


def test_the_commands_sign_verify_and_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RENZHENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RENZHENG_CALIBRATION_PASSWORD", PASSWORD)
    file, key = str(tmp_path / "face-open-chip.json"), str(tmp_path / "bank.pem")
    write_file(unsigned(measured()), tmp_path / "face-open-chip.json")
    answers = []

    def call(*arguments):
        code = run([*arguments, "--json"])
        answers.append(json.loads(capsys.readouterr().out))
        return code

    assert call("calibrate", "key", key) == 0
    public = answers[-1]["public_key"]
    assert call("calibrate", "verify", file) == 1
    assert answers[-1]["reason"] == "model.no_calibration.unsigned"
    assert call("calibrate", "install", file) == 69
    assert call("calibrate", "sign", file, "--key", key) == 0
    assert call("calibrate", "verify", file) == 1
    assert answers[-1]["reason"] == "model.no_calibration.untrusted"
    monkeypatch.setenv("RENZHENG__MODELS__CALIBRATION_KEYS", json.dumps([public]))
    assert call("calibrate", "verify", file) == 0
    assert answers[-1]["enough"] == "weak"
    assert answers[-1]["all"]["points"][0]["fmr"]["interval"][1] <= 0.01
    assert call("calibrate", "install", file) == 0
    assert read_file(tmp_path / "home" / "data" / "calibrations" / "face-open-chip.json").signature
    monkeypatch.setenv("RENZHENG_CALIBRATION_PASSWORD", "another password")
    assert call("calibrate", "sign", file, "--key", key) == 69
    assert answers[-1]["error"]["code"] == "calibrate.key_locked"
