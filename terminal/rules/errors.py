"""What can be wrong with a rule pack."""

from __future__ import annotations


class RuleError(Exception):
    """A rule pack that cannot be used: names file, line, place and cause, and the clause it would loosen.

    Codes: ``rules.not_yaml``, ``rules.invalid``, ``rules.loosens``, ``rules.contradiction``,
    ``rules.extends_unknown``, ``rules.overlap``, ``rules.none_in_force``, ``rules.unknown``; of signatures
    (`terminal.rules.signature`) ``rules.unsigned``, ``rules.signature_wrong``, ``rules.key_unknown``,
    ``rules.key_not_for_this``, ``rules.key_file``, ``rules.algorithm_not_believed``, ``rules.sm2_missing``;
    of installing (`terminal.rules.shelf`) ``rules.unreadable``, ``rules.expired``, ``rules.older``,
    ``rules.version_taken``, ``rules.nothing_new``, ``rules.damaged``, ``rules.two_people``,
    ``rules.no_such_state``.
    """

    def __init__(
        self,
        code: str,
        file: str,
        cause: str = "",
        *,
        line: int | None = None,
        place: str = "",
        clause: str = "",
    ) -> None:
        where = file if line is None else f"{file}:{line}"
        at = f" {place}:" if place else ""
        by = f" [{clause}]" if clause else ""
        super().__init__(f"{where}:{at} {cause or code}{by}")
        self.code = code
        self.file = file
        self.cause = cause
        self.line = line
        self.place = place
        self.clause = clause
