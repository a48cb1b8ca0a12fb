"""Every session recorded by ``renzheng devices record``, played back: drop a file in and it is a test.

The driver must say exactly what it said to the device, and come to the same end.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.link.recorder import heading, replaying
from drivers.registry import entry
from terminal.choice import Choice
from terminal.commands.devices_record import session

FOLDER = Path(__file__).resolve().parents[1] / "transcripts" / "recorded"
FILES = sorted(FOLDER.glob("*.txt"))


def test_there_are_recordings():
    assert FILES


@pytest.mark.parametrize("chunk", [0, 7])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recording_plays_to_its_end(file: Path, chunk: int):
    told = heading(file)
    choice = Choice(entry(told.driver).kind, told.driver, "recorded", told.options)
    with replaying(file, chunk) as pipe:
        assert session(choice, 20.0) == ""
        pipe.finish()
