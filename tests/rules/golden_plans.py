"""Golden files of plans: what each business demands, a line a step, written so that a person can read them.

The plainest situation is written out; of every other one only what is more (``+``) or less (``-``) than in
it. Situations with the same plan stand together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from golden_situations import plain, rules, situations

from terminal.rules.plan import Plan, Required, plan

FOLDER = Path(__file__).parent / "golden"
FIXED = ("texts", "roles", "question", "answers", "kinds", "evidence", "count", "form", "approvers", "ladder")


def golden(name: str) -> str:
    """The golden file of the business `name`."""
    by_day = rules()
    newest = by_day[max(by_day)]
    business = newest.businesses[name]
    told: dict[tuple[str, ...], list[str]] = {}
    for day, pack in by_day.items():
        for words, asked in situations(name, pack.businesses[name], pack, day):
            told.setdefault(lines(plan(pack, asked)), []).append(f"{day}: {words}")
    base = lines(plan(newest, plain(name, business, max(by_day))))
    written = {
        "business": name,
        "clause": business.clause,
        "title": business.title,
        "channels": [each.value for each in business.channels],
        "parties": {role.value: f"{seats.least}-{seats.most}" for role, seats in business.parties.items()},
        "retention": business.retention,
        "plainest": {"when": _together(told.pop(base)), "plan": list(base)},
        "others": [{"when": _together(when), "plan": differs(base, plan_)} for plan_, when in told.items()],
    }
    return json.dumps(written, ensure_ascii=False, indent=1) + "\n"


def lines(planned: Plan) -> tuple[str, ...]:
    """The plan, a line a step; what stops it, is missing or unknown follows."""
    steps = [_step(each) for each in planned.required]
    stops = [
        f"STOP {each.rule.decision} {each.rule.finding}"
        + (f" → {', '.join(each.rule.offer)}" if each.rule.offer else "")
        + f" ({each.rule.clause})"
        for each in planned.stops
    ]
    parties = [f"PARTIES {each}" for each in planned.seats]
    unknown = [f"UNKNOWN {each}" for each in planned.unknown]
    return (*steps, *dict.fromkeys(stops), *parties, *unknown)


def differs(base: Iterable[str], other: Iterable[str]) -> list[str]:
    """What is less and what is more in `other` than in `base`."""
    first, second = list(base), list(other)
    return [
        *(f"- {line}" for line in first if line not in second),
        *(f"+ {line}" for line in second if line not in first),
    ]


def renew(folder: Path = FOLDER) -> list[str]:
    """Write every golden file anew, take away those of no business; the names that changed."""
    folder.mkdir(exist_ok=True)
    names = list(rules()[max(rules())].businesses)
    changed = [path.stem for path in folder.glob("*.json") if path.stem not in names]
    for name in changed:
        (folder / f"{name}.json").unlink()
    for name in names:
        path, text = folder / f"{name}.json", golden(name)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(name)
    return changed


def _step(each: Required) -> str:
    said: dict[str, Any] = each.demand.model_dump(mode="json", include=set(FIXED), exclude_defaults=True)
    details = [_said(name, said[name]) for name in FIXED if name in said]
    by_bank = ", bank" if each.pack.startswith("cn-bank") else ""
    return " ".join([f"{each.party}: {each.step.value}", *details, f"({each.demand.clause}{by_bank})"])


def _said(name: str, value: Any) -> str:
    if isinstance(value, list):
        return f"{'' if name == 'texts' else name + ' '}[{', '.join(value)}]"
    return f"{name} {value}"


def _together(when: list[str]) -> list[str]:
    """Both days in one line where the plan is the same on both."""
    days = {words: [] for each in when for words in [each.partition(": ")[2]]}  # type: dict[str, list[str]]
    for each in when:
        day, _, words = each.partition(": ")
        days[words].append(day)
    return [f"{' and '.join(of)}: {words}" if len(of) == 1 else words for words, of in days.items()]
