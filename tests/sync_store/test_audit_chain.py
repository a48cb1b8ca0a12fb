"""The chain: any change, cut, swap or insertion is named at its first line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.audit import NO_HASH, Break, Head, body_digest, body_text, next_line, verify

few = settings(max_examples=40, deadline=None)
bodies = st.lists(
    st.dictionaries(
        st.text(max_size=8), st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12), max_size=3
    ),
    min_size=1,
    max_size=12,
)


def chain(values):
    lines, head = [], Head()
    for number, body in enumerate(values):
        line = next_line(
            head, f"2026-03-02T12:00:{number:02d}.000Z", "case.step", body_digest(body_text(body))
        )
        lines.append(line)
        head = Head(line.seq, line.hash)
    return lines


@few
@given(bodies)
def test_a_chain_of_anything_holds(values):
    lines = chain(values)
    verdict = verify(lines)
    assert verdict.sound
    assert verdict.lines == len(lines) == verdict.head.seq
    assert lines[0].prev == NO_HASH


@few
@given(bodies, st.data())
def test_any_part_of_a_chain_can_be_checked_from_a_known_head(values, data):
    lines = chain(values)
    cut = data.draw(st.integers(0, len(lines)))
    start = Head(lines[cut - 1].seq, lines[cut - 1].hash) if cut else Head()
    assert verify(lines[cut:], after=start).sound


@few
@given(bodies, st.data())
def test_any_changed_field_is_named_at_its_line(values, data):
    lines = chain(values)
    at = data.draw(st.integers(0, len(lines) - 1))
    name = data.draw(st.sampled_from(["at", "kind", "body_sha256", "prev", "hash"]))
    old = getattr(lines[at], name)
    place = data.draw(st.integers(0, len(old) - 1))
    new = old[:place] + ("x" if old[place] != "x" else "y") + old[place + 1 :]
    lines[at] = lines[at].model_copy(update={name: new})
    verdict = verify(lines)
    assert (verdict.broken_at, verdict.problem) == (at + 1, Break.HASH)
    assert str(verdict) == f"audit line {at + 1} altered"
    assert verdict.lines == at


@few
@given(bodies.filter(lambda values: len(values) > 1), st.data())
def test_a_missing_line_is_named(values, data):
    lines = chain(values)
    at = data.draw(st.integers(0, len(lines) - 2))
    del lines[at]
    verdict = verify(lines)
    assert (verdict.broken_at, verdict.problem) == (at + 1, Break.GAP)


@few
@given(bodies.filter(lambda values: len(values) > 1), st.data())
def test_swapped_lines_are_named(values, data):
    lines = chain(values)
    at = data.draw(st.integers(0, len(lines) - 2))
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert verify(lines).broken_at == at + 1


@few
@given(bodies, st.data())
def test_a_replaced_line_with_a_fresh_hash_breaks_the_next_or_the_head(values, data):
    lines = chain(values)
    known = Head(lines[-1].seq, lines[-1].hash)
    at = data.draw(st.integers(0, len(lines) - 1))
    before = Head(lines[at - 1].seq, lines[at - 1].hash) if at else Head()
    lines[at] = next_line(before, "2026-03-02T13:00:00.000Z", "case.step", "0" * 64)
    verdict = verify(lines, until=known)
    assert not verdict.sound
    assert verdict.broken_at == min(at + 2, len(lines))


@few
@given(bodies, st.data())
def test_a_cut_tail_is_seen_only_with_a_head(values, data):
    lines = chain(values)
    known = Head(lines[-1].seq, lines[-1].hash)
    kept = data.draw(st.integers(0, len(lines) - 1))
    assert verify(lines[:kept]).sound
    verdict = verify(lines[:kept], until=known)
    assert (verdict.broken_at, verdict.problem) == (kept + 1, Break.TAIL)
