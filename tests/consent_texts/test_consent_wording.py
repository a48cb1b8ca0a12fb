"""The texts: both languages alike, what the law asks to be told, a hash of exactly what is shown."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from consent_values import ON, RULES, TEXTS, often, shown
from hypothesis import given
from hypothesis import strategies as st

from terminal.consent.wording import (
    LANGUAGES,
    ConsentError,
    Modality,
    Signer,
    TextKind,
    consent_to,
    in_force,
    load_texts,
    parse,
    render,
)

CHINESE = re.compile("[\u3400-\u9fff]")
CONSENTS = [text for text in TEXTS if text.kind is TextKind.CONSENT]
FACE = (Path(__file__).resolve().parents[2] / "config" / "texts" / "consent" / "face.yaml").read_text("utf-8")


def every_line(text, language):
    wording = text.wording(language)
    points = (line for point in wording.points for line in (point.head, point.text))
    return (wording.title, wording.lead, *points, wording.accept, wording.decline, wording.instead)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.id)
def test_each_language_is_written_in_itself(text):
    assert all(CHINESE.search(re.sub(r"\{\w+\}", "", line)) for line in every_line(text, "zh"))
    assert not any(CHINESE.search(line) for line in every_line(text, "en"))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.id)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_of_a_text_is_in_the_rules(text, language):
    made = render(text, language, RULES.facts(language))
    assert not any(
        "{" in line for line in every_line(made.source.model_copy(update={language: made.wording}), language)
    )


@pytest.mark.parametrize("text", CONSENTS, ids=lambda text: text.id)
def test_consent_tells_who_what_for_how_long_and_the_rights(text):
    """Personal Information Protection Law, articles 17 and 30."""
    assert {"bank", "phone"} <= text.zh.fill_ins
    whole = "".join(every_line(text, "zh"))
    for told in ("谁来处理", "权利", "撤回", "保存", "不用于其他目的"):
        assert told in whole or (text.modality is Modality.DATA and told == "不用于其他目的"), told
    if text.modality in (Modality.FACE, Modality.FINGERPRINT, Modality.IRIS):
        assert "敏感个人信息" in whole


@pytest.mark.parametrize("text", CONSENTS, ids=lambda text: text.id)
def test_declining_is_as_easy_as_agreeing_and_leads_on(text):
    for language in LANGUAGES:
        accept, declining = text.wording(language).accept, text.wording(language).decline
        assert accept != declining
        assert len(declining) <= 2 * len(accept)
    assert "工作人员" in text.zh.instead
    assert "member" in text.en.instead
    assert not re.search("必须同意|否则不予|拒绝办理此业务", text.zh.instead)


def test_children_have_a_text_for_their_guardian():
    below = RULES.guardian_below_years
    for age, signer in ((13, Signer.GUARDIAN), (14, Signer.SELF), (70, Signer.SELF)):
        assert consent_to(TEXTS, Modality.FACE, age, below, ON).signer is signer
    for modality in (Modality.FINGERPRINT, Modality.IRIS):
        assert consent_to(TEXTS, modality, 14, below, ON).modality is modality
        with pytest.raises(ConsentError) as caught:
            consent_to(TEXTS, modality, 13, below, ON)
        assert caught.value.code == "consent.not_asked_of_children"


@often
@given(st.sampled_from(Modality), st.integers(0, 120))
def test_the_text_is_of_what_it_is_asked_for(modality, age):
    try:
        text = consent_to(TEXTS, modality, age, RULES.guardian_below_years, ON)
    except ConsentError:
        return
    assert text.modality is modality
    assert text.kind is TextKind.CONSENT
    assert (text.signer is Signer.GUARDIAN) == (age < RULES.guardian_below_years)


def test_limits_are_those_of_the_rule_pack():
    texts = " ".join(point.text for point in shown("class_3_limits").wording.points)
    assert ("2,000" in texts, "50,000" in texts) == (True, True)
    other = RULES.model_copy(update={"limits": RULES.limits.model_copy(update={"class_3_day": 1500})})
    changed = render(in_force(TEXTS, "class_3_limits", ON), "zh", other.facts("zh"))
    assert "1,500" in " ".join(point.text for point in changed.wording.points)
    assert changed.sha256 != shown("class_3_limits").sha256


def test_a_missing_figure_is_an_error_not_a_gap():
    facts = RULES.facts("zh")
    del facts["class_2_day"]
    with pytest.raises(ConsentError) as caught:
        render(in_force(TEXTS, "class_2_limits", ON), "zh", facts)
    assert (caught.value.code, caught.value.facts["figure"]) == ("consent.figure_missing", "class_2_day")


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.id)
def test_the_hash_is_of_exactly_this_text(text):
    assert text.sha256("zh") != text.sha256("en")
    assert re.fullmatch("[0-9a-f]{64}", text.sha256("zh"))
    changed = text.model_copy(update={"zh": text.zh.model_copy(update={"decline": "不"})})
    assert changed.sha256("zh") != text.sha256("zh")
    assert changed.sha256("en") == text.sha256("en")
    assert text.model_copy(update={"version": "other"}).sha256("en") != text.sha256("en")


def test_a_text_without_figures_has_one_hash():
    text = in_force(TEXTS, "joint_account", ON)
    assert shown("joint_account").sha256 == text.sha256("zh")
    assert shown("face").sha256 != in_force(TEXTS, "face", ON).sha256("zh")


def test_all_hashes_differ():
    hashes = [text.sha256(language) for text in TEXTS for language in LANGUAGES]
    assert len(set(hashes)) == len(hashes)


def test_the_newest_version_in_force_is_used(tmp_path):
    for version, day in (("1", "2026-01-01"), ("2", "2026-11-27"), ("3", "2026-11-28")):
        made = FACE.replace('version: "2026-11"', f'version: "{version}"')
        (tmp_path / f"face.{version}.yaml").write_text(made.replace("2026-11-01", day), encoding="utf-8")
    texts = load_texts(tmp_path)
    assert in_force(texts, "face", ON).version == "2"
    assert in_force(texts, "face", date(2026, 3, 1)).version == "1"
    with pytest.raises(ConsentError) as caught:
        in_force(texts, "face", date(2025, 12, 31))
    assert caught.value.code == "consent.text_unknown"
    assert consent_to(texts, Modality.FACE, 30, 14, date(2027, 1, 1)).version == "3"


def test_two_files_of_one_version_are_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(FACE, encoding="utf-8")
    with pytest.raises(ConsentError) as caught:
        load_texts(tmp_path)
    assert caught.value.facts == {"file": "b.yaml", "place": "version"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw["en"]["points"].pop(),
        lambda raw: raw["zh"].pop("decline"),
        lambda raw: raw["zh"].update(instead=" "),
        lambda raw: raw["zh"].update(lead="{unknown}"),
        lambda raw: raw.update(kind="order"),
        lambda raw: raw.update(colour="red"),
    ],
)
def test_a_text_that_is_not_whole_is_refused_with_its_place(spoil):
    raw = yaml.safe_load(FACE)
    parse(yaml.safe_dump(raw), "face.yaml")
    spoil(raw)
    with pytest.raises(ConsentError) as caught:
        parse(yaml.safe_dump(raw), "face.yaml")
    assert caught.value.code == "consent.text_invalid"
    assert caught.value.facts["file"] == "face.yaml"


def test_what_is_no_yaml_is_refused():
    with pytest.raises(ConsentError):
        parse("id: [", "x.yaml")
