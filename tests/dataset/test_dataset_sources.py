"""Values of several sources: the higher is shown, the other is kept, nothing is overwritten in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from dataset_values import CATALOGUE, NOW, RULES, often, value
from hypothesis import given
from hypothesis import strategies as st

from terminal.dataset.changes import Change, ChangeError, ChangeLog, refusals
from terminal.dataset.fields import Source
from terminal.dataset.sources import merge

sources = st.sampled_from(Source)
few = st.sampled_from(["苏晓岚", "苏晓兰", "顾云舒", "苏 晓岚", "苏\ue001岚"])
name_values = st.builds(
    lambda text, source, minutes, by: value("name", text, source, minutes, by),
    few,
    sources,
    st.integers(0, 3),
    st.sampled_from(["T1", "T2", "customer"]),
)


def test_the_chip_outranks_camera_typing_and_saying():
    held = [value("name", f"某{source.value}", source) for source in reversed(Source)]
    assert merge(held, CATALOGUE).values["name"].source is Source.CHIP
    for source in (Source.CHIP, Source.ONLINE, Source.OCR, Source.TYPED):
        held = [each for each in held if each.source is not source]
        assert merge(held, CATALOGUE).values["name"].source is not source


def test_two_that_disagree_are_both_kept():
    chip, typed = value("name", "苏晓岚", Source.CHIP), value("name", "苏晓兰")
    merged = merge([typed, chip], CATALOGUE)
    (against,) = merged.disagreements
    assert (against.kept, against.other, against.code) == (chip, typed, "source.disagree")
    assert merged.sources("name") == (Source.CHIP, Source.TYPED)
    assert merged.sources("birth") == ()


def test_two_spellings_of_one_are_no_disagreement():
    held = [value("phone", "13800001234", Source.STATED), value("phone", "+86 138 0000 1234", Source.ONLINE)]
    assert merge(held, CATALOGUE).disagreements == ()


def test_a_sign_that_cannot_be_read_makes_it_unclear():
    held = [value("name", "顾\U00020164", Source.CHIP), value("name", "顾\ue864", Source.OCR)]
    assert [each.code for each in merge(held, CATALOGUE).disagreements] == ["source.unclear"]


def test_who_typed_it_corrects_it_and_another_contradicts_it():
    first, later = value("name", "苏晓兰", minutes=0), value("name", "苏晓岚", minutes=5)
    merged = merge([later, first], CATALOGUE)
    assert (merged.values["name"], merged.disagreements) == (later, ())
    other = replace(later, by="T2")
    assert len(merge([first, other], CATALOGUE).disagreements) == 1


def test_two_chips_that_disagree_are_a_contradiction():
    held = [value("name", "苏晓岚", Source.CHIP, 0), value("name", "顾云舒", Source.CHIP, 5)]
    assert len(merge(held, CATALOGUE).disagreements) == 1


def test_a_field_that_does_not_exist_is_refused():
    with pytest.raises(KeyError):
        merge([value("shoe_size", "42")], CATALOGUE)


@often
@given(st.lists(name_values, max_size=6), st.randoms())
def test_the_order_of_sources_does_not_matter(held, random):
    shuffled = list(held)
    random.shuffle(shuffled)
    first, second = merge(held, CATALOGUE), merge(shuffled, CATALOGUE)
    assert first.values == second.values
    as_pairs = [
        {frozenset((each.kept, each.other)) for each in merged.disagreements} for merged in (first, second)
    ]
    assert as_pairs[0] == as_pairs[1]


@often
@given(st.lists(name_values, min_size=1, max_size=6))
def test_no_text_of_a_chip_camera_or_authority_is_lost(held):
    merged = merge(held, CATALOGUE)
    shown = merged.values["name"].text
    seen = {shown} | {each.other.text for each in merged.disagreements}
    for each in held:
        if each.source not in (Source.TYPED, Source.STATED):
            assert each.text.replace(" ", "") in {text.replace(" ", "") for text in seen}


def test_nothing_personal_is_in_a_repr():
    chip, typed = value("name", "苏晓岚", Source.CHIP), value("name", "苏晓兰")
    merged = merge([chip, typed], CATALOGUE)
    change = Change(chip, typed, "T2", "correction")
    for each in (chip, merged, merged.disagreements, change, ChangeLog((change,))):
        assert "苏" not in repr(each)


def changed(before, text, minutes=0, by="T1", reviewed_by="T2", field="phone"):
    return Change(before, value(field, text, minutes=minutes, by=by), reviewed_by, "customer_told")


def test_the_log_grows_and_tells_what_was_when_and_by_whom():
    first = changed(value("phone", "13800001234", minutes=-9), "13800005678")
    second = changed(first.after, "13800009999", minutes=5)
    log = ChangeLog().add(first).add(second)
    assert log.current("phone") == second.after
    assert [(each.before.text, each.after.text, each.reviewed_by) for each in log.history("phone")] == [
        ("13800001234", "13800005678", "T2"),
        ("13800005678", "13800009999", "T2"),
    ]
    assert log.current("email") is None
    assert ChangeLog().add(first).entries == (first,)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda last: changed(last, "13800000001", 9, by="T2"), "change.same_person"),
        (lambda last: changed(last, "13800000001", 9, reviewed_by=""), "change.without_reviewer"),
        (lambda last: changed(None, "13800000001", 9), "change.not_the_current"),
        (lambda last: changed(last, "a@example.com", 9, field="email"), "change.other_field"),
        (lambda last: changed(last, last.text, 9), "change.nothing"),
        (lambda last: changed(last, "13800000001", -9), "change.earlier"),
    ],
)
def test_what_the_log_refuses(make, code):
    log = ChangeLog().add(changed(None, "13800005678"))
    with pytest.raises(ChangeError) as caught:
        log.add(make(log.current("phone")))
    assert caught.value.code == code
    assert "138" not in f"{caught.value} {caught.value.facts}"


@often
@given(st.lists(st.tuples(st.sampled_from(["phone", "email"]), st.integers(0, 5)), max_size=8))
def test_whatever_happens_entries_only_grow(steps):
    log = ChangeLog()
    for number, (field, minutes) in enumerate(steps):
        before = log.current(field)
        change = changed(before, f"text {number}", minutes, field=field)
        grown = log
        try:
            grown = log.add(change)
        except ChangeError as error:
            assert error.code == "change.earlier"
        assert grown.entries[: len(log.entries)] == log.entries
        log = grown
    assert all(each.after.at >= NOW - timedelta(minutes=1) for each in log.entries)


@pytest.mark.parametrize(
    ("field", "channel", "proofs", "codes"),
    [
        ("name", "counter", ["police_certificate"], ()),
        ("name", "counter", [], ("change.proof_missing",)),
        ("name", "kiosk", ["police_certificate"], ("change.not_in_this_channel",)),
        ("document_number", "kiosk", [], ("change.not_in_this_channel", "change.proof_missing")),
        ("phone", "kiosk", [], ()),
        ("home_address", "visit", [], ()),
    ],
)
def test_key_fields_change_in_person_with_proof(field, channel, proofs, codes):
    assert refusals(field, channel, proofs, CATALOGUE, RULES.changes) == codes
