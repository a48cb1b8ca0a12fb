"""Runs the centre's door until it is told to stop, or its parent is gone."""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn

from sync.centre.app import make_app
from sync.centre.desk import Desk

log = structlog.get_logger()

PARENT_LOOK_SECONDS = 0.5
GRACE_SECONDS = 3
"""How long running requests may take after the end was asked for."""
KEEP_ALIVE_SECONDS = 30
CONNECTIONS_LIMIT = 256
BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates of the door; with `client_ca` only terminals with a certificate from it come in (mTLS)."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """Where the centre listens and what it watches."""

    host: str = "127.0.0.1"
    port: int = 0
    """0: any free one."""
    tls: Tls | None = None
    print_ready: bool = False
    """Print one JSON line with the URL when requests are taken."""
    parent: int | None = None
    """End when this process is no longer our parent."""


def serve(desk: Desk, door: Door) -> None:
    """Serve until SIGTERM, SIGINT or the parent's end; OSError when the address cannot be had."""
    listener = _listen(door)
    host, port = listener.getsockname()[:2]
    scheme = "https" if door.tls else "http"
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    server = _Server(_config(desk, door), url, desk, door)
    if door.parent is not None:
        watch = threading.Thread(target=_follow, args=(server, door.parent), name="parent", daemon=True)
        watch.start()
    with listener:
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, url: str, desk: Desk, door: Door) -> None:
        super().__init__(config)
        self._url, self._desk, self._door = url, desk, door

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        identity = self._desk.keys.identity
        log.info("centre.listening", url=self._url, domain=identity.domain)
        if self._door.print_ready:
            ready = {
                "url": self._url,
                "domain": identity.domain,
                "centre_id": identity.centre_id,
                "pid": os.getpid(),
            }
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()


def _listen(door: Door) -> socket.socket:
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((door.host, door.port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _config(desk: Desk, door: Door) -> uvicorn.Config:
    config = uvicorn.Config(
        make_app(desk),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=CONNECTIONS_LIMIT,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    if door.tls is not None:
        config.ssl_certfile = str(door.tls.certificate)
        config.ssl_keyfile = str(door.tls.key)
        if door.tls.client_ca is not None:
            config.ssl_ca_certs = str(door.tls.client_ca)
            config.ssl_cert_reqs = ssl.CERT_REQUIRED
    return config


def _follow(server: uvicorn.Server, parent: int) -> None:
    """Ask the server to end when the parent has died; force it when it does not."""
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_SECONDS)
    server.should_exit = True
    time.sleep(GRACE_SECONDS * 2)
    os._exit(1)
