"""``renzheng staff``: enrol members of staff by face, find one among them, forget them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.paths import paths, ready
from models.api import Answer, Embedding, Face, Image, PhotoKind
from terminal.commands.context import explain, load_stack, read_picture, settings, telling
from terminal.commands.output import (
    EX_CANNOT_TELL,
    EX_NO,
    EX_USAGE,
    EX_YES,
    Failure,
    json_option,
    out,
    print_json,
)

if TYPE_CHECKING:
    from models.face.stack import FaceStack
    from sync.enrolments import Enrolments
    from terminal.staff import StaffFaces

EXITS = {Answer.MATCH: EX_YES, Answer.NO_MATCH: EX_NO, Answer.CANNOT_TELL: EX_CANNOT_TELL}
picture = click.Path(path_type=Path)


@click.group("staff")
def command() -> None:
    """Enrolled faces of staff: sealed, revocable, for sign-in alone. Customers are never searched for."""


@command.command("enrol")
@click.argument("person")
@click.argument("pictures", type=picture, nargs=-1, required=True)
@json_option
def enrol(person: str, pictures: tuple[Path, ...], as_json: bool) -> int:
    """Enrol PERSON (a staff number) from two or more PICTURES of one face."""
    from terminal.staff import StaffError

    stack = load_stack(settings())
    try:
        templates = [_template(stack, file) for file in pictures]
        with _faces(stack) as faces:
            made = faces.enrol(person, templates, _rate())
    except StaffError as error:
        raise Failure(error.code, explain(error.code, **error.facts), exit_code=EX_USAGE) from error
    finally:
        stack.close()
    if as_json:
        print_json({"enrolled": person, "id": made.id, "audit_line": made.audit_seq})
    else:
        out.print(f"Enrolled {person} (audit line {made.audit_seq})", markup=False)
    return EX_YES


@command.command("list")
@json_option
def list_(as_json: bool) -> int:
    """Who is enrolled, with which engine, and what was revoked."""
    with _enrolments() as held:
        rows = [
            {
                "person": each.person,
                "engine": each.engine,
                "part": each.part,
                "audit_line": each.audit_seq,
                "revoked": each.revoked_seq is not None,
            }
            for each in held.all(revoked=True)
        ]
    if as_json:
        print_json({"enrolments": rows})
        return EX_YES
    if not rows:
        out.print("Nobody is enrolled.")
    for row in rows:
        state = "revoked" if row["revoked"] else "holds"
        out.print(
            f"{row['person']:12} {state:8} {row['engine']}  (audit line {row['audit_line']})", markup=False
        )
    return EX_YES


@command.command("identify")
@click.argument("file", type=picture)
@json_option
def identify(file: Path, as_json: bool) -> int:
    """Who of the staff is on the picture FILE. Exit 0: found. 1: nobody enrolled. 2: cannot tell."""
    stack = load_stack(settings())
    try:
        template = _template(stack, file)
        with _faces(stack) as faces, telling():
            found = faces.identify(template, _rate())
            passed_over = faces.passed_over
    finally:
        stack.close()
    if as_json:
        answer = {"answer": found.answer.value, "person": found.person, "score": round(found.score, 4)}
        limits = {"threshold": found.threshold, "searched": found.searched, "passed_over": passed_over}
        print_json({**answer, **limits, "false_accept_rate": found.false_accept_rate})
        return EXITS[found.answer]
    words = {Answer.MATCH: f"{found.person}", Answer.NO_MATCH: "Nobody enrolled"}
    said = words.get(found.answer, "Cannot tell: two people fit")
    out.print(
        f"{said}  (score {found.score:.3f}, needed {found.threshold:.3f}, of {found.searched})", markup=False
    )
    if passed_over:
        out.print(f"{passed_over} enrolments were made by another engine: enrol those people anew.")
    return EXITS[found.answer]


@command.command("revoke")
@click.argument("person")
@click.option("--reason", default="", help="Noted in the log; without personal data.")
@json_option
def revoke(person: str, reason: str, as_json: bool) -> int:
    """Destroy every enrolment of PERSON for good. Exit 1: there was none."""
    with _enrolments() as held:
        found = held.of(person)
        for each in found:
            held.revoke(each, reason)
    if as_json:
        print_json({"revoked": len(found)})
    else:
        out.print(f"Enrolments of {person} destroyed: {len(found)}", markup=False)
    return EX_YES if found else EX_NO


@contextmanager
def _enrolments() -> Iterator[Enrolments]:
    """The terminal's own book, open for writing; `Failure` while a terminal has it."""
    with _book() as (enrolments, _):
        yield enrolments


@contextmanager
def _faces(stack: FaceStack) -> Iterator[StaffFaces]:
    from models.face.compare import scorer
    from terminal.calibrations import calibrations
    from terminal.staff import StaffFaces

    with telling():
        calibration = calibrations(settings()).find(scorer(stack), PhotoKind.CAMERA)
    with _book() as (enrolments, secret):
        faces = StaffFaces(enrolments, secret, calibration)
        try:
            with telling():
                yield faces
        finally:
            faces.close()


@contextmanager
def _book() -> Iterator[tuple[Enrolments, bytes]]:
    from sync.enrolments import Enrolments
    from sync.errors import SyncError
    from terminal.keeping import keys_of, open_book

    chosen = settings()
    home = ready(paths().data / "terminal")
    try:
        keys = keys_of(home, chosen)
        with open_book(home, chosen, keys) as store:
            yield Enrolments(store, keys.database_key()), keys.database_key()
    except SyncError as error:
        raise Failure(error.code, explain(error.code, **error.facts)) from error


def _template(stack: FaceStack, file: Path) -> Embedding:
    image = read_picture(file)
    return stack.embed(image, _only_face(stack, image, file))


def _only_face(stack: FaceStack, image: Image, file: Path) -> Face:
    faces = stack.detect(image)
    if len(faces) != 1:
        code = "picture.several_faces" if faces else "picture.no_face"
        raise Failure(code, explain(code, source=file.name))
    return faces[0]


def _rate() -> float:
    from terminal.rules.today import rules_today

    return rules_today().staff.false_accept_rate
