"""One local vLLM server per user: started, watched, stopped. Knows nothing of what it is asked.

The server runs in a process group of its own, with a pid file and a log file under $WAAM_HOME/state; a start
that fails or is interrupted takes its whole group down, so nothing is left behind.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from threading import Event

import httpx
import psutil
from filelock import FileLock, Timeout
from pydantic import BaseModel

from agent import vllm_command
from agent.adapter import version
from agent.errors import ServerError
from agent.precision import served_precision
from agent.settings import Settings

NEEDED_GIB = {"int8": 4.0, "int8_weights": 5.0, "bfloat16": 4.5, "float32": 6.5}  # as measured, with the key-value cache apart
STOP_WAIT_S = 20.0
Progress = Callable[[str], None]


class Running(BaseModel):
    """The pid file: which process is ours. `created` guards against a pid that was given to another process."""

    pid: int
    created: float
    url: str
    model: str
    precision: str
    adapter: str | None = None


class Status(BaseModel):
    """`state`: stopped, starting (alive, not answering yet) or running."""

    state: str
    url: str
    model: str
    pid: int | None = None
    memory_gib: float | None = None
    log: str | None = None


class VllmServer:
    """The server of these settings. `command` can be replaced, which is how tests stand in for vLLM."""

    def __init__(self, settings: Settings, command: list[str] | None = None) -> None:
        self.settings = settings
        self.url = f"http://{settings.server.host}:{settings.server.port}"
        self.pid_file = settings.state / "vllm.json"
        self.log_file = settings.state / "vllm.log"
        self.precision = served_precision(settings)
        self._command = command

    def status(self) -> Status:
        """What is there now; a pid file whose process is gone counts as stopped."""
        running = self._running()
        stopped = Status(state="stopped", url=self.url, model=self.settings.llm.model, log=str(self.log_file) if self.log_file.exists() else None)
        if running is None:
            return stopped
        process = psutil.Process(running.pid)
        memory = sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 2**30
        state = "running" if healthy(running.url) else "starting"
        return Status(state=state, url=running.url, model=running.model, pid=running.pid, memory_gib=round(memory, 2), log=str(self.log_file))

    def up(self, progress: Progress = print, cancel: Event | None = None) -> Status:
        """Start the server, or find it running; returns when it answers. Raises ServerError with one sentence, also when another
        thread sets `cancel`: what was started is then ended."""
        lock = FileLock(self.settings.state / "vllm.lock")
        try:
            with lock.acquire(timeout=1):
                if (status := self.status()).state == "running":
                    running = self._running()
                    if running is None or (running.model, running.url, running.adapter) != self._wanted():
                        raise ServerError(f"A server with {status.model} and other settings runs at {status.url}; run `waam down` first.")
                    return status
                if status.state == "starting":
                    raise ServerError("A server is starting or hanging; wait a minute, or run `waam down` and then `waam up`.")
                self._end_survivors()
                self._check_room()
                return self._start(progress, cancel or Event())
        except Timeout:
            raise ServerError("Another `waam up` is starting the server; wait for it, then run `waam status`.") from None

    def down(self) -> bool:
        """Stop the server and everything it started, also what outlived a crash of its leader; False if nothing was running."""
        running = self._running()
        if running is None:
            return self._end_survivors()
        _end_group(running.pid)
        self.pid_file.unlink(missing_ok=True)
        return True

    def _end_survivors(self) -> bool:
        """End what outlived a crash of the recorded leader; False if there is nothing."""
        running = self._recorded()
        found = running is not None and not _leads(running) and bool(_survivors(running))
        if running is not None and found:
            _end_group(running.pid)
        self.pid_file.unlink(missing_ok=True)
        return found

    def _wanted(self) -> tuple[str, str, str | None]:
        return self.settings.llm.model, self.url, version(self.settings)

    def _recorded(self) -> Running | None:
        try:
            return Running.model_validate_json(self.pid_file.read_text())
        except (OSError, ValueError):
            return None

    def _running(self) -> Running | None:
        """The server whose process lives. Of one that crashed the pid file stays, for `down` and `up` to clear up after it."""
        running = self._recorded()
        return running if running is not None and _leads(running) else None

    def _check_room(self) -> None:
        host, port = self.settings.server.host, self.settings.server.port
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                raise ServerError(f"Port {port} is taken by another program; stop it, or set WAAM_SERVER__PORT to a free port.") from None
        free, needed = psutil.virtual_memory().available / 2**30, NEEDED_GIB[self.precision] + self.settings.server.kv_cache_gib
        if free < needed:
            raise ServerError(f"The server needs about {needed:.0f} GiB of memory and {free:.1f} GiB are free; close programs and try again.")

    def _start(self, progress: Progress, cancel: Event) -> Status:
        command = self._command or vllm_command.command(self.settings, self.precision)
        if cancel.is_set():
            raise ServerError("The start of the server was given up.")
        progress(f"starting vLLM with {self.settings.llm.model} ({self.precision}) on {self.url}; the log is {self.log_file}")
        with self.log_file.open("wb") as log:
            environment = vllm_command.environment(self.settings)
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        begun = last = time.monotonic()
        try:
            running = Running(
                pid=process.pid,
                created=psutil.Process(process.pid).create_time(),
                url=self.url,
                model=self.settings.llm.model,
                precision=self.precision,
                adapter=version(self.settings),
            )
            partial = self.pid_file.with_suffix(".partial")
            partial.write_text(running.model_dump_json())
            partial.replace(self.pid_file)
            while not healthy(self.url):
                if cancel.is_set():
                    raise ServerError("The start of the server was given up.")
                if process.poll() is not None:
                    raise ServerError(f"vLLM ended while starting: {self._last_error()} The whole log is {self.log_file}.")
                if time.monotonic() - begun > self.settings.server.start_timeout_s:
                    raise ServerError(f"vLLM did not answer within {self.settings.server.start_timeout_s:.0f} s; see {self.log_file}.")
                if time.monotonic() - last > 10:
                    last = time.monotonic()
                    progress(f"vLLM is loading, {last - begun:.0f} s")
                time.sleep(0.5)
        except BaseException:
            _end_group(process.pid)
            self.pid_file.unlink(missing_ok=True)
            raise
        progress(f"vLLM answers after {time.monotonic() - begun:.0f} s")
        return self.status()

    def _last_error(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()
        errors = [line.strip() for line in lines if "Error" in line and "Traceback" not in line]
        return (errors or lines or ["it wrote nothing."])[-1].strip()[-300:]


def healthy(url: str) -> bool:
    """Whether the server at this address answers and is ready."""
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _leads(running: Running) -> bool:
    """Whether the recorded process lives and is the one that was recorded."""
    try:
        leader = psutil.Process(running.pid)
        return abs(leader.create_time() - running.created) < 2 and _alive(leader)
    except psutil.Error:
        return False


def _survivors(running: Running) -> list[psutil.Process]:
    """Live processes of the recorded group whose leader is dead; none if another process has got its number since."""
    if running.created < psutil.boot_time():
        return []
    members = [p for p in psutil.process_iter() if _group(p.pid) == running.pid and _alive(p)]
    if any(p.pid == running.pid for p in members):
        return []
    return [p for p in members if os.getsid(p.pid) == running.pid and p.create_time() >= running.created - 1]


def _end_group(pid: int) -> None:
    """End the process group of `pid`, whose leader may be dead already: politely, then by force; returns when it is gone."""
    members = [process for process in psutil.process_iter() if _group(process.pid) == pid]
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + STOP_WAIT_S
        while time.monotonic() < deadline:
            psutil.wait_procs(members, timeout=0)  # reaps those that are our own children
            if not any(_alive(process) for process in members):
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
