"""Both languages say everything the window asks for, and nothing that it does not."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

import ui
from drivers.api import Kind
from models.api import Answer
from terminal.messages import LANGUAGES
from terminal.view import Action, Decision, Health, Stage, StepState
from ui.words import NOTHING, Words, sentences, words_in

HOME = Path(ui.__file__).parent
TABLES = {
    language: tomllib.loads((HOME / "texts" / f"{language}.toml").read_text()) for language in LANGUAGES
}
COMPUTED = {
    *(f"ui.stage.{each}" for each in Stage),
    *(f"ui.hint.{each}" for each in Stage),
    *(f"ui.step.{each}" for each in StepState),
    *(f"ui.health.{each}" for each in Health),
    *(f"ui.decision.{each}.next" for each in Decision),
    *(f"ui.liveness.{each}" for each in ("live", "attack", "cannot_tell")),
    *(f"ui.answer.{each}" for each in Answer),
    *(f"ui.device.{each}" for each in Kind),
    *(f"ui.consent.{each}{tail}" for each in ("what", "why", "long", "rights") for tail in ("", ".text")),
    *(f"ui.idle.{each}{tail}" for each in ("card", "face", "report") for tail in ("", ".text")),
    *(f"ui.compare.{each}" for each in ("chip", "live", "pair")),
    *(f"ui.card.{each}" for each in ("latin_name", "sex_nation", "sex_nationality", "birth", "number")),
    *(f"ui.card.{each}" for each in ("address", "issuer", "valid")),
    *(f"ui.result.{each}" for each in ("record", "kept", "rules", "reference")),
    "ui.branch.virtual",
    "ui.idle.standard",
    "ui.idle.negative",
    "ui.idle.phone",
    "ui.case.resolved",
    "ui.case.stands",
}
CORE = {
    *(f"action.{each}" for each in Action),
    *(f"decision.{each}" for each in Decision),
    *(f"challenge.{each}" for each in ("blink", "turn_left", "turn_right", "nod", "open_mouth")),
    *(f"sex.{each}" for each in "0129"),
    *(f"card_kind.{each}" for each in ("resident", "residence_permit", "foreigner_2017", "foreigner_2023")),
    "case.neutral",
    "card.long_term",
}


def literal_codes() -> set[str]:
    """Every whole ``"ui.…"`` string of the sources."""
    found: set[str] = set()
    for path in HOME.rglob("*.py"):
        found |= set(re.findall(r'"(ui\.[a-z_]+\.?[a-z_.]*[a-z])"', path.read_text(encoding="utf-8")))
    return {code for code in found if code.split(".")[1] in {key.split(".")[1] for key in TABLES["zh"]}}


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    zh, en = TABLES["zh"], TABLES["en"]
    assert zh.keys() == en.keys()
    for code, table in zh.items():
        assert table.keys() == en[code].keys(), code
        for audience, text in table.items():
            assert gaps(text) == gaps(en[code][audience]), code


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_used_has_a_text(language: str) -> None:
    words = words_in(language)
    missing = {code for code in literal_codes() | COMPUTED | CORE if not words.knows(code)}
    assert not missing


def test_no_text_is_kept_that_nobody_uses() -> None:
    assert TABLES["zh"].keys() - literal_codes() - COMPUTED == set()


def test_chinese_texts_are_chinese_and_english_ones_english() -> None:
    for code, table in TABLES["zh"].items():
        if code != "ui.other_language" and not code.startswith("ui.figure."):
            assert any(ord(each) > 0x2E7F for each in "".join(table.values())), code
    for code, table in TABLES["en"].items():
        if code != "ui.other_language":
            assert "".join(table.values()).isascii(), code


@pytest.mark.parametrize(
    ("rate", "zh", "en"),
    [
        (1 / 412_000, "41 万", "410,000"),
        (1 / 2_345, "2,300", "2,300"),
        (1 / 99_999, "10 万", "100,000"),
        (0.31, "3", "3"),
        (1.0, "1", "1"),
        (1 / 12_340, "1.2 万", "12,000"),
    ],
)
def test_rates_are_told_as_odds(rate: float, zh: str, en: str) -> None:
    assert words_in("zh").one_in(rate) == zh
    assert words_in("en").one_in(rate) == en


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        ("2019-03-04", "2019.03.04", "2019-03-04"),
        ("20190304", "2019.03.04", "2019-03-04"),
        ("long_term", "长期", "long term"),
        ("", NOTHING, NOTHING),
        ("sometime", "sometime", "sometime"),
    ],
)
def test_dates(written: str, zh: str, en: str) -> None:
    assert words_in("zh").day(written) == zh
    assert words_in("en").day(written).lower() == en


@pytest.mark.parametrize(
    ("ms", "zh"), [(3, "3 毫秒"), (99, "99 毫秒"), (100, "0.1 秒"), (1480, "1.5 秒"), (11_480, "11 秒")]
)
def test_durations(ms: int, zh: str) -> None:
    assert words_in("zh").seconds(ms) == zh


@pytest.mark.parametrize(
    ("text", "cause", "remedy"),
    [
        ("读卡器未连接。请检查连接线。与客户无关。", "读卡器未连接。", "请检查连接线。与客户无关。"),
        ("Not connected. Check it. Then go on.", "Not connected.", "Check it. Then go on."),
        ("只有原因", "只有原因", ""),
        ("Version 2.5 is too old. Update.", "Version 2.5 is too old.", "Update."),
        ("", "", ""),
    ],
)
def test_the_cause_is_the_first_sentence(text: str, cause: str, remedy: str) -> None:
    assert sentences(text) == (cause, remedy)


def test_an_unknown_code_is_a_neutral_text_and_a_field_a_dash() -> None:
    words: Words = words_in("zh")
    assert words.say("sprocket.bent") == words.say("case.neutral")
    assert words.label("sprocket.bent") == NOTHING
    assert words.tell(None) == words.say("case.neutral")
