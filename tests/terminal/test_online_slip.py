"""The slip of an online check: what was answered, when, and the returned photo, with the number masked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import cv2
import numpy as np
import pytest

from sync.answers import CardStatus, Category
from sync.questions import DocumentKind, Subject
from terminal.checks.centre import NoAnswer
from terminal.checks.certificate import Issuer
from terminal.checks.online import OnlineResult, Seen
from terminal.checks.slip import COMPARED, NO_ANSWER, SAID, slip, slip_pdf
from terminal.drawn.typefaces import chinese

needs_typeface = pytest.mark.skipif(chinese() is None, reason="no Chinese typeface is installed (extra ui)")

ISSUED = datetime(2026, 11, 27, 15, 4, 5, tzinfo=timezone(timedelta(hours=8)))
ISSUER = Issuer("样本银行股份有限公司", "示例市虚构支行", "1024")
WHO = Subject(document=DocumentKind.RESIDENT, number="110000198803124413", name="苏小兰")
PHOTO = cv2.imencode(".jpg", np.full((126, 102, 3), 90, np.uint8))[1].tobytes()


def result(**changes: Any) -> OnlineResult:
    values: dict[str, Any] = {
        "request_id": "01936a00-0000-7000-8000-123456789abc",
        "operator": "1024",
        "day": date(2026, 11, 27),
        "asked_at": datetime(2026, 11, 27, 1, 0, tzinfo=UTC),
        "answered_at": datetime(2026, 11, 27, 1, 0, 2, tzinfo=UTC),
    }
    return OnlineResult(**{**values, **changes})


def words(of: OnlineResult, seen: Seen = Seen.NOT_COMPARED) -> str:
    return "\n".join(block.words() for block in slip(WHO, of, seen, ISSUER, ISSUED))


def test_every_outcome_has_its_own_words() -> None:
    said = {words(result(category=each)) for each in SAID}
    said |= {words(result(no_answer=each, answered_at=None)) for each in NO_ANSWER}
    statuses = (result(category=Category.CARD_LOST_OR_VOID, card_status=each) for each in CardStatus)
    said |= {words(each) for each in statuses}
    assert set(SAID) == set(Category)
    assert set(NO_ANSWER) == set(NoAnswer)
    assert len(said) == len(Category) + len(NoAnswer) + len(CardStatus)


def test_it_says_when_and_for_whom_with_the_number_masked() -> None:
    text = words(result(category=Category.AGREE_WITHOUT_PHOTO))
    assert "苏小兰" in text
    assert WHO.number not in text
    assert "110000********4413" in text
    assert "2026-11-27 09:00:02" in text
    assert "沿用" not in text
    again = result(category=Category.AGREE_WITHOUT_PHOTO, reused_from=ISSUED)
    assert "2026-11-27 09:00:02（沿用本日核查结果）" in words(again)


def test_a_check_that_was_not_answered_has_the_terminals_own_id() -> None:
    assert "123456789abc" in words(result(no_answer=NoAnswer.TIMED_OUT, answered_at=None))


def test_the_comparison_stands_beside_the_photo_and_nowhere_else() -> None:
    for seen, said in COMPARED.items():
        assert f"反馈照片{said}" in words(result(category=Category.AGREE_WITH_PHOTO, photo=PHOTO), seen)
        assert "反馈照片无" in words(result(category=Category.AGREE_WITHOUT_PHOTO), seen)


@needs_typeface
def test_the_photo_is_in_the_file_or_it_says_that_it_cannot_be_shown() -> None:
    with_photo = slip_pdf(
        WHO, result(category=Category.AGREE_WITH_PHOTO, photo=PHOTO), Seen.SAME, ISSUER, ISSUED
    )
    junk = result(category=Category.AGREE_WITH_PHOTO, photo=b"no picture")
    without = slip_pdf(WHO, junk, Seen.UNCLEAR, ISSUER, ISSUED)
    assert b"/DCTDecode" in with_photo
    assert b"/DCTDecode" not in without
