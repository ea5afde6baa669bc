"""A process and everything it started, as one group: whether its leader lives, what outlived it, and its end.

A process is known by its number and when it began, since a number is given to another process later.
"""

import os
import signal
import time

import psutil

STOP_WAIT_S = 20.0


def leads(pid: int, created: float) -> bool:
    """Whether the process with this number lives and is the one that began then."""
    try:
        leader = psutil.Process(pid)
        return abs(leader.create_time() - created) < 2 and _alive(leader)
    except psutil.Error:
        return False


def members(pid: int) -> list[psutil.Process]:
    """The live processes of the group of `pid`."""
    return [process for process in psutil.process_iter() if _group(process.pid) == pid and _alive(process)]


def survivors(pid: int, created: float) -> list[psutil.Process]:
    """Live processes of a group whose leader is dead; none if another process has got its number since."""
    if created < psutil.boot_time():
        return []
    found = members(pid)
    if any(process.pid == pid for process in found):
        return []
    return [process for process in found if os.getsid(process.pid) == pid and process.create_time() >= created - 1]


def end(pid: int) -> None:
    """End the group of `pid`, whose leader may be dead already: politely, then by force; returns when it is gone."""
    group = [process for process in psutil.process_iter() if _group(process.pid) == pid]
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + STOP_WAIT_S
        while time.monotonic() < deadline:
            psutil.wait_procs(group, timeout=0)  # reaps those that are our own children
            if not any(_alive(process) for process in group):
                return
            time.sleep(0.05)


def _alive(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie that its parent has not collected does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return None
