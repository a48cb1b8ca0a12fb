"""What can be wrong with a rule pack."""

from __future__ import annotations


class RuleError(Exception):
    """A rule pack that cannot be used: names file, line, place and cause, and the clause it would loosen.

    Codes: ``rules.not_yaml``, ``rules.invalid``, ``rules.loosens``, ``rules.contradiction``,
    ``rules.extends_unknown``, ``rules.overlap``, ``rules.none_in_force``; of an installed pack also
    ``rules.unsigned``, ``rules.signature_wrong``, ``rules.expired``, ``rules.older``.
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
