"""The page of what a rule pack may say is fresh, names every value, and benches measure what they say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from terminal.commands.bench import TARGETS
from terminal.commands.bench_rules import bench_rules
from terminal.rules.pack import SECTIONS
from terminal.rules.part import Tighter
from terminal.rules.reference import HOW, main, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_fresh(tmp_path: Path) -> None:
    """Write it anew: python -m terminal.rules.reference docs/rules-reference.md."""
    assert (ROOT / "docs" / "rules-reference.md").read_text("utf-8") == page()
    assert main([str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text("utf-8") == page()
    assert main([]) == 64


def test_every_section_and_direction_is_there() -> None:
    text = page()
    assert all(f"| `{name}` |" in text for name in SECTIONS)
    assert set(HOW) == {each.value for each in Tighter} | {""}
    assert "| `max_tries` | whole number |  | lower |" in text
    assert "| `exceptions` | Exception by name | none | inside |" in text
    assert "| `thresholds` | Threshold by name |  | inside, or add |" in text
    assert "| `card` | Card |  | key by key |" in text


def test_the_bench_of_the_rules_asks_every_business_on_both_dates() -> None:
    measured = bench_rules(date(2026, 11, 2))
    assert {"cn-regulation 2016.1", "cn-regulation 2026.1"} <= set(measured["packs"])
    assert 0 < measured["explain_ms"] <= measured["explain_ms_p95"]
    assert measured["load_ms"] > 0
    assert (TARGETS["rules_load_ms"], TARGETS["rules_explain_ms"]) == (200.0, 5.0)
