"""The slip of a case that waits: what is missing, when and where it goes on, its number as a QR code (Q04).

It names nobody: who finds it learns that somebody has an appointment, and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from drivers.around import Align, Slip, SlipLine
from terminal.case.values import Case, State
from terminal.checks.paper import Block, Centred, Paragraph, Photo, Right, Table, pdf_of
from terminal.dataset.documents import document_kinds
from terminal.dataset.fields import catalogue
from terminal.handover.errors import HandoverError
from terminal.handover.qr import png
from terminal.messages import Audience, Texts, texts

MARK = "RZCASE:"
"""What the QR code begins with; the case's id follows in capital letters."""


def slip_pdf(case: Case, branch: str, language: str, issued_at: datetime) -> bytes:
    """The slip as PDF. HandoverError ``appointment.none`` for a case that does not wait; LetteringError."""
    blocks = slip(case, branch, language, issued_at)
    return pdf_of(texts(language).say("appointment.title", Audience.CUSTOMER), blocks)


def slip(case: Case, branch: str, language: str, issued_at: datetime) -> tuple[Block, ...]:
    """What stands on it; HandoverError ``appointment.none``."""
    say = _saying(language)
    return (
        Centred(say("appointment.title"), 18),
        Table(_rows(case, branch, language)),
        Paragraph(say("appointment.kept")),
        Photo(say("appointment.code"), png(code_text(case))),
        Right(say("appointment.issued", at=f"{issued_at:%Y-%m-%d %H:%M}")),
    )


def receipt(case: Case, branch: str, language: str, issued_at: datetime) -> Slip:
    """The same for a receipt printer; HandoverError ``appointment.none``."""
    say = _saying(language)
    lines = [SlipLine(say("appointment.title"), Align.CENTRE, bold=True, large=True)]
    for label, value in _rows(case, branch, language):
        lines += [SlipLine(label, bold=True), *(SlipLine(each) for each in value.split("\n"))]
    lines.append(SlipLine(say("appointment.kept")))
    lines.append(SlipLine(say("appointment.issued", at=f"{issued_at:%Y-%m-%d %H:%M}"), Align.RIGHT))
    return Slip(tuple(lines), code_text(case))


def code_text(case: Case) -> str:
    """What the slip's QR code says."""
    return MARK + case.case_id.upper()


def missing_named(case: Case, language: str) -> tuple[str, ...]:
    """What is missing in words: documents and fields by their catalogues, anything else by its step."""
    named = (_named(case, each, language, texts(language)) for each in case.missing)
    return tuple(dict.fromkeys(named))


def _rows(case: Case, branch: str, language: str) -> tuple[tuple[str, str], ...]:
    if case.state is not State.PARKED or case.situation is None:
        raise HandoverError("appointment.none")
    say = _saying(language)
    return (
        (say("appointment.business"), say(f"business.{case.situation.business}")),
        (say("appointment.day"), case.parked_until[:10]),
        (say("appointment.branch"), branch),
        (say("appointment.bring"), "\n".join(f"□ {what}" for what in missing_named(case, language))),
        (say("appointment.reference"), case.case_id),
    )


def _saying(language: str) -> Callable[..., str]:
    """Says a text to the customer."""
    table = texts(language)

    def say(code: str, **facts: object) -> str:
        return table.say(code, Audience.CUSTOMER, facts)

    return say


def _named(case: Case, missing: str, language: str, table: Texts) -> str:
    kind = document_kinds().kinds.get(missing)
    if kind is not None:
        return kind.zh if language == "zh" else kind.en
    field = catalogue().fields.get(missing)
    if field is not None:
        return field.label(language)
    steps = [each.step.value for each in (case.plan.required if case.plan else ()) if each.id == missing]
    return table.say(f"appointment.step.{steps[0] if steps else 'other'}", Audience.CUSTOMER)
