"""Invented holders of e-documents, and their documents, for tests of the reader."""

from __future__ import annotations

import io
from datetime import date
from functools import cache

import numpy as np
from PIL import Image

from drivers.api import Sex
from drivers.capture import DocumentKey
from drivers.document import mrz
from drivers.document.documentfile import DocumentFile, printed_zone
from drivers.document.mrz_layout import Format


@cache
def portrait() -> bytes:
    """A JPEG of some 15 kB, as on many passports; grain instead of a face."""
    grain = np.random.default_rng(1).integers(0, 255, (200, 150, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(grain).save(out, "JPEG", quality=60)
    return out.getvalue()


def passport() -> DocumentFile:
    """The holder of the sample passport of Doc 9303."""
    return DocumentFile(
        number="L898902C3",
        surname="ERIKSSON",
        given_names="ANNA MARIA",
        sex=Sex.FEMALE,
        birth=date(1974, 8, 12),
        expiry=date(2032, 4, 15),
        portrait=portrait(),
        native_name="安娜",
        details={"birth_place": "UTOPIA", "issue_date": "20220415"},
    )


def permit() -> DocumentFile:
    """The holder of a permit to Hong Kong and Macao."""
    return DocumentFile(
        format=Format.PERMIT_CHIP,
        code="CS",
        issuer="CHN",
        nationality="CHN",
        number="C12345678",
        surname="YANG",
        given_names="BEN",
        sex=Sex.MALE,
        birth=date(1980, 1, 2),
        expiry=date(2030, 5, 6),
        portrait=portrait(),
    )


def key(person: DocumentFile) -> DocumentKey:
    """What the printed zone of `person`'s document says."""
    return mrz.parse(printed_zone(person)).key
