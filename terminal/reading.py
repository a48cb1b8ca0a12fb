"""The card step: wait for a card, read its chip, let the rules look at it."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import structlog

from drivers.api import Can, CardReader
from terminal.control import Control
from terminal.decide import card_findings
from terminal.holder.events import CardRead, Ruled
from terminal.holder.values import HolderCheck
from terminal.leftcard import LeftCard
from terminal.rules.pack import RulePack

if TYPE_CHECKING:
    from terminal.flow import Equipment

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.5


def read_card(
    equipment: Equipment, rules: RulePack, holder: HolderCheck, control: Control, left: LeftCard
) -> CardRead | Ruled:
    """`CardRead`, or `Ruled` when no card came or the rules refuse this one.

    Raises what the driver raises: `Retry` for the person, a fault for the device.
    """
    reader = equipment.reader.get()
    opening = equipment.reader.openings
    deadline = time.monotonic() + rules.card.wait_seconds
    while not (there := reader.wait_for_card(POLL_SECONDS)) or left.must_go(holder.case_id, opening):
        control.check()
        lying = there or _left_lying(reader)
        if there:
            time.sleep(POLL_SECONDS)
        elif not lying:
            left.gone()
        if not holder.tries:
            control.hint("card.take" if lying else "card.place")
        if time.monotonic() > deadline:
            last = holder.stumbles[-1:] or ("card.not_presented",)
            return Ruled(at_ms=control.elapsed_ms(), findings=last)
    left.lies(holder.case_id, opening)
    control.hint("card.hold")
    card = reader.read()
    if reader.about.simulated and not equipment.allow_simulated:
        return Ruled(at_ms=control.elapsed_ms(), findings=("card.simulated",))
    findings = card_findings(card, rules, date.today())
    ruling = tuple(each for each in findings if rules.outcome(each).decision == "refuse")
    if ruling:
        return Ruled(at_ms=control.elapsed_ms(), findings=ruling)
    return CardRead(at_ms=control.elapsed_ms(), card=card, reader=reader.about, findings=findings)


def _left_lying(reader: CardReader) -> bool:
    """True while the card of the case before still lies there: it must go before the next is read."""
    return Can.DETECT_REMOVAL in reader.can and reader.card_still_there()
