"""What a network camera's server says it is, asked for with a HEAD request before the stream is opened.

Any answer will do, also a refusal: the ``Server`` header goes with it.
"""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

SIMULATED = "Simulated"
"""Begins the name of a simulator's server."""
LIMIT_S = 1.0


def of(address: str) -> str:
    """The server's name; empty when `address` is not on a network or nobody says."""
    url = address if address.startswith(("http://", "https://")) else address.removeprefix("http:")
    try:
        place = urlsplit(url)
        if place.scheme not in ("http", "https") or not place.hostname:
            return ""
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = kind(place.hostname, place.port, timeout=LIMIT_S)
    except ValueError:
        return ""
    try:
        connection.request("HEAD", place.path or "/")
        with connection.getresponse() as response:
            return response.getheader("Server", "")[:80]
    except (OSError, http.client.HTTPException, ValueError):
        return ""
    finally:
        connection.close()
