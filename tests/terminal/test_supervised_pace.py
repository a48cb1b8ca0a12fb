"""With one device hanging for good, camera and card reader keep their pace (measured by `renzheng bench`)."""

from __future__ import annotations

import pytest
from supervised import Bench

import terminal.devices
from drivers.api import Kind
from terminal.choice import Choice, open_choice
from terminal.pace import Hang, measure
from terminal.simulators import simulating

SECONDS = 3.0


@pytest.mark.parametrize("hang", Hang)
def test_camera_and_card_do_not_notice(hang, monkeypatch):
    monkeypatch.setattr(terminal.devices, "OPEN_LIMIT_S", 2.0)
    monkeypatch.setattr(terminal.devices, "SELF_TEST_LIMIT_S", 1.0)
    made_up = Bench(Kind.CAMERA)
    with simulating("sdt") as reader:
        reader.handle.tell("remove")
        pace = measure(
            (Choice(Kind.CARD_READER, "sdt", reader.address), *made_up.choices),
            lambda: reader.handle.tell("insert"),
            lambda: reader.handle.tell("remove"),
            hang,
            SECONDS,
            lambda choice: made_up.open(choice) if choice.driver == "made-up" else open_choice(choice),
        )
    assert pace.camera_fps > 25
    assert pace.cards >= 1 and pace.card_ms < 3000
    expected = {Hang.NOWHERE: None, Hang.OPEN: "device.hung", Hang.CHECK: "device.hung", Hang.WORK: None}
    assert pace.named == expected[hang], "work may take half a minute before it is called hanging"
