"""Signed lists: what is not in order is refused, and the last good one stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.keys import open_keys
from sync.list_notes import newest, note_installed
from sync.store import Store
from terminal.calibration_keys import public_text
from terminal.checks.list_file import SIGNATURE, ListError, ListFile, made_list, read_list
from terminal.checks.shelf import ListState, Shelf, trusted_keys

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)


def code_of(call, *args):
    with pytest.raises(ListError) as caught:
        call(*args)
    return caught.value.code


def states(shelf, on=TODAY, noted=None):
    return {each.id: each.state for each in shelf.lists(on, 3, noted or {})}


def lines_changed(file, old, new):
    return ListFile(file.header_line, file.body.replace(old, new), file.note)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda file: ListFile(file.header_line, file.body, None), "lists.unsigned"),
        (lambda file: lines_changed(file, b"Hasan", b"Harun"), "lists.altered"),
        (lambda file: lines_changed(file, file.body.splitlines(keepends=True)[0], b""), "lists.altered"),
        (lambda file: ListFile(file.header_line, file.body + b"{}", file.note), "lists.altered"),
        (
            lambda file: ListFile(file.header_line.replace(b"2026-12", b"2036-12"), file.body, file.note),
            "lists.altered",
        ),
        (lambda file: ListFile(b"{}", file.body, file.note), "lists.altered"),
    ],
)
def test_what_is_unsigned_or_altered_is_refused_and_the_last_good_one_stays(shelf, listed, change, code):
    shelf.add(listed(), NOW, {})
    newer = listed(dated=NOW)
    assert code_of(shelf.add, change(newer), NOW, {}) == code
    (held,) = shelf.lists(TODAY, 3, {})
    assert (held.state, held.header.dated) == (ListState.CURRENT, NOW.replace(hour=8))
    assert len(held.entries) == 4
    shelf.add(newer, NOW, {})
    assert shelf.lists(TODAY, 3, {})[0].header.dated == NOW


def test_a_stranger_s_signature_is_not_believed(shelf, entries):
    header = {"id": "un", "kind": "sanctions", "issuer": "x", "dated": NOW, "expires": TODAY}
    assert code_of(shelf.add, made_list(header, entries, Ed25519PrivateKey.generate()), NOW, {}) == (
        "lists.untrusted"
    )


def test_a_signature_of_another_purpose_is_not_believed(shelf, listed, key):
    import base64

    file = listed()
    value = base64.b64encode(key.sign(file.header_line)).decode()
    other = ListFile(file.header_line, file.body, file.note.model_copy(update={"value": value}))
    assert code_of(shelf.add, other, NOW, {}) == "lists.altered"


def test_an_expired_list_or_one_of_the_future_is_refused(shelf, listed):
    assert code_of(shelf.add, listed(expires=TODAY - DAY), NOW, {}) == "lists.expired"
    assert code_of(shelf.add, listed(dated=NOW + 2 * DAY), NOW, {}) == "lists.of_the_future"
    assert states(shelf) == {}
    shelf.add(listed(expires=TODAY), NOW, {})
    assert states(shelf) == {"un": ListState.CURRENT}


def test_an_older_edition_never_comes_back(shelf, listed, emptied, tmp_path):
    old, new = listed(dated=NOW - DAY), listed(dated=NOW, issuer="The same council")
    shelf.add(old, NOW, {})
    edition = shelf.add(new, NOW, {})
    shelf.add(new, NOW, {})
    # Of the same moment with other entries: which one holds could not be told.
    fewer = emptied(new)
    assert code_of(shelf.add, fewer, NOW, {}) == "lists.older"
    older = emptied(old)
    assert code_of(shelf.add, older, NOW, {}) == "lists.older"
    (tmp_path / "lists" / "un.list").unlink()
    assert code_of(shelf.add, older, NOW, {"un": edition}) == "lists.older"
    assert states(shelf, noted={"un": edition}) == {"un": ListState.MISSING}


def test_a_list_serves_some_days_after_it_expired_and_then_no_more(shelf, listed):
    shelf.add(listed(expires=date(2026, 12, 31)), NOW, {})
    found = [states(shelf, date(2026, 12, 31) + late * DAY)["un"] for late in (0, 1, 3, 4)]
    assert found == [ListState.CURRENT, ListState.GRACE, ListState.GRACE, ListState.EXPIRED]
    assert shelf.lists(date(2027, 2, 1), 3, {})[0].entries == ()


def test_on_disk_nobody_can_be_read_and_nothing_changed_unseen(shelf, listed, tmp_path, key):
    shelf.add(listed(), NOW, {})
    place = tmp_path / "lists" / "un.list"
    held = place.read_bytes()
    assert all(word not in held for word in (b"Hasan", "张".encode(), b"sanctions", b"issuer"))
    assert place.stat().st_mode & 0o077 == 0
    place.write_bytes(held[:40] + bytes([held[40] ^ 1]) + held[41:])
    assert states(shelf) == {"un": ListState.DAMAGED}
    place.write_bytes(held)
    place.rename(place.with_name("other.list"))
    assert states(shelf) == {"other": ListState.DAMAGED}, "a list cannot take another's place"
    foreign = Shelf(tmp_path / "lists", trusted_keys([public_text(key)]), bytes(32))
    assert states(foreign) == {"other": ListState.DAMAGED}


def test_a_key_that_is_believed_no_more_ends_its_lists(shelf, listed, tmp_path):
    shelf.add(listed(), NOW, {})
    assert states(Shelf(tmp_path / "lists", {}, bytes(range(32)))) == {"un": ListState.DAMAGED}


def test_a_damaged_list_is_replaced_by_a_good_one_but_not_by_an_older_one(shelf, listed, emptied, tmp_path):
    edition = shelf.add(listed(dated=NOW), NOW, {})
    (tmp_path / "lists" / "un.list").write_bytes(b"rubbish")
    older = emptied(listed())
    assert code_of(shelf.add, older, NOW, {"un": edition}) == "lists.older"
    shelf.add(listed(dated=NOW), NOW, {"un": edition})
    assert states(shelf) == {"un": ListState.CURRENT}


def test_the_book_remembers_the_editions(shelf, listed, tmp_path):
    keys = open_keys(tmp_path / "keys", "file")
    with Store.open(tmp_path / "book.db", keys.database_key()) as store:
        for dated in (NOW - DAY, NOW):
            edition = shelf.add(listed(dated=dated), NOW, newest(store))
            note_installed(store, edition, 4)
        assert newest(store) == {"un": edition}
        assert store.verify().sound
        assert "Hasan" not in str([store.body(line.seq) for line in store.lines()])


def test_a_file_that_is_none_is_said_without_quoting_it(tmp_path, shelf, listed, key):
    place = tmp_path / "new.jsonl"
    assert code_of(read_list, place) == "lists.unreadable"
    place.write_text('{"names": ["Hasan Delkar"]}\nrubbish\n')
    assert code_of(shelf.add, read_list(place), NOW, {}) == "lists.unsigned"
    place.with_name(place.name + SIGNATURE).write_text("rubbish")
    assert code_of(read_list, place) == "lists.unreadable"
    wrong = ListFile(b"", b'{"id": "e", "nickname": "Hasan"}\n', None)
    with pytest.raises(ListError) as caught:
        wrong.entries()
    assert (caught.value.code, caught.value.facts) == ("lists.unreadable", {"line": 2})
    assert "Hasan" not in f"{caught.value} {caught.value.__cause__}"


def test_a_key_in_the_settings_that_is_none_is_said():
    assert code_of(trusted_keys, ["AAAA"]) == "lists.key"
