"""The documentation says what there is, in both languages, and leads nowhere that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from terminal.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent.parent
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def rows(text: str) -> list[str]:
    """The first cell of every row of every table."""
    return re.findall(r"(?m)^\| *([^|]+?) *\|", text)


@pytest.mark.parametrize("readme", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_readme_lists_exactly_the_commands_there_are(readme):
    listed = {row.split()[1].strip("`") for row in rows(readme) if row.startswith("`renzheng ")}
    assert listed == set(COMMANDS)


def test_both_readmes_say_the_same():
    for pattern in (
        r"(?m)^(#+) ",
        r"(?ms)^```.*?^```",
        r"(?m)^(- \*\*)",
        r"\]\((docs/[^)]*|LICENSE|CHANGELOG\.md)\)",
    ):
        chinese = CHINESE.replace("-zh.png", "-en.png")
        assert re.findall(pattern, ENGLISH) == re.findall(pattern, chinese), pattern
    code = [row for row in rows(ENGLISH) if row.startswith("`") or row.isdigit()]
    assert code == [row for row in rows(CHINESE) if row.startswith("`") or row.isdigit()]
    assert set(re.findall(r"`([^`\n]+)`", ENGLISH)) == set(re.findall(r"`([^`\n]+)`", CHINESE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_has_its_four_parts_on_one_page(page):
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"(?m)^## (.*)", text) == ["Status", "Context", "Decision", "Consequences"]
    assert re.match(rf"# {int(page.name[:4])}\. \S", text)
    assert len(text.split()) < 500


def test_decisions_are_numbered_without_gaps():
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_changelog_has_a_place_for_what_comes():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"(?m)^## \[Unreleased\]", text)
    headings = set(re.findall(r"(?m)^### (.*)", text))
    assert headings <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_every_make_target_has_its_line_of_help():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):", makefile))
    assert targets == set(re.findall(r"(?m)^([a-z]+):.*## \S", makefile))
    assert {"run", "test", "check", "models", "lock", "screenshots", "bench", "clean", "help"} <= targets


def test_files_and_modules_named_in_the_docs_exist():
    for page in PAGES:
        for named in re.findall(
            r"`((?:config|drivers|models|sync|terminal|ui|docs)/[\w./-]+)`", page.read_text("utf-8")
        ):
            assert (ROOT / named).exists(), f"{page.name}: {named}"
