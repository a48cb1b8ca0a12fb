"""What happens in front of a virtual terminal: each script is one customer's visit."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from terminal.view import Decision


class Script(enum.StrEnum):
    """The visits that can be played."""

    GENUINE = "genuine"
    OTHER_PERSON = "other_person"
    PRINTED_PHOTO = "printed_photo"
    REPLAYED_SCREEN = "replayed_screen"
    NOBODY = "nobody"
    TWO_PEOPLE = "two_people"
    CARD_REMOVED = "card_removed"
    READER_UNPLUGGED = "reader_unplugged"
    CAMERA_FROZEN = "camera_frozen"
    FORGED_CARD = "forged_card"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who comes, what the camera sees, what goes wrong, and how it must end."""

    camera: str
    """Script of the virtual camera."""
    ends: Decision
    face_of: str = "mei"
    """Person in front of the camera; the card is always mei's."""
    companion: str | None = None
    fault: str | None = None
    """Fault of the simulated reader."""
    freeze_after_seconds: float = 2.0
    """Only for the camera script ``frozen``."""


CARD_OF = "mei"

VISITS: dict[Script, Visit] = {
    Script.GENUINE: Visit("genuine", Decision.ACCEPT),
    Script.OTHER_PERSON: Visit("genuine", Decision.REFUSE, face_of="yun"),
    Script.PRINTED_PHOTO: Visit("printed_photo", Decision.REFUSE),
    Script.REPLAYED_SCREEN: Visit("replayed_screen", Decision.REFUSE),
    Script.NOBODY: Visit("nobody", Decision.REFER),
    Script.TWO_PEOPLE: Visit("two_people", Decision.REFER, companion="yun"),
    Script.CARD_REMOVED: Visit("genuine", Decision.REFER, fault="removed_mid_read"),
    Script.READER_UNPLUGGED: Visit("genuine", Decision.REFER, fault="unplugged_mid_read"),
    Script.CAMERA_FROZEN: Visit("frozen", Decision.REFER, freeze_after_seconds=0.6),
    Script.FORGED_CARD: Visit("genuine", Decision.REFUSE, fault="module_refused_card"),
}
