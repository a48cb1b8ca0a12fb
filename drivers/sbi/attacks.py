"""What a simulated service can be told to do wrong: faults of device and transport, and attacks."""

from __future__ import annotations

import enum


class Wrong(enum.StrEnum):
    """Each concerns captures, unless its name begins with ``info_`` or ``stream_``, or its text says more.

    Besides, ``error_NNN`` has captures answered with that error number of the interface, ``info_error_NNN``
    and ``stream_error_NNN`` the others.
    """

    SILENCE = "silence"
    """No request is answered."""
    HANG = "hang"
    """A capture is never answered."""
    DRIP = "drip"
    """The answer comes a byte at a time, slower than anybody waits."""
    DROP = "drop"
    """Hangs up without an answer."""
    TRUNCATED = "truncated"
    """Hangs up in the middle of the answer."""
    OVERSIZED = "oversized"
    """Announces more than anybody should take."""
    FLOOD = "flood"
    """Sends without end, announcing nothing."""
    NOT_JSON = "not_json"
    NOT_HTTP = "not_http"
    STATUS_500 = "status_500"
    DIES = "dies"
    """The service ends in the middle of the answer, as if unplugged."""

    ALG_NONE = "alg_none"
    HS256 = "hs256"
    RS512 = "rs512"
    """Says RS512; the signature is of RS256."""
    OTHER_SIGNER = "other_signer"
    """Signed by a device that nobody vouches for."""
    MINOR_SIGNER = "minor_signer"
    """Signed by a key for which only a device vouches."""
    EXPIRED = "expired"
    """Signed under a certificate that ran out."""
    WRONG_KEY = "wrong_key"
    """The right certificate, the signature of another key."""
    NO_CHAIN = "no_chain"
    """Without a certificate."""
    ALTERED = "altered"
    """Changed after signing."""
    UNSIGNED = "unsigned"
    """The payload alone."""
    FORGED_ID = "forged_id"
    """The digital id inside is signed by a stranger."""
    UNSIGNED_ID = "unsigned_id"
    """The digital id inside is not signed."""

    STALE = "stale"
    """Made an hour ago."""
    FUTURE = "future"
    """Made an hour from now."""
    NO_TIME = "no_time"
    OTHER_TRANSACTION = "other_transaction"
    REPLAY = "replay"
    """The answer to an earlier request."""
    BROKEN_CHAIN = "broken_chain"
    """The hash is not that of the capture."""
    SWAPPED = "swapped"
    """The other eye or another finger, and it says so."""
    SWAPPED_RECORD = "swapped_record"
    """The record inside is of the other eye or another finger."""
    OTHER_TYPE = "other_type"
    WRONG_ENV = "wrong_env"
    WRONG_PURPOSE = "wrong_purpose"
    OTHER_DEVICE = "other_device"
    """The device code is another's."""
    OTHER_SERIAL = "other_serial"
    """The signed digital id is another device's."""
    FEWER = "fewer"
    MORE = "more"
    TWICE = "twice"
    """The first one asked for comes in the place of each."""
    POOR = "poor"
    """Of poor quality, and it says so."""
    BAD_QUALITY = "bad_quality"
    """The quality is no number."""
    BAD_RECORD = "bad_record"
    """The record is cut."""
    NO_RECORD = "no_record"
    WSQ = "wsq"
    """A finger in WSQ, which cannot be decoded here."""
    NOBODY = "nobody"
    """Nobody comes: the time given passes."""

    INFO_OTHER_SIGNER = "info_other_signer"
    INFO_ALG_NONE = "info_alg_none"
    INFO_FORGED_ID = "info_forged_id"
    INFO_WRONG_ENV = "info_wrong_env"
    INFO_AUTH_ONLY = "info_auth_only"
    """The device is for another purpose."""
    INFO_NOT_JSON = "info_not_json"

    STREAM_DROP = "stream_drop"
    """Hangs up after three pictures."""
    STREAM_HANG = "stream_hang"
    """Falls silent after three pictures."""
    STREAM_DAMAGED = "stream_damaged"
    """Pictures that are none."""
    STREAM_FROZEN = "stream_frozen"
    """The same picture for ever."""
    STREAM_NOT_VIDEO = "stream_not_video"


ERROR = "error_"
"""Begins a fault that is an error number."""
PLACES = ("info_", "stream_")
"""Begin faults that do not concern captures."""


def parse(name: str) -> str:
    """The fault called `name`. `ValueError` when there is none."""
    for place in ("", *PLACES):
        if name.startswith(place + ERROR) and name.removeprefix(place + ERROR).isdecimal():
            return name
    return str(Wrong(name))


def place_of(fault: str) -> str:
    """Which requests `fault` concerns: ``info_``, ``stream_``, or empty for captures."""
    return next((place for place in PLACES if fault.startswith(place)), "")
