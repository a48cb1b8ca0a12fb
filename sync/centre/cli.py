"""The centre operator's commands: ``python -m sync.centre serve | token | records | evidence | verify``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy import Connection, select

from config import logs
from config.settings import Logs
from sync.centre import tables
from sync.centre.desk import Desk, open_desk
from sync.centre.errors import Refusal
from sync.errors import SealBroken

EXIT_NO = 1
EXIT_CANNOT_TELL = 2
EXIT_MISSING = 69

data_option = click.option(
    "--data", required=True, type=click.Path(path_type=Path, file_okay=False), help="The centre's folder."
)
database_option = click.option("--database", help="SQLAlchemy URL; without it a SQLite file in the folder.")


@click.group(help="The reference centre of Renzheng.")
def main() -> None:
    """Commands of the centre; what they write is for its owner only."""
    os.umask(0o077)


@main.command(help="Serve the door until stopped.")
@data_option
@database_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--domain", type=click.Choice(["test", "production"]), help="Given when founded; default test.")
@click.option("--tls-cert", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--client-ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Only clients with a certificate from this authority.",
)
@click.option("--print-ready", is_flag=True, help="Print one JSON line with the URL when it listens.")
@click.option(
    "--follow-parent", is_flag=False, flag_value=0, type=int, metavar="[PID]", help="End with the parent."
)
def serve(
    data: Path,
    database: str | None,
    host: str,
    port: int,
    domain: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    client_ca: Path | None,
    print_ready: bool,
    follow_parent: int | None,
) -> None:
    """Serve until SIGTERM, SIGINT or the parent's end."""
    from sync.centre.serve import Door, Tls
    from sync.centre.serve import serve as run

    if (tls_cert is None) != (tls_key is None) or (client_ca is not None and tls_cert is None):
        raise click.UsageError("--tls-cert and --tls-key belong together; --client-ca needs both.")
    tls = Tls(tls_cert, tls_key, client_ca) if tls_cert and tls_key else None
    parent = follow_parent or os.getppid() if follow_parent is not None else None
    logs.set_up(Logs(), data / "logs", console=False)
    with _desk(data, domain, database) as desk:
        try:
            run(desk, Door(host, port, tls, print_ready, parent))
        except OSError as fault:
            raise click.ClickException(f"cannot listen on {host}:{port}: {fault.strerror}") from fault
    logs.close()


@main.command(help="Print a one-time token that enrols one terminal within a day.")
@data_option
@database_option
def token(data: Path, database: str | None) -> None:
    """Print a new enrolment token."""
    with _desk(data, None, database) as desk:
        click.echo(desk.token())


@main.command(help="List the records that have arrived.")
@data_option
@database_option
@click.option("--json", "as_json", is_flag=True)
def records(data: Path, database: str | None, as_json: bool) -> None:
    """List what the centre has."""
    with _desk(data, None, database) as desk:
        rows = desk.book.read(_list)
    if as_json:
        click.echo(json.dumps({"records": rows}, ensure_ascii=False))
        return
    for row in rows:
        mark = " simulated" if row["simulated"] else ""
        click.echo(f"{row['received_at']}  {row['id']}  {row['terminal_id']}  {row['kind']}{mark}")
    click.echo(f"{len(rows)} records")


@main.command(help="Open a sealed evidence item of a record; without --name list them.")
@data_option
@database_option
@click.option("--record", "record_id", required=True)
@click.option("--name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False, exists=False))
def evidence(data: Path, database: str | None, record_id: str, name: str | None, out: Path | None) -> None:
    """Open evidence into a file only its owner may read."""
    from sync.centre.evidence import names, open_evidence

    if name is not None and out is None:
        raise click.UsageError("--name needs --out.")
    with _desk(data, None, database) as desk:
        if name is None or out is None:
            click.echo("\n".join(names(desk, record_id)))
            return
        try:
            plain = open_evidence(desk, record_id, name)
        except SealBroken as fault:
            raise click.ClickException(str(fault)) from fault
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise click.ClickException(f"cannot write the file: {fault.strerror}") from fault
    with os.fdopen(handle, "wb") as file:
        file.write(plain)


@main.command(help="Check every signature, digest and chain again; exit 1 when something is altered.")
@data_option
@database_option
@click.option("--json", "as_json", is_flag=True)
def verify(data: Path, database: str | None, as_json: bool) -> None:
    """Name what is not as it was received."""
    from sync.centre.verify import verify as check

    with _desk(data, None, database) as desk:
        report = check(desk)
    if as_json:
        click.echo(json.dumps({"sound": report.sound, **asdict(report)}))
    else:
        for found in report.findings:
            click.echo(f"{found.what} {found.where}: {found.code} {found.detail}".rstrip())
        click.echo(f"{report.records} records, {report.lines} audit lines, {report.heads} heads checked")
        if report.awaited:
            click.echo(f"not here, but told of in the logs: {', '.join(report.awaited)}")
    if not report.sound:
        raise SystemExit(EXIT_NO)


@contextmanager
def _desk(data: Path, domain: str | None, database: str | None) -> Iterator[Desk]:
    """The centre of `data`; a refusal ends the command with its code."""
    if domain is None and not data.exists():
        click.echo(f"no centre in {data}", err=True)
        raise SystemExit(EXIT_MISSING)
    try:
        desk = open_desk(data, domain, database)
        try:
            yield desk
        finally:
            desk.close()
    except Refusal as refusal:
        facts = ", ".join(f"{name} {value}" for name, value in refusal.facts.items())
        click.echo(f"{refusal.code.value} {facts}".rstrip(), err=True)
        raise SystemExit(EXIT_CANNOT_TELL) from refusal


def _list(connection: Connection) -> list[dict[str, object]]:
    table = tables.record
    rows = connection.execute(select(table.c.record, table.c.receipt, table.c.audit_seq).order_by(table.c.id))
    return [_shown(json.loads(row.record), json.loads(row.receipt), row.audit_seq) for row in rows]


def _shown(record: dict[str, object], receipt: dict[str, object], audit_seq: int) -> dict[str, object]:
    names = ("id", "kind", "at", "terminal_id", "branch", "simulated")
    return {
        **{name: record[name] for name in names},
        "record_sha256": receipt["record_sha256"],
        "received_at": receipt["at"],
        "audit_seq": audit_seq,
    }
