"""The set-up on a bare machine: what is missing is named in one line, what is done is not done again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import bootstrap, debian
from config.progress import Failed, Progress, explain, run

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def progress(tmp_path) -> Progress:
    return Progress(4, tmp_path / "setup.log")


def make(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("make") or "make", "-C", str(ROOT), *arguments],
        env={"PATH": str(path), "HOME": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_without_any_python_one_line_says_what_to_install(tmp_path):
    (tmp_path / "sh").symlink_to("/bin/sh")
    done = make("run", path=tmp_path)
    line, *rest = done.stderr.splitlines()
    assert line.startswith("Python 3.11 is missing. Install it with: sudo apt-get install -y python3.11")
    assert all(one.startswith("make") for one in rest)
    assert done.returncode != 0


def test_an_older_python_is_not_taken(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho\n")
    old.chmod(0o755)
    assert bootstrap.find_python([str(old)]) is None
    assert bootstrap.find_python([str(old), "no-such-python", sys.executable]) is not None


def test_missing_debian_packages_are_named_once_each(monkeypatch):
    present = dict(debian.LIBRARIES)
    monkeypatch.setattr(
        debian, "LIBRARIES", {**present, "libnot-there.so.7": "libnot7", "libnot2.so": "libnot7"}
    )
    monkeypatch.setattr(debian, "can_make_environments", lambda python: False)
    missing = debian.missing_packages(sys.executable)
    assert missing.count("libnot7") == 1
    assert debian.VENV in missing
    assert debian.advice(["a1", "b2"]) == (
        "Missing Debian packages. Install them with: sudo apt-get install -y a1 b2"
    )


def test_nobody_is_asked_for_a_password(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name, code in (("apt-get", 0), ("sudo", 1)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert debian.rights() is None
    (tmp_path / "sudo").write_text("#!/bin/sh\nexit 0\n")
    assert debian.rights() == ["sudo", "-n"]
    (tmp_path / "apt-get").unlink()
    assert debian.rights() is None


def test_without_rights_the_set_up_stops_with_the_line(monkeypatch, progress):
    monkeypatch.setattr(debian, "rights", lambda: None)
    with pytest.raises(Failed, match=r"^Missing Debian packages\. .* -y libnot7$"):
        bootstrap.install_debian(progress, ["libnot7"])


@pytest.mark.parametrize(
    ("said", "helps"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("Max retries exceeded: Temporary failure in name resolution", "Check the network"),
        ("ProxyError('Cannot connect to proxy.')", "proxy refuses"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "its hash differs"),
        ("SSLError(CERTIFICATE_VERIFY_FAILED)", "PIP_CERT"),
        ("ERROR: No matching distribution found for numpy==9", "does not have a locked package"),
        ("something new", "something new"),
    ],
)
def test_a_failure_says_in_one_line_what_helps(progress, said, helps):
    with pytest.raises(Failed) as caught:
        run(progress, ["sh", "-c", f'echo begun; echo "{said}" >&2; exit 3'])
    assert helps in str(caught.value)
    assert "\n" not in str(caught.value)
    assert said in progress.log.read_text()


def test_an_answerless_failure_still_has_a_line(progress):
    assert "no answer" in explain([], progress.log)


def test_progress_on_no_terminal_is_one_line_at_each_end(capsys, progress):
    progress.begin(3, "locked packages", count=2)
    run(progress, ["sh", "-c", "echo Collecting a; echo Collecting b"])
    progress.end()
    first, last = capsys.readouterr().out.splitlines()
    assert first == "[3/4] locked packages …"
    assert last.startswith("[3/4] locked packages … ")
    assert last.endswith(" s")


def test_stamps_fit_until_a_lock_changes(monkeypatch, tmp_path):
    for name in ("run.txt", "dev.txt"):
        (tmp_path / name).write_text("numpy==1\n")
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp.json")
    assert not bootstrap.locked_packages_fit(dev=False)
    commands: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run", lambda progress, command: commands.append(command))
    bootstrap.install_locked(Progress(4, tmp_path / "log"), dev=True)
    assert all("--require-hashes" in one or "--no-deps" in one for one in commands)
    assert bootstrap.locked_packages_fit(dev=True)
    assert bootstrap.locked_packages_fit(dev=False), "what developers have includes what the job needs"
    (tmp_path / "run.txt").write_text("numpy==2\n")
    assert bootstrap.locked_packages_fit(dev=True)
    assert not bootstrap.locked_packages_fit(dev=False)


def test_networks_fit_until_catalogue_or_files_change(monkeypatch, tmp_path):
    catalogue, folder = tmp_path / "catalogue.toml", tmp_path / "models"
    catalogue.write_text("a")
    folder.mkdir()
    monkeypatch.setattr(bootstrap, "CATALOGUE", catalogue)
    fetcher = "import sys, pathlib; pathlib.Path(sys.argv[-1], 'x.onnx').write_text('net')"
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{fetcher}" "$@"\n')
    program.chmod(0o755)
    assert not bootstrap.networks_fit(folder, "open")
    bootstrap.fetch_networks(Progress(4, tmp_path / "log"), str(program), folder, "open")
    assert bootstrap.networks_fit(folder, "open")
    assert not bootstrap.networks_fit(folder, "insightface")
    (folder / "x.onnx").write_text("cut")
    (folder / "x.onnx").write_text("cut short")
    assert not bootstrap.networks_fit(folder, "open")


def test_the_set_up_reads_on_old_pythons():
    for name in ("bootstrap", "debian", "progress"):
        source = (ROOT / "config" / f"{name}.py").read_text(encoding="utf-8")
        compile(source, name, "exec", dont_inherit=True)
        imported = {
            line.split()[1].split(".")[0]
            for line in source.splitlines()
            if line.startswith(("import ", "from "))
        }
        assert imported <= sys.stdlib_module_names | {"config"}
