"""``renzheng lists sign``: where the bank makes its lists; terminals only check them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from terminal.commands.context import explain
from terminal.commands.output import EX_USAGE, EX_YES, Failure, json_option, out, print_json


@click.command("sign")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), required=True, help="Private key, PEM.")
@click.option("--out", "target", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--id", "list_id", required=True, help="Which list; its editions share it.")
@click.option("--kind", required=True, help="Kind in the rules, for example sanctions.")
@click.option("--issuer", required=True)
@click.option("--expires", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day it is current.")
@json_option
def command(
    file: Path,
    key_file: Path,
    target: Path,
    list_id: str,
    kind: str,
    issuer: str,
    expires: datetime,
    as_json: bool,
) -> int:
    """Make a signed list of the entries in FILE, one JSON object a line: id, names, numbers, born."""
    from terminal.calibration_keys import locked, read_key
    from terminal.checks.list_file import made_list, parse_list, write_list
    from terminal.commands.calibrate import password

    dated = datetime.now(UTC)
    header = {"id": list_id, "kind": kind, "issuer": issuer, "expires": expires.date(), "dated": dated}
    with telling_of_lists(file.name):
        entries = parse_list(b"\n" + file.read_bytes(), None).entries()
        key = read_key(key_file, password("calibrate.password") if locked(key_file) else None)
        write_list(made_list(header, entries, key), target)
    if as_json:
        print_json({"file": str(target), "entries": len(entries), "dated": dated.isoformat()})
    else:
        out.print(explain("lists.signed", list=list_id, count=len(entries)), markup=False)
    return EX_YES


@contextmanager
def telling_of_lists(file: str = "") -> Iterator[None]:
    """Turns what is wrong with a list, a key or a file into a `Failure`."""
    from pydantic import ValidationError

    from terminal.calibration_keys import KeyTrouble
    from terminal.checks.list_file import ListError

    try:
        yield
    except ListError as error:
        raise Failure(error.code, explain(error.code, **error.facts), exit_code=EX_USAGE) from error
    except KeyTrouble as error:
        raise Failure(error.code, explain(error.code, file=error.source), exit_code=EX_USAGE) from error
    except ValidationError as error:
        raise click.UsageError("the header is not in order: id, kind or issuer") from error
    except OSError as error:
        code = "lists.not_written"
        raise Failure(code, explain(code, file=file or error.filename or "")) from error
