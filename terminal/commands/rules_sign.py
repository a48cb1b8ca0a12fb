"""``renzheng rules sign`` and ``key``: signing rule packs, away from the terminals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from config.durable import write_whole
from config.settings import SignatureKind
from terminal.commands.context import explain
from terminal.commands.output import EX_USAGE, EX_YES, Failure, json_option, out, print_json
from terminal.commands.rules_told import refusing, say
from terminal.rules.candidate import read_candidate
from terminal.rules.pack import AUTHORITIES
from terminal.rules.signature import encoded, signature_path
from terminal.rules.sm2 import Sm2Missing
from terminal.rules.trust import KeyFile

PASSWORD = "RENZHENG_RULES_PASSWORD"
"""Environment variable with the signing key's password, for scripts; people are asked."""


@click.command("sign")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "source", type=click.Path(path_type=Path), required=True, help="The private key.")
@json_option
def sign(file: Path, source: Path, as_json: bool) -> int:
    """Sign the rule pack in FILE: writes FILE.sig beside it. Look at it first: renzheng rules check FILE."""
    from terminal.rules.signing_keys import needs_password, read_pack_key

    with refusing():
        candidate = read_candidate(file)
    with _key_trouble():
        private = read_pack_key(source, _password("calibrate.password") if needs_password(source) else None)
        signature = private.sign(candidate.content)
    with refusing():
        write_whole(signature_path(file), signature.written())
    if as_json:
        print_json({"file": str(file), "signature": str(signature_path(file)), "key_id": private.id})
    else:
        out.print(say("rules.told.signed", file=file, key=private.id), markup=False)
    return EX_YES


@click.command("key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--owner", required=True, help="Who holds it, as lists of keys name them.")
@click.option(
    "--may-sign",
    type=click.Choice(AUTHORITIES),
    multiple=True,
    required=True,
    help="Authority whose packs it may sign; repeatable.",
)
@click.option(
    "--algorithm",
    type=click.Choice([each.value for each in SignatureKind]),
    default="ed25519",
    show_default=True,
)
@json_option
def key(file: Path, owner: str, may_sign: tuple[str, ...], algorithm: str, as_json: bool) -> int:
    """Make a signing key in FILE, under a password, and its public half in FILE.toml, for terminals."""
    from terminal.rules.signing_keys import make_pack_key

    public = file.with_name(file.name + ".toml")
    with _key_trouble(), refusing():
        made = make_pack_key(
            file, _password("calibrate.new_password", confirm=True), SignatureKind(algorithm)
        )
        said = KeyFile.model_validate(
            {
                "owner": owner,
                "algorithm": algorithm,
                "public_key": encoded(made.public),
                "may_sign": tuple(dict.fromkeys(may_sign)),
            }
        )
        write_whole(public, said.written().encode())
    if as_json:
        print_json({"file": str(file), "public": str(public), "key_id": made.id})
    else:
        out.print(say("rules.told.key_made", file=file, public=public.name), markup=False)
    return EX_YES


@contextmanager
def _key_trouble() -> Iterator[None]:
    from terminal.calibration_keys import KeyTrouble

    try:
        yield
    except KeyTrouble as error:
        raise Failure(error.code, explain(error.code, file=error.source), exit_code=EX_USAGE) from error
    except Sm2Missing as error:
        raise Failure("rules.sm2_missing", say("rules.sm2_missing")) from error


def _password(question: str, *, confirm: bool = False) -> str:
    """From the environment, or asked on the terminal."""
    given = os.environ.get(PASSWORD)
    if given:
        return given
    answer: str = click.prompt(explain(question), hide_input=True, confirmation_prompt=confirm, err=True)
    return answer
