"""Reads rule packs and puts those in force on a day together; errors name file, line, place and clause."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from terminal.rules.consistency import contradictions
from terminal.rules.errors import RuleError
from terminal.rules.lines import Lined, NotYaml, Place, read_lined
from terminal.rules.pack import AUTHORITIES, SECTIONS, Header, PackRef, RulePack
from terminal.rules.precedence import HEAVINESS, Loosening, lay_over
from terminal.rules.sections import nearest

_RANK = {name: rank for rank, name in enumerate(AUTHORITIES)}


@dataclass(frozen=True, eq=False)
class PackFile:
    """One pack as read from its file: a sound header, and sections that are checked when put together."""

    header: Header
    file: str
    sections: Mapping[str, Any] = field(repr=False)
    lined: Lined = field(repr=False)
    sha256: str
    signed_by: str | None = None
    """Id of the key whose signature it carries; None for one shipped with the program."""

    def error(self, code: str, place: Sequence[str | int], cause: str, clause: str = "") -> RuleError:
        """An error that points into this file."""
        return RuleError(
            code, self.file, cause, line=self.lined.line_of(place), place=dotted(place), clause=clause
        )


def dotted(place: Sequence[str | int]) -> str:
    """``businesses.verify_identity.channels``."""
    return ".".join(str(part) for part in place)


def read_pack(text: str, file: str) -> PackFile:
    """The pack in `text`; RuleError when it is no YAML or its header is not sound."""
    try:
        lined = read_lined(text)
    except NotYaml as error:
        raise RuleError("rules.not_yaml", file, error.cause, line=error.line) from error
    if not isinstance(lined.data, dict):
        raise RuleError("rules.not_yaml", file, "the file holds no table", line=1)
    data = {str(key): value for key, value in lined.data.items()}
    head = {key: value for key, value in data.items() if key not in SECTIONS}
    try:
        header = Header.model_validate(head)
    except ValidationError as error:
        raise _invalid(error, file, lined) from error
    sections = {key: value for key, value in data.items() if key in SECTIONS}
    return PackFile(header, file, sections, lined, hashlib.sha256(text.encode()).hexdigest())


def in_force(packs: Sequence[PackFile], on: date) -> tuple[PackFile, ...]:
    """The packs that decide on business date `on`, the highest authority first.

    Of several of one name the one that came into force last. RuleError ``rules.none_in_force`` without a
    regulation, ``rules.overlap`` when two of one name began on the same day.
    """
    newest: dict[tuple[str, str], PackFile] = {}
    for pack in packs:
        header = pack.header
        if not header.in_force(on):
            continue
        key = (header.authority, header.pack)
        other = newest.get(key)
        if other is not None and other.header.effective_from == header.effective_from:
            cause = f"{other.header.name} ({other.file}) is in force from the same day"
            raise pack.error("rules.overlap", ("effective_from",), cause)
        if other is None or header.effective_from > other.header.effective_from:
            newest[key] = pack
    chosen = sorted(newest.values(), key=lambda pack: (_RANK[pack.header.authority], pack.header.pack))
    if not chosen or chosen[0].header.authority != AUTHORITIES[0]:
        raise RuleError("rules.none_in_force", on.isoformat(), f"no regulation is in force on {on}")
    return tuple(chosen)


def rules_of(packs: Sequence[PackFile], on: date) -> RulePack:
    """The rules of business date `on`; RuleError when the packs do not fit together."""
    chosen = in_force(packs, on)
    return _together(chosen, tuple(packs))


def rules_of_these(chosen: Sequence[PackFile], known: Sequence[PackFile]) -> RulePack:
    """The rules of exactly these packs, whatever day it is; `known` holds those they extend."""
    ordered = sorted(chosen, key=lambda pack: (_RANK[pack.header.authority], pack.header.pack))
    return _together(tuple(ordered), tuple(known))


@lru_cache(maxsize=16)
def _together(chosen: tuple[PackFile, ...], known: tuple[PackFile, ...]) -> RulePack:
    data: dict[str, Any] = {}
    origins: dict[Place, str] = {}
    files: list[PackFile] = []
    refs: list[PackRef] = []
    for pack in chosen:
        own, chain = _extended(pack, known)
        if files:
            laid = lay_over(data, own, RulePack, pack.header.name)
            _refuse_loosening(laid.loosenings, chain)
            _refuse_lighter_outcomes(data, own, pack)
            data = laid.data
            origins.update(laid.origins)
        else:
            data = own
        files.extend(chain)
        shas = tuple(each.sha256 for each in reversed(chain))
        refs.append(PackRef(name=pack.header.name, authority=pack.header.authority, files=shas))
    return _checked(data, tuple(refs), files).with_origins(origins)


def _extended(pack: PackFile, known: Sequence[PackFile]) -> tuple[dict[str, Any], list[PackFile]]:
    """The sections of `pack` over those of the pack it extends, and the files they come from."""
    chain, seen = [pack], {pack.header.name}
    while (wanted := chain[-1].header.extends) is not None:
        authority = pack.header.authority
        found = [each for each in known if each.header.name == wanted and each.header.authority == authority]
        if not found or wanted in seen:
            cause = f"no other {authority} pack is called {wanted!r}"
            raise chain[-1].error("rules.extends_unknown", ("extends",), cause)
        chain.append(found[0])
        seen.add(wanted)
    data: dict[str, Any] = {}
    for each in reversed(chain):
        data = _changed(data, each.sections)
    return data, chain[::-1]


def _changed(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are changed key by key, null takes a key away, anything else is put in the place of what was."""
    result = dict(before)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = _changed(result[key], value)
        else:
            result[key] = value
    return result


def _refuse_loosening(loosenings: Sequence[Loosening], files: Sequence[PackFile]) -> None:
    for each in loosenings:
        allowed = f"may only become {each.way}" if each.way else "may not be changed"
        cause = f"{each.asked!r} where {each.stands!r} stands by a higher pack; it {allowed}"
        raise _file_of(files, each.place).error("rules.loosens", each.place, cause, each.clause)


def _refuse_lighter_outcomes(stands: Mapping[str, Any], own: Mapping[str, Any], pack: PackFile) -> None:
    """A finding named more exactly may not weigh less than its family does."""
    before: Mapping[str, Any] = stands.get("outcomes", {})
    for finding, rule in dict(own.get("outcomes", {})).items():
        higher = nearest(before, finding)
        if higher is None or not isinstance(rule, Mapping):
            continue
        if HEAVINESS.index(str(rule.get("decision"))) < HEAVINESS.index(str(higher["decision"])):
            cause = f"{rule.get('decision')!r} where {higher['decision']!r} stands for its family"
            raise pack.error("rules.loosens", ("outcomes", finding), cause, str(higher.get("clause", "")))


def _checked(data: Mapping[str, Any], refs: tuple[PackRef, ...], files: Sequence[PackFile]) -> RulePack:
    try:
        pack = RulePack.model_validate({**data, "packs": refs})
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(first["loc"])
        raise _file_of(files, place).error("rules.invalid", place, first["msg"]) from error
    for wrong in contradictions(pack):
        raise _file_of(files, wrong.place).error(
            "rules.contradiction", wrong.place, wrong.cause, wrong.clause
        )
    return pack


def _file_of(files: Sequence[PackFile], place: Place) -> PackFile:
    """The file that has the last word on `place`: the last one in which most of it is written."""

    def depth(pack: PackFile) -> int:
        return next((length for length in range(len(place), 0, -1) if place[:length] in pack.lined.lines), 0)

    return max(reversed(files), key=depth)


def _invalid(error: ValidationError, file: str, lined: Lined) -> RuleError:
    first = error.errors()[0]
    place = tuple(first["loc"])
    return RuleError("rules.invalid", file, first["msg"], line=lined.line_of(place), place=dotted(place))
