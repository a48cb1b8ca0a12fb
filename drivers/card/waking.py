"""Opening the dialogue with a reader: find the rate at which it answers, hear its self-test, set it up.

The rate can then be raised with ``60 i`` (spec §2). A module that refuses that, or says yes and does not
follow, is talked to at the rate it has.
"""

from __future__ import annotations

from drivers.card import channel, sw3
from drivers.card.channel import Channel
from drivers.card.frame import Answer
from drivers.card.settings import RATES, SdtSettings
from drivers.card.sw3 import NOT_SUPPORTED, Sw3
from drivers.errors import DeviceError, Garbled, TimedOut
from drivers.link.opening import has_rate
from drivers.link.pipe import Pipe


def wake(pipe: Pipe, dialogue: Channel, settings: SdtSettings) -> None:
    """Find the reader and bring it to its working rate. Raises why it is not: self-test, silence, noise."""
    rate = _search(pipe, dialogue, _rates(pipe, settings))
    wanted = settings.work_rate
    if wanted is not None and wanted != rate and has_rate(pipe.address):
        _change_rate(pipe, dialogue, rate, wanted)


def limit_rf_frame(pipe: Pipe, dialogue: Channel, settings: SdtSettings) -> None:
    """Set the largest radio frame, if the settings name it and the module knows of such a thing."""
    if settings.max_rf_frame is not None:
        _optional(pipe, dialogue, channel.max_rf_frame(settings.max_rf_frame))


def reset(pipe: Pipe, dialogue: Channel) -> None:
    """Have the module start anew and hear its self-test."""
    for command in (channel.RESET, channel.STATUS):
        answer = dialogue.answer(command)
        if answer.status != Sw3.OK:
            raise _meaning(pipe, answer, command)


def _rates(pipe: Pipe, settings: SdtSettings) -> tuple[int, ...]:
    """The rates to try, the likely ones first; a module keeps its working rate until it loses power."""
    if not has_rate(pipe.address):
        return (RATES[0], RATES[0])
    if settings.rate is None:
        return RATES
    return (settings.rate, settings.work_rate or settings.rate, settings.rate)[
        : 3 if settings.work_rate else 2
    ]


def _search(pipe: Pipe, dialogue: Channel, rates: tuple[int, ...]) -> int:
    heard = False
    for rate in rates:
        pipe.set_rate(rate)
        answer = dialogue.status_once()
        if answer is not None:
            if answer.status != Sw3.OK:
                raise _meaning(pipe, answer, channel.STATUS)
            return rate
        heard = heard or dialogue.heard
    if heard:
        raise Garbled("card_reader.link", pipe.address, reason="noise at every rate")
    raise TimedOut(channel.SILENT, pipe.address, reason="no answer at any rate")


def _change_rate(pipe: Pipe, dialogue: Channel, rate: int, wanted: int) -> None:
    if not _optional(pipe, dialogue, channel.set_rate(RATES.index(wanted))):
        return
    pipe.set_rate(wanted)
    if dialogue.status_once() is None:
        _search(pipe, dialogue, (rate, wanted, rate))


def _optional(pipe: Pipe, dialogue: Channel, command: channel.Command) -> bool:
    """Ask for something that not all modules know; True when it was done."""
    answer = dialogue.answer(command)
    if answer.status != Sw3.OK and answer.status not in NOT_SUPPORTED:
        raise _meaning(pipe, answer, command)
    return answer.status == Sw3.OK


def _meaning(pipe: Pipe, answer: Answer, command: channel.Command) -> DeviceError:
    return sw3.error(answer.status, pipe.address, command.name, command.about_card)
