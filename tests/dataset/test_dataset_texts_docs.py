"""Every code of the data set and of consent has its texts, and the tables of the docs are fresh."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from dataset_values import CATALOGUE

from terminal.dataset.codes import FieldCode
from terminal.dataset.contradictions import CrossCode
from terminal.dataset.documents import GapCode
from terminal.dataset.expiry import Validity
from terminal.dataset.fields import Source
from terminal.dataset.page import TABLES, renewed
from terminal.dataset.secrets import Weakness
from terminal.messages import Audience, texts

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = (
    "change|consent|controller|cross|emergency|expiry|field|link|phone|profile|proof|purpose|quality|readback|"
    "reminder|secret|source"
)
CODE = re.compile(rf"({FAMILIES})(\.[a-z_]+)+")


def written() -> set[str]:
    """Codes that stand in the modules as whole strings, and those made of closed sets."""
    found = {f"expiry.{each.value}" for each in Validity} | {f"source.{each.value}" for each in Source}
    for package in ("dataset", "consent"):
        for path in (ROOT / "terminal" / package).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and not text.endswith(".md") and CODE.fullmatch(text):
                    found.add(text)
    return found


CODES = sorted(written())


def test_all_closed_sets_are_among_the_codes():
    for codes in (FieldCode, CrossCode, GapCode, Weakness):
        assert {each.value for each in codes} <= set(CODES)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_a_text(language):
    assert [code for code in CODES if not texts(language).knows(code)] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_customers_are_told_how_to_choose_a_secret_and_how_it_goes_on(language):
    told = [*(each.value for each in Weakness), "secret.advice", "consent.staffed", "consent.withdrawn"]
    told += [f"expiry.{state}" for state in ("expiring", "grace", "blocked")]
    for code in told:
        assert texts(language).say(code, Audience.CUSTOMER) != texts(language).say("no.such.code")


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_the_docs_are_fresh(name):
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert renewed(name, page) == page, "run: python -m terminal.dataset.page docs"


def test_a_page_without_its_mark_is_refused():
    with pytest.raises(ValueError, match="no mark"):
        renewed("dataset.md", "# A page")


def test_the_table_holds_every_field():
    rows = re.findall(r"(?m)^\| `([a-z_0-9]+)`", TABLES["dataset.md"]())
    assert rows == list(CATALOGUE.fields)
