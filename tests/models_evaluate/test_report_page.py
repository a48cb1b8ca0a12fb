"""The report of an evaluation: whole in one file, honest about small data, nothing executable from names."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.api import LiveAnswer
from models.evaluate.comparison_page import Trials, comparison_page, percent
from models.evaluate.det_curve import Curve
from models.evaluate.liveness import Group, LivenessReport
from models.evaluate.liveness_page import liveness_page
from models.evaluate.metrics import det, eer_interval, equal_error_rate, operating_point
from models.evaluate.page import Page, Table, render, write
from models.evaluate.plots import draw_rates
from models.evaluate.provenance import digest_of, libraries, provenance
from models.evaluate.trials import lines, trials_of

HOSTILE = "<script>alert(1)</script>&\"'"


class Seen(HTMLParser):
    """Tags, what they load, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data):
        self.text += data


def trials(genuine=400, impostor=3000, failed=0):
    draw = np.random.default_rng(1)
    same = np.append(draw.normal(0.6, 0.12, genuine - failed), [-np.inf] * failed)
    other = draw.normal(0.0, 0.1, impostor)
    curve = det(same, other)
    drawn = Curve(curve, equal_error_rate(curve), eer_interval(same, other, 20), genuine, impostor)
    points = {target: operating_point(same, other, target) for target in (1e-2, 1e-3, 1e-4)}
    causes = {f"{number}.jpg": "picture.no_face" for number in range(failed)}
    return Trials(same, other, drawn, points, genuine + 100, causes)


def page(conditions, **more):
    made = provenance("renzheng 0", f"renzheng evaluate {HOSTILE}", {"name": HOSTILE}, {}, {})
    return comparison_page(
        HOSTILE, "faces", conditions, figures={"eer": 0.01}, provenance=made.as_json(), **more
    )


def test_the_page_is_whole_and_loads_nothing(tmp_path):
    files = write(page({"clean": trials(), "chip": trials(failed=7)}), tmp_path / "new")
    seen = Seen((tmp_path / "new" / "report.html").read_text("utf-8"))
    assert seen.loads
    assert all(each.startswith("data:image/png;base64,") for each in seen.loads)
    assert {path.name for path in files} == {
        "report.html",
        "report.json",
        "det.png",
        "scores-0.png",
        "scores-1.png",
    }
    for each in files:
        if each.suffix == ".png":
            assert min(Image.open(io.BytesIO(each.read_bytes())).size) > 300
    assert json.loads((tmp_path / "new" / "report.json").read_text("utf-8"))["figures"] == {"eer": 0.01}


def test_names_of_files_and_people_cannot_become_code():
    html = render(page({HOSTILE: trials()}))
    seen = Seen(html)
    assert "script" not in seen.tags
    assert seen.text.count(HOSTILE) >= 3


def test_what_the_data_cannot_show_is_said_first():
    seen = Seen(render(page({"clean": trials()})))
    assert "3000 comparisons of different people cannot show a false-match rate of 0.0001" in seen.text
    assert "no certification" in seen.text


def test_failures_to_acquire_are_counted_by_cause():
    seen = Seen(render(page({"clean": trials(failed=7)})))
    assert "picture.no_face 7" in seen.text
    assert "1.40 % [0.56, 2.86]" in seen.text


def test_every_figure_says_with_what_it_was_made(tmp_path):
    seen = Seen(render(page({"clean": trials()})))
    for name in ("onnxruntime", "numpy", "machine.cores", "command", "data.name"):
        assert name in seen.text
    assert set(libraries()) >= {"python", "numpy", "opencv-python", "onnxruntime"}


def test_the_data_are_known_by_content_not_by_order_or_place(tmp_path):
    for place in ("one", "two"):
        (tmp_path / place / "a").mkdir(parents=True)
        (tmp_path / place / "a" / "1.jpg").write_bytes(b"x")
        (tmp_path / place / "2.jpg").write_bytes(b"y")
    one, two = (sorted((tmp_path / place).rglob("*.jpg")) for place in ("one", "two"))
    first = digest_of(one, tmp_path / "one")
    assert first["sha256"] == digest_of(reversed(two), tmp_path / "two")["sha256"]
    (tmp_path / "two" / "2.jpg").write_bytes(b"z")
    assert first["sha256"] != digest_of(two, tmp_path / "two")["sha256"]
    assert first["files"] == 2


def test_rates_are_drawn_with_their_limit():
    drawn = draw_rates([("print", 0.0, (0.0, 0.02)), ("screen", 0.01, (0.001, 0.04))], 0.02, "APCER")
    assert Image.open(io.BytesIO(drawn)).size[0] > 600


def test_tables_align_figures_and_leave_words():
    html = render(Page("t", "", [], [Table("x", [["a", "b"], ["word", "1.5 %"]])], {}, {}))
    assert '<td class="number">1.5 %</td>' in html
    assert "<td>word</td>" in html


@pytest.mark.parametrize(("rate", "shown"), [(0.0, "0.00 %"), (0.12345, "12.35 %")])
def test_percent(rate, shown):
    assert percent(rate) == shown


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        write(page({"clean": trials()}), Path(tmp_path / "file" / "x"))


def test_attack_detection_by_kind_with_what_it_cannot_tell_apart():
    attacks = {
        "print": Group({LiveAnswer.ATTACK: 195, LiveAnswer.LIVE: 1, LiveAnswer.CANNOT_TELL: 4}),
        HOSTILE: Group({LiveAnswer.ATTACK: 40}, {"a.mp4": "picture.damaged"}),
    }
    live = Group({LiveAnswer.LIVE: 190, LiveAnswer.CANNOT_TELL: 8, LiveAnswer.ATTACK: 2})
    report = LivenessReport(live, attacks, "open", {}, 1.0)
    made = liveness_page(report, "", {})
    seen = Seen(render(made))
    assert "script" not in seen.tags
    for shown in ("0.50 % [0.01, 2.75]", "2.50 % [0.82, 5.74]", "1.00 % [0.12, 3.57]", "0.75 %"):
        assert shown in seen.text
    assert "40 presentations; even without any error the rate may be as high as 7.2%" in seen.text
    assert "picture.damaged" in seen.text
    assert made.figures["apcer"]["print"] == 0.005


def test_a_page_is_made_where_nothing_could_be_compared():
    """As with the radii of another camera: every picture fails for one cause, which is counted."""
    nothing = np.full(6, -np.inf)
    failed = {f"eye {number}": "iris.range" for number in range(4)}
    trials = trials_of(nothing, nothing, 4, failed)
    page = comparison_page("Irises", "", {"all": trials}, figures={}, provenance={})
    assert any("iris.range 4" in str(part.rows) for part in page.parts if isinstance(part, Table))
    assert "  no template: iris.range 4 of 4" in lines(trials, "eye")
