"""A driver in a process of its own: same answers, and no bad day of its spreads to the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

import tests.drivers_host.bad_drivers  # noqa: F401  registers them here, too
from drivers.api import Can, follows_instructions
from drivers.capture import Finger
from drivers.errors import Garbled, Missing, Retry, TimedOut, Unsupported
from drivers.host.hosted import Hosted, Limits, host_device
from drivers.registry import entry

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.drivers_host.bad_drivers"
LIMITS = Limits(open_seconds=10, call_seconds=1, check_seconds=1, grace_seconds=0.3)
NAMED_SECONDS = 2.0


@contextmanager
def hosted(does: str = "", **options: object) -> Iterator[Hosted]:
    device = host_device("bad-camera", "bad:", {"does": does, **options}, LIMITS, (MODULE,))
    try:
        yield device
    finally:
        device.close()


def test_it_answers_as_the_driver_itself():
    with hosted("infrared") as device:
        assert device.about.driver == "bad-camera"
        assert device.about.simulated
        assert device.can is Can.FOLLOW_INSTRUCTIONS
        device.check()
        first, second = device.frame(1), device.frame(seconds=1)
        assert (first.number, second.number) == (1, 2)
        assert first.image.shape == (480, 640, 3)
        assert np.all(first.image == 1)
        assert np.all(second.image == 2)
        assert first.infrared.shape == (240, 320, 3)
        assert first.image.flags.writeable


def test_it_runs_in_another_process():
    with hosted() as device:
        assert device.process() == device.process_id != os.getpid()


@pytest.mark.parametrize("width", [64, 640, 4096])
def test_pictures_of_any_size_arrive_whole(width):
    with hosted(width=width) as device:
        frames = [device.frame(1) for _ in range(3)]
        assert [int(frame.image.max()) for frame in frames] == [1, 2, 3]
        assert all(frame.image.shape == (width * 3 // 4, width, 3) for frame in frames)


def test_progress_is_heard_while_the_call_runs():
    heard = []
    with hosted() as device:
        template = device.enrol(Finger.RIGHT_INDEX, 2, lambda *said: heard.append(said))
        assert heard == [("finger.touch", touch, 3) for touch in (1, 2, 3)]
        assert template.data == bytes(range(256)) * 4
        assert template.finger is Finger.RIGHT_INDEX


def test_the_drivers_own_errors_come_through():
    with hosted() as device:
        with pytest.raises(Retry) as caught:
            device.enrol(Finger.LEFT_THUMB, 2, lambda *said: None)
        assert (caught.value.code, caught.value.facts["touches"]) == ("finger.messy", 3)
        assert device.frame(1).number == 1


def test_its_own_time_limit_is_no_hanging():
    with hosted("slow") as device:
        with pytest.raises(TimedOut) as caught:
            device.frame(0.2)
        assert caught.value.code == "camera.timed_out"
        device.check()


@pytest.mark.parametrize("call", ["frame", "check"])
def test_a_call_that_hangs_is_named_in_time_and_ended(call):
    with hosted(f"hang {call}") as device:
        began = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            device.frame(1) if call == "frame" else device.check()
        assert time.monotonic() - began < NAMED_SECONDS
        assert caught.value.code == "device.hung"
        assert caught.value.facts["call"] == call
        with pytest.raises(Missing) as after:
            device.check()
        assert after.value.code == "device.killed"
        assert not Path(f"/proc/{device.process_id}").exists()


@pytest.mark.parametrize(
    ("does", "cause"), [("segfault frame", "SIGSEGV"), ("exit frame", "exit 3")], ids=["segfault", "exit"]
)
def test_a_crash_is_named(does, cause):
    with hosted(does) as device:
        with pytest.raises(Missing) as caught:
            device.frame(1)
        assert (caught.value.code, caught.value.facts["cause"]) == ("device.crashed", cause)
        with pytest.raises(Missing):
            device.check()


@pytest.mark.parametrize("does", ["segfault open", "exit open"])
def test_a_crash_in_opening_is_named(does):
    with pytest.raises(Missing) as caught:
        host_device("bad-camera", "bad:", {"does": does}, LIMITS, (MODULE,))
    assert caught.value.code == "device.crashed"


def test_hanging_in_opening_is_named():
    limits = LIMITS.model_copy(update={"open_seconds": 1.5})
    with pytest.raises(TimedOut) as caught:
        host_device("bad-camera", "bad:", {"does": "hang open"}, limits, (MODULE,))
    assert caught.value.code == "device.hung"


def test_hanging_in_closing_holds_up_nobody():
    device = host_device("bad-camera", "bad:", {"does": "hang close"}, LIMITS, (MODULE,))
    began = time.monotonic()
    device.close()
    device.close()
    assert time.monotonic() - began < NAMED_SECONDS


def test_endless_progress_is_named_in_time_and_ended():
    with hosted("endless") as device:
        begun = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            device.enrol(Finger.RIGHT_INDEX, 0.3, lambda *said: time.sleep(0.005))
        assert caught.value.code == "device.hung"
        assert time.monotonic() - begun < NAMED_SECONDS


@pytest.mark.parametrize("message", ["deep", "list", "none", "function", "error", "facts", "failure"])
def test_what_is_no_answer_ends_the_process_that_said_it(message):
    with hosted(f"forge check {message}") as device:
        with pytest.raises(Missing) as caught:
            device.check()
        assert caught.value.code == "device.crashed"
        with pytest.raises(Missing):
            device.frame(1)


def test_a_device_found_to_be_simulated_later_is_known_as_one():
    with hosted("unmasks") as device:
        assert not device.about.simulated
        device.frame(1)
        assert device.about.simulated


def test_a_bug_is_told_by_its_kind_only():
    with hosted("bug frame") as device:
        with pytest.raises(Garbled) as caught:
            device.frame(1)
        assert (caught.value.code, caught.value.facts["cause"]) == ("device.bug", "ZeroDivisionError")
        assert "maker" not in str(caught.value.facts)
        device.check()


def test_of_what_it_prints_only_the_amount_is_logged(capfd):
    with capture_logs() as logs, hosted("flood frame") as device:
        assert device.frame(1).number == 1
    said = [entry for entry in logs if entry["event"] == "driver.printed"]
    assert [entry["bytes"] for entry in said] == [2000 * 2001]
    assert "xxx" not in str(logs)
    assert "yyy" not in str(logs)
    assert capfd.readouterr() == ("", "")


def test_a_crash_while_nobody_asks_is_named_at_once():
    with hosted() as device:
        os.kill(device.process_id, signal.SIGKILL)
        time.sleep(0.5)
        began = time.monotonic()
        with pytest.raises(Missing) as caught:
            device.frame(30)
        assert time.monotonic() - began < 5
        assert (caught.value.code, caught.value.facts["cause"]) == ("device.crashed", "SIGKILL")


def test_it_outlives_the_thread_that_opened_it():
    found = []
    thread = threading.Thread(
        target=lambda: found.append(host_device("bad-camera", "bad:", {}, LIMITS, (MODULE,)))
    )
    thread.start()
    thread.join()
    try:
        assert [found[0].frame(1).number for _ in range(2)] == [1, 2]
    finally:
        found[0].close()


def test_an_instruction_never_blocks_and_who_it_is_needs_no_answer():
    with hosted() as device:
        os.kill(device.process_id, signal.SIGSTOP)
        began = time.monotonic()
        for _ in range(100):
            device.hear("challenge.blink")
        assert device.about.model == "bad"
        assert device.can is Can.FOLLOW_INSTRUCTIONS
        assert time.monotonic() - began < 1
        with pytest.raises(TimedOut, match=r"device\.hung"):
            device.frame(0.2)


def test_it_dies_with_its_parent_while_it_hangs_and_holds_the_interpreter():
    script = (
        "import threading, time\n"
        "import tests.drivers_host.bad_drivers\n"
        "from drivers.host.hosted import host_device\n"
        f"device = host_device('bad-camera', 'bad:', {{'does': 'seize frame'}}, modules=('{MODULE}',))\n"
        "threading.Thread(target=lambda: device.frame(50), daemon=True).start()\n"
        "time.sleep(0.5)\n"
        "print('child', device.process_id, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        child = next(int(line.split()[1]) for line in one.stdout if line.startswith("child"))
        one.kill()
    ends = time.monotonic() + 5
    while _lives(child) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not _lives(child)


def test_killed_from_outside_it_is_missing():
    with hosted() as device:
        device.frame(1)
        os.kill(device.process_id, signal.SIGKILL)
        with pytest.raises(Missing) as caught:
            device.frame(1)
        assert caught.value.facts["cause"] == "SIGKILL"


def test_another_thread_may_speak_while_a_call_runs():
    with hosted("slow") as device:
        assert follows_instructions(device)
        waiting = threading.Thread(target=_wait_for_frame, args=(device,))
        waiting.start()
        began = time.monotonic()
        device.hear("challenge.blink")
        assert time.monotonic() - began < 0.6
        waiting.join()
        assert device.heard() == ("challenge.blink",)


def _wait_for_frame(device: Hosted) -> None:
    with pytest.raises(TimedOut):
        device.frame(0.8)


def test_what_the_driver_has_not_is_not_offered():
    with hosted() as device:
        with pytest.raises(AttributeError):
            device.print_slip(None)
        with pytest.raises(AttributeError):
            device.probe(None)


def test_a_wrong_option_needs_no_process():
    with pytest.raises(Unsupported) as caught:
        host_device("bad-camera", "bad:", {"no_such": 1}, LIMITS, (MODULE,))
    assert caught.value.code == "driver.bad_option"


@pytest.mark.slow
def test_nothing_leaks_over_many_deaths():
    def once() -> None:
        with hosted("segfault frame") as device, pytest.raises(Missing):
            device.frame(1)

    once()
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(4):
        once()
    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


def test_it_dies_with_its_parent():
    script = (
        "import sys, time\n"
        f"import {MODULE}\n"
        "from drivers.host.hosted import host_device\n"
        f"device = host_device('bad-camera', 'bad:', {{}}, None, ({MODULE!r},))\n"
        "print(device.process_id, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent:
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    ends = time.monotonic() + 5
    while _lives(child) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_chip_with_large_pictures_may_be_read_for_longer_than_other_calls():
    hosted = object.__new__(Hosted)
    hosted._driver, hosted._limits = entry("emrtd"), Limits()
    assert hosted._limit("read", None) > 60.0 > hosted._limit("forget", None)
