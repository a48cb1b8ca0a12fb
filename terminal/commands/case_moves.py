"""``renzheng case hand-over``, ``take-over``, ``peer-key``, ``slip``: cases go on elsewhere, or later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.durable import OWNER_ONLY, write_whole
from config.paths import paths, ready
from config.settings import Profile, Settings
from models.api import PictureError
from sync.errors import SyncError
from terminal.case.docket import UnknownCase, told
from terminal.commands.context import explain, settings
from terminal.commands.output import EX_NO, EX_YES, Failure, json_option, out, print_json
from terminal.handover.errors import HandoverError
from terminal.rules.errors import RuleError
from terminal.rules.today import rules_named, rules_today

if TYPE_CHECKING:
    from sync.keys import Keys
    from terminal.checks.centre import Centre
    from terminal.handover.station import Station
    from terminal.handover.taking import Taken

BOOKS = ("terminal", "virtual")
CHANNELS = {Profile.COUNTER: "counter", Profile.KIOSK: "kiosk", Profile.LAPTOP: "visit"}
"""Where a case goes on that a terminal of this kind takes over."""
_book = click.option("--book", type=click.Choice(BOOKS), help="Whose book; found by itself when left out.")
_by = click.option("--by", default="teller", show_default=True, metavar="STAFF", help="Staff number.")
_file = click.Path(path_type=Path, dir_okay=False)


@click.command("hand-over")
@click.argument("case_id")
@click.option("--qr", type=_file, help="Write QR codes: PNG, several files where one does not hold it.")
@click.option("--centre", "by_centre", is_flag=True, help="Leave it at the centre (the usual way).")
@click.option("--to", default="", metavar="TERMINAL", help="Only this terminal may take it over.")
@_by
@_book
@json_option
def hand_over(
    case_id: str, qr: Path | None, by_centre: bool, to: str, by: str, book: str | None, as_json: bool
) -> int:
    """Hand the open case CASE_ID over: it goes on at another terminal, and here no more.

    Through the centre a one-time code is printed; what was entered goes with it, sealed to the code. With
    --qr the case travels in the pictures, and what was entered waits at the centre if there is a line;
    otherwise the next terminal says what must be given again. Show code and pictures to nobody else.
    """
    from terminal.handover.giving import give_by_centre, give_by_picture, pack

    if qr is not None and by_centre:
        raise click.UsageError("Give --qr or --centre, not both.")
    with _telling(), _station(_book_of(case_id, book)) as station:
        packed = pack(station, case_id, to)
        handover = packed.signed.handover
        answer: dict[str, Any] = {"case_id": case_id, "handover": handover.id, "expires": handover.expires}
        if qr is None:
            give_by_centre(station, packed, by)
            answer |= {"code": packed.ticket.shown}
        else:
            texts, deposited = give_by_picture(station, packed, by)
            answer |= {"files": _draw(qr, texts), "values_at_centre": deposited}
    _tell_given(answer, as_json)
    return EX_YES


@click.command("take-over")
@click.option("--code", help="The one-time code.")
@click.option("--qr", type=_file, multiple=True, help="A picture with QR codes; give it again for more.")
@click.option(
    "--channel", type=click.Choice(sorted(CHANNELS.values())), help="As the terminal when left out."
)
@_by
@_book
@json_option
def take_over(
    code: str | None, qr: tuple[Path, ...], channel: str | None, by: str, book: str | None, as_json: bool
) -> int:
    """Take over a case that another terminal handed over: by its code, or from pictures of its QR codes.

    It is taken once, when its signature, its time, its rules and every one of its events hold. What was
    taken over without a line is told to the centre with the next one. Exit 1: something must be given again,
    or a case taken over before is another terminal's.
    """
    from terminal.handover.taking import take_by_code, take_by_picture, tell_centre
    from terminal.rules.situation import Channel

    if (code is None) == (not qr):
        raise click.UsageError("Give either --code or --qr.")
    goes_on = Channel(channel or CHANNELS[settings().terminal.profile])
    with _telling(), _station(book or _usual_book()) as station:
        doubles = tell_centre(station, by)
        if code is not None:
            taken = take_by_code(station, code, goes_on, by)
        else:
            taken = take_by_picture(station, _read(qr), goes_on, by)
    _tell_taken(taken, doubles, as_json)
    return EX_NO if taken.again or doubles else EX_YES


@click.command("peer-key")
@click.option("-o", "--output", type=_file, help="Write it to a file instead.")
@_book
@json_option
def peer_key(output: Path | None, book: str | None, as_json: bool) -> int:
    """Print the key by which other terminals believe this one without a line (setting terminal.peer_keys)."""
    from terminal.handover.peers import peer_file
    from terminal.keeping import keys_of

    chosen = settings()
    with _telling():
        keys = keys_of(paths().data / (book or _usual_book()), chosen)
    made = peer_file(chosen.terminal.id, keys.public_der())
    if output is not None:
        _write(output, made.written().encode())
    if as_json:
        print_json(made.model_dump())
    elif output is None:
        out.print(made.written().rstrip("\n"), markup=False)
    return EX_YES


@click.command("slip")
@click.argument("case_id")
@click.option("-o", "--output", type=_file, required=True, help="The PDF to write.")
@click.option("--language", type=click.Choice(("zh", "en")), default="zh", show_default=True)
@_book
@json_option
def slip(case_id: str, output: Path, language: str, book: str | None, as_json: bool) -> int:
    """Write the appointment slip of the waiting case CASE_ID: what to bring, when, where; it names nobody."""
    from terminal.checks.lettering import LetteringError
    from terminal.commands.cases import case_lines
    from terminal.handover.appointment import missing_named, slip_pdf

    name = _book_of(case_id, book)
    with _telling():
        case = list(told(case_id, case_lines(name)[name], rules_named))[-1].case
        try:
            content = slip_pdf(case, settings().terminal.branch, language, datetime.now().astimezone())
        except LetteringError as error:
            raise Failure(error.code, explain(error.code, **error.facts)) from error
    _write(output, content)
    missing = missing_named(case, language)
    if as_json:
        print_json({"case_id": case_id, "day": case.parked_until[:10], "missing": list(missing)})
    else:
        out.print(f"{output}: {case.parked_until[:10]}, {', '.join(missing)}", markup=False)
    return EX_YES


@contextmanager
def _telling() -> Iterator[None]:
    """Turns what goes wrong into a `Failure` with its code and text."""
    from terminal.not_ready import NotReady

    try:
        yield
    except (HandoverError, SyncError, NotReady) as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error
    except UnknownCase as error:
        raise Failure(error.code, explain(error.code), "List them: renzheng case list") from error
    except RuleError as error:
        raise Failure(error.code, f"The rules of this case are not here: {error}") from error


@contextmanager
def _station(name: str) -> Iterator[Station]:
    """This terminal with its book open for writing, and its line to the centre where it has one."""
    from terminal.handover.held import FOLDER, HeldData
    from terminal.handover.peers import peers
    from terminal.handover.station import Station
    from terminal.keeping import keys_of, open_book

    chosen = settings()
    home = ready(paths().data / name)
    with ExitStack() as undo:
        keys = keys_of(home, chosen)
        store = undo.enter_context(open_book(home, chosen, keys))
        held = HeldData(home / FOLDER, keys.database_key(), lambda: rules_today().handling.parked_days)
        held.forget_old(datetime.now(UTC))
        yield Station(
            terminal_id=chosen.terminal.id,
            book=store,
            signer=keys,
            rules=rules_named,
            held=held,
            centre=_line(chosen, home, keys, undo),
            peers=peers(chosen),
        )


def _line(chosen: Settings, home: Path, keys: Keys, undo: ExitStack) -> Centre | None:
    """None where no centre is set or known: cases then go by picture alone."""
    from sync.transports.http import HttpTransport
    from terminal.checks.centre import Centre
    from terminal.keeping import centre_of
    from terminal.not_ready import NotReady

    try:
        address, identity = centre_of(chosen, home, keys, undo)
        transport = HttpTransport(address, identity, chosen.terminal.id, keys)
    except (NotReady, SyncError):
        return None
    undo.callback(transport.close)
    return Centre(transport, rules_today().online.wait_seconds)


def _book_of(case_id: str, book: str | None) -> str:
    """The book that knows the case."""
    from terminal.commands.cases import case_lines

    for name, lines in case_lines(book).items():
        if any(line.get("case_id") == case_id for line in lines):
            return name
    raise Failure("case.unknown", f"The log knows no case {case_id}.", "List them: renzheng case list")


def _usual_book() -> str:
    return next((name for name in BOOKS if (paths().data / name).exists()), BOOKS[0])


def _draw(target: Path, texts: tuple[str, ...]) -> list[str]:
    from terminal.handover.qr import files_for, png

    files = files_for(target, len(texts))
    for file, text in zip(files, texts, strict=True):
        _write(file, png(text), OWNER_ONLY)
    return [str(file) for file in files]


def _write(target: Path, content: bytes, mode: int = 0o644) -> None:
    try:
        write_whole(target, content, mode)
    except OSError as error:
        raise Failure("file.unwritable", f"{target}: {error.strerror}") from error


def _read(files: tuple[Path, ...]) -> tuple[str, ...]:
    from models.picture import read_picture
    from terminal.handover.qr import texts_in

    try:
        return tuple(text for file in files for text in texts_in(read_picture(file)))
    except PictureError as error:
        raise Failure(error.code, explain(error.code, source=error.source, **error.detail)) from error


def _tell_given(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    until = datetime.fromisoformat(answer["expires"]).astimezone()
    out.print(f"Handed over until {until:%Y-%m-%d %H:%M}; here it goes on no more.")
    if "code" in answer:
        out.print(f"Code: [bold]{answer['code']}[/bold]")
        out.print("There: renzheng case take-over --code CODE", markup=False)
        return
    for file in answer["files"]:
        out.print(file, markup=False)
    where = "waits sealed at the centre" if answer["values_at_centre"] else "could not go along"
    out.print(f"What was entered {where}. There: renzheng case take-over --qr FILE …", markup=False)


def _tell_taken(taken: Taken, doubles: tuple[tuple[str, str], ...], as_json: bool) -> None:
    again = [f"{each.party}/{each.field}" for each in taken.again]
    if as_json:
        print_json(
            {
                "case_id": taken.case.case_id,
                "from": taken.giver,
                "fields": sum(len(values) for values in taken.entered.values()),
                "give_again": again,
                "centre_knows": taken.told,
                "doubles": [case_id for case_id, _ in doubles],
            }
        )
        return
    out.print(f"{taken.case.case_id} from {taken.giver}: {len(taken.case.done)} steps done stay done.")
    for field in again:
        out.print(f"  to be given again: {field}", markup=False)
    if not taken.told:
        out.print("  The centre is told with the next line.")
    for case_id, terminal in doubles:
        out.print(explain("handover.double", case=case_id, terminal=terminal), style="bold red")
