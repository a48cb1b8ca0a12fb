"""An invented card, and the same with everything on it, for readers on every transport."""

from __future__ import annotations

from drivers.api import CardKind
from drivers.card.cardfile import CardFile, SimulatedFinger

RESIDENT = CardFile(
    kind=CardKind.RESIDENT,
    fields={
        "name": "样本·测试",
        "sex": "2",
        "nation": "05",
        "birth": "19491231",
        "address": "某省某市某路一号",
        "number": "11010519491231002X",
        "issuer": "某市公安局某分局",
        "valid_from": "20200101",
        "valid_to": "长期",
    },
    photo=b"WLf\0" + bytes(range(200)),
    additional_address="某省某市新路二号",
)
FULL = RESIDENT.model_copy(
    update={
        "fingers": (SimulatedFinger(finger=11, quality=71), SimulatedFinger(finger=16, quality=64, seed=2)),
        "management_number": bytes(range(28)),
    }
)
