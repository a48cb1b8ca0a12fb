"""Looking people up: what hits, how surely, what follows, and that nobody is given a hint."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from drivers.api import CardKind, IdCard, Sex
from terminal.checks.list_file import ListEntry
from terminal.checks.lists import (
    FINDING,
    Action,
    Birth,
    How,
    Subject,
    Sure,
    WatchLists,
    judge,
    subject_of,
)
from terminal.checks.names import born_of_text, name_form, number_keys
from terminal.checks.shelf import ListState, Shelved
from terminal.messages import LANGUAGES, NEUTRAL, Audience, texts
from terminal.rules.lists import ListRules
from terminal.rules.precedence import lay_over

ZHANG = ListEntry(id="e-1", names=("张伟明",), numbers=("110101197003074515",))
TURSUN = ListEntry(id="e-2", names=("买买提·吐尔逊",), born="1980-05-01")
HASAN = ListEntry(id="e-3", names=("Hasan Delkar",), born="1975")
PASS = ListEntry(id="e-4", numbers=("H1234567801",))
ENTRIES = (ZHANG, TURSUN, HASAN, PASS)


def shelved(kind="sanctions", state=ListState.CURRENT, entries=ENTRIES, list_id=""):
    return Shelved(list_id or f"{kind}-1", kind, state, None, entries)


@pytest.fixture(scope="module")
def lists(rules):
    return WatchLists([shelved("sanctions"), shelved("wanted")], rules)


def ask(lists, name=(), number=(), born=""):
    names = (name,) if isinstance(name, str) else name
    numbers = (number,) if isinstance(number, str) else number
    return lists.check(Subject(names, numbers, born_of_text(born) if born else None))


def told(checked, kind="sanctions"):
    return [(hit.entry_id, hit.how, hit.sure, hit.birth) for hit in checked.hits if hit.kind == kind]


@pytest.mark.parametrize("number", ["110101197003074515", "110101700307451", "110101 19700307 4515"])
def test_a_number_is_a_sure_hit_whatever_the_name(lists, number):
    (hit,) = told(ask(lists, "李丽", number))
    assert hit == ("e-1", How.NUMBER, Sure.SURE, Birth.EQUAL)


def test_a_pass_is_found_whatever_its_issue(lists):
    assert told(ask(lists, number="H12345678"))[0][:3] == ("e-4", How.NUMBER, Sure.SURE)
    assert told(ask(lists, number="H1234567899"))[0][0] == "e-4"
    assert told(ask(lists, number="H1234567901")) == []


@pytest.mark.parametrize(
    ("name", "born", "how", "birth"),
    [
        ("張偉明", "1970-03-07", How.NAME, Birth.EQUAL),
        ("张伟明", "", How.NAME, Birth.UNKNOWN),
        ("张卫明", "1970-03-07", How.SOUND, Birth.EQUAL),
        ("张卫明", "1970-07-03", How.SOUND, Birth.NEAR),
        ("Weiming ZHANG", "1970-03-07", How.SOUND, Birth.EQUAL),
        ("张伟朋", "1970-03-07", How.SPELLING, Birth.EQUAL),
        ("张伟霞", "1970-03-07", How.SIGN, Birth.EQUAL),
        ("ZHANG Weimin", "1970-03-07", How.SPELLING, Birth.EQUAL),
    ],
)
def test_a_name_is_a_possible_hit_only(lists, name, born, how, birth):
    for kind in ("sanctions", "wanted"):
        assert told(ask(lists, name, born=born), kind)[0] == ("e-1", how, Sure.POSSIBLE, birth)


def test_long_lists_are_searched_less_widely_than_short_ones(lists):
    near = ask(lists, "张卫明")  # sounds alike, no birth date
    assert told(near) == [("e-1", How.SOUND, Sure.POSSIBLE, Birth.UNKNOWN)]
    assert told(near, "wanted") == []
    other = ask(lists, "张伟明", born="1991-01-01")
    assert told(other) == [("e-1", How.NAME, Sure.POSSIBLE, Birth.CONTRADICTS)]
    assert told(other, "wanted") == []


def test_years_alone_agree_when_they_are_near(lists):
    assert told(ask(lists, "Hassan DELKAR", born="1976-02-02")) == [
        ("e-3", How.SPELLING, Sure.POSSIBLE, Birth.NEAR)
    ]
    assert told(ask(lists, "Hassan DELKAR", born="1978-02-02")) == []


@pytest.mark.parametrize("name", ["李丽", "王小明", "Anna Lind", "", "··", "张", "明伟张"])
def test_others_do_not_hit(lists, name):
    assert ask(lists, name, "110101198001010015", "1960-06-06").hits == ()


def test_the_best_of_an_entry_is_told_once(lists):
    found = told(ask(lists, ("张伟明", "张卫明"), "110101197003074515"))
    assert found == [("e-1", How.NUMBER, Sure.SURE, Birth.EQUAL)]


def test_all_names_and_numbers_of_a_card_are_looked_up(lists):
    card = IdCard(
        kind=CardKind.FOREIGNER_2023,
        name="无名",
        number="911840197503070001",
        sex=Sex.MALE,
        birth=date(1975, 6, 1),
        valid_from=None,
        valid_to=None,
        latin_name="DELKAR, HASAN",
        former_number="H1234567801",
    )
    assert {hit.entry_id for hit in lists.check(subject_of(card)).hits} == {"e-3", "e-4"}
    assert subject_of(card, ("又名",)).names == ("无名", "DELKAR, HASAN", "又名")
    assert "DELKAR" not in repr(subject_of(card))


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=3),
    st.lists(st.text(min_size=1, max_size=20), max_size=2),
    st.one_of(st.just(""), st.dates(date(1940, 1, 1), date(2010, 1, 1)).map(date.isoformat)),
)
def test_whoever_is_listed_is_found_by_any_name_or_number_as_listed(rules, names, numbers, born):
    entry = ListEntry(id="e-9", names=tuple(names), numbers=tuple(numbers), born=born)
    lists = WatchLists([shelved(entries=(*ENTRIES, entry)), shelved("wanted", entries=())], rules)
    for name in names:
        listed = any(hit.entry_id == "e-9" for hit in ask(lists, name, born=born).hits)
        assert listed == bool(name_form(name).equal)
    for number in numbers:
        found = {hit.entry_id: hit.sure for hit in ask(lists, "李丽", number).hits}
        assert found.get("e-9") is (Sure.SURE if number_keys(number) else None)


def test_what_follows_depends_on_list_and_sureness(lists, rules):
    sure = judge(ask(lists, number="110101197003074515"), rules)
    assert (sure.action, sure.roles) == (Action.REFUSE, ("aml_officer",))
    assert sure.clauses == ("L03, T02", "L03, T01")
    possible = judge(ask(lists, "张伟明"), rules)
    assert possible.action is Action.REFER
    only_wanted = WatchLists([shelved(entries=()), shelved("wanted")], rules)
    assert judge(ask(only_wanted, number="110101197003074515"), rules).action is Action.REFER
    clear = judge(ask(lists, "李丽"), rules)
    assert (clear.action, clear.finding, clear.roles, clear.hits) == (Action.GO_ON, "", (), ())
    rare = WatchLists([shelved(), shelved("wanted"), shelved("rumours", entries=(PASS,))], rules)
    assert judge(ask(rare, number="H12345678"), rules).roles == ("aml_officer",)


@pytest.mark.parametrize("state", [ListState.EXPIRED, ListState.DAMAGED, ListState.MISSING])
def test_without_a_list_that_must_be_there_nothing_is_decided(rules, state):
    lists = WatchLists([shelved(), shelved("wanted", state, ())], rules)
    assert lists.lacking == ("wanted",)
    verdict = judge(ask(lists, "李丽"), rules)
    assert (verdict.action, verdict.finding, verdict.lacking) == (Action.REFER, FINDING, ("wanted",))
    assert WatchLists([shelved()], rules).lacking == ("wanted",)
    second = shelved("wanted", state, (), "wanted-2")
    assert WatchLists([shelved(), shelved("wanted"), second], rules).lacking == ("wanted",)
    assert WatchLists([shelved(), shelved("wanted"), shelved("fraud", state, ())], rules).lacking == ()


def test_a_list_in_its_days_of_grace_is_searched(rules):
    lists = WatchLists([shelved(state=ListState.GRACE), shelved("wanted")], rules)
    assert lists.lacking == ()
    assert told(ask(lists, number="H12345678"))


def test_every_outcome_that_stops_a_case_looks_the_same(lists, rules):
    lacking = WatchLists([shelved()], rules)
    stopped = (
        judge(ask(lists, number="110101197003074515"), rules),
        judge(ask(lists, "张伟明"), rules),
        judge(ask(lacking, "李丽"), rules),
    )
    assert {verdict.finding for verdict in stopped} == {FINDING}
    for language in LANGUAGES:
        table = texts(language)
        customer = table.say(FINDING, Audience.CUSTOMER)
        assert customer == table.say(NEUTRAL, Audience.CUSTOMER)
        for audience in Audience:
            said = table.say(FINDING, audience).lower()
            words = (
                "list",
                "sanction",
                "wanted",
                "police",
                "hit",
                "risk",
                "名单",
                "制裁",
                "公安",
                "风险",
                "可疑",
            )
            assert not any(word in said for word in words), said


def test_no_log_and_no_repr_tells_of_a_hit_or_a_person(lists, rules):
    logs = []
    for name in ("张伟明", "李丽"):
        with capture_logs() as seen:
            checked = ask(lists, name, "110101197003074515" if name == "张伟明" else "")
        logs.append([{key: value for key, value in line.items() if key != "ms"} for line in seen])
        assert name not in f"{checked!r} {judge(checked, rules)!r}"
    assert logs[0] == logs[1] == [{"event": "lists.checked", "lists": 2, "log_level": "info"}]


def test_hits_go_to_the_officer_alone(lists, rules, tmp_path):
    from pathlib import Path

    import yaml

    from sync.keys import open_keys
    from sync.store import Store
    from sync.tasks_book import TasksBook
    from terminal.calendar import Calendar
    from terminal.checks.silent import report_hits
    from terminal.rules.tasks import TaskRules
    from terminal.task_desk import TaskDesk
    from terminal.tasks import Doer

    section = Path(__file__).parent.parent / "terminal_tasks" / "section.yaml"
    raw = yaml.safe_load(section.read_text("utf-8"))
    raw["kinds"]["list_hit"]["confidential"] = False
    follow_ups = TaskRules.model_validate(raw)
    keys = open_keys(tmp_path / "keys", "file")
    now = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    with Store.open(tmp_path / "book.db", keys.database_key()) as store:
        desk = TaskDesk(TasksBook(store), lambda: now)
        verdict = judge(ask(lists, "张伟明", "110101197003074515"), rules)
        (task,) = report_hits(desk, follow_ups, Calendar.load(), "c-1", verdict)
        assert report_hits(desk, follow_ups, Calendar.load(), "c-2", judge(ask(lists, "李丽"), rules)) == ()
        assert desk.all(Doer("S-1", frozenset({"teller", "supervisor"}))) == ()
        assert desk.all(Doer("S-3", frozenset({"aml_officer"}))) == (task,)
        assert "e-1" not in str([store.body(line.seq) for line in store.lines()])
    assert task.due == date(2026, 11, 30)
    assert task.notes[0].startswith("refuse; sanctions-1 e-1: sure, number 1.0, birth equal")
    assert "张" not in task.notes[0]
    assert task.due - now.date() <= timedelta(days=4)


def test_a_branch_may_look_wider_and_never_narrower(rules):
    base = rules.model_dump(mode="json")
    wider = {"grace_days": 0, "kinds": {"wanted": {"sure": "refuse", "names": {"spelling_alone": 0.85}}}}
    layered = lay_over(base, wider, ListRules, "branch 1")
    assert layered.loosenings == []
    assert ListRules.model_validate(layered.data).of("wanted").sure == "refuse"
    for change in (
        {"grace_days": 9},
        {"kinds": {"sanctions": {"sure": "refer"}}},
        {"kinds": {"sanctions": {"required": False}}},
        {"kinds": {"wanted": {"names": {"spelling_with_birth": 0.9}}}},
        {"kinds": {"sanctions": {"names": {"equal_despite_birth": False}}}},
    ):
        assert lay_over(base, change, ListRules, "branch 1").loosenings, change
