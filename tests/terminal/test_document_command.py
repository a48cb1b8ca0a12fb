"""``renzheng document``: what it prints, what it hides, and with which exit code it ends."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.document import passive
from drivers.document.documentfile import DocumentFile, printed_zone
from drivers.document.issue import TestAuthority
from drivers.document.simulated_document import make
from terminal.cli import run
from terminal.commands.document import masked
from tests.drivers_document.passport_people import passport, permit
from tests.drivers_document.pcsc_stand_in import standing_in
from tests.models_text.drawn_documents import MONOSPACED, Scene, page, seen

ROOT = Path(__file__).resolve().parents[2]
PERSON = passport()
ZONE = "/".join(printed_zone(PERSON))


@pytest.fixture(scope="module")
def authority() -> TestAuthority:
    return TestAuthority()


@pytest.fixture
def on_the_reader(authority: TestAuthority) -> Iterator[object]:
    with ExitStack() as stack:
        yield lambda person=PERSON: stack.enter_context(standing_in(make(person, authority, ())))


@pytest.fixture
def signers(authority: TestAuthority, tmp_path: Path) -> str:
    authority.save(tmp_path / "signers")
    return str(tmp_path / "signers")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("photos") / "page.png"
    cv2.imwrite(
        str(file), seen(page(printed_zone(PERSON), MONOSPACED), Scene(blur=0.6, noise=2, turn_degrees=3))
    )
    return file


def test_a_genuine_document_ends_with_0(on_the_reader, signers, capsys):
    on_the_reader()
    assert run(["document", "read", "--mrz", ZONE, "--signers", signers, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["decision"], answer["reasons"], answer["doubts"]) == ("verified", [], [])
    assert (answer["surname"], answer["given_names"], answer["native_name"]) == (
        "ERIKSSON",
        "ANNA MARIA",
        "安娜",
    )
    assert answer["number"] == "L8*****C3"
    assert answer["simulated"] is True
    assert answer["portrait_bytes"] == len(PERSON.portrait)
    assert (answer["birth"], answer["expiry"], answer["expired"]) == ("1974-08-12", "2032-04-15", False)


def test_the_words_show_the_name_and_hide_the_number(on_the_reader, signers, capsys):
    on_the_reader()
    assert run(["document", "read", "--mrz", ZONE, "--signers", signers]) == 0
    told = capsys.readouterr().out
    assert "Genuine" in told
    assert "ERIKSSON, ANNA MARIA (安娜)" in told
    assert PERSON.number not in told
    assert "L8*****C3" in told


def test_without_country_signers_it_cannot_tell(on_the_reader, capsys):
    on_the_reader()
    assert run(["document", "read", "--mrz", ZONE]) == 2
    assert "No country signers are set up" in capsys.readouterr().out


def test_a_forgery_ends_with_1(authority, signers, capsys):
    forger = TestAuthority()
    with standing_in(make(PERSON, forger, ())):
        assert run(["document", "read", "--mrz", ZONE, "--signers", signers, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["decision"], answer["reasons"]) == ("failed", ["document.auth.unknown_signer"])


def test_a_permit_opens_with_its_one_line(on_the_reader, signers, capsys):
    on_the_reader(permit())
    (line,) = printed_zone(permit())
    assert run(["document", "read", "--mrz", line, "--signers", signers, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "CS"


def test_the_zone_may_come_from_a_picture(on_the_reader, signers, photo, capsys):
    on_the_reader()
    assert run(["document", "read", "--picture", str(photo), "--signers", signers, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decision"] == "verified"


def test_what_was_typed_wrong_is_told_before_the_reader_is_asked(capsys):
    wrong = ZONE.replace("L898902C3", "L898904C3")
    assert run(["document", "read", "--mrz", wrong, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "document.zone.uncertain"
    assert "check digit of the document number" in error["remedy"]
    assert run(["document", "read", "--mrz", "TOO/SHORT", "--json"]) == 64
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "document.zone.shape"
    assert run(["document", "read"]) == 64
    assert run(["document", "read", "--mrz", ZONE, "--picture", "x.png"]) == 64
    capsys.readouterr()


def test_no_document_and_no_reader(on_the_reader, capsys):
    sim = on_the_reader()
    sim.remove()
    assert run(["document", "read", "--mrz", ZONE, "--seconds", "0.1", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "document.none"
    sim.unplug()
    assert run(["document", "read", "--mrz", ZONE, "--seconds", "0.1", "--json"]) == 69
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "document_reader.unplugged"
    assert run(["document", "read", "--reader", "lpt1:", "--mrz", ZONE, "--json"]) == 69
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "document_reader.address"


def test_the_zone_of_another_document_does_not_open_the_chip(on_the_reader, capsys):
    on_the_reader()
    other = DocumentFile(**{**PERSON.model_dump(), "number": "L898902C4"})
    assert run(["document", "read", "--mrz", "/".join(printed_zone(other)), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "document.wrong_key"


def test_production_accepts_no_simulated_document(on_the_reader, signers, monkeypatch, capsys):
    monkeypatch.setenv("RENZHENG__TERMINAL__PRODUCTION", "true")
    on_the_reader()
    assert run(["document", "read", "--mrz", ZONE, "--signers", signers, "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["decision"], answer["reasons"][0]) == ("not_verified", "document.simulated")


def test_a_zone_in_a_picture(photo, tmp_path, capsys):
    assert run(["document", "mrz", str(photo), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["certain"], answer["number"], answer["surname"]) == (True, "L8*****C3", "ERIKSSON")
    assert run(["document", "mrz", str(photo)]) == 0
    told = capsys.readouterr().out
    assert "every check digit holds" in told
    assert PERSON.number not in told
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((300, 400, 3), 200, np.uint8))
    assert run(["document", "mrz", str(empty)]) == 2
    assert "No machine-readable zone" in capsys.readouterr().out
    assert run(["document", "mrz", str(tmp_path / "absent.png"), "--json"]) == 69
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "picture.missing"


@pytest.mark.parametrize(
    ("number", "shown"), [("", ""), ("1234", "****"), ("12345", "12*45"), ("C12345678", "C1*****78")]
)
def test_numbers_are_masked(number, shown):
    assert masked(number) == shown


def test_every_reason_and_doubt_has_a_text_in_both_languages():
    reasons = set(passive._FAILING | passive._OPEN) | {"document.auth.sha1"}
    source = "".join(
        (ROOT / "drivers" / "document" / name).read_text(encoding="utf-8")
        for name in ("mrz.py", "permit.py", "mrz_layout.py")
    )
    checks = {f"document.doubt.check_digit_{name}" for name in re.findall(r'Check\(\s*"(\w+)"', source)}
    doubts = {f"document.doubt.{name}" for name in re.findall(r'yield "(\w+)"', source)} | checks
    assert len(reasons) > 15 and len(doubts) > 10
    for language in ("zh", "en"):
        known = set()
        for file in (ROOT / "terminal" / "texts").glob(f"{language}.*toml"):
            known |= tomllib.loads(file.read_text(encoding="utf-8")).keys()
        assert (reasons | doubts) - known == set(), language
