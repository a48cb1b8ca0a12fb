"""The passport that ``renzheng devices simulate emrtd`` lays down is read by the command the docs show."""

from __future__ import annotations

import re
from pathlib import Path

from drivers.document.documentfile import zone
from drivers.registry import open_device
from terminal.cli import run
from terminal.simulators import invented_document, simulating

DOCS = Path(__file__).resolve().parents[2] / "docs" / "devices.md"


def shown_zone() -> str:
    found = re.search(r"--mrz '([^']+)'", DOCS.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def test_the_docs_show_its_zone():
    assert tuple(shown_zone().split("/")) == zone(invented_document())


def test_it_is_verified_with_its_signers_only(capsys):
    with simulating("emrtd") as document:
        open_device("emrtd", document.address, document.options).close()
        document.handle.tell("insert")
        command = ["document", "read", "--reader", document.address, "--mrz", shown_zone()]
        assert run([*command, "--signers", document.options["signers"]]) == 0
        said = capsys.readouterr().out
        assert "ERIKSSON" in said
        assert "L898902C3" not in said, "the number is masked"
        assert run(command) == 2
