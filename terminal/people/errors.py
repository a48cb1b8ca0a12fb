"""What staff, or the program in their name, are not allowed; the code is a message key.

PeopleError
└── Refused     they did not prove who they are, or may not act here and now
"""

from __future__ import annotations


class PeopleError(Exception):
    """Something that is not done; facts hold staff numbers at most, never names or passwords."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Refused(PeopleError):
    """Not proved, or not entitled: ``people.refused``, ``people.locked``, ``people.out_of_hours`` …"""
