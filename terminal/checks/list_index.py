"""Finds in many entries those that a name or a number may be of, in some milliseconds.

Equal numbers, names and sounds by keys. Likenesses are looked for where birth dates agree, and, without birth
dates, among long names only: all others would be like somebody's on any long list (`docs/watch-lists.md`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from terminal.checks.list_file import ListEntry
from terminal.checks.names import Birth, Born, NameForm, born_of_number, born_of_text, name_form, number_keys
from terminal.rules.lists import NameLimits

ONE_SIGN_LEAST = 2


class How(StrEnum):
    """In what an entry and a person agree."""

    NUMBER = "number"
    NAME = "name"
    SOUND = "sound"
    SIGN = "sign"
    """All Chinese signs but one."""
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is looked for; `repr` shows nothing of them."""

    names: tuple[NameForm, ...] = field(repr=False)
    numbers: frozenset[str] = field(repr=False)
    born: Born | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that may be the person: its place, in what they agree, and how much (0-1)."""

    place: int
    how: How
    score: float
    birth: Birth


@dataclass(slots=True)
class _Filed:
    """What is looked up by keys: key → places of entries."""

    numbers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    equal: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    sounds: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    signs: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    births: dict[tuple[int, int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    years: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    bare_years: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Of `years` those of which no more is known."""
    filed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    long: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Letters of a name → the keys of `filed` that have as many."""


class ListIndex:
    """The entries of one list, ready to be searched."""

    def __init__(self, entries: Sequence[ListEntry], limits: NameLimits) -> None:
        self._limits = limits
        self._filed = _Filed()
        self._born: list[Born | None] = []
        self._spoken: list[tuple[str, ...]] = []
        self._signs: list[int] = []
        for place, entry in enumerate(entries):
            self._file(place, entry)

    def find(self, asked: Asked) -> tuple[Found, ...]:
        """The best of each entry that fits, best first."""
        best: dict[int, Found] = {}
        for each in self._all(asked):
            known = best.get(each.place)
            if known is None or _rank(each) < _rank(known):
                best[each.place] = each
        return tuple(sorted(best.values(), key=_rank))

    def _file(self, place: int, entry: ListEntry) -> None:
        keys = frozenset(key for number in entry.numbers for key in number_keys(number))
        born = born_of_text(entry.born) or born_of_number(keys)
        forms = [name_form(name) for name in entry.names]
        self._born.append(born)
        self._spoken.append(tuple(dict.fromkeys(sound for form in forms for sound in form.filed)))
        self._signs.append(max((form.signs for form in forms), default=0))
        for key in keys:
            self._filed.numbers[key].append(place)
        for form in forms:
            self._file_name(place, form)
        if born is not None:
            self._file_birth(place, born)

    def _file_name(self, place: int, form: NameForm) -> None:
        if not form.equal:
            return
        self._filed.equal[form.equal].append(place)
        for sound in form.sounds:
            self._filed.sounds[sound].append(place)
        for key in form.without_one():
            self._filed.signs[key].append(place)
        for sound in form.filed:
            if len(sound) >= self._limits.alone_from_letters:
                if sound not in self._filed.filed:
                    self._filed.long[len(sound)].append(sound)
                self._filed.filed[sound].append(place)

    def _file_birth(self, place: int, born: Born) -> None:
        self._filed.years[born.year].append(place)
        if not (born.month and born.day):
            self._filed.bare_years[born.year].append(place)
            return
        for key in _pairs(born):
            self._filed.births[key].append(place)

    def _all(self, asked: Asked) -> Iterator[Found]:
        for key in asked.numbers:
            for place in self._filed.numbers.get(key, ()):
                yield Found(place, How.NUMBER, 1.0, self._birth(place, asked.born))
        near = self._near(asked.born)
        for form in asked.names:
            if form.equal:
                yield from self._equal(form, asked.born)
                yield from self._sounding(form, asked.born)
                yield from self._one_sign(form, near)
                yield from self._spelled(form, near)
                yield from self._long(form, asked.born)

    def _equal(self, form: NameForm, born: Born | None) -> Iterator[Found]:
        for place in self._filed.equal.get(form.equal, ()):
            birth = self._birth(place, born)
            if birth is not Birth.CONTRADICTS or self._limits.equal_despite_birth:
                yield Found(place, How.NAME, 1.0, birth)

    def _sounding(self, form: NameForm, born: Born | None) -> Iterator[Found]:
        for sound in form.sounds:
            for place in self._filed.sounds.get(sound, ()):
                birth = self._birth(place, born)
                agree = birth in (Birth.EQUAL, Birth.NEAR)
                if agree or (birth is Birth.UNKNOWN and self._tells(form, place, sound)):
                    yield Found(place, How.SOUND, 1.0, birth)

    def _tells(self, form: NameForm, place: int, sound: str) -> bool:
        """True when the name is long enough to be told by its sound alone."""
        signs = min(form.signs, self._signs[place])
        if signs:
            return signs >= self._limits.sound_alone_from_signs
        return len(sound) >= self._limits.alone_from_letters

    def _one_sign(self, form: NameForm, near: Mapping[int, Birth]) -> Iterator[Found]:
        if not self._limits.one_sign_with_birth or form.signs < ONE_SIGN_LEAST:
            return
        for key in form.without_one():
            for place in self._filed.signs.get(key, ()):
                if place in near:
                    yield Found(place, How.SIGN, 1 - 1 / form.signs, near[place])

    def _spelled(self, form: NameForm, near: Mapping[int, Birth]) -> Iterator[Found]:
        limit = self._limits.spelling_with_birth
        for place, birth in near.items():
            for sound in self._spoken[place]:
                for one in form.asked:
                    score = OSA.normalized_similarity(one, sound, score_cutoff=limit)
                    if score >= limit:
                        yield Found(place, How.SPELLING, score, birth)

    def _long(self, form: NameForm, born: Born | None) -> Iterator[Found]:
        limit = self._limits.spelling_alone
        for one in form.asked:
            if len(one) < self._limits.alone_from_letters:
                continue
            for length in range(int(len(one) * limit), int(len(one) / limit) + 1):
                for sound, score in _alike(one, self._filed.long.get(length, []), limit):
                    for place in self._filed.filed[sound]:
                        birth = self._birth(place, born)
                        if birth is Birth.UNKNOWN:
                            yield Found(place, How.SPELLING, score, birth)

    def _near(self, born: Born | None) -> Mapping[int, Birth]:
        """Entries whose birth date agrees with `born` well enough for a likeness."""
        if born is None:
            return {}
        whole = bool(born.month and born.day)
        pairs = _pairs(born) if whole else ()
        places = {place for key in pairs for place in self._filed.births.get(key, ())}
        years = self._filed.bare_years if whole else self._filed.years
        for year in range(born.year - self._limits.birth_years, born.year + self._limits.birth_years + 1):
            places.update(years.get(year, ()))
        said = {place: self._birth(place, born) for place in places}
        slip = self._limits.likeness_with_birth_slip
        return {
            place: birth
            for place, birth in said.items()
            if birth is Birth.EQUAL or (slip and birth is Birth.NEAR)
        }

    def _birth(self, place: int, born: Born | None) -> Birth:
        theirs = self._born[place]
        if born is None or theirs is None:
            return Birth.UNKNOWN
        return born.birth(theirs, self._limits.birth_years)


def asked_of(names: Iterable[str], numbers: Iterable[str], born: Born | None) -> Asked:
    """Who is looked for; without `born` the birth date in a resident number serves."""
    keys = frozenset(key for number in numbers for key in number_keys(number))
    forms = tuple(name_form(name) for name in names)
    return Asked(tuple(each for each in forms if each.equal), keys, born or born_of_number(keys))


def _alike(one: str, many: list[str], limit: float) -> Iterator[tuple[str, float]]:
    similar = OSA.normalized_similarity
    for sound, score, _ in process.extract(one, many, scorer=similar, score_cutoff=limit, limit=None):
        yield sound, float(score)


def _pairs(born: Born) -> tuple[tuple[int, int, int], ...]:
    """Keys that dates share which agree: any two parts, or day and month swapped."""
    year, month, day = born.year, born.month, born.day
    return (0, month, day), (year, 0, day), (year, month, 0), (year, day, month), (year, month, day)


def _rank(found: Found) -> tuple[int, int, float]:
    order = (How.NUMBER, How.NAME, How.SOUND, How.SPELLING, How.SIGN)
    return order.index(found.how), list(Birth).index(found.birth), -found.score
