"""The process of a simulated e-document: on the virtual reader of a pcscd, or with a reader of its own.

Commands: ``insert``, ``remove``, ``document FILE`` (another one), ``fault NAME [TIMES]``, ``clear``,
``quit``; ``unplug`` and ``replug`` the reader, or the document where the reader is the virtual one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click
from pydantic import ValidationError

from drivers.document.apdu import Response, Sw
from drivers.document.documentfile import DocumentFile
from drivers.document.issue import TestAuthority
from drivers.document.pace import Offer, offer
from drivers.document.simulated_document import Fault, Reply, SimulatedDocument, make
from drivers.document.vpcd import Messages, VpcdPort, answered
from drivers.link.card_line import ASK
from drivers.sim.play import play
from drivers.sim.port import Port, TcpPort
from drivers.sim.wire import Piece, broken_off

VIRTUAL_REMOVING = "unplug"
"""On the virtual reader a document is there while it is connected."""


class DocumentInstrument:
    """What the document does with what the virtual reader says."""

    rate = None
    words = ("insert", "remove", "document", "fault", "clear")

    def __init__(
        self, person: DocumentFile, signers: Path | None, offers: tuple[Offer, ...], bac: bool
    ) -> None:
        self._authority = TestAuthority()
        if signers is not None:
            self._authority.save(signers)
        self._offers = offers
        self._bac = bac
        self._messages = Messages()
        self.present = True
        """A document lies on the reader."""
        self.removing = "remove"
        """The command that takes it away."""
        self._unanswered = False
        self._document = self._made(person)

    def plugged(self) -> Iterable[Piece]:
        """It was put down."""
        self._document.reset()
        self._unanswered = False
        return ()

    def hear(self, data: bytes) -> Iterable[Piece]:
        """What comes back."""
        pieces: list[Piece] = []
        for body in self._messages.feed(data):
            pieces += self._answer(body)
        return pieces

    def obey(self, word: str, argument: str) -> Iterable[Piece]:
        """Change the document, or have a fault, or none."""
        if word in ("insert", "remove"):
            self.present = word == "insert"
            self._document.reset()
        elif word == "document":
            self._document = self._made(DocumentFile.model_validate_json(Path(argument).read_bytes()))
        elif word == "fault":
            name, _, times = argument.partition(" ")
            self._document.fault(Fault(name), int(times or 0))
        else:
            self._document.clear()
            # pcscd would wait for ever for the answer that was withheld; another host would wonder about it.
            owed, self._unanswered = self._unanswered and self.removing == VIRTUAL_REMOVING, False
            return answered(Response(b"", Sw.UNKNOWN).encode()) if owed else ()
        return ()

    def _answer(self, body: bytes) -> list[Piece]:
        if body == ASK:
            return answered(self._document.answer_to_reset if self.present else b"")
        if len(body) == 1:
            self._document.reset()
            return []
        reply = self._document.transmit(body) if self.present else Reply(b"")
        self._unanswered = reply.data is None and not reply.removed
        return broken_off(answered(b""), self.removing) if reply.removed else answered(reply.data)

    def _made(self, person: DocumentFile) -> SimulatedDocument:
        return make(person, self._authority, self._offers, self._bac)


@click.command()
@click.option(
    "--document", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True
)
@click.option("--port", type=int, help="Where a virtual reader listens; without one it has its own.")
@click.option("--signers", type=click.Path(path_type=Path), help="Folder to write the country signers into.")
@click.option("--access", type=click.Choice(["bac", "pace", "both"]), default="both", show_default=True)
@click.option("--curve", type=int, default=13, show_default=True, help="Number of PACE's curve.")
@click.option("--key-bytes", type=click.Choice(["16", "24", "32"]), default="16", help="AES keys of PACE.")
@click.option("--absent", is_flag=True, help="Begin without a document on the reader.")
def main(
    file: Path, port: int | None, signers: Path | None, access: str, curve: int, key_bytes: str, absent: bool
) -> None:
    """Simulate an e-document on a virtual reader."""
    # Asked before anyone hears that the simulator is ready and may die of it.
    parent = os.getppid()
    try:
        person = DocumentFile.model_validate_json(file.read_bytes())
    except ValidationError as error:
        places = ", ".join(".".join(map(str, each["loc"])) or each["msg"] for each in error.errors())
        raise click.ClickException(f"{file} is not a document: {places}") from None
    offers = () if access == "bac" else (offer(int(key_bytes), curve),)
    instrument = DocumentInstrument(person, signers, offers, access != "pace")
    if port is None:
        instrument.present = not absent
        line: Port = TcpPort()
    else:
        instrument.removing = VIRTUAL_REMOVING
        line = VpcdPort(port, not absent)
    play(instrument, line, parent)


if __name__ == "__main__":
    main()
