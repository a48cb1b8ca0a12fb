"""The one place where the customer's next move, and at the end the decision, is told large."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from terminal.messages import Audience
from terminal.view import Decision, Preview, Snapshot, Stage
from ui.theme import TONES, Ink, Tone
from ui.widgets.cues import cue_of
from ui.widgets.pieces import INSET, column, label, row, say, tone
from ui.widgets.symbols import Symbol
from ui.words import Words

VERDICTS: Final[dict[Decision, tuple[str, Tone]]] = {
    Decision.ACCEPT: ("done", Tone.GOOD),
    Decision.REFER: ("refer", Tone.WARN),
    Decision.REFUSE: ("refused", Tone.BAD),
}
"""Symbol and tone of each decision; the three symbols differ in outline, not only in colour."""
CHALLENGES: Final[dict[str, str]] = {
    "blink": "eye",
    "turn_left": "arrow_left",
    "turn_right": "arrow_right",
    "nod": "arrow_down",
    "open_mouth": "mouth",
}
STAGES: Final[dict[Stage, str]] = {Stage.CARD: "card", Stage.FACE: "face"}


class Prompt(QFrame):
    """Symbol, a large sentence and a quiet line, in the colours of what is being said."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("panel", "true")
        self.setObjectName("prompt")
        self._symbol = Symbol("info", 72)
        self._large = label("say", wrap=True, name="say")
        self._verdict = label("verdict", wrap=True, name="verdict")
        self._quiet = label("quiet", wrap=True, name="prompt-quiet")
        line = row(self, inset=20, gap=22)
        line.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignVCenter)
        texts = column(gap=6)
        texts.addStretch(1)
        for part in (self._verdict, self._large, self._quiet):
            texts.addWidget(part)
        texts.addStretch(1)
        line.addLayout(texts, 1)
        self.setContentsMargins(INSET - 12, 0, INSET - 12, 0)

    def draw(self, snapshot: Snapshot, preview: Preview | None, words: Words) -> None:
        """Say what matters now: decision, else challenge, else guidance, else the prompt."""
        if snapshot.result is not None:
            self._draw_decision(snapshot, words)
        elif snapshot.challenge is not None:
            symbol = CHALLENGES.get(snapshot.challenge, "info")
            large = words.under("challenge", snapshot.challenge)
            self._show(symbol, Tone.STRONG, "", large, self._tries(snapshot, words))
        elif preview is not None and _guides(snapshot, preview):
            self._draw_guidance(snapshot, preview, words)
        else:
            symbol = STAGES.get(snapshot.stage, "doing")
            large = (
                words.tell(snapshot.prompt) if snapshot.prompt else words.say(f"ui.stage.{snapshot.stage}")
            )
            self._show(symbol, Tone.INFO, "", large, self._hint(snapshot, words))

    def _draw_guidance(self, snapshot: Snapshot, preview: Preview, words: Words) -> None:
        good = preview.good
        large, quiet = words.say("ui.prompt.good"), self._prompt(snapshot, words)
        if preview.guidance:
            large = words.under("guide", preview.guidance, Audience.CUSTOMER)
            remedy = words.under("guide", preview.guidance, Audience.TELLER)
            parts = ("" if remedy == large else remedy, self._tries(snapshot, words))
            quiet = " ".join(part for part in parts if part)
        cue = cue_of(preview.guidance)
        symbol = "done" if good else cue.symbol if cue else "face"
        self._show(symbol, Tone.GOOD if good else Tone.INFO, "", large, quiet)

    def _draw_decision(self, snapshot: Snapshot, words: Words) -> None:
        result = snapshot.result
        if result is None:
            return
        symbol, colour = VERDICTS[result.decision]
        verdict = words.under("decision", result.decision)
        took = words.say("ui.prompt.took", {"time": words.seconds(result.elapsed_ms)})
        advice = "\n".join(
            (words.say(f"ui.decision.{result.decision}.next"), took if result.elapsed_ms else "")
        )
        self._show(symbol, colour, verdict, "", advice.strip())

    def _show(self, symbol: str, colour: Tone, verdict: str, large: str, quiet: str) -> None:
        ink = Ink.ON_BRAND if colour is Tone.STRONG else TONES[colour][0]
        self._symbol.show_as(symbol, ink)
        say(self._verdict, verdict)
        say(self._large, large)
        say(self._quiet, quiet)
        tone(self, colour)

    def _hint(self, snapshot: Snapshot, words: Words) -> str:
        said = words.tell(snapshot.shown) if snapshot.shown else ""
        return " ".join(part for part in (said, self._tries(snapshot, words)) if part)

    def _prompt(self, snapshot: Snapshot, words: Words) -> str:
        said = words.tell(snapshot.prompt) if snapshot.prompt else ""
        return " ".join(part for part in (said, self._tries(snapshot, words)) if part)

    @staticmethod
    def _tries(snapshot: Snapshot, words: Words) -> str:
        if snapshot.tries < 1 or snapshot.max_tries < 1:
            return ""
        facts = {"try": min(snapshot.tries + 1, snapshot.max_tries), "of": snapshot.max_tries}
        return words.say("ui.prompt.tries", facts)


def capturing(snapshot: Snapshot) -> bool:
    """True while a face is being captured and no movement is asked for."""
    return snapshot.stage is Stage.FACE and snapshot.live_face is None and snapshot.challenge is None


def _guides(snapshot: Snapshot, preview: Preview) -> bool:
    """True while a face is being captured and there is something to say about it."""
    return capturing(snapshot) and (preview.good or preview.guidance is not None)
