"""Moments of whole cases as hand-made snapshots: signing in, forms, a second person, waiting, the ends."""

from __future__ import annotations

from dataclasses import replace

from terminal.asking import Ask, Choice, Entry, EntryKind, Label, Option, Rank, Row
from terminal.caseview import (
    BusinessLine,
    CaseEnd,
    CaseFinding,
    CaseStep,
    CaseView,
    ParkedCase,
    PartyLine,
    StageLine,
    StepMark,
)
from terminal.counter.passing import asked_code, asked_how, asked_seen
from terminal.counter.questions import option
from terminal.handover.qr import png
from terminal.rules.today import rules_today
from terminal.view import Action, Snapshot, Stage, Status

OPEN_JOINT = Label(zh="开立联名账户", en="Open a joint account")
ASIDE = tuple(
    Option(name, Label(f"answer.{name}"), Rank.ASIDE, takes_entries=False)
    for name in ("leaves", "later", "refer", "refuse")
)
NEXT = Option("entered", Label("answer.entered"), Rank.PRIMARY)
STEPS = (
    ("party", StepMark.DONE),
    ("notice", StepMark.DONE),
    ("consent", StepMark.DONE),
    ("identity_document", StepMark.DONE),
    ("holder_check", StepMark.DOUBTED),
    ("online_check", StepMark.EXCEPTED),
    ("data", StepMark.NOW),
    ("read_back", StepMark.WAITING),
    ("document_images", StepMark.WAITING),
    ("approval", StepMark.WAITING),
)
VIEW = CaseView(
    "case-1",
    OPEN_JOINT,
    "cn-bank 2016.1",
    stages=(
        StageLine("rules.stage.check", 6, 6),
        StageLine("rules.stage.understand", 1, 2),
        StageLine("rules.stage.register", 0, 4),
        StageLine("rules.stage.retain", 0, 3),
    ),
    parties=(
        PartyLine("customer", "rules.role.customer", 0, "苏晓岚", complete=True),
        PartyLine("joint_holder", "rules.role.joint_holder", 1, "顾云舒"),
        PartyLine("joint_holder_2", "rules.role.joint_holder", 2),
    ),
    steps=tuple(
        CaseStep(f"{party}/{name}", f"rules.step.{name}", party, mark, "D01, D02")
        for name, mark in STEPS
        for party in ("customer", "joint_holder")
    ),
    findings=(
        CaseFinding("online.name_differs", "customer", "G03", refuses=False, resolved=True),
        CaseFinding("match.no_match", "joint_holder", "A01", refuses=True, resolved=False),
    ),
)
DATA = Ask(
    7,
    Label("profile.individual"),
    "joint_holder",
    entries=(
        Entry("name", EntryKind.TEXT, Label(zh="姓名", en="Name"), "顾云舒", fixed=True),
        Entry("sex", EntryKind.TEXT, Label(zh="性别", en="Sex"), "2", fixed=True, words=Label("sex.2")),
        Entry("phone", EntryKind.TEXT, Label(zh="手机号码", en="Phone number")),
        Entry(
            "email",
            EntryKind.TEXT,
            Label(zh="电子邮箱", en="E-mail"),
            "x@",
            needed=False,
            wrong=Label("field.wrong.shape"),
        ),
        Entry(
            "occupation",
            EntryKind.CHOICE,
            Label(zh="职业", en="Occupation"),
            choices=tuple(Choice(f"o{n}", Label(zh=f"职业{n}", en=f"Occupation {n}")) for n in range(6)),
        ),
        Entry(
            "differs",
            EntryKind.CHOICE,
            Label(zh="居住地是否不同", en="Lives elsewhere"),
            "no",
            choices=(Choice("yes", Label("answer.yes")), Choice("no", Label("answer.no"))),
        ),
        Entry("since", EntryKind.DATE, Label(zh="居住起始日", en="Living there since"), needed=False),
        Entry("elder", EntryKind.TICK, Label(zh="长者模式", en="Elder mode"), needed=False),
    ),
    options=(Option("not_done", Label("answer.not_done"), takes_entries=False), NEXT, *ASIDE),
    trouble=Label("ask.look_again"),
    clause="D01, D02",
)
SECOND = Ask(
    8,
    Label("ask.approval.title"),
    lines=(Label("ask.approval.line"), Label("ask.second.roles", {"roles": "现场负责人"})),
    entries=(
        Entry("number", EntryKind.TEXT, Label("ask.second.number")),
        Entry("password", EntryKind.SECRET, Label("ask.second.password")),
    ),
    options=(Option("agree", Label("answer.agree"), Rank.PRIMARY), *ASIDE),
    clause="B03",
)
READ_BACK = Ask(
    9,
    Label("ask.read_back.title"),
    "customer",
    lines=(Label("ask.read_back.line"),),
    rows=tuple(
        Row(Label(zh=f"项目{n}", en=f"Item {n}"), "北京市朝阳区示例路88号3单元502室") for n in range(14)
    ),
    options=(
        Option("not_right", Label("answer.not_right")),
        Option("confirmed", Label("answer.confirmed"), Rank.PRIMARY),
        *ASIDE,
    ),
    to_customer=True,
    clause="D09",
)
CONSENT = Ask(
    10,
    Label(zh="人脸信息处理告知与单独同意", en="Notice and separate consent to the use of your face"),
    "customer",
    lines=tuple(Label("ui.consent.rights.text") for _ in range(5)),
    options=(Option("decline", Label("answer.decline")), Option("consent", Label("answer.consent")), *ASIDE),
    to_customer=True,
    clause="K04",
)
SIGN_IN = Ask(
    1,
    Label("ask.sign_in.title"),
    entries=(
        Entry("number", EntryKind.TEXT, Label("ask.sign_in.number")),
        Entry("password", EntryKind.SECRET, Label("ask.sign_in.password")),
    ),
    options=(Option("sign_in", Label("answer.sign_in"), Rank.PRIMARY),),
    can_lock=False,
)
PARKED = (
    ParkedCase(
        "case-2", OPEN_JOINT, "2026-11-26 10:42", (Label("rules.step.supporting_document"),), "2026-12-01"
    ),
    ParkedCase("case-3", OPEN_JOINT, "2026-11-27 09:10"),
)


WHERE_TO = replace(asked_how(), number=39)
HAND_OVER = Ask(
    40,
    Label("ask.hand_over.title"),
    lines=(Label("ask.hand_over.code_line"),),
    rows=(
        Row(Label("ask.hand_over.code"), "7K2M-9QXA-3DFW-H8TC", large=True),
        Row(Label("ask.hand_over.until"), "2026-11-27 14:10"),
    ),
    options=(option("give", rank=Rank.PRIMARY), option("back", takes_entries=False)),
    clause="J07",
)
HAND_OVER_PICTURES = replace(
    HAND_OVER,
    number=41,
    lines=(Label("ask.hand_over.given"), Label("ask.hand_over.picture_line", {"count": 3})),
    rows=HAND_OVER.rows[1:],
    options=(option("done", rank=Rank.PRIMARY),),
    pictures=tuple(png(f"RZHO1:{number}/3:0123456789AB:{'EXAMPLE ' * 70}") for number in (1, 2, 3)),
)
TAKE_OVER = replace(asked_code(), number=42)
SCAN = replace(asked_seen(Row(Label("ask.take_over.read"), "2 / 5")), number=43)


def every_business() -> tuple[BusinessLine, ...]:
    """What a counter offers."""
    return tuple(
        BusinessLine(name, Label.titled(each.title)) for name, each in rules_today().businesses.items()
    )


def asking(ask: Ask, status: Status, view: CaseView | None = VIEW) -> Snapshot:
    """The screen while `ask` waits."""
    return Snapshot(
        stage=Stage.ASKING,
        case_id=view.case_id if view else "",
        case=view,
        ask=ask,
        operator="白小禾 t01",
        actions=(Action.LOCK,),
        status=status,
    )


def ended(ending: str, ground: str, status: Status, *, synced: bool = True) -> Snapshot:
    """The screen of a case that is over."""
    record = "01a21e69-631a-7337-80cb-517b9d0019f3"
    offered = (Label(zh="开立Ⅱ类户", en="Open a class II account"),) if ending == "offered" else ()
    end = CaseEnd(f"ending.{ending}", ground, record, synced, offered)
    bare = Snapshot(stage=Stage.DONE, case_id="case-1", actions=(Action.FINISH,), status=status)
    return replace(bare, case=replace(VIEW, end=end), operator="白小禾 t01")


def case_scenes(status: Status) -> dict[str, Snapshot]:
    """Every moment of a whole case worth a picture."""
    idle = Snapshot(status=status, parked=PARKED, operator="白小禾 t01", passes=True)
    return {
        "parked": replace(idle, actions=(Action.BEGIN, Action.LOCK, Action.SIGN_OUT)),
        "hand-over": asking(HAND_OVER, status, None),
        "hand-over-pictures": asking(HAND_OVER_PICTURES, status, None),
        "take-over": asking(TAKE_OVER, status, None),
        "take-over-scan": asking(SCAN, status, None),
        "sign-in": replace(asking(SIGN_IN, status, None), operator="", actions=()),
        "data": asking(DATA, status),
        "second-person": asking(SECOND, status),
        "read-back": asking(READ_BACK, status),
        "consent-text": asking(CONSENT, status),
        "working": Snapshot(
            stage=Stage.WORKING,
            case_id="case-1",
            case=replace(VIEW, busy=Label("busy.online_check")),
            operator="白小禾 t01",
            actions=(),
            status=status,
        ),
        "case-accepted": ended("accepted", "", status),
        "case-refused": ended("refused", "ground.not_the_holder", status, synced=False),
        "case-offered": ended("offered", "business.has_class_1", status),
    }
