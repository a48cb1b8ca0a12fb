"""The profiles of a rule pack, checked against the catalogue: a demand of an unknown field is an error."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.dataset.any_of import AnyOf
from terminal.dataset.fields import Catalogue, Profile
from terminal.rules.dataset import ProfileRule


class ProfileError(Exception):
    """A profile that asks for what no field holds; `code` is a message key.

    Codes: ``profile.unknown_field``, ``profile.unknown_choice``.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def profiles(rules: Mapping[str, ProfileRule], catalogue: Catalogue) -> dict[str, Profile]:
    """The profiles by name. ProfileError naming profile and field that do not fit together."""
    made = {}
    for name, rule in rules.items():
        profile = Profile(name, rule.clause, tuple(map(AnyOf, rule.demands)), rule.offered)
        _check(profile, catalogue)
        made[name] = profile
    return made


def _check(profile: Profile, catalogue: Catalogue) -> None:
    parts = [part for demand in profile.demands for way in demand.ways for part in way]
    parts += [name for names in profile.offered.values() for name in names]
    for part in parts:
        name, asked, value = part.partition("=")
        entry = catalogue.fields.get(name)
        if entry is None:
            raise ProfileError("profile.unknown_field", profile=profile.name, field=name)
        if asked and value not in (kept for kept, _, _ in entry.choices):
            raise ProfileError("profile.unknown_choice", profile=profile.name, field=part)
