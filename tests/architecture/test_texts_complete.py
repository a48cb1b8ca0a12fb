"""Every text is there in both languages, for the same audiences, with the same fill-ins."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

from terminal.messages import LANGUAGES, Audience

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = [ROOT / "terminal" / "texts", ROOT / "ui" / "texts"]
IN_THEIR_OWN_LANGUAGE = {"ui.other_language"}
"""Names of languages, which those who need them must be able to read."""
CHINESE = re.compile("[\u3400-\u9fff]")

Tables = dict[str, dict[str, str]]


def tables(folder: Path, language: str) -> Tables:
    found: Tables = {}
    for file in sorted(folder.glob(f"{language}*.toml")):
        for code, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
            assert code not in found, f"{file.name}: {code} stands in two files"
            found[code] = texts
    return found


def fill_ins(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.parent.name)
def both(request) -> tuple[Tables, Tables]:
    first, second = (tables(request.param, language) for language in LANGUAGES)
    return first, second


def test_every_code_is_in_every_language(both):
    zh, en = both
    assert zh.keys() == en.keys()


def test_every_code_speaks_to_the_same_audiences(both):
    zh, en = both
    assert {code: set(texts) for code, texts in zh.items()} == {
        code: set(texts) for code, texts in en.items()
    }
    assert {audience for texts in zh.values() for audience in texts} <= {one.value for one in Audience}


def test_fill_ins_are_the_same_and_plain_names(both):
    zh, en = both
    for code, texts in zh.items():
        for audience, text in texts.items():
            assert fill_ins(text) == fill_ins(en[code][audience]), f"{code}.{audience}"
            assert all(name.isidentifier() for name in fill_ins(text)), f"{code}.{audience}"


def test_no_text_is_empty_or_in_the_wrong_language(both):
    zh, en = both
    for code, texts in en.items():
        for audience, text in texts.items():
            assert text.strip(), f"{code}.{audience}"
            assert not CHINESE.search(text) or code in IN_THEIR_OWN_LANGUAGE, f"{code}.{audience}: {text}"
    assert all(text.strip() for texts in zh.values() for text in texts.values())


def test_the_two_tables_share_no_code():
    for language in LANGUAGES:
        first, second = (tables(folder, language) for folder in FOLDERS)
        assert first.keys() & second.keys() == set()


def test_a_customer_never_reads_why_a_face_did_not_match():
    telling = re.compile(r"score|threshold|similar|match|分数|阈值|相似|比对", re.IGNORECASE)
    for language in LANGUAGES:
        for code, texts in tables(FOLDERS[0], language).items():
            customer = texts.get("customer", "")
            assert not (code.startswith("reason.") and telling.search(customer)), (
                f"{language} {code}: {customer}"
            )


def test_every_code_in_the_program_has_a_text():
    """Codes are written as whole strings, so that they can be found."""
    known = set(tables(FOLDERS[0], "en")) | set(tables(FOLDERS[1], "en"))
    branches = {code.split(".")[0] for code in known}
    shown = re.compile(r"""Shown\(\s*["']([a-z_0-9]+(?:\.[a-z_0-9]+)+)["']""")
    missing = set()
    for package in ("terminal", "ui"):
        for path in (ROOT / package).rglob("*.py"):
            for code in shown.findall(path.read_text(encoding="utf-8")):
                if code not in known:
                    missing.add(f"{path.relative_to(ROOT)}: {code}")
    assert missing == set()
    assert branches
