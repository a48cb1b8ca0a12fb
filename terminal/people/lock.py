"""When wrong passwords shut a person out: follows from their tries alone (`sync.staff_roll`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sync.staff_row import Try
from terminal.rules.people import LockRules


def locked_until(refused: Sequence[Try], rules: LockRules) -> datetime | None:
    """The end of the lock that the refused tries since the last good one bring; None when there is none.

    Once it has passed, one more wrong password locks again, until one was right or somebody unlocked.
    """
    if len(refused) < rules.tries:
        return None
    return max(each.at for each in refused) + timedelta(minutes=rules.minutes)
