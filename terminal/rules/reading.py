"""Reads rule packs and puts those in force on a day together; errors name file, line, place and clause."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from terminal.rules.beside import loosened_beside
from terminal.rules.consistency import contradictions
from terminal.rules.errors import RuleError
from terminal.rules.lines import Lined, NotYaml, Place, read_lined
from terminal.rules.pack import AUTHORITIES, SECTIONS, Header, PackRef, RulePack
from terminal.rules.precedence import Loosening, lay_over

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
    text: str = field(default="", repr=False)

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
    try:
        header = Header.model_validate(_head(data))
    except ValidationError as error:
        raise _invalid(error, file, lined)[0] from error
    sections = {key: value for key, value in data.items() if key in SECTIONS}
    return PackFile(header, file, sections, lined, hashlib.sha256(text.encode()).hexdigest(), text=text)


def read_bytes(content: bytes, file: str) -> PackFile:
    """The pack in `content`, whose SHA-256 is that of these very bytes. RuleError as `read_pack`."""
    try:
        return read_pack(content.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RuleError("rules.not_yaml", file, "it is no UTF-8", line=line) from error


def header_problems(text: str, file: str) -> tuple[RuleError, ...]:
    """Everything that keeps `read_pack` from reading `text`, not only the first; empty when nothing does."""
    try:
        read_pack(text, file)
    except RuleError as error:
        if error.code != "rules.invalid":
            return (error,)
    else:
        return ()
    lined = read_lined(text)
    try:
        Header.model_validate(_head({str(key): value for key, value in lined.data.items()}))
    except ValidationError as error:
        return _invalid(error, file, lined)
    return ()


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
    return together(in_force(packs, on), tuple(packs))


def problems_of(packs: Sequence[PackFile], on: date) -> tuple[RuleError, ...]:
    """Everything that keeps `packs` from fitting together on `on`, not only the first."""
    try:
        laid = _lay(in_force(packs, on), packs)
    except RuleError as error:
        return (error,)
    return (*laid.wrong, *_checked(laid)[1])


def files_of(packs: Sequence[PackFile], on: date) -> tuple[PackFile, ...]:
    """Every file the rules of `on` are put together from, those that are extended as well, lowest last."""
    return tuple(each for pack in in_force(packs, on) for each in _extended(pack, packs)[1])


def rules_of_these(chosen: Sequence[PackFile], known: Sequence[PackFile]) -> RulePack:
    """The rules of exactly these packs, whatever day it is; `known` holds those they extend."""
    ordered = sorted(chosen, key=lambda pack: (_RANK[pack.header.authority], pack.header.pack))
    return together(tuple(ordered), tuple(known))


@lru_cache(maxsize=16)
def together(chosen: tuple[PackFile, ...], known: tuple[PackFile, ...]) -> RulePack:
    """`chosen`, the highest authority first, laid over one another; `known` holds what they extend.

    RuleError when they do not fit together.
    """
    laid = _lay(chosen, known)
    if laid.wrong:
        raise laid.wrong[0]
    pack, wrong = _checked(laid)
    if pack is None or wrong:
        raise wrong[0]
    return pack.with_origins(laid.origins)


@dataclass(slots=True)
class _Laid:
    """Packs laid over one another, before anybody has looked whether the result is sound."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[Place, str] = field(default_factory=dict)
    files: list[PackFile] = field(default_factory=list)
    refs: list[PackRef] = field(default_factory=list)
    wrong: list[RuleError] = field(default_factory=list)


def _lay(chosen: Sequence[PackFile], known: Sequence[PackFile]) -> _Laid:
    result = _Laid()
    for pack in chosen:
        own, chain = _extended(pack, known)
        if result.files:
            laid = lay_over(result.data, own, RulePack, pack.header.name)
            result.wrong.extend(_loosening(each, chain) for each in laid.loosenings)
            result.wrong.extend(loosened_beside(result.data, own, pack))
            result.data = laid.data
            result.origins.update(laid.origins)
        else:
            result.data = own
        result.files.extend(chain)
        header, shas = pack.header, tuple(each.sha256 for each in reversed(chain))
        result.refs.append(PackRef(name=header.name, authority=header.authority, files=shas))
    return result


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


def _loosening(each: Loosening, files: Sequence[PackFile]) -> RuleError:
    allowed = f"may only become {each.way}" if each.way else "may not be changed"
    cause = f"{each.asked!r} where {each.stands!r} stands by a higher pack; it {allowed}"
    return file_of(files, each.place).error("rules.loosens", each.place, cause, each.clause)


def _checked(laid: _Laid) -> tuple[RulePack | None, tuple[RuleError, ...]]:
    """The pack as it was laid, and everything in it that cannot be."""
    try:
        pack = RulePack.model_validate({**laid.data, "packs": tuple(laid.refs)})
    except ValidationError as error:
        return None, tuple(
            file_of(laid.files, tuple(one["loc"])).error("rules.invalid", tuple(one["loc"]), one["msg"])
            for one in error.errors()
        )
    return pack, tuple(
        file_of(laid.files, wrong.place).error("rules.contradiction", wrong.place, wrong.cause, wrong.clause)
        for wrong in contradictions(pack)
    )


def file_of(files: Sequence[PackFile], place: Place) -> PackFile:
    """The file that has the last word on `place`: the last one in which most of it is written."""

    def depth(pack: PackFile) -> int:
        return next((length for length in range(len(place), 0, -1) if place[:length] in pack.lined.lines), 0)

    return max(reversed(files), key=depth)


def _head(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in SECTIONS}


def _invalid(error: ValidationError, file: str, lined: Lined) -> tuple[RuleError, ...]:
    places = [(tuple(one["loc"]), one["msg"]) for one in error.errors()]
    return tuple(
        RuleError("rules.invalid", file, cause, line=lined.line_of(place), place=dotted(place))
        for place, cause in places
    )
