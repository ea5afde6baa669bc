"""A group is known by its leader's number and beginning, and ends whole."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from agent.model import process_group
from agent.model.process_group import end, leads, members, survivors

WITH_CHILD = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]).pid, flush=True)
sys.stdin.read()
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"


def started(program: str) -> subprocess.Popen[str]:
    """A leader that has come as far as its first line."""
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline()
    return process


@pytest.fixture
def leader() -> Iterator[subprocess.Popen[str]]:
    with started(WITH_CHILD) as process:
        yield process
        end(process.pid)


def created(process: subprocess.Popen[str]) -> float:
    return float(psutil.Process(process.pid).create_time())


def test_a_process_is_known_by_its_number_and_its_beginning(leader: subprocess.Popen[str]):
    began = created(leader)
    assert leads(leader.pid, began) and not leads(leader.pid, began - 100) and not leads(2**22 - 7, began)


def test_what_outlives_its_leader_is_found_but_not_before(leader: subprocess.Popen[str]):
    began = created(leader)
    assert survivors(leader.pid, began) == [] and len(members(leader.pid)) == 2
    leader.kill()
    leader.wait()
    assert not leads(leader.pid, began) and len(survivors(leader.pid, began)) == 1
    assert survivors(leader.pid, 0.0) == [], "from before this machine was started"
    assert survivors(leader.pid, began + 100) == [], "of a leader that came later"


def test_the_end_takes_the_whole_group(leader: subprocess.Popen[str]):
    end(leader.pid)
    assert members(leader.pid) == []
    end(leader.pid)


def test_one_that_ignores_the_polite_signal_is_ended_by_force(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process_group, "STOP_WAIT_S", 0.3)
    with started(STUBBORN) as process:
        end(process.pid)
        assert members(process.pid) == []
