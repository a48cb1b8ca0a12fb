"""Every moment of a case is drawn with the right words, in both languages and both sizes of type."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QListWidget, QWidget
from ui_scenes import CARD, RECORD, STATUS, PlayedDoor, cut_text, finished, frame, scenes

from terminal.asking import Label
from terminal.caseview import BusinessLine
from terminal.view import Action, CardView, Decision, DeviceView, Health, Shown, Snapshot, Stage
from ui.counter import CounterWindow
from ui.screenshots import settle
from ui.widgets.glyphs import GlyphText

SCENES = scenes()
MOMENTS = sorted(SCENES)
EXPECTED = {
    "waiting": {"zh": ["请选择业务", "核验身份", "服务标准", "监督电话"], "en": ["Choose a business"]},
    "parked": {
        "zh": ["待继续的业务（2）", "约定 2026.12.01", "中断", "移交", "接收其他终端移交的业务"],
        "en": ["Cases that wait (2)"],
    },
    "hand-over": {"zh": ["移交业务", "7K2M-9QXA-3DFW-H8TC", "确认移交"], "en": ["Code", "Hand it over now"]},
    "hand-over-pictures": {
        "zh": ["逐个扫描二维码，共3个", "1 / 3", "下一个"],
        "en": ["one by one: 3", "Next"],
    },
    "take-over": {"zh": ["接收移交的业务", "移交码", "扫描二维码"], "en": ["Take a case over"]},
    "take-over-scan": {"zh": ["对准摄像头", "2 / 5"], "en": ["Hold the codes before the camera"]},
    "sign-in": {"zh": ["登录", "工号"], "en": ["Sign in", "Staff number"]},
    "data": {
        "zh": [
            "客户信息",
            "开立联名账户",
            "核对 6/6",
            "登记必填信息（联名人 1 顾云舒）",
            "长者模式",
        ],
        "en": ["Data of the customer", "Lives elsewhere", "E-mail (optional)", "The customer leaves"],
    },
    "second-person": {"zh": ["审批", "复核人密码", "转由他人处理"], "en": ["Approval"]},
    "read-back": {"zh": ["请客户核对所录信息", "项目13", "全部无误"], "en": ["All is right"]},
    "consent-text": {"zh": ["不同意", "F10"], "en": ["I agree", "F9"]},
    "working": {"zh": ["正在联网核查"], "en": ["Checking online"]},
    "case-accepted": {"zh": ["核验通过", "已送达中心"], "en": ["Accepted", "Settled"]},
    "case-refused": {"zh": ["不予办理", "不是证件本人", "待发送"], "en": ["Refused"]},
    "case-offered": {"zh": ["已推荐其他业务", "开立Ⅱ类户"], "en": ["Open a class II account"]},
    "consent": {
        "zh": ["采集什么", "为什么采集", "您的权利", "客户同意", "客户不同意"],
        "en": ["What is collected", "Your rights", "Customer agrees", "Customer declines"],
    },
    "card-wanted": {"zh": ["请将客户身份证放在读卡器上。", "进行中"], "en": ["under way"]},
    "card-read": {"zh": ["请靠近一点", "居民身份证"], "en": ["Resident identity card"]},
    "capturing": {"zh": ["请保持不动", "第 2 次，共 3 次"], "en": ["Try 2 of 3"]},
    "challenge": {"zh": ["请客户向其左侧转头"], "en": []},
    "challenge-blink": {"zh": ["请客户闭眼片刻，再睁开"], "en": []},
    "accepted": {
        "zh": ["核验通过", "已送达中心", RECORD, "0.62", "阈值", "用时 11 秒", "每 41 万个"],
        "en": ["at the centre", RECORD, "1 in 410,000"],
    },
    "several photos": {
        "zh": ["反馈照片与现场人脸：0.08 不一致", "芯片照片与电子证件照片：0.61 一致"],
        "en": ["returned photo and live face: 0.08 different", "chip photo and live face: 0.61 same"],
    },
    "referred": {
        "zh": ["转人工处理", "已加密保存，待上传", "离线，自 10:42 起", "待上传 7", "被退回 1"],
        "en": ["waiting to be sent", "Offline since 10:42", "Waiting 7", "Rejected 1"],
    },
    "refused": {"zh": ["核验不通过", "约 31% 的不相干的人", "现场人脸与证件照片不是同一人。"], "en": []},
    "device-fault": {
        "zh": ["读卡器未连接。", "请检查读卡器连接线", "K7Q2", "重试", "未连接"],
        "en": ["K7Q2", "Try again", "not connected"],
    },
}


SETTLED_SECONDS = 3.0
"""The bridge says once that its door has no picture, on a busy machine after the scene's was shown."""


def show(window: CounterWindow, moment: str, language: str) -> None:
    snapshot, preview = SCENES[moment]
    window.speak_in(language)
    window.draw(snapshot)
    window.show_picture(preview)
    settle()


def texts_of(widget: QWidget) -> str:
    """All text a person sees in a widget."""
    labels = [each.text() for each in widget.findChildren(QLabel) if each.isVisible()]
    glyphs = [each.text for each in widget.findChildren(GlyphText) if each.isVisible()]
    scale = getattr(widget, "case", None)
    drawn = [scale.compare._scale._threshold_text] if scale is not None else []
    lists = [each for each in widget.findChildren(QListWidget) if each.isVisible()]
    items = [each.item(place).text() for each in lists for place in range(each.count())]
    buttons = [each.text() for each in widget.findChildren(QAbstractButton) if each.isVisible()]
    return "\n".join(labels + glyphs + drawn + items + buttons)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_moment_says_what_it_must(window: CounterWindow, language: str) -> None:
    for moment in MOMENTS:
        show(window, moment, language)
        expected = EXPECTED[moment][language]
        until = time.monotonic() + SETTLED_SECONDS
        while not all(text in texts_of(window) for text in expected) and time.monotonic() < until:
            window.show_picture(SCENES[moment][1])
            settle()
        seen = texts_of(window)
        assert not [text for text in expected if text not in seen], moment
        assert "{" not in seen, moment
        assert "…" not in seen, moment


def test_chinese_screens_hold_no_english_words(window: CounterWindow) -> None:
    for moment in MOMENTS:
        show(window, moment, "zh")
        assert not _english(texts_of(window)), moment


def _english(seen: str) -> set[str]:
    """Latin words that are neither keys nor names of things."""
    allowed = {"English", "F1", "F4", "F5", "F9", "F10", "F11", "F12", "Enter", "Esc", "terminal-1", "K7Q2"}
    allowed |= {
        "t01",
        "01a21e69",
        "D01",
        "D02",
        "D09",
        "K04",
        "J07",
        "7K2M",
        "B03",
        "A01",
        "G03",
        RECORD,
        "cn-counter-2026",
        "r1",
        "U+E863",
        "EIO",
    }
    words = set()
    for text in seen.replace("，", " ").replace("。", " ").replace("、", " ").split():
        latin = "".join(part for part in text if part.isascii())
        if any(part.isalpha() for part in latin) and not any(each in text for each in allowed):
            words.add(text)
    return words


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_is_cut(window: CounterWindow, language: str, large: bool) -> None:
    window.enlarge(large)
    for moment in MOMENTS:
        show(window, moment, language)
        assert window.size().toTuple() == (1366, 768), moment
        cut = [text for text in map(cut_text, window.findChildren(QWidget)) if text]
        assert not cut, moment


@pytest.mark.parametrize(
    ("decision", "symbol"),
    [(Decision.ACCEPT, "done"), (Decision.REFER, "refer"), (Decision.REFUSE, "refused")],
)
def test_each_decision_has_its_own_symbol_word_and_colour(
    window: CounterWindow, decision: Decision, symbol: str
) -> None:
    window.draw(replace(SCENES["accepted"][0], result=finished(decision, "case.all_checks_passed")))
    assert window.case.prompt._symbol.name == symbol
    verdicts = {window.words.under("decision", each) for each in Decision}
    assert len(verdicts) == 3
    assert window.case.prompt._verdict.text() == window.words.under("decision", decision)
    tones = {Decision.ACCEPT: "good", Decision.REFER: "warn", Decision.REFUSE: "bad"}
    assert window.case.prompt.property("tone") == tones[decision]


def test_an_unknown_code_is_never_shown_to_anyone(window: CounterWindow) -> None:
    base = SCENES["device-fault"][0]
    window.draw(replace(base, shown=Shown("sprocket.bent", {}, "ZZ99")))
    assert window.fault.cause.text() == window.words.say("case.neutral").partition("。")[0].rstrip() + (
        "。" if "。" in window.words.say("case.neutral") else ""
    )
    assert window.fault.reference.text() == "ZZ99"
    result = finished(Decision.REFER, "sprocket.bent")
    window.draw(replace(SCENES["accepted"][0], result=result))
    assert "sprocket" not in texts_of(window)


def test_only_offered_actions_have_buttons_and_reach_the_door(
    window: CounterWindow, door: PlayedDoor
) -> None:
    for moment in MOMENTS:
        snapshot, _ = SCENES[moment]
        window.draw(snapshot)
        buttons = {**window.action_bar.buttons, **window.title.staff}
        visible = {action for action, button in buttons.items() if button.isVisible()}
        if window.consent.isVisible():
            visible |= {Action.CONSENT, Action.DECLINE}
        assert visible == set(snapshot.actions)
    door.acted.clear()
    window.draw(Snapshot(stage=Stage.CARD, actions=(Action.CANCEL,)))
    for action in Action:
        window.choose(action)
    assert door.acted == [Action.CANCEL]
    assert not door.begun


@pytest.mark.parametrize(
    ("moment", "key", "action"),
    [
        ("consent", Qt.Key.Key_F9, Action.CONSENT),
        ("consent", Qt.Key.Key_F10, Action.DECLINE),
        ("card-wanted", Qt.Key.Key_Escape, Action.CANCEL),
        ("device-fault", Qt.Key.Key_F5, Action.RETRY),
        ("accepted", Qt.Key.Key_Return, Action.FINISH),
        ("accepted", Qt.Key.Key_Enter, Action.FINISH),
    ],
)
def test_keys_press_what_they_are_shown_on(
    qtbot, window: CounterWindow, door: PlayedDoor, moment: str, key: Qt.Key, action: Action
) -> None:
    show(window, moment, "zh")
    window.activateWindow()
    qtbot.keyClick(window, key)
    assert door.acted == [action]


def test_enter_never_consents(qtbot, window: CounterWindow, door: PlayedDoor) -> None:
    show(window, "consent", "zh")
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert not door.acted


def test_refusing_is_as_big_as_consenting(window: CounterWindow) -> None:
    for language in ("zh", "en"):
        show(window, "consent", language)
        assert window.consent.agree.size() == window.consent.decline.size()
        assert window.consent.agree.y() == window.consent.decline.y()


def test_a_business_is_chosen_and_begun(qtbot, dressed, window: CounterWindow, door: PlayedDoor) -> None:
    window.idle.offer(
        tuple(BusinessLine(name, Label(zh=name, en=name)) for name in ("verify_identity", "other"))
    )
    window.draw(Snapshot(status=STATUS))
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F2)
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Return)
    assert door.begun == ["other"]
    window.draw(Snapshot(status=STATUS))
    qtbot.keyClick(window, Qt.Key.Key_F1)
    qtbot.mouseClick(window.action_bar.buttons[Action.BEGIN], Qt.MouseButton.LeftButton)
    assert door.begun == ["other", "verify_identity"]


def test_buttons_show_the_key_that_presses_them(window: CounterWindow) -> None:
    show(window, "device-fault", "en")
    buttons = window.action_bar.buttons
    assert (buttons[Action.RETRY].shown_text(), buttons[Action.RETRY].shown_key()) == ("Try again", "F5")
    assert buttons[Action.RETRY].property("rank") == "primary"
    assert buttons[Action.CANCEL].property("rank") == "secondary"


def test_language_and_size_switch_at_run_time(qtbot, window: CounterWindow) -> None:
    show(window, "accepted", "zh")
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F12)
    assert "at the centre" in texts_of(window)
    qtbot.mouseClick(window.title.language, Qt.MouseButton.LeftButton)
    assert "已送达中心" in texts_of(window)
    before = window.case.result._heading.font().pixelSize()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.case.result._heading.font().pixelSize() > before


def test_the_mark_of_simulation_is_there_on_every_page(window: CounterWindow) -> None:
    for moment in MOMENTS:
        show(window, moment, "zh")
        assert window.strip.mark.isVisible()
        assert window.strip.mark.text() == "模拟运行"
    window.draw(Snapshot(status=replace(STATUS, simulated=False)))
    assert not window.strip.mark.isVisible()


def test_a_silent_camera_is_said_in_words(window: CounterWindow) -> None:
    show(window, "card-wanted", "zh")
    assert window.case.camera.blank
    window.show_picture(frame())
    assert not window.case.camera.blank
    window.show_picture(None)
    assert window.case.camera.blank


def test_the_face_frame_turns_green_when_the_face_is_good(window: CounterWindow) -> None:
    show(window, "card-read", "zh")
    colours = set()
    for good in (False, True):
        window.show_picture(frame(good=good))
        assert window.case.camera.good is good
        picture = window.case.camera.grab().toImage()
        colours.add(
            sum(
                picture.pixelColor(x, y).name() == "#35c46f"
                for x in range(0, picture.width(), 2)
                for y in range(0, picture.height(), 2)
            )
            > 10
        )
    assert colours == {False, True}


def test_the_picture_is_a_mirror(window: CounterWindow) -> None:
    preview = frame()
    image = preview.image.copy()
    image[:, :320] = 0
    image[:, 320:] = 255
    show(window, "card-read", "zh")
    window.show_picture(replace(preview, image=image, face=None))
    picture = window.case.camera.grab().toImage()
    middle = picture.height() // 2
    assert picture.pixelColor(40, middle).lightness() > 200
    assert picture.pixelColor(picture.width() - 40, middle).lightness() < 50


def test_nothing_of_the_last_customer_stays(window: CounterWindow) -> None:
    show(window, "accepted", "zh")
    window.draw(Snapshot(status=STATUS))
    for each in window.findChildren(GlyphText):
        assert each.text == ""
    assert window.case.compare._chip.empty
    assert window.case.compare._live.empty


def test_trouble_of_the_last_case_is_told_while_waiting(window: CounterWindow) -> None:
    window.draw(Snapshot(status=STATUS, shown=Shown("store.disk_full", {}, "M3P8")))
    assert "磁盘已满" in texts_of(window)
    assert "M3P8" in texts_of(window)


def test_a_lost_device_is_marked_by_symbol_and_word(window: CounterWindow) -> None:
    lost = DeviceView("camera", "Cam", Health.LOST, "camera.unplugged")
    window.draw(Snapshot(status=replace(STATUS, devices=(lost,))))
    settle()
    line = window.strip.findChild(QWidget, "device-camera")
    assert "未连接" in texts_of(line)
    assert "摄像头已断开" in line.toolTip()


def test_a_foreigner_is_shown_by_latin_name_and_nationality(window: CounterWindow) -> None:
    card: CardView = replace(
        CARD, kind="card_kind.foreigner_2023", name="", latin_name="SMITH, JOHN PAUL", nation="GBR"
    )
    window.draw(replace(SCENES["card-read"][0], card=card))
    assert window.case.card._name.text == "SMITH, JOHN PAUL"
    assert "性别 / 国籍" in texts_of(window.case.card)


def test_long_term_validity_is_a_word(window: CounterWindow) -> None:
    window.draw(replace(SCENES["card-read"][0], card=replace(CARD, valid_to="long_term")))
    assert "2019.03.04 至 长期" in texts_of(window.case.card)
