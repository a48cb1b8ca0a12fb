"""The matcher plug-in with stand-in libraries: match, extract, quality, and every way to go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from drivers.card.fingerprints import encode_simulated
from drivers.card.matcher import MatcherPlugin, MatcherSettings
from drivers.errors import DeviceError, Fault, Garbled, Missing, Refused, TimedOut
from tests.drivers_card.stub_library import compiled

# Likeness: the share of equal bytes. A template: the mean of every 180 pixels.
GOOD = """
#include <string.h>
#include <stdlib.h>
#include <unistd.h>
static int begun;
int FP_Begin(void) { begun = 1; return 1; }
int FP_End(void) { begun = 0; return 1; }
int FP_FeatureMatch(unsigned char *a, unsigned char *b, float *likeness) {
    int same = 0;
    if (!begun) return -1;
    for (int i = 0; i < 512; i++) same += a[i] == b[i];
    *likeness = same / 512.0f;
    return 1;
}
int FP_FeatureExtract(unsigned char scanner, unsigned char finger, unsigned char *raw, unsigned char *out) {
    if (!begun) return -1;
    for (int i = 0; i < 512; i++) out[i] = raw[i * 180];
    out[0] = 'C'; out[4] = 1; out[5] = finger; out[6] = scanner;
    return 1;
}
int FP_GetQualityScore(unsigned char *raw, unsigned char *score) { *score = raw[0]; return 1; }
"""
FIRST, SECOND = encode_simulated(11, 80, 1), encode_simulated(11, 80, 2)
IMAGE = np.full((360, 256), 77, np.uint8)


def matcher(path: Path, **options: object) -> MatcherPlugin:
    return MatcherPlugin(MatcherSettings.model_validate({"path": path, **options}))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> MatcherPlugin:
    return matcher(compiled(tmp_path_factory.mktemp("good"), GOOD), scanner=9)


def test_records_are_compared(good: MatcherPlugin) -> None:
    assert good.match(FIRST, FIRST) == 1.0
    assert good.match(FIRST, SECOND) < 0.1


def test_a_record_is_extracted_and_its_quality_known(good: MatcherPlugin) -> None:
    record = good.extract(IMAGE, finger=16)
    assert len(record) == 512
    assert (record[0], record[5], record[6], record[100]) == (0x43, 16, 9, 77)
    assert good.quality(IMAGE) == 77


def test_what_is_of_another_size_is_not_handed_on(good: MatcherPlugin) -> None:
    for work in (
        lambda: good.match(FIRST[:511], FIRST),
        lambda: good.extract(IMAGE[:300]),
        lambda: good.quality(IMAGE.T),
    ):
        with pytest.raises(ValueError, match=r"512|360"):
            work()


def changed(name: str, body: str) -> str:
    """The good library with another body for the function `name`."""
    head, _, rest = GOOD.partition(f"int {name}(")
    arguments, _, after = rest.partition("{")
    following = after[after.index("\nint ") :] if "\nint " in after else ""
    return f"{head}int {name}({arguments}{{ {body} }}{following}"


@pytest.mark.parametrize(
    ("name", "body", "kind", "code"),
    [
        ("FP_FeatureMatch", "*(volatile int *)0 = 1; return 1;", Fault, "matcher.crashed"),
        ("FP_FeatureMatch", "exit(0);", Fault, "matcher.crashed"),
        ("FP_FeatureMatch", "for (;;) pause();", TimedOut, "matcher.hung"),
        ("FP_FeatureMatch", "return 0;", Refused, "matcher.failed"),
        ("FP_FeatureMatch", "return 1;", Garbled, "matcher.wrong_size"),
        ("FP_FeatureMatch", "*likeness = 1.5f; return 1;", Garbled, "matcher.wrong_size"),
        ("FP_FeatureMatch", "*likeness = 0.0f / 0.0f; return 1;", Garbled, "matcher.wrong_size"),
        ("FP_Begin", "return -7;", Refused, "matcher.failed"),
        ("FP_FeatureExtract", "memset(out, 0, 600); return 1;", Garbled, "matcher.wrong_size"),
        ("FP_GetQualityScore", "*score = 200; return 1;", Garbled, "matcher.wrong_size"),
    ],
)
def test_what_goes_wrong_has_its_class_and_code(
    tmp_path: Path, name: str, body: str, kind: type[DeviceError], code: str
) -> None:
    plugin = matcher(compiled(tmp_path, changed(name, body)), limit_ms=900)
    works: dict[str, Callable[[], object]] = {
        "FP_FeatureExtract": lambda: plugin.extract(IMAGE),
        "FP_GetQualityScore": lambda: plugin.quality(IMAGE),
    }
    began = time.monotonic()
    with pytest.raises(DeviceError) as error:
        works.get(name, lambda: plugin.match(FIRST, SECOND))()
    assert (type(error.value), error.value.code) == (kind, code)
    assert time.monotonic() - began < 5
    assert error.value.device == "stub.so"


def test_no_library_and_one_without_the_function(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.so", compiled(tmp_path, "int FP_Begin(void) { return 1; }")):
        with pytest.raises(Missing) as error:
            matcher(path).match(FIRST, SECOND)
        assert error.value.code == "matcher.missing"


def test_its_end_may_fail(tmp_path: Path) -> None:
    for source in (changed("FP_End", "return 0;"), GOOD.replace("FP_End", "FP_Stop")):
        assert matcher(compiled(tmp_path, source)).match(FIRST, FIRST) == 1.0


def test_settings_explain_themselves() -> None:
    assert all(field.description for field in MatcherSettings.model_fields.values())
