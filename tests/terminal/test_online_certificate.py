"""The certificate for the police: only where there is something to certify, nothing cut, the number once."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from online_rules import rules
from reportlab.pdfgen.canvas import Canvas

from sync.answers import CardStatus, Category
from sync.questions import DocumentKind, Subject
from terminal.checks import certificate as papers
from terminal.checks import paper
from terminal.checks.centre import NoAnswer
from terminal.checks.certificate import Certificate, CertificateError, Issuer, certificate_of, certificate_pdf
from terminal.checks.lettering import LetteringError, lettering
from terminal.checks.online import OnlineResult, Seen
from terminal.drawn.typefaces import chinese

pytestmark = pytest.mark.skipif(chinese() is None, reason="no Chinese typeface is installed (extra ui)")
needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils are absent")

ISSUED = datetime(2026, 11, 27, 15, 4, 5, tzinfo=timezone(timedelta(hours=8)))
NUMBER = "110000198803124413"
ISSUER = Issuer("样本银行股份有限公司", "示例市虚构支行", "1024", "000-0000000")
LONGEST = (
    "苏小兰",
    "买买提·阿卜杜热西提·艾合买提江·吐尔逊尼亚孜·玉素甫江·阿不都克里木·伊敏江",
    "ALEXANDRA CATHERINE ELIZABETH VAN DER BERGSTROM-HOHENZOLLERN MACGILLICUDDY",
    "W" * 199,
)


def subject(name: str = "苏小兰", document: DocumentKind = DocumentKind.RESIDENT) -> Subject:
    return Subject(document=document, number=NUMBER, name=name)


def result(category: Category | None, **changes: Any) -> OnlineResult:
    values: dict[str, Any] = {
        "request_id": "01936a00-0000-7000-8000-123456789abc",
        "operator": "1024",
        "day": date(2026, 11, 27),
        "asked_at": ISSUED.astimezone(UTC),
        "answered_at": ISSUED.astimezone(UTC),
        "category": category,
        "centre_request": "01936a00-0000-7000-8000-abcdefabcdef",
    }
    return OnlineResult(**{**values, **changes})


def issued(
    name: str = "苏小兰", category: Category = Category.NAME_DIFFERS, seen: Seen = Seen.SAME
) -> Certificate:
    status = CardStatus.LOST if category is Category.CARD_LOST_OR_VOID else None
    return certificate_of(subject(name), result(category, card_status=status), seen, rules(), ISSUER, ISSUED)


def words(certificate: Certificate) -> str:
    blocks = (*papers._certificate(certificate), *papers._reply(certificate))
    return "\n".join(block.words() for block in blocks)


@pytest.mark.parametrize(
    ("category", "seen", "said"),
    [
        (Category.NAME_DIFFERS, Seen.NOT_COMPARED, "号码存在，但与姓名不匹配"),
        (Category.NO_SUCH_NUMBER, Seen.NOT_COMPARED, "号码不存在"),
        (Category.AGREE_WITH_PHOTO, Seen.NOT_SAME, "反馈照片与持证人不相符"),
        (Category.CARD_LOST_OR_VOID, Seen.NOT_COMPARED, "已挂失或已失效"),
    ],
)
def test_it_says_what_was_found(category: Category, seen: Seen, said: str) -> None:
    made = issued(category=category, seen=seen)
    text = words(made)
    assert said in text
    assert made.number in text
    assert "2026-11-27 15:04:05" in text
    assert "01936a00-0000-7000-8000-abcdefabcdef" in text
    assert "受理后2个工作日内" in text
    assert "不表明客户所持证件系伪造" in text


@pytest.mark.parametrize(
    ("of", "seen"),
    [
        (result(Category.AGREE_WITH_PHOTO), Seen.SAME),
        (result(Category.AGREE_WITH_PHOTO), Seen.NOT_COMPARED),
        (result(Category.AGREE_WITHOUT_PHOTO), Seen.NOT_COMPARED),
        (result(Category.FORMAT_ERROR), Seen.NOT_COMPARED),
        (result(None, no_answer=NoAnswer.UNAVAILABLE, answered_at=None), Seen.NOT_COMPARED),
        (result(None, no_answer=NoAnswer.TIMED_OUT, answered_at=None), Seen.NOT_SAME),
    ],
)
def test_there_is_none_without_a_finding_of_the_police(of: OnlineResult, seen: Seen) -> None:
    with pytest.raises(CertificateError) as caught:
        certificate_of(subject(), of, seen, rules(), ISSUER, ISSUED)
    assert caught.value.code == "certificate.nothing_to_certify"


def test_the_whole_number_stands_once_and_no_photo_is_on_it() -> None:
    assert words(issued()).count(NUMBER) == 1
    assert "110000********4413" in words(issued())
    returned = result(Category.AGREE_WITH_PHOTO, photo=b"\xff\xd8 picture")
    with_photo = certificate_of(subject(), returned, Seen.NOT_SAME, rules(), ISSUER, ISSUED)
    assert b"/XObject" not in certificate_pdf(with_photo)
    assert NUMBER not in repr(issued())
    assert "苏小兰" not in repr(issued())


def test_the_same_certificate_is_the_same_file_with_its_typeface_inside() -> None:
    made = certificate_pdf(issued())
    assert made == certificate_pdf(issued())
    assert b"/FontFile2" in made
    assert b"Helvetica" not in made
    assert len(made) < 200_000


class Recording(Canvas):
    """Keeps where each row of text stands."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), pagesize=(paper.WIDE, paper.HIGH))
        self.texts: list[tuple[float, float, float, str]] = []
        self.pages = 1

    def drawString(self, x: float, y: float, text: str, *rest: Any, **more: Any) -> None:
        wide = self.stringWidth(text.rstrip(), self._fontname, self._fontsize)
        self.texts.append((x, y, x + wide, text))
        super().drawString(x, y, text, *rest, **more)

    def showPage(self) -> None:
        self.pages += 1
        super().showPage()


def drawn(certificate: Certificate) -> Recording:
    blocks = (*papers._certificate(certificate), *papers._reply(certificate))
    canvas = Recording()
    face = paper._face("".join(block.words() for block in blocks).replace("\n", ""))
    sheet = paper.Sheet(canvas, face)
    for block in blocks:
        block.draw(sheet)
    return canvas


@pytest.mark.parametrize("name", LONGEST)
def test_nothing_is_cut_off_however_long_the_name(name: str) -> None:
    made = issued(name)
    canvas = drawn(made)
    for left, low, right, text in canvas.texts:
        assert left >= paper.LEFT - 0.01, text
        assert right <= paper.RIGHT + paper.SIZE + 0.01, text  # closing signs may hang
        assert low >= paper.BOTTOM - paper.SIZE, text
    everything = "".join(text for *_, text in canvas.texts)
    assert everything == words(made).replace("\n", "")
    assert canvas.pages == (1 if len(name) < 100 else 2)


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from("苏小兰·AB c-，"), min_size=1, max_size=400))
def test_rows_hold_all_of_a_text_and_no_row_is_too_wide(text: str) -> None:
    canvas = Recording()
    face = paper._face("苏小兰·AB c-，")
    sheet = paper.Sheet(canvas, face)
    rows = sheet.rows(text, 10.5, 120.0, 21.0)
    assert "".join(rows) == text
    for row in rows:
        hanging = len(row) - len(row.rstrip("， "))
        assert sheet.width(row[: len(row) - hanging], 10.5) <= 120.0


def test_a_long_paper_goes_on_to_another_page() -> None:
    canvas = Recording()
    sheet = paper.Sheet(canvas, paper._face("苏小兰一"))
    paper.Table(tuple(("一", "苏小兰") for _ in range(60))).draw(sheet)
    assert canvas.pages == 3
    assert min(low for _, low, _, _ in canvas.texts) >= paper.BOTTOM


def test_a_sign_that_no_typeface_has_is_told_and_never_left_out() -> None:
    with pytest.raises(LetteringError) as caught:
        certificate_pdf(issued("苏\U0010fffd"))
    assert (caught.value.code, caught.value.facts) == ("paper.no_such_sign", {"signs": 1})


def test_each_lettering_has_its_name_and_an_outline_for_every_sign() -> None:
    for name, signs in (("one", "苏小兰A1，"), ("two", "韩书文　Z")):
        with TTFont(io.BytesIO(lettering(signs, name))) as font:
            assert font["name"].getDebugName(6) == name
            cmap = font.getBestCmap()
            for sign in signs:
                empty = font["glyf"][cmap[ord(sign)]].numberOfContours == 0
                assert empty is sign.isspace(), sign


def page(certificate: Certificate, folder: Path) -> Any:
    file = folder / "paper.pdf"
    file.write_bytes(certificate_pdf(certificate))
    options = ("-r", "60", "-gray", "-png", "-singlefile")
    subprocess.run(["pdftoppm", *options, file, folder / "paper"], check=True, timeout=60)
    return cv2.imread(str(folder / "paper.png"), cv2.IMREAD_GRAYSCALE)


@needs_poppler
def test_two_papers_made_in_turn_show_each_its_own_name(tmp_path: Path) -> None:
    first, second = page(issued("苏小兰"), tmp_path), page(issued("韩书文"), tmp_path)
    height, width = first.shape
    differing = np.argwhere(first != second)
    assert len(differing) > 40
    assert (first[:, : width // 12] == 255).all()
    assert (first[:, -width // 12 :] == 255).all()
    assert (first < 128).sum() > 0.002 * height * width


@needs_poppler
def test_the_text_can_be_read_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(certificate_pdf(issued()))
    told = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, timeout=60)
    read = told.stdout.decode()
    assert read.count(NUMBER) == 1
    assert "苏小兰" in read
    assert "联网核查结果证明" in read
