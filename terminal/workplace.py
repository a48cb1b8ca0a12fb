"""This terminal as a place where staff work, by its settings."""

from __future__ import annotations

from config.settings import Profile, Settings
from terminal.people.operator import WorkChannel, Workplace

CHANNELS = {
    Profile.COUNTER: WorkChannel.COUNTER,
    Profile.KIOSK: WorkChannel.KIOSK,
    Profile.LAPTOP: WorkChannel.VISIT,
}


def workplace(settings: Settings) -> Workplace:
    """Branch, terminal and channel."""
    terminal = settings.terminal
    return Workplace(terminal.branch, terminal.id, CHANNELS[terminal.profile])
