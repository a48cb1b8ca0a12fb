"""A certificate whose structure breaks only where it is looked at late ends in an answer, not a crash."""

from __future__ import annotations

from datetime import UTC, date, datetime

from drivers.capture import Authentic
from drivers.document import issue, tlv
from drivers.document.documentfile import DocumentFile
from drivers.document.passive import authenticate
from drivers.document.signers import SignerStore

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PERSON = DocumentFile(number="X1", surname="SAMPLE", birth=date(1980, 1, 1), expiry=date(2030, 1, 1))


def test_the_algorithm_of_a_certificate_is_no_sequence():
    authority = issue.TestAuthority(("UTO",), now=NOW)
    files = issue.issue(PERSON, authority)
    certificate = authority.document_signers["UTO"].certificate
    signed_part = certificate.tbs_certificate_bytes
    sod = files[issue.SOD]
    algorithm_at = sod.index(signed_part) + len(signed_part)
    assert sod[algorithm_at] == 0x30
    strange = sod[:algorithm_at] + b"\xa0" + sod[algorithm_at + 1 :]
    assert tlv.parse(strange)
    groups = {1: files[issue.FILES[1]]}
    assert authenticate(strange, groups, SignerStore(), NOW) == (
        Authentic.FAILED,
        ("document.auth.malformed",),
    )
