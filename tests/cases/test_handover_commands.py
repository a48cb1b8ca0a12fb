"""``renzheng case hand-over``, ``take-over``, ``peer-key``, ``slip``, between two homes and a real centre."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sites import ENTERED, NAME, NUMBER, PHONE, RULES, Site, begin, go_on, make_site

from config.paths import HOME, paths
from config.settings import Settings
from drivers.printer.escpos import EscposPrinter
from drivers.printer.settings import PrinterSettings
from drivers.sim.handle import Simulated
from models.picture import read_picture
from sync.centre.embedded import RunningCentre, start_centre
from sync.engine import SyncEngine
from sync.outbox import Backoff, Outbox
from sync.ports import TerminalBook
from sync.records import CentreIdentity
from sync.transports.loopback import LoopbackTransport
from terminal.case.docket import Docket
from terminal.case.events import Parked
from terminal.case.values import Case, State
from terminal.checks.paper import Photo, Table
from terminal.cli import run
from terminal.drawn.typefaces import chinese
from terminal.handover.appointment import MARK, missing_named, receipt, slip
from terminal.handover.errors import HandoverError
from terminal.handover.held import FOLDER, HeldData
from terminal.handover.qr import texts_in
from terminal.keeping import keys_of, open_book
from terminal.ledger import Book
from terminal.report import Place
from terminal.rules.situation import Channel
from terminal.rules.today import rules_named

needs_typeface = pytest.mark.skipif(chinese() is None, reason="no Chinese typeface is installed (extra ui)")
AT = datetime(2026, 2, 3, 10, 0, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """A real centre behind real HTTP."""
    with start_centre(tmp_path_factory.mktemp("commanded") / "centre") as running:
        yield running


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, centre: RunningCentre) -> Callable[..., None]:
    """Go to a terminal: a home of its own, enrolled at the centre the first time."""

    def go(name: str, line: bool = True) -> None:
        monkeypatch.setenv(HOME, str(tmp_path / name))
        monkeypatch.setenv("RENZHENG__TERMINAL__ID", f"{name}-{tmp_path.name}")
        monkeypatch.setenv("RENZHENG__STORE__KEYS", "file")
        monkeypatch.setenv("RENZHENG__CENTRE__URL", centre.url if line else "http://127.0.0.1:1")
        if not (paths().data / "terminal" / "centre.json").exists():
            assert run(["enrol", centre.url, centre.token(), "--json"]) == 0

    return go


def in_book(work: Callable[[Site], Case]) -> Case:
    """Work on the book of the terminal one is at, as a running program would."""
    home = paths().data / "terminal"
    keys = keys_of(home, Settings())
    with open_book(home, Settings(), keys) as store:
        site = make_site(home.parent / "unused", "unused", None)
        site.close()
        held = HeldData(home / FOLDER, keys.database_key(), lambda: 30)
        return work(replace(site, store=store, station=replace(site.station, book=store, held=held)))


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    text = capsys.readouterr().out
    found: dict[str, Any] = json.loads(text[text.index("{\n") :])  # notes come before, without a log file
    return found


def test_a_case_goes_by_its_code(at: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    at("kiosk")
    case = in_book(begin)
    capsys.readouterr()
    assert run(["case", "hand-over", case.case_id, "--by", "1024", "--json"]) == 0
    code = said(capsys)["code"]
    assert run(["case", "hand-over", case.case_id, "--json"]) == 69
    assert said(capsys)["error"]["code"] == "case.handed_over"
    assert run(["case", "list"]) == 0
    assert "handed over" in capsys.readouterr().out
    at("counter")
    capsys.readouterr()
    assert run(["case", "take-over", "--code", code, "--by", "2048", "--json"]) == 0
    told = said(capsys)
    assert (told["fields"], told["give_again"], told["centre_knows"]) == (len(ENTERED["customer"]), [], True)
    assert run(["case", "replay", case.case_id, "--json"]) == 0
    replayed = said(capsys)
    assert replayed["agrees"] and replayed["events"][-1]["kind"] == "moved"
    assert run(["case", "take-over", "--code", code]) == 69
    shown = capsys.readouterr()
    assert NAME not in shown.out + shown.err


def test_a_case_goes_by_pictures_without_a_line(
    at: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at("kiosk", line=True)
    case = in_book(lambda site: begin(site, steps=14))
    at("kiosk", line=False)
    (tmp_path / "peers").mkdir()
    assert run(["case", "peer-key", "-o", str(tmp_path / "peers" / "kiosk.toml")]) == 0
    capsys.readouterr()
    assert run(["case", "hand-over", case.case_id, "--qr", str(tmp_path / "case.png"), "--json"]) == 0
    given = said(capsys)
    assert not given["values_at_centre"] and "code" not in given
    files = [each for file in given["files"] for each in ("--qr", file)]
    assert len(given["files"]) > 1
    at("counter", line=True)
    at("counter", line=False)
    assert run(["case", "take-over", *files, "--json"]) == 69
    capsys.readouterr()
    monkeypatch.setenv("RENZHENG__TERMINAL__PEER_KEYS", str(tmp_path / "peers"))
    assert run(["case", "take-over", *files[2:], "--json"]) == 69
    assert said(capsys)["error"]["code"] == "handover.incomplete"
    assert run(["case", "take-over", *files, "--json"]) == 1
    told = said(capsys)
    assert told["give_again"] == ["customer/occupation", "customer/phone"]
    assert not told["centre_knows"]


def test_what_was_entered_goes_when_the_record_of_the_case_is_kept(tmp_path: Path) -> None:
    """And what nobody touched for too long goes with the next tidying, when others stay."""
    site = make_site(tmp_path / "one", "one", None)
    case, other = begin(site, Channel.COUNTER), begin(site, Channel.COUNTER)
    sealing_key = X25519PrivateKey.generate().public_key().public_bytes_raw()
    centre = CentreIdentity(centre_id="none", domain="test", receipt_key=b"", sealing_key=sealing_key)
    place = Place("one", "B-1", "renzheng", {})
    outbox, held = Outbox(site.store, Backoff()), site.station.held
    line = LoopbackTransport(None, centre, "one", site.keys)  # type: ignore[arg-type]
    engine = SyncEngine(TerminalBook(site.store), outbox, line, site.keys, "one")
    book = Book(site.store, outbox, site.keys, centre, engine, "one", lambda: place, held=held)
    ended = go_on(site.resumed(case.case_id))
    book.keep_case(ended, RULES, simulated=True)
    assert (held.of(case.case_id), held.of(other.case_id)) == ({}, ENTERED)
    kept = site.store.record(case.case_id)
    assert kept is not None and [each.name for each in kept.record.evidence] == ["dataset"]
    (left,) = (tmp_path / "one" / "entered").iterdir()
    book.forget()
    assert left.exists()
    os.utime(left, (0, 0))
    Book(site.store, outbox, site.keys, centre, engine, "one", lambda: place, held=held).forget()
    assert not left.exists()
    assert book.station(rules_named, None, {}).held is held
    site.close()


def test_one_way_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["case", "take-over"]) == 64
    assert run(["case", "take-over", "--code", "X", "--qr", "x.png"]) == 64
    assert run(["case", "hand-over", "X", "--centre", "--qr", "x.png"]) == 64


def parked(site: Site, missing: tuple[str, ...] = ("household_register", "occupation", "signed")) -> Case:
    case = begin(site, Channel.COUNTER)
    docket = Docket.resume(
        case.case_id,
        site.store.bodies("case.event"),
        site.station.rules,
        site.store.note,
        lambda: "2026-02-03",
    )
    return docket.apply(Parked(at="2026-02-03T02:00:00Z", by="op-1", missing=missing, until="2026-02-10"))


@needs_typeface
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_slip_is_written(
    at: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str
) -> None:
    at("kiosk")
    case = in_book(parked)
    capsys.readouterr()
    target = tmp_path / "slip.pdf"
    assert run(["case", "slip", case.case_id, "-o", str(target), "--language", language, "--json"]) == 0
    told = said(capsys)
    assert told["day"] == "2026-02-10" and len(told["missing"]) == 3
    content = target.read_bytes()
    assert content.startswith(b"%PDF") and NAME.encode() not in content


def test_the_slip_says_what_when_and_where_and_names_nobody(tmp_path: Path) -> None:
    site = make_site(tmp_path / "one", "one", None)
    case = parked(site)
    site.close()
    blocks = slip(case, "Invented Road", "en", AT)
    words = "\n".join(block.words() for block in blocks)
    for wanted in (
        "Open a class II account",
        "2026-02-10",
        "Invented Road",
        "Household register",
        case.case_id,
    ):
        assert wanted in words
    assert not [each for each in (NAME, NUMBER, PHONE) if each in words]
    (photo,) = (block for block in blocks if isinstance(block, Photo))
    picture = tmp_path / "code.png"
    picture.write_bytes(photo.jpeg)
    assert texts_in(read_picture(picture)) == (MARK + case.case_id.upper(),)
    rows = next(block for block in blocks if isinstance(block, Table)).lines
    assert rows[3][1].count("□") == 3
    chinese_words = "".join(block.words() for block in slip(case, "虚构支行", "zh", AT))
    assert "户口簿" in chinese_words and "2026-02-10" in chinese_words


def test_the_slip_comes_out_of_a_receipt_printer(tmp_path: Path) -> None:
    """The real driver before the simulated printer, in both languages."""
    site = make_site(tmp_path / "one", "one", None)
    case = parked(site)
    site.close()
    with Simulated("drivers.printer.simulator", ["--link", "{folder}/printer"]) as running:
        printer = EscposPrinter.open(running.address, PrinterSettings())
        for language in ("zh", "en"):
            printer.print_slip(receipt(case, "B-1", language, AT))
        printer.close()
        running.tell(f"picture {tmp_path / 'slip.png'}")
        running.tell(f"slips {tmp_path / 'slips.json'}")
        told = json.loads((tmp_path / "slips.json").read_text(encoding="utf-8"))
    assert told["unknown"] == []
    shown = [" ".join(str(line.get("text", "")) for line in paper) for paper in told["slips"]]
    assert "户口簿" in shown[0] and "Household register" in shown[1]
    codes = [line["qr"] for paper in told["slips"] for line in paper if "qr" in line]
    assert codes == [MARK + case.case_id.upper()] * 2
    assert not [each for each in (NAME, NUMBER, PHONE) if each in str(told)]


def test_every_step_of_a_plan_has_words_when_it_is_missing(tmp_path: Path) -> None:
    site = make_site(tmp_path / "one", "one", None)
    case = begin(site, Channel.COUNTER)
    site.close()
    assert case.plan is not None
    waiting = replace(case, state=State.PARKED, missing=tuple(each.id for each in case.plan.required))
    for language, other in (
        ("zh", "其他材料，请询问工作人员"),
        ("en", "Something else; please ask our staff"),
    ):
        named = missing_named(waiting, language)
        assert other not in named and not [each for each in named if "." in each]
        assert missing_named(replace(waiting, missing=("nothing",)), language) == (other,)


def test_only_a_waiting_case_has_a_slip(tmp_path: Path) -> None:
    site = make_site(tmp_path / "one", "one", None)
    case = begin(site)
    site.close()
    with pytest.raises(HandoverError, match=r"appointment\.none"):
        slip(case, "B-1", "zh", AT)
