"""The slip of an online check (联网核查单): what was asked and answered, with the returned photo (G03, G05).

For the bank's own file: signed and stamped when the photo was found to be the holder's. The number is masked,
since the case holds it; a result that was used again says from when it is.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from sync.answers import CardStatus, Category
from sync.questions import Subject
from terminal.checks.centre import NoAnswer
from terminal.checks.certificate import DOCUMENTS, Issuer
from terminal.checks.online import OnlineResult, Seen
from terminal.checks.paper import Block, Centred, Paragraph, Photo, Right, Table, pdf_of
from terminal.screen import mask

TITLE = "联网核查单"
SAID = {
    Category.AGREE_WITH_PHOTO: "公民身份号码与姓名一致，且存在照片",
    Category.AGREE_WITHOUT_PHOTO: "公民身份号码与姓名一致，但不存在照片",
    Category.NAME_DIFFERS: "公民身份号码存在，但与姓名不匹配",
    Category.NO_SUCH_NUMBER: "公民身份号码不存在",
    Category.FORMAT_ERROR: "证件号码格式有误",
    Category.CARD_LOST_OR_VOID: "证件已挂失或已失效",
}
STATUS = {CardStatus.LOST: "证件已挂失", CardStatus.VOID: "证件已失效"}
NO_ANSWER = {NoAnswer.UNAVAILABLE: "未能核查：系统不可用", NoAnswer.TIMED_OUT: "未能核查：超时未应答"}
COMPARED = {
    Seen.NOT_COMPARED: "未比对",
    Seen.SAME: "与持证人相符",
    Seen.NOT_SAME: "与持证人不相符",
    Seen.UNCLEAR: "无法判定",
}
TIME = "%Y-%m-%d %H:%M:%S"


def slip_pdf(
    subject: Subject, result: OnlineResult, seen: Seen, issuer: Issuer, issued_at: datetime
) -> bytes:
    """The slip as PDF, times in the zone of `issued_at`; `LetteringError` when a sign cannot be drawn."""
    return pdf_of(TITLE, slip(subject, result, seen, issuer, issued_at))


def slip(
    subject: Subject, result: OnlineResult, seen: Seen, issuer: Issuer, issued_at: datetime
) -> tuple[Block, ...]:
    """What stands on the slip."""
    photo: tuple[Block, ...] = () if result.photo is None else (Photo("反馈照片", result.photo),)
    return (
        Centred(TITLE, 18),
        Right(f"{issuer.bank}{issuer.branch}"),
        Table(
            (
                ("姓名", subject.name),
                ("证件种类", DOCUMENTS[subject.document]),
                ("证件号码", mask(subject.number)),
                ("核查结果", _said(result)),
                ("反馈照片", COMPARED[seen] if result.photo is not None else "无"),
                ("核查时间", _times(result, issued_at.tzinfo)),
                ("核查方式", "再次核查" if result.second_look else "首次核查"),
                ("核查流水号", result.centre_request or result.request_id),
            )
        ),
        *photo,
        Paragraph("核查结果一致只说明姓名与号码相符，不表明证件为真，不代替芯片机读与人证比对。"),
        Right(f"经办人工号：{result.operator}　签名：＿＿＿＿＿＿＿＿　（业务公章）　　　　　　"),
        Right(f"{issued_at:%Y-%m-%d}"),
    )


def _said(result: OnlineResult) -> str:
    if result.no_answer is not None or result.category is None:
        return NO_ANSWER[result.no_answer or NoAnswer.UNAVAILABLE]
    return STATUS[result.card_status] if result.card_status is not None else SAID[result.category]


def _times(result: OnlineResult, zone: tzinfo | None) -> str:
    at = (result.answered_at or result.asked_at).astimezone(zone)
    used_again = "（沿用本日核查结果）" if result.reused_from is not None else ""
    return f"{at:{TIME}}{used_again}"
