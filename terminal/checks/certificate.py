"""The certificate of an online check's result (联网核查结果证明), which a customer takes to the police (G08).

One sheet of A4 in two parts: what the bank found, and the reply that the police fill in and the customer
brings back. The full number stands once, where the police need it to find the entry; on the reply it is
masked. It says what was found and nothing about the customer, and that the card is not called false (A08).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sync.questions import DocumentKind, Subject
from terminal.checks.online import OnlineResult, Seen, finding_of
from terminal.checks.paper import Block, Centred, Cut, Paragraph, Right, Table, pdf_of
from terminal.rules.online import OnlineFinding, OnlineRules
from terminal.screen import mask

TITLE = "联网核查结果证明"
CERTIFIABLE = {
    OnlineFinding.NAME_DIFFERS: "公民身份号码存在，但与姓名不匹配",
    OnlineFinding.NO_SUCH_NUMBER: "公民身份号码不存在",
    OnlineFinding.PHOTO_NOT_SAME: "公民身份号码与姓名一致，但反馈照片与持证人不相符",
    OnlineFinding.PHOTO_UNCLEAR: "公民身份号码与姓名一致，但反馈照片无法辨认是否为持证人",
    OnlineFinding.CARD_LOST_OR_VOID: "证件状态为已挂失或已失效",
}
"""Findings that the police can do something about, as the certificate words them."""
DOCUMENTS = {
    DocumentKind.RESIDENT: "居民身份证",
    DocumentKind.RESIDENCE_PERMIT: "港澳台居民居住证",
    DocumentKind.FOREIGNER: "外国人永久居留身份证",
    DocumentKind.HK_MACAO_PASS: "港澳居民来往内地通行证",
    DocumentKind.TAIWAN_PASS: "台湾居民来往大陆通行证",
}
REPLIES = ("信息属实，与所持证件一致", "信息有误，现已更正", "查无此人或证件不实", "其他：")


class CertificateError(Exception):
    """A certificate that is not issued; `code` is ``certificate.nothing_to_certify``."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues a certificate."""

    bank: str
    branch: str
    operator: str
    """Staff number."""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands on the paper."""

    number: str
    """Its own, under which the bank finds the case again."""
    subject: Subject = field(repr=False)
    found: str
    checked_at: datetime
    """Local time."""
    request: str
    """The centre's id of the check."""
    issuer: Issuer
    issued_at: datetime
    """Local time."""
    answer_working_days: int


def certificate_of(
    subject: Subject,
    result: OnlineResult,
    seen: Seen,
    rules: OnlineRules,
    issuer: Issuer,
    issued_at: datetime,
) -> Certificate:
    """The certificate of a check of `subject`; times are told in the zone of `issued_at`.

    CertificateError when nothing was found that the police could answer: the check agreed, or had no answer.
    """
    finding = finding_of(result, seen)
    found = CERTIFIABLE.get(finding) if finding is not None else None
    if found is None or result.answered_at is None:
        raise CertificateError("certificate.nothing_to_certify")
    return Certificate(
        number=f"LWHC-{issued_at:%Y%m%d}-{result.request_id[-12:].upper()}",
        subject=subject,
        found=found,
        checked_at=result.answered_at.astimezone(issued_at.tzinfo),
        request=result.centre_request,
        issuer=issuer,
        issued_at=issued_at,
        answer_working_days=rules.police_answer_working_days,
    )


def certificate_pdf(certificate: Certificate) -> bytes:
    """The paper as PDF with its typeface inside; `LetteringError` when a sign of it cannot be drawn."""
    return pdf_of(TITLE, (*_certificate(certificate), *_reply(certificate)))


def _certificate(about: Certificate) -> tuple[Block, ...]:
    issuer = about.issuer
    telephone = f"　联系电话：{issuer.telephone}" if issuer.telephone else ""
    return (
        Centred(TITLE, 18),
        Right(f"编号：{about.number}"),
        Paragraph(
            f"{issuer.bank}{issuer.branch}为下列客户办理业务时，"
            "通过联网核查公民身份信息系统核查其身份证件，结果如下："
        ),
        Table(
            (
                ("姓名", about.subject.name),
                ("证件种类", DOCUMENTS[about.subject.document]),
                ("证件号码", about.subject.number),
                ("核查时间", f"{about.checked_at:%Y-%m-%d %H:%M:%S}"),
                ("核查结果", about.found),
                ("核查流水号", about.request),
            )
        ),
        Paragraph(
            "本证明只说明上述核查结果，不表明客户所持证件系伪造或变造。请户籍所在地公安机关予以核实，"
            f"并于受理后{about.answer_working_days}个工作日内将核实情况填入下方回执，交还申请人。"
            "申请人持身份证件及回执到本行办理业务，本行应予受理。"
        ),
        Right(f"经办人工号：{issuer.operator}{telephone}　　（业务公章）　　　　　　"),
        Right(f"{about.issued_at:%Y-%m-%d}"),
    )


def _reply(about: Certificate) -> tuple[Block, ...]:
    return (
        Cut("由公安机关填写后交还申请人"),
        Centred("公安机关核实回执", 14),
        Table(
            (
                ("证明编号", about.number),
                ("姓名", about.subject.name),
                ("证件号码", mask(about.subject.number)),
                ("核实情况", "\n".join(f"□ {each}" for each in REPLIES)),
            )
        ),
        Right("经办民警：＿＿＿＿＿＿＿＿　联系电话：＿＿＿＿＿＿＿＿＿＿　　（公章）　　　　　　"),
        Right("年　　月　　日"),
    )
