"""Progress of a long command, on standard error."""

from __future__ import annotations

from rich.progress import Progress, TaskID

from terminal.commands.output import err


class ProgressRows:
    """One row a stage, gone when all is done."""

    def __enter__(self) -> ProgressRows:
        self._bar = Progress(console=err, transient=True)
        self._rows: dict[str, TaskID] = {}
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the row of `stage`."""
        if stage not in self._rows:
            self._rows[stage] = self._bar.add_task(stage, total=total)
        self._bar.update(self._rows[stage], completed=done, total=total)
