"""A stopped evaluation goes on where it was; a journal of another run is refused, a cut line made anew."""

from __future__ import annotations

import json

import pytest

from models.evaluate.journal import JournalError, journal

RUN = {"data": "abc", "settings": {"score": 0.7}}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "journal.jsonl"


def test_results_are_there_again(file):
    with journal(file, RUN) as first:
        first.note("a", 0.5)
        first.note("b", {"failed": "picture.no_face"})
        first.note("a", 0.25)
    with journal(file, RUN) as second:
        assert second.found == 2
        assert (second["a"], second["b"]) == (0.25, {"failed": "picture.no_face"})
        assert "c" not in second


def test_a_run_that_is_killed_keeps_what_it_noted(file):
    with pytest.raises(KeyboardInterrupt), journal(file, RUN) as running:
        running.note("a", 1)
        assert json.loads(file.read_text().splitlines()[-1]) == ["a", 1]
        raise KeyboardInterrupt
    with journal(file, RUN) as second:
        assert second["a"] == 1


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_line_cut_short_is_made_anew(file, cut):
    with journal(file, RUN) as first:
        first.note("a", "a rather long result")
        first.note("b", "a rather long result")
    file.write_bytes(file.read_bytes()[:-cut])
    with journal(file, RUN) as second:
        assert second.found == 1
        second.note("b", 2)
    with journal(file, RUN) as third:
        assert (third["a"], third["b"], third.found) == ("a rather long result", 2, 2)


@pytest.mark.parametrize("other", [{**RUN, "data": "xyz"}, {**RUN, "settings": {"score": 0.8}}, {}])
def test_a_journal_of_another_run_is_refused_and_left(file, other):
    with journal(file, RUN) as first:
        first.note("a", 1)
    before = file.read_bytes()
    with pytest.raises(JournalError, match="other data") as caught, journal(file, other):
        pass
    assert caught.value.code == "evaluate.other_run"
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"some text\n", b"\xff\xfe\x00", b"[1, 2]\n", b'{"schema": "x"}\n'])
def test_what_is_no_journal_is_refused_and_left(file, content):
    file.write_bytes(content)
    with pytest.raises(JournalError, match="no journal"), journal(file, RUN):
        pass
    assert file.read_bytes() == content


def test_an_empty_file_is_begun(file):
    file.touch()
    with journal(file, RUN) as first:
        first.note("a", 1)
    with journal(file, RUN) as second:
        assert second.found == 1


def test_a_folder_in_its_place_is_told(tmp_path):
    with pytest.raises(JournalError), journal(tmp_path, RUN):
        pass


def test_without_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with journal(None, RUN) as running:
        running.note("a", 1)
        assert running["a"] == 1
    assert list(tmp_path.iterdir()) == []
