"""Gets the program ready on a bare machine, then starts it: `python3 -m config.bootstrap run`.

Debian packages → `.venv` → hash-locked packages → networks → the job. Each step leaves a stamp, so that a
second start finds nothing to do and needs no network. Only the standard library, and nothing newer than
Python 3.8: this runs on whatever Python the system has, to say which one is wanted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from config import debian
from config.progress import Failed, Progress, run

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "renzheng.json"
OPTIONAL = ("pcsc.txt", "nist.txt")
"""Locks of what is installed on request, beside the usual ones."""
LOCKS = ROOT / "config" / "locks"
CATALOGUE = ROOT / "models" / "catalogue.toml"
LOG = ROOT / "build" / "setup.log"
UNAVAILABLE = 69
WANTED = (3, 11)
UV = "uv==0.13.9"
"""Resolves and locks; lives in an environment of its own that is thrown away."""
TESTED_PACKS = ("finger",)
"""Networks that tests need beside those of the job."""
STEPS = 4
WORKERS = "4"
"""Tests at once: more than the two cores, since many wait for a device's time limit."""
JOBS = ("run", "test", "models", "lock", "exec")
NO_PYTHON = (
    "Python 3.11 is missing. Install it with: sudo apt-get install -y python3.11 python3.11-venv"
    " (Debian 12), or put python3.11 on the PATH."
)


def main(arguments: list[str]) -> int:
    """Set up what the job needs, then do it; 69 and one line when a person must get something first."""
    wanted = argparse.ArgumentParser(prog="python3 -m config.bootstrap", description=__doc__)
    wanted.add_argument("job", choices=JOBS)
    wanted.add_argument("--pack", default="open", help="model pack to fetch (default: open)")
    wanted.add_argument("--dev", action="store_true", help="with the tools of developers")
    wanted.add_argument("--pcsc", action="store_true", help="with what reading e-passports needs")
    wanted.add_argument("--nist", action="store_true", help="with NIST's fingerprint software")
    wanted.add_argument("--peers", action="store_true", help="with other people's software for peer tests")
    wanted.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to the job")
    asked = wanted.parse_args(arguments)
    rest = asked.rest[1:] if asked.rest[:1] == ["--"] else asked.rest
    progress = Progress(3 if asked.job == "lock" else STEPS, LOG)
    try:
        if asked.job == "lock":
            return lock(progress)
        python = prepare(progress, dev=asked.dev or asked.job == "test", pack=asked.pack)
        if asked.pcsc:
            install_pcsc(progress, python)
        if asked.nist:
            install_nist(progress, python)
        if asked.peers:
            install_debian(progress, debian.not_installed(debian.PEERS))
    except Failed as failure:
        progress.failed(str(failure))
        return UNAVAILABLE
    return start(asked.job, python, rest)


def prepare(progress: Progress, *, dev: bool, pack: str) -> str:
    """Do every step whose stamp does not fit; returns the environment's Python. Raises `Failed`."""
    environment_fits = (VENV / "bin" / "python").exists() and _stamp().get("root") == str(ROOT)
    system = None if environment_fits else wanted_python()
    packages = debian.missing_packages(system)
    install_debian(progress, packages)
    if system is not None:
        make_environment(progress, system)
    if not locked_packages_fit(dev=dev):
        install_locked(progress, dev=dev)
    python = str(VENV / "bin" / "python")
    folder = models_folder(python)
    for each in dict.fromkeys((pack, *(TESTED_PACKS if dev else ()))):
        if not networks_fit(folder, each):
            fetch_networks(progress, python, folder, each)
    progress.ready()
    return python


def start(job: str, python: str, rest: list[str]) -> int:
    """Become the job; does not return, except for `models`, which is done by now."""
    commands = {
        "run": [str(VENV / "bin" / "renzheng"), "run", *rest],
        "test": [python, "-m", "pytest", "-n", WORKERS, "--dist", "worksteal", *rest],
        "exec": rest,
    }
    command = commands.get(job)
    if command:
        sys.stdout.flush()
        os.chdir(ROOT)
        # Compiling every test anew in every process costs a minute.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        os.execvp(command[0], command)
    return 0


def wanted_python() -> str:
    """The system's Python of the wanted version; raises `Failed` with the one line that helps."""
    found = find_python((sys.executable, "python3.11", "python3"))
    if found is None:
        raise Failed(NO_PYTHON)
    return found


def find_python(candidates: Iterable[str]) -> str | None:
    """The first of `candidates` that is a Python of the wanted version."""
    question = f"import sys; print(sys.executable if sys.version_info[:2] == {WANTED} else '')"
    for candidate in candidates:
        program = shutil.which(candidate)
        if program is None:
            continue
        asked = subprocess.run(
            [program, "-I", "-c", question], capture_output=True, text=True, timeout=30, check=False
        )
        if asked.returncode == 0 and asked.stdout.strip():
            return asked.stdout.strip()
    return None


def install_debian(progress: Progress, packages: list[str]) -> None:
    """Install Debian packages where nobody need be asked; otherwise raises `Failed` with the one line."""
    if not packages:
        return
    before = debian.rights()
    if before is None:
        raise Failed(debian.advice(packages))
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    progress.begin(
        1, f"Debian packages: {packages[0]}" + (f" and {len(packages) - 1} more" if packages[1:] else "")
    )
    run(progress, [*before, *quiet, *debian.MEND], check=False)
    run(progress, [*before, *quiet, *debian.UPDATE], check=False)
    if run(progress, [*before, *quiet, *debian.INSTALL, *packages], check=False):
        raise Failed(f"apt-get could not install them ({LOG} has its answer). {debian.advice(packages)}")
    progress.end()


def make_environment(progress: Progress, system: str) -> None:
    """Make `.venv` anew."""
    progress.begin(2, "Python environment .venv")
    run(progress, [system, "-m", "venv", "--clear", str(VENV)])
    _write_stamp({"root": str(ROOT)})
    progress.end()


def locked_packages_fit(*, dev: bool) -> bool:
    """Whether the environment holds what the locks say, as far as its stamp knows."""
    stamp, name = _stamp(), _lock_name(dev=dev)
    return stamp.get("project") == _digest_project() and stamp.get(name) == _digest(LOCKS / name)


def install_locked(progress: Progress, *, dev: bool) -> None:
    """Install the locked packages, every file checked by its hash, and ourselves as editable."""
    name = _lock_name(dev=dev)
    progress.begin(3, f"locked packages ({name})", count=(LOCKS / name).read_text().count("=="))
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    # The lock is whole: what a package asks for beyond it was left out on purpose (leave-out.in).
    strict = ["--progress-bar=off", "--only-binary=:all:", "--require-hashes", "--no-deps"]
    run(progress, [*pip, *strict, "-r", str(LOCKS / name)])
    run(progress, [*pip, "--no-build-isolation", "--no-deps", "--no-index", "--editable", str(ROOT)])
    stamp = {"root": str(ROOT), "project": _digest_project(), "run.txt": _digest(LOCKS / "run.txt")}
    stamp.update({each: value for each, value in _stamp().items() if each in OPTIONAL})
    _write_stamp({**stamp, name: _digest(LOCKS / name)})
    progress.end()


def install_pcsc(progress: Progress, python: str) -> None:
    """Build pyscard, and install what it is built with and talks to."""
    lock_file = LOCKS / "pcsc.txt"
    packages = debian.not_installed(debian.PCSC)
    install_debian(progress, packages if debian.has_headers(python) else [*packages, debian.HEADERS])
    if _stamp().get("pcsc.txt") == _digest(lock_file):
        return
    progress.begin(3, "pyscard")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar=off"]
    built = ["--no-binary=:all:", "--no-build-isolation", "--no-deps", "--require-hashes"]
    run(progress, [*pip, *built, "-r", str(lock_file)])
    _write_stamp({**_stamp(), "pcsc.txt": _digest(lock_file)})
    progress.end()


def install_nist(progress: Progress, python: str) -> None:
    """Install nbis-py as locked. It has one wheel for Linux: `Failed` on other machines than 64-bit Intel."""
    lock_file = LOCKS / "nist.txt"
    if _stamp().get("nist.txt") == _digest(lock_file):
        return
    if platform.machine() != "x86_64":
        raise Failed("NIST's fingerprint software is to be had for 64-bit Intel machines only.")
    progress.begin(3, "nbis-py")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar=off"]
    run(progress, [*pip, "--only-binary=:all:", "--no-deps", "--require-hashes", "-r", str(lock_file)])
    _write_stamp({**_stamp(), "nist.txt": _digest(lock_file)})
    progress.end()


def models_folder(python: str) -> Path:
    """Where the program looks for its networks."""
    asked = subprocess.run(
        [python, "-m", "config.paths", "models"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return Path(asked.stdout.strip())


def networks_fit(folder: Path, pack: str) -> bool:
    """Whether the pack was fetched by this catalogue and its files still stand there."""
    try:
        stamp = json.loads(_networks_stamp(folder, pack).read_text())
        sizes = {name: (folder / name).stat().st_size for name in stamp["files"]}
        return bool(stamp["catalogue"] == _digest(CATALOGUE) and sizes == stamp["files"])
    except (OSError, ValueError, KeyError):
        return False


def fetch_networks(progress: Progress, python: str, folder: Path, pack: str) -> None:
    """Let the program fetch, check and convert its networks; it shows its own progress."""
    progress.begin(4, f"networks (pack {pack})")
    progress.give_way()
    command = [python, "-m", "models.fetch", "--pack", pack, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Failed(f"The networks of pack {pack} are not complete; see the line above. Then start again.")
    files = {str(one.relative_to(folder)): one.stat().st_size for one in sorted(folder.rglob("*.onnx"))}
    stamp = {"catalogue": _digest(CATALOGUE), "files": files}
    _networks_stamp(folder, pack).write_text(json.dumps(stamp))
    progress.end()


def lock(progress: Progress) -> int:
    """Write all locks anew, with hashes; needs the network."""
    system = wanted_python()
    place = ROOT / "build" / "lock"
    progress.begin(1, "resolver")
    run(progress, [system, "-m", "venv", "--clear", str(place)])
    run(progress, [str(place / "bin" / "python"), "-m", "pip", "install", "--progress-bar=off", UV])
    progress.end()
    uv = [str(place / "bin" / "uv"), "pip", "compile", "--quiet", "--upgrade", "--generate-hashes"]
    uv += ["--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_35"]
    uv += ["--no-annotate", "--no-header", "--overrides", str(LOCKS / "leave-out.in")]
    extras = ["setup.cfg", "--extra", "ui", "--extra", "build"]
    dev, lean, pcsc = (str(LOCKS / name) for name in ("dev.txt", "run.txt", "pcsc.txt"))
    progress.begin(2, "config/locks/dev.txt")
    run(progress, [*uv, *extras, "--extra", "dev", "-o", dev])
    progress.begin(3, "config/locks/run.txt, pcsc.txt and nist.txt")
    run(progress, [*uv, *extras, "--constraint", dev, "-o", lean])
    run(progress, [*uv, str(LOCKS / "pcsc.in"), "-o", pcsc])
    run(progress, [*uv, str(LOCKS / "nist.in"), "-o", str(LOCKS / "nist.txt")])
    progress.end()
    shutil.rmtree(place)
    return 0


def _lock_name(*, dev: bool) -> str:
    return "dev.txt" if dev else "run.txt"


def _networks_stamp(folder: Path, pack: str) -> Path:
    return folder / f".{pack}.json"


def _stamp() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_stamp(stamp: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(stamp, indent=1))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _digest_project() -> str:
    return hashlib.sha256(
        (ROOT / "setup.cfg").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    ).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
