"""Rare characters, pictures without copies, figures on the scale, and how long drawing takes."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QFontInfo
from ui_scenes import PlayedDoor, finished, frame, photo, scenes

from terminal.messages import LANGUAGES
from terminal.view import Decision, PairView
from ui.counter import CounterWindow
from ui.fonts import SIMPLIFIED, drawable, text_font
from ui.pictures import own, wrap
from ui.screenshots import settle
from ui.theme import TONES, Ink, Tone, sheet
from ui.widgets.glyphs import GlyphText, atoms
from ui.widgets.symbols import SYMBOLS, Symbol
from ui.words import words_in

SLOT_MS = 50


def test_the_simplified_face_is_the_one_that_draws(dressed) -> None:
    assert QFontInfo(text_font(14)).family() == SIMPLIFIED
    assert dressed.font().family() == SIMPLIFIED


@pytest.mark.parametrize(
    ("character", "there"),
    [("张", True), ("A", True), ("·", True), ("\U00020bb7", True), ("\ue863", False), ("\ud842", False)],
)
def test_what_the_face_can_draw(dressed, character: str, there: bool) -> None:
    assert drawable(character) is there


def test_what_the_face_lacks_becomes_a_code_in_a_frame(dressed) -> None:
    text = GlyphText("value")
    text.setText("张\ue863\ud842·Ali\ufe00")
    assert text.boxes() == ["U+E863", "U+D842"]
    assert "�" not in text.accessibleName()
    assert "?" not in text.accessibleName()
    text.resize(400, 30)
    text.grab()


def test_words_break_between_characters_and_not_within_numbers() -> None:
    assert [piece.text for piece in atoms("文一路188号 A1")] == ["文", "一", "路", "188", "号", " ", "A1"]


def test_a_long_text_gets_more_lines(dressed) -> None:
    text = GlyphText("value")
    text.setText("浙江省杭州市西湖区" * 4)
    assert text.heightForWidth(160) > 2 * text.heightForWidth(2000)


def test_wrapping_a_picture_copies_nothing() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    picture = wrap(image)
    image[5, 7] = (10, 20, 30)
    colour = picture.pixelColor(7, 5)
    assert (colour.blue(), colour.green(), colour.red()) == (10, 20, 30)


def test_owning_a_picture_and_odd_memory() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    picture = own(image)
    image[:] = 255
    assert picture.pixelColor(3, 3).lightness() == 0
    sliced = image[:, ::2]
    assert wrap(sliced).width() == 30
    frozen = image.copy()
    frozen.flags.writeable = False
    assert wrap(frozen).pixelColor(0, 0).lightness() == 255


@pytest.mark.parametrize("name", sorted(SYMBOLS))
def test_every_symbol_draws_something(dressed, name: str) -> None:
    symbol = Symbol(name, 48, "#000000")
    picture = symbol.grab().toImage()
    dark = sum(picture.pixelColor(x, y).lightness() < 100 for x in range(48) for y in range(48))
    assert dark > 30


def test_text_colours_have_enough_contrast() -> None:
    pairs = [(Ink.TEXT, Ink.PAPER), (Ink.MUTED, Ink.PAPER), (Ink.MUTED, Ink.GROUND), (Ink.PAPER, Ink.PRIMARY)]
    pairs += [(colour, ground) for colour, ground in TONES.values()]
    pairs += [(Ink.ON_BRAND_SOFT, Ink.BRAND), (Ink.MUTED, Ink.GOOD_PAPER), (Ink.MUTED, Ink.WARN_PAPER)]
    for text, ground in pairs:
        assert contrast(text, ground) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_style_sheet_has_no_gap_and_knows_every_tone() -> None:
    text = sheet(1.0, SIMPLIFIED)
    assert "$" not in text.partition("*/")[2]
    for tone in Tone:
        assert f'tone="{tone}"' in text


@pytest.mark.parametrize(("score", "refer_from"), [(0.62, 0.3), (-0.2, 0.3), (1.4, None), (0.33, 0.35)])
def test_the_scale_draws_any_score(window: CounterWindow, score: float, refer_from: float | None) -> None:
    result = replace(
        finished(
            Decision.REFER, "match.cannot_tell", score=score, false_match_rate=0.0, interval=(0.0, 1e-4)
        ),
        refer_from=refer_from,
    )
    window.draw(replace(scenes()["accepted"][0], result=result))
    settle()
    assert "10,000" in window.case.compare._rate.text() or "1 万" in window.case.compare._rate.text()


def test_each_pair_of_several_photos_is_named_with_its_answer(window: CounterWindow) -> None:
    kinds = (("chip", "camera", "match"), ("returned", "camera", "no_match"))
    pairs = tuple(
        PairView(f"photo_kind.{photo}", f"photo_kind.{other}", f"answer.{answer}", 0.6, 0.42)
        for photo, other, answer in kinds
    )
    result = finished(Decision.REFER, "match.no_match.returned", score=0.6)
    shown = window.case.compare._pairs
    window.draw(replace(scenes()["accepted"][0], result=replace(result, pairs=pairs[:1])))
    assert shown.text() == "", "one pair is told by score and scale"
    window.draw(replace(scenes()["accepted"][0], result=replace(result, pairs=pairs)))
    first, second = shown.text().splitlines()
    answers = {words_in(language).say("ui.answer.no_match") for language in LANGUAGES}
    assert any(answer in second and answer not in first for answer in answers)


def test_no_slot_holds_the_window_up(window: CounterWindow, door: PlayedDoor) -> None:
    """Processor time of this thread, so that a busy machine does not fail the test."""
    played = scenes()
    for snapshot, _ in played.values():
        window.draw(snapshot)
        settle(1)
    slow = {}
    for _ in range(2):
        for name, (snapshot, _) in played.items():
            changed = replace(
                snapshot, chip_photo=photo("hopper") if snapshot.chip_photo is not None else None
            )
            slow[name] = took(lambda changed=changed: window.draw(changed))
            slow[f"{name}, again"] = took(lambda changed=changed: window.draw(changed))
    pictures = [frame(number=number) for number in range(10)]
    window.draw(played["capturing"][0])
    settle()
    for picture in pictures:
        slow[f"picture {picture.number}"] = took(lambda picture=picture: paint(window, picture))
    made = {name for name, (snapshot, _) in played.items() if snapshot.ask is not None}
    limits = {name: 3 * SLOT_MS if name in made else SLOT_MS for name in slow}
    """A form is made once, when somebody has replied; nothing else moves on the screen then."""
    assert {name: ms for name, ms in slow.items() if ms > limits[name]} == {}
    assert np.median([ms for name, ms in slow.items() if name.endswith("again")]) < 8
    assert np.median([ms for name, ms in slow.items() if name.startswith("picture")]) < 16


def paint(window: CounterWindow, picture) -> None:
    window.show_picture(picture)
    window.case.camera.repaint()


def took(work) -> float:
    begun = time.thread_time()
    work()
    return (time.thread_time() - begun) * 1000
